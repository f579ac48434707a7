"""What is told along with a thing is the same by scans and by one question, since the two say it in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph import around
from citygraph.iris import Iris
from citygraph.store import Store

if TYPE_CHECKING:
    from citygraph.release import Release

IRIS = Iris("http://example.org/")
PREFIXES = """
@prefix cg: <http://example.org/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix gsp: <http://www.opengis.net/ont/geosparql#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/id/> .
"""
AWKWARD = """
:g1 { :a cg:agreement :b ; cg:evidence :e ; cg:event "no thing" ; gsp:hasGeometry :geo .
      :b cg:event :c ; cg:evidence :e . :c cg:participation :d ; cg:agreement :a . :d cg:person :p . }
:g2 { :e oa:hasSelector :s ; cg:evidence :never . :s oa:hasSelector :nor . :a cg:evidence _:blank . _:blank cg:x 1 .
      :w cg:initiative :a ; cg:event :not-told ; cg:evidence :e2 . :e2 oa:hasSelector :s2 . :s2 cg:x 2 .
      :one skos:inScheme :a ; cg:event :nor-this . :geo cg:evidence :nobody . :d cg:initiative :d . }
"""


def same(one: list[ox.Quad], other: list[ox.Quad]) -> bool:
    """Whether two ways to ask find the same, each statement once."""
    return len(one) == len(other) == len(set(one)) and set(one) == set(other)


def test_two_ways_to_say_it_in_the_world(world: Release) -> None:
    """Everything that some statement of the fixture world is about has the same data and the same page either way."""
    iris, store = Iris(world.base_iri), world.store
    nodes = {quad.subject for quad in store.quads() if isinstance(quad.subject, ox.NamedNode)}
    assert len(nodes) > 100
    for node in nodes:
        assert same(store.around(iris, node), around.ask(store, iris, node)), node
        assert store.gathered(iris, node.value) == around.ask_for_page(store, iris, node), node


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "e", "p", "w", "one", "nobody"])
def test_two_ways_to_say_it_of_rings_and_oddities(name: str) -> None:
    """Parts that lead back, values that are no things, and things reached in two ways make no difference."""
    store = Store.memory(ox.parse(PREFIXES + AWKWARD, format=ox.RdfFormat.TRIG))
    node = _node(name)
    assert same(store.around(IRIS, node), around.ask(store, IRIS, node))
    assert store.gathered(IRIS, node.value) == around.ask_for_page(store, IRIS, node)


def test_a_page_is_told_parts_and_its_own_evidence() -> None:
    """Of parts no evidence is read, and nothing that leads to the thing, neither of which a page shows."""
    store = Store.memory(ox.parse(PREFIXES + AWKWARD, format=ox.RdfFormat.TRIG))
    in_data = {quad.subject for quad in store.around(IRIS, _node("a"))}
    named = {node for node in in_data if isinstance(node, ox.NamedNode)}
    assert named == {_node(name) for name in ("a", "e", "s", "geo", "one")}
    assert in_data - named, "the evidence without a name"
    assert set(store.gathered(IRIS, _node("a").value)) == {_node(name).value for name in ("a", "e", "s", "b", "c", "d")}


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{IRIS.base}id/{name}")
