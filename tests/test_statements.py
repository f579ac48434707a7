"""What pages read of a thing beside the engine is what the engine says of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.backend import Embedded
from citygraph.build.statements import write_statements
from citygraph.iris import Iris
from citygraph.release import ENGINE
from citygraph.statements import FILE, Statements
from citygraph.store import Store
from citygraph.vocab import DCT_REPLACES, RDF_TYPE
from citygraph.web.names import RANKS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.release import Release

BASE = "https://e.org/"
INTEGER = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
A, B, C, GRAPH = (ox.NamedNode(f"{BASE}{name}") for name in ("id/a", "id/b", "id/c", "graph/g"))


def same(one: Iterable[ox.Quad], other: Iterable[ox.Quad]) -> bool:
    """Whether two ways to ask find the same, each statement once."""
    found = list(one)
    return len(found) == len(set(found)) and set(found) == set(other)


def test_everything_is_told_as_the_engine_tells_it(world: Release) -> None:
    """Of each node of the fixture world: what is said of it, what points to it, its names, and all around it."""
    engine, beside, iris = world.store, Embedded().store(world), Iris(world.base_iri)
    assert isinstance(beside, Statements)
    every = list(engine.quads())
    nodes = {term for quad in every for term in (quad.subject, quad.object) if isinstance(term, ox.NamedNode)}
    assert len(nodes) > 1_000
    for node in nodes:
        assert same(beside.quads(node), engine.quads(node)), node
        assert same(beside.quads(value=node), engine.quads(value=node)), node
        assert same(beside.quads(node, RDF_TYPE), engine.quads(node, RDF_TYPE)), node
        assert beside.mentions(node) == engine.mentions(node)
        assert same(beside.around(iris, node), engine.around(iris, node)), node
        assert beside.gathered(iris, node.value) == engine.gathered(iris, node.value), node
        assert Counter(beside.pointing(node.value, 10**6)) == Counter(engine.pointing(node.value, 10**6)), node
        assert len(beside.pointing(node.value, 1)) <= 1
    things = {node.value for node in nodes}
    for names in (RANKS, {*RANKS, iris.term("party").value, iris.term("startDate").value}):
        told = list(beside.told(things, names))
        assert len(told) == len(set(told))
        assert set(told) == set(engine.told(things, names))
    assert set(beside.graphs()) == {quad.graph_name for quad in every}


def test_what_is_no_thing_is_left_to_the_engine(world: Release) -> None:
    """A literal, a whole graph, a statement, and everything are found as well."""
    engine, beside = world.store, Embedded().store(world)
    quad = next(quad for quad in engine.quads() if isinstance(quad.object, ox.Literal))
    patterns = [(None, None, quad.object, None), (None, None, None, quad.graph_name), (None,) * 4, tuple(quad)]
    assert all(set(beside.quads(*some)) == set(engine.quads(*some)) for some in patterns)
    assert len(list(beside.quads(value=beside.graphs()[0], most=0))) == 0


@pytest.mark.parametrize(
    "text",
    ["plain", "<https://e.org/id/b>", "a\nb\r\tc", '"\\', "\x00\x7f\u0085\u2028\ufeff", "þÿ", "ends with a dot .", ""],
)
def test_texts_come_back_as_they_are(tmp_path: Path, text: str) -> None:
    """A text may hold whatever the file writes for something else; a number is that which the engine keeps."""
    quads = [
        ox.Quad(A, B, ox.Literal(text), GRAPH),
        ox.Quad(A, B, ox.Literal(text, language="de"), GRAPH),
        ox.Quad(A, B, ox.Literal("1", datatype=INTEGER), GRAPH),
        ox.Quad(ox.BlankNode("x"), B, A, GRAPH),
        ox.Quad(A, C, ox.BlankNode("x"), GRAPH),
    ]
    found = _file(tmp_path, [*quads, ox.Quad(A, B, ox.Literal("01", datatype=INTEGER), GRAPH)])
    assert set(found.quads(A)) == {quad for quad in quads if quad.subject == A}
    assert list(found.quads(value=A)) == [quads[3]]
    assert {quad.object for quad in found.quads(ox.BlankNode("x"))} == {A}  # type: ignore[arg-type]


def test_what_is_only_replaced_is_gone(tmp_path: Path) -> None:
    """A thing of which another says only that it takes its place is not spoken of."""
    found = _file(tmp_path, [ox.Quad(A, DCT_REPLACES, B, GRAPH), ox.Quad(A, RDF_TYPE, C, GRAPH)])
    assert [found.mentions(node) for node in (A, B, C, GRAPH)] == [True, False, True, True]


def test_a_release_without_the_file_is_served(world: Release, tmp_path: Path) -> None:
    """A release of before is asked through the engine alone."""
    (tmp_path / ENGINE).mkdir()
    (tmp_path / ENGINE / "store").symlink_to(world.folder / ENGINE / "store")
    old = type(world)(tmp_path, world.manifest)
    assert not (tmp_path / ENGINE / FILE).exists()
    assert Embedded().store(old) is old.store


def test_the_file_of_another_release_is_not_read(
    world: Release, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that another release has written is told by both versions, and pages are made from the store."""
    (tmp_path / ENGINE).mkdir()
    for name in ("store", FILE):
        (tmp_path / ENGINE / name).symlink_to(world.folder / ENGINE / name)
    assert type(world)(tmp_path, world.manifest).statements is not None
    assert not caplog.messages
    other = type(world)(tmp_path, world.manifest | {"version": "2026-01-01-0123456789"})
    assert Embedded().store(other) is other.store
    assert f"belongs to the release {world.version}, and not to 2026-01-01-0123456789" in caplog.text
    assert "remove it" in caplog.text


def _file(folder: Path, quads: list[ox.Quad]) -> Statements:
    text = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    write_statements({GRAPH: text.splitlines(keepends=True)}, BASE, folder / FILE)
    return Statements(Store.memory(quads), folder / FILE, BASE)
