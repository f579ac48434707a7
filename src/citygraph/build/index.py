"""Chooses what is searchable: the names of our things in every language, and writes the search file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import LineReader
from citygraph.search import Label, write_index
from citygraph.vocab import ALT_LABEL, PREF_LABEL, SCHEMA_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.iris import Iris

_SILENT = ("evidence", "mapping", "participation")
"""Kinds that nobody looks for by name."""


def build_index(files: GraphFiles, iris: Iris, path: Path) -> int:
    """Write the search file from every graph and return how many names it holds."""
    return write_index(path, _labels(files, iris))


def _labels(files: GraphFiles, iris: Iris) -> Iterator[Label]:
    """Every name that some graph gives to a thing of ours; only lines that hold a name are parsed."""
    things = iris.base + "id/"
    wanted = tuple(f" {predicate} ".encode() for predicate in (PREF_LABEL, ALT_LABEL, SCHEMA_NAME))
    with files.union(files.names()) as lines:
        chosen = (line for line in lines if any(predicate in line for predicate in wanted))
        for quad in ox.parse(LineReader(chosen), format=ox.RdfFormat.N_TRIPLES):
            name = quad.object
            if not str(quad.subject).startswith(f"<{things}") or not isinstance(name, ox.Literal):
                continue
            iri = quad.subject.value
            kind = iri.removeprefix(things).partition("/")[0]
            if kind not in _SILENT:
                yield Label(iri, kind, name.value, name.language or "", quad.predicate == PREF_LABEL)
