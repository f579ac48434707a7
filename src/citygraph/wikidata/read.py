"""Reads both sides from the graphs of a release, asking only for parties that we speak of."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import (
    ALT_LABEL,
    DCT_MODIFIED,
    DCT_TITLE,
    FOREIGN,
    PREF_LABEL,
    RDF_TYPE,
    RDFS_LABEL,
    SCHEMA_NAME,
    foreign,
)
from citygraph.wikidata.namesakes import namesakes
from citygraph.wikidata.sides import END, START, Claim, Party, Sides, Source, Stated, newest_holders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.iris import Iris
    from citygraph.linking.names import Words
    from citygraph.store import Store
    from citygraph.wikidata.sides import Rules

_SAME = foreign("owl", "sameAs")
_PROP = "http://www.wikidata.org/prop/"
_NAMING = {PREF_LABEL: 0, RDFS_LABEL: 1, SCHEMA_NAME: 2, ALT_LABEL: 3}
"""The properties that name parties, the first being the best."""
_ENTITY = re.compile(re.escape(FOREIGN["wd"]) + r"(Q[1-9][0-9]*)")
_Term = ox.NamedNode | ox.Literal


def read_sides(store: Store, iris: Iris, rules: Rules, words: Words, *, always: bool = False) -> Sides:
    """Read what our sources state, and what Wikidata states about the parties they speak of and those linked to it.

    Without a snapshot there is nothing to compare, and nothing but the sources is read, unless ``always`` wants it.
    """
    reader = _Reader(store, iris, rules)
    sources = {row.name: row for row in reader.sources()}
    if not always and not any(row.snapshot for row in sources.values()):
        return Sides(sources=sources)
    return reader.sides(sources, words)


class _Reader:
    def __init__(self, store: Store, iris: Iris, rules: Rules) -> None:
        self.store, self.iris, self.rules = store, iris, rules
        self.space = f"{iris.base}id/"
        self.graphs: dict[str, ox.NamedNode] = {}
        """The graphs of the snapshots."""

    def sides(self, sources: dict[str, Source], words: Words) -> Sides:
        self.graphs = {name: self.iris.graph(f"source/{name}") for name, row in sources.items() if row.snapshot}
        stated = list(self._stated([name for name, row in sources.items() if not row.snapshot]))
        linked = {
            quad.subject.value
            for quad in self.store.quads(predicate=_SAME, graph=self.iris.graph("links"))
            if isinstance(quad.subject, ox.NamedNode) and _item(quad.object) and self._is(quad.subject, "Party")
        }
        scope = linked | {iri for row in stated for iri in (row.one, row.other)}
        nodes = {found for party in scope for found in self._claiming(party)}
        claims = sorted((row for node in nodes for row in self._claim(*node)), key=_order)
        met = scope | {iri for row in claims for iri in (row.by, row.of) if iri}
        relatives = self._within(scope)
        merged = dict(self._merged())
        found = {party: self._party(party, merged) for party in sorted(met.union(*relatives.values()))}
        parties = {iri: party for iri, (party, _) in found.items()}
        holding = {iri: graphs | self._claims_by(iri) for iri, (party, graphs) in found.items() if party.item}
        for row in claims:
            holding.get(row.by, set()).add(row.source)
        near = namesakes(self.space, parties, stated, claims, words)
        return Sides(
            sources=sources,
            parties=parties,
            linked=frozenset(linked),
            stated=stated,
            claims=claims,
            held=newest_holders(sources.values(), holding),
            relatives={
                party: frozenset(relatives.get(party, set()) | near.get(party, set())) for party in sorted(scope)
            },
        )

    def _objects(self, node: ox.NamedNode, predicate: ox.NamedNode, graph: ox.NamedNode | None = None) -> list[_Term]:
        found = {quad.object for quad in self.store.quads(node, predicate, graph=graph)}
        return sorted((row for row in found if isinstance(row, (ox.NamedNode, ox.Literal))), key=str)

    def _is(self, node: ox.NamedNode, *kinds: str) -> bool:
        return any(next(iter(self.store.quads(node, RDF_TYPE, self.iris.term(kind))), None) for kind in kinds)

    def sources(self) -> Iterator[Source]:
        """Every source that has a graph of its own."""
        for quad in sorted(self.store.quads(predicate=RDF_TYPE, value=self.iris.term("Source")), key=str):
            node, graph = quad.subject, quad.graph_name
            if not isinstance(node, ox.NamedNode) or not isinstance(graph, ox.NamedNode):
                continue
            if node.value.startswith(f"{self.space}source/"):
                yield self._source(node, graph)

    def _source(self, node: ox.NamedNode, graph: ox.NamedNode) -> Source:
        publishers = [row for row in self._objects(node, foreign("dct", "publisher")) if isinstance(row, ox.NamedNode)]
        names = {row.value for publisher in publishers for row in self._objects(publisher, foreign("foaf", "name"))}
        titles = [row for row in self._objects(node, DCT_TITLE, graph) if isinstance(row, ox.Literal)]
        texts = sorted(((row.value, row.language or "") for row in titles), key=lambda row: (row[1] != "en", row))
        # Only entities have ranks: whoever hands them on, they are Wikidata's.
        ranked = next(iter(self.store.quads(predicate=self.iris.term("rank"), graph=graph)), None) is not None
        return Source(
            name=node.value.removeprefix(f"{self.space}source/"),
            title=texts[0] if texts else ("", ""),
            page=next((row.value for row in self._objects(node, foreign("schema", "url"), graph)), ""),
            read=max((row.value for row in self._objects(node, DCT_MODIFIED, graph)), default=""),
            snapshot=self._is(node, "ImportedSource") and (ranked or self.rules.publisher in names),
            whole=ranked,
        )

    def _pairs(self, graph: ox.NamedNode, name: str) -> Iterator[tuple[ox.NamedNode, _Term]]:
        """All that a graph states by a term of ours."""
        for quad in self.store.quads(predicate=self.iris.term(name), graph=graph):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, (ox.NamedNode, ox.Literal)):
                yield quad.subject, quad.object

    def _stated(self, sources: list[str]) -> Iterator[Stated]:
        """The pairs of partners that sources of ours state; a form counts, whichever of them names it."""
        graphs = {name: self.iris.graph(f"source/{name}") for name in sources}
        forms = {ox.NamedNode(f"{self.space}form/{name}") for name in self.rules.twinned}
        twinned = {node for graph in graphs.values() for node, form in self._pairs(graph, "form") if form in forms}
        for name, graph in graphs.items():
            yield from self._stated_by(name, graph, twinned)

    def _stated_by(self, source: str, graph: ox.NamedNode, twinned: set[ox.NamedNode]) -> Iterator[Stated]:
        """The pairs within each partnership of a source; whoever lies within the other is no partner."""
        partner, dates = self.iris.term("partnerOf"), self._dates(graph)
        parties: defaultdict[ox.NamedNode, list[ox.NamedNode]] = defaultdict(list)
        for partnership, party in self._pairs(graph, "party"):
            if isinstance(party, ox.NamedNode):
                parties[partnership].append(party)
        for partnership, nodes in sorted(parties.items(), key=lambda row: row[0].value):
            told = [frozenset(known.get(partnership, ())) for known in dates]
            for one, other in combinations(sorted(nodes, key=str), 2):
                if next(iter(self.store.quads(one, partner, other)), None):
                    yield Stated(one.value, other.value, partnership.value, source, partnership in twinned, *told)

    def _dates(self, graph: ox.NamedNode) -> list[dict[_Term, set[str]]]:
        """Starts and ends of partnerships; an import dates each side's claim."""
        found = []
        for name in ("startDate", "endDate"):
            known: defaultdict[_Term, set[str]] = defaultdict(set)
            for node, date in self._pairs(graph, name):
                known[node].add(date.value)
            for claim, partnership in self._pairs(graph, "claimOf") if known else ():
                known[partnership] |= known.get(claim, set())
            found.append(dict(known))
        return found

    def _claiming(self, party: str) -> Iterator[tuple[ox.NamedNode, str]]:
        """What snapshots state by a party and of it: the claims and the names of the snapshots."""
        node = ox.NamedNode(party)
        for source, graph in self.graphs.items():
            for name in ("claimedBy", "claimedOf"):
                for quad in self.store.quads(predicate=self.iris.term(name), value=node, graph=graph):
                    if isinstance(quad.subject, ox.NamedNode):
                        yield quad.subject, source

    def _claim(self, node: ox.NamedNode, source: str) -> Iterator[Claim]:
        said: defaultdict[str, list[str]] = defaultdict(list)
        ends: defaultdict[str, list[str]] = defaultdict(list)
        for quad in self.store.quads(node, graph=self.graphs[source]):
            if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
                said[quad.predicate.value].append(quad.object.value)
            if isinstance(quad.object, ox.NamedNode):
                ends[quad.predicate.value].append(quad.object.value)

        def first(name: str) -> str:
            return min(said[self.iris.term(name).value], default="")

        by, of = (sorted(ends[self.iris.term(name).value]) for name in ("claimedBy", "claimedOf"))
        # Somebody nobody knows is no partner; where a table does not tell which side states a pair, either may.
        denied = first("valueKind").endswith("/none")
        pairs = [(by[0], of[0] if of else "")] if by and (of or denied) else []
        if not by and len(of) > 1:
            pairs = [(of[0], of[1]), (of[1], of[0])]
        for one, other in pairs:
            yield Claim(
                by=one,
                of=other,
                source=source,
                statement=min(said[foreign("dct", "source").value], default=""),
                rank=first("rank").rpartition("/")[2],
                start=first("startDate"),
                end=first("endDate"),
                date=first("date"),
                odd=frozenset(name for name in (START, END) if f"{_PROP}qualifier/{name}" in said),
                references=tuple(sorted({text for row in ends[_DERIVED] for text in self._reference(row)})),
            )

    def _reference(self, node: str) -> list[str]:
        pages = self._objects(ox.NamedNode(node), ox.NamedNode(f"{_PROP}reference/P854"))
        return [row.value for row in pages] or [node.removeprefix(self.space)]

    def _merged(self) -> Iterator[tuple[str, str]]:
        """The items that were merged, as snapshots tell, and those that stand."""
        for graph in self.graphs.values():
            for quad in self.store.quads(predicate=foreign("dct", "isReplacedBy"), graph=graph):
                if (old := _item(quad.subject)) and (new := _item(quad.object)):
                    yield old, new

    def _party(self, iri: str, merged: dict[str, str]) -> tuple[Party, set[str]]:
        """A party with its item and names, and the snapshots that describe it."""
        names: dict[tuple[str, str], int] = {}
        items, describing = set(), set()
        for quad in self.store.quads(ox.NamedNode(iri)):
            rank = _NAMING.get(quad.predicate)
            if quad.predicate == _SAME and (item := _item(quad.object)):
                items.add(merged.get(item, item))
            elif rank is not None and isinstance(quad.object, ox.Literal):
                key = (quad.object.value, quad.object.language or "")
                names[key] = min(rank, names.get(key, rank))
                describing.add(quad.graph_name)
        held = {name for name, graph in self.graphs.items() if graph in describing}
        ordered = sorted(names, key=lambda row: (names[row], row))
        return Party(iri, min(items, default=""), tuple(ordered)), held

    def _claims_by(self, party: str) -> set[str]:
        """The snapshots that state something by a party."""
        node, term = ox.NamedNode(party), self.iris.term("claimedBy")
        found = {name: self.store.quads(predicate=term, value=node, graph=graph) for name, graph in self.graphs.items()}
        return {name for name, quads in found.items() if next(iter(quads), None)}

    def _within(self, scope: Iterable[str]) -> dict[str, set[str]]:
        """What a party lies within and what lies within it; a country is no level that a city is mistaken for."""
        found: dict[str, set[str]] = {}
        within = self.iris.term("within")
        for party in scope:
            node = ox.NamedNode(party)
            near = {quad.object for quad in self.store.quads(node, within)}
            near |= {quad.subject for quad in self.store.quads(predicate=within, value=node)}
            areas = {row for row in near if isinstance(row, ox.NamedNode) and self._is(row, "AdministrativeArea")}
            if areas and not self._is(node, "Country"):
                found[party] = {row.value for row in areas if not self._is(row, "Country")}
        return found


_DERIVED = foreign("prov", "wasDerivedFrom").value


def _order(claim: Claim) -> tuple[str, ...]:
    return claim.source, claim.by, claim.of, claim.statement, claim.start, claim.end, claim.date, claim.rank


def _item(node: object) -> str:
    """The id of a Wikidata item; empty for anything else."""
    match = _ENTITY.fullmatch(node.value) if isinstance(node, ox.NamedNode) else None
    return match[1] if match else ""
