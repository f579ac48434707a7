"""Gathers what the graph knows about one thing: its statements, what points to it, the evidence, the names around.

At most three questions to a store elsewhere, whatever the thing: its statements with what hangs on it, what points to
it, and the names of its neighbours; the store at hand answers them by scans. The RDF formats are made of the first two,
so that all of them hold the same.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import NotFound
from citygraph.vocab import DCT_REPLACES, RDF_TYPE, foreign, prefixes
from citygraph.web.names import NAMING, RANKS, Name, best, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from citygraph.backend import Graphs
    from citygraph.formats import Format
    from citygraph.iris import Iris
    from citygraph.web.names import Names, Naming

INCOMING = 10_000
"""How many statements that point to a thing are told; the answer says where there are more."""

Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Statements = dict[ox.NamedNode, dict[Value, set[str]]]
"""The statements about one thing: per property its values, per value the graphs that state it."""


@dataclass
class Description:
    """What is known of one thing, ready to become a page or any RDF format."""

    iri: str
    quads: list[ox.Quad]
    """The statements about the thing and what is told along with it, then those that point to it, in no order."""
    about: Mapping[str, Statements]
    """The same by subject, for the thing and all its parts."""
    incoming: list[ox.Quad]
    truncated: bool
    """Whether more statements point to the thing than are told."""
    names: dict[str, Sequence[Naming]] = field(default_factory=dict)

    @property
    def own(self) -> Statements:
        """The statements whose subject is the thing."""
        return self.about.get(self.iri, {})

    def name(self, iri: str, language: str) -> Name | None:
        """The name of a neighbour; None where nobody names it."""
        found = self.names.get(iri)
        return best(found, language) if found else None


def describe(store: Graphs, iris: Iris, iri: str, *, parts: bool = False) -> Description:
    """Gather the description of a thing; where none is :func:`known` it is a :class:`~citygraph.errors.NotFound`."""
    node = _node(iri)
    quads = store.around(iris, node, parts=parts)
    pointing = list(store.quads(value=node, most=INCOMING + 1))
    if not quads and all(quad.predicate == DCT_REPLACES for quad in pointing):
        raise NotFound(iri)
    incoming = pointing[:INCOMING]
    about: defaultdict[str, Statements] = defaultdict(dict)
    for subject, predicate, value, graph in quads:
        if isinstance(subject, ox.NamedNode) and isinstance(graph, ox.NamedNode):
            about[subject.value].setdefault(predicate, {}).setdefault(value, set()).add(graph.value)
    return Description(iri, [*quads, *incoming], dict(about), incoming, len(pointing) > INCOMING)


def known(store: Graphs, iri: str) -> bool:
    """Tell whether some statement speaks of a thing, or some graph has this name; what is only replaced is gone."""
    return store.mentions(_node(iri))


def names_of(store: Graphs, things: Iterable[str]) -> Names:
    """Ask for the names of many things at once."""
    return names_among(store.told(_nodes(dict.fromkeys(things)), NAMING))


def names_in(statements: Statements) -> list[Naming]:
    """Take the names out of the statements about one thing."""
    found = ((RANKS[name], value) for name, values in statements.items() if name in RANKS for value in values)
    return [(rank, named(value)) for rank, value in found if isinstance(value, ox.Literal)]


def names_among(statements: Iterable[ox.Triple]) -> Names:
    """Take the names out of statements about things, each of which stands there once."""
    names: defaultdict[str, list[Naming]] = defaultdict(list)
    for subject, predicate, value in statements:
        rank = RANKS.get(predicate)
        if rank is not None and isinstance(subject, ox.NamedNode) and isinstance(value, ox.Literal):
            names[subject.value].append((rank, named(value)))
    return dict(names)


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


def one(statements: Statements, short: str) -> str:
    """One value of a property, as text; empty where there is none."""
    value = first(statements.get(foreign(*short.split(":")), ()))
    return value.value if isinstance(value, (ox.NamedNode, ox.Literal)) else ""


def first(values: Collection[Value]) -> Value | None:
    """The first of some values, which stand in no order; None where there is none."""
    return min(values, key=str, default=None)


def lexical(value: Value) -> str:
    """A value as text."""
    return value.value if isinstance(value, (ox.NamedNode, ox.Literal)) else str(value)


def _nodes(iris: Iterable[str]) -> Iterator[ox.NamedNode]:
    """Make nodes of IRIs; what is none has nothing said about it."""
    for iri in iris:
        with suppress(ValueError):
            yield ox.NamedNode(iri)


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
