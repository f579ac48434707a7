"""Terms are taken apart as the engine takes them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph import written

if TYPE_CHECKING:
    from citygraph.release import Release

A = ox.NamedNode("https://e.org/a")
TERMS = [
    *(A, ox.BlankNode("x"), ox.Triple(A, A, A), ox.Triple(A, A, ox.Literal("<x>"))),
    *(
        ox.Literal(text)
        for text in ("", "plain", 'a "b"\\\n\r\t', "\x00\x7f\u0085\u2028\ufeff", "<https://e.org/>", "@de")
    ),
    *(ox.Literal("x", language=tag) for tag in ("de", "zh-hant-tw")),
    ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL),
    *(
        ox.Literal("1", datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{kind}"))
        for kind in ("gYear", "string")
    ),
]


@pytest.mark.parametrize("node", TERMS, ids=str)
def test_each_kind_of_term(node: ox.NamedNode | ox.BlankNode | ox.Triple | ox.Literal) -> None:
    """IRIs, nodes without a name, triples, and literals with whatever signs, languages and datatypes."""
    found = written.term(written.write(node))
    if isinstance(node, ox.Literal):
        assert found[:3] == ("", node.value, node.language or "")
        assert found.datatype in ("", node.datatype.value)
    else:
        assert found.iri == (node.value if isinstance(node, ox.NamedNode) else "")
        assert found.text == (found.iri or written.write(node))
    assert written.is_iri(written.write(node)) == isinstance(node, ox.NamedNode)


def test_every_term_of_the_world(world: Release) -> None:
    """Each literal of the fixture world keeps its text, its language, and its datatype."""
    literals = {quad.object for quad in world.store.quads() if isinstance(quad.object, ox.Literal)}
    assert len(literals) > 100
    for literal in literals:
        found = written.term(str(literal))
        assert (found.text, found.language) == (literal.value, literal.language or "")
        assert found.datatype == literal.datatype.value or not (found.datatype or "^^" in str(literal))
