"""Mints and takes apart every IRI of ours: thing, document, data, graph and term.

The files of the repository are written under one canonical base. Another base, set by ``base_iri``, is a replacement
in their text before it is parsed, so that no stage has to know of it.

>>> iris = Iris("https://example.org/")
>>> iris.thing("city", "basel")
'https://example.org/id/city/basel'
>>> iris.path("https://example.org/id/city/basel")
'id/city/basel'
>>> iris.rebase("<https://w3id.org/citygraph/id/city/basel>")
'<https://example.org/id/city/basel>'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyoxigraph as ox

from citygraph.errors import IriError

CANONICAL = "https://w3id.org/citygraph/"
_BASE = re.compile(r"https?://[^\s<>\"{}|\\^`?#]+/")


@dataclass(frozen=True)
class Iris:
    """The IRIs under one base."""

    base: str

    def __post_init__(self) -> None:
        if not _BASE.fullmatch(self.base):
            raise IriError(f"{self.base!r} is no base IRI: write http(s)://host/path/ with a slash at its end")

    def thing(self, kind: str, name: str) -> str:
        """Mint the IRI of a thing, or of a concept of a code list."""
        return f"{self.base}id/{kind}/{name}"

    def graph(self, name: str) -> ox.NamedNode:
        """Mint the name of a named graph, for instance ``source/basel-stadt-de``."""
        return ox.NamedNode(f"{self.base}graph/{name}")

    def graph_name(self, graph: str) -> str:
        """Take the short name out of a graph's IRI."""
        return self.path(graph).removeprefix("graph/")

    def term(self, name: str) -> ox.NamedNode:
        """Mint a term of the ontology."""
        return ox.NamedNode(f"{self.base}ontology#{name}")

    def path(self, iri: str) -> str:
        """Take the path below the base out of an IRI of ours; any other IRI is an :class:`IriError`."""
        if not self.owns(iri):
            raise IriError(f"{iri} does not lie under {self.base}")
        return iri.removeprefix(self.base)

    def owns(self, iri: str) -> bool:
        """Tell whether an IRI lies under our base."""
        return iri.startswith(self.base)

    def rebase(self, text: str) -> str:
        """Move a text of the repository from the canonical base to this one."""
        return text if self.base == CANONICAL else text.replace(CANONICAL, self.base)
