"""Statements are walked once, and written in several formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build.dumps import write_each
from citygraph.formats import RDF, Kind
from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import foreign, prefixes

if TYPE_CHECKING:
    from pathlib import Path

IRIS = Iris(CANONICAL)
NUMBER = 25_000
"""More than one batch holds, so that a thing stands across the border of two."""


def triples(number: int) -> list[ox.Triple]:
    """Statements of which three at a time are about one thing, with literals that a store would rewrite."""
    return [
        ox.Triple(
            ox.NamedNode(IRIS.thing("city", f"c-{place // 3:06}")),
            foreign("skos", "notation"),
            ox.Literal(f"0{place}", datatype=foreign("xsd", "integer")),
        )
        for place in range(number)
    ]


def test_each_format_is_what_it_would_be_alone(tmp_path: Path) -> None:
    """Whatever is written beside it, a format has the bytes that it has when written by itself."""
    rows = [row for row in RDF if row.kind is Kind.GRAPH]
    write_each(triples(NUMBER), {row: tmp_path / row.name for row in rows}, IRIS)
    for row in rows:
        alone = ox.serialize(triples(NUMBER), format=row.rdf, prefixes=prefixes(IRIS.base))
        assert (tmp_path / row.name).read_bytes() == alone


def test_a_format_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A target that cannot be opened is an error, and neither the walk nor the other formats wait for ever."""
    good, bad = [row for row in RDF if row.kind is Kind.GRAPH][:2]
    with pytest.raises(FileNotFoundError):
        write_each(triples(NUMBER * 2), {good: tmp_path / "good", bad: tmp_path / "nowhere" / "bad"}, IRIS)


def test_what_breaks_the_walk_is_told(tmp_path: Path) -> None:
    """A statement that cannot be read is an error, and no thread is left behind."""
    lines = ox.parse(b"<x:a> <x:b> <x:c> .\n<x:a> oops\n", format=ox.RdfFormat.N_TRIPLES)
    with pytest.raises(SyntaxError):
        write_each((quad.triple for quad in lines), {RDF[0]: tmp_path / "cut"}, IRIS)
