"""Writes the ontology and the code lists as downloads of their own: in the graph they stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pyoxigraph as ox

from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.iris import Iris

Term = TypeVar("Term")


def write_vocabularies(ontology: Path, iris: Iris, folder: Path) -> None:
    """Write ``ontology.ttl`` and ``code-lists.ttl``: the files as they were written, one after the other, sorted."""
    for name, part in (("ontology", ontology), ("code-lists", ontology / "concepts")):
        dataset = ox.Dataset()
        for number, path in enumerate(sorted(part.glob("*.ttl"))):
            for quad in ox.parse(iris.rebase(path.read_text("utf-8")), format=ox.RdfFormat.TURTLE):
                dataset.add(ox.Quad(_apart(quad.subject, number), quad.predicate, _apart(quad.object, number)))
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        triples = sorted((quad.triple for quad in dataset), key=str)
        with (folder / f"{name}.ttl").open("wb") as target:
            ox.serialize(triples, target, format=ox.RdfFormat.TURTLE, prefixes=prefixes(iris.base))


def _apart(term: Term, number: int) -> Term | ox.BlankNode:
    """A blank node under a label that no other file has."""
    return ox.BlankNode(f"f{number}{term.value}") if isinstance(term, ox.BlankNode) else term
