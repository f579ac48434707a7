"""Gathers the data about one thing: its statements, what hangs on it, and what points to it; and writes them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from citygraph.errors import NotFound
from citygraph.vocab import DCT_REPLACES, RDF_TYPE, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from citygraph.backend import Graphs
    from citygraph.formats import Format
    from citygraph.iris import Iris

INCOMING = 10_000
"""How many statements that point to a thing are told; the answer says where there are more."""


class Description(NamedTuple):
    """The data about one thing, ready to be written in any RDF format, so that all of them hold the same."""

    quads: list[ox.Quad]
    """The statements about the thing and what is told along with it, then those that point to it, in no order."""
    truncated: bool
    """Whether more statements point to the thing than are told."""


def describe(store: Graphs, iris: Iris, iri: str) -> Description:
    """Gather the description of a thing; where none is :func:`known` it is a :class:`~citygraph.errors.NotFound`."""
    node = _node(iri)
    quads = store.around(iris, node)
    pointing = list(store.quads(value=node, most=INCOMING + 1))
    if not quads and all(quad.predicate == DCT_REPLACES for quad in pointing):
        raise NotFound(iri)
    return Description([*quads, *pointing[:INCOMING]], len(pointing) > INCOMING)


def known(store: Graphs, iri: str) -> bool:
    """Tell whether some statement speaks of a thing, or some graph has this name; what is only replaced is gone."""
    return store.mentions(_node(iri))


def serialise(quads: Iterable[ox.Quad], form: Format, base: str, first: str = "") -> bytes:
    """Write statements in a format, sorted and those about one thing first: the same statements, the same bytes.

    Every format holds the same triples; some tell their graphs too.
    """
    start = f"<{first}>"
    rows: Sequence[ox.Quad] | Sequence[ox.Triple]
    if form.tells_graphs:
        rows = sorted(set(quads), key=lambda quad: (str(quad.graph_name), *_order(quad, start)))
    else:
        rows = sorted({quad.triple for quad in quads}, key=lambda triple: _order(triple, start))
    content = ox.serialize(rows, format=form.rdf, prefixes=_used_prefixes(rows, base))
    assert content is not None
    return content


def graph_of(quad: ox.Quad) -> str:
    """The IRI of the graph that a quad stands in."""
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _node(iri: str) -> ox.NamedNode:
    """Make a node of an IRI from outside."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise NotFound(iri) from None


def _order(row: ox.Quad | ox.Triple, first: str) -> tuple[bool, str, bool, str]:
    """The thing first; of each thing its types first."""
    subject = str(row.subject)
    return subject != first, subject, row.predicate != RDF_TYPE, str(row)


@cache
def shown_prefixes(base: str) -> dict[str, str]:
    """The prefixes that documents use; ``id`` and ``graph`` would need escapes, since names hold slashes."""
    return {name: space for name, space in prefixes(base).items() if name not in ("id", "graph")}


def _used_prefixes(statements: Sequence[ox.Quad] | Sequence[ox.Triple], base: str) -> dict[str, str]:
    """The prefixes that shorten some IRI of the statements."""
    terms = {term for row in statements for term in (row.subject, row.predicate, row.object)}
    shown = {term.datatype if isinstance(term, ox.Literal) else term for term in terms}
    iris = [term.value for term in shown if isinstance(term, ox.NamedNode)]
    used = {iri[: max(iri.rfind("#"), iri.rfind("/")) + 1] for iri in iris}
    return {name: space for name, space in shown_prefixes(base).items() if space in used}
