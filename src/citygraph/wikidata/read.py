"""Reads both sides from the graphs of a release, asking only for parties that we speak of."""

from __future__ import annotations

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
_NAMING = (PREF_LABEL, RDFS_LABEL, SCHEMA_NAME, ALT_LABEL)


def read_sides(store: Store, iris: Iris, rules: Rules, words: Words) -> Sides:
    """Read what our sources state, and what Wikidata states about the parties they speak of and those linked to it."""
    return _Reader(store, iris, rules).sides(words)


class _Reader:
    def __init__(self, store: Store, iris: Iris, rules: Rules) -> None:
        self.store, self.iris, self.rules = store, iris, rules
        self.space = f"{iris.base}id/"
        self.parties: dict[str, Party] = {}

    def sides(self, words: Words) -> Sides:
        sources = {row.name: row for row in self._sources()}
        stated = [row for source in sources.values() if not source.snapshot for row in self._stated(source.name)]
        links = self.iris.graph("links")
        linked = {
            quad.subject.value
            for quad in self.store.quads(predicate=_SAME, graph=links)
            if isinstance(quad.subject, ox.NamedNode) and _item(quad.object) and self._is(quad.subject, "Party")
        }
        scope = linked | {iri for row in stated for iri in (row.one, row.other)}
        snapshots = {name for name, row in sources.items() if row.snapshot}
        claims = {row for party in sorted(scope) for row in self._claims(party, snapshots)}
        met = scope | {iri for row in claims for iri in (row.by, row.of) if iri}
        relatives = self._within(scope)
        for party in sorted(met.union(*relatives.values())):
            self.parties[party] = self._party(party)
        holding = {party: self._holding(party, snapshots) for party in sorted(met) if self.parties[party].item}
        for row in claims:
            holding.get(row.by, set()).add(row.source)
        ordered = sorted(claims, key=lambda row: (row.source, row.by, row.of, row.statement, row.start))
        near = namesakes(self.space, self.parties, stated, ordered, words)
        return Sides(
            sources=sources,
            parties=self.parties,
            linked=frozenset(linked),
            stated=stated,
            claims=ordered,
            held=newest_holders(sources.values(), holding),
            relatives={
                party: frozenset(relatives.get(party, set()) | near.get(party, set())) for party in sorted(scope)
            },
        )

    def _values(self, subject: str, *predicates: ox.NamedNode, graph: ox.NamedNode | None = None) -> list[str]:
        node = ox.NamedNode(subject)
        found = {
            quad.object.value
            for predicate in predicates
            for quad in self.store.quads(node, predicate, graph=graph)
            if isinstance(quad.object, (ox.NamedNode, ox.Literal))
        }
        return sorted(found)

    def _is(self, node: ox.NamedNode, *kinds: str) -> bool:
        return any(next(iter(self.store.quads(node, RDF_TYPE, self.iris.term(kind))), None) for kind in kinds)

    def _sources(self) -> Iterator[Source]:
        for quad in sorted(self.store.quads(predicate=RDF_TYPE, value=self.iris.term("Source")), key=str):
            assert isinstance(quad.subject, ox.NamedNode)
            iri, graph = quad.subject.value, quad.graph_name
            if not isinstance(graph, ox.NamedNode) or not iri.startswith(f"{self.space}source/"):
                continue
            publishers = self._values(iri, foreign("dct", "publisher"))
            names = {name for node in publishers if ":" in node for name in self._values(node, foreign("foaf", "name"))}
            titles = [row.object for row in self.store.quads(quad.subject, DCT_TITLE, graph=graph)]
            texts = sorted((row.value, row.language or "") for row in titles if isinstance(row, ox.Literal))
            # Only entities have ranks: whoever hands them on, they are Wikidata's.
            ranked = next(iter(self.store.quads(predicate=self.iris.term("rank"), graph=graph)), None) is not None
            imported = self._is(quad.subject, "ImportedSource")
            yield Source(
                iri.removeprefix(f"{self.space}source/"),
                next(iter(sorted(texts, key=lambda row: (row[1] != "en", row))), ("", "")),
                next(iter(self._values(iri, foreign("schema", "url"), graph=graph)), ""),
                max(self._values(iri, DCT_MODIFIED, graph=graph), default=""),
                imported and (ranked or self.rules.publisher in names),
                ranked,
            )

    def _stated(self, source: str) -> Iterator[Stated]:
        """The pairs of partners within each partnership of a source; whoever lies within the other is no partner."""
        graph, term = self.iris.graph(f"source/{source}"), self.iris.term
        parties, dated = defaultdict(list), defaultdict(list)
        for quad in self.store.quads(predicate=term("party"), graph=graph):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                parties[quad.subject.value].append(quad.object)
        for quad in self.store.quads(predicate=term("claimOf"), graph=graph):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                dated[quad.object.value].append(quad.subject.value)  # imports date each side's claim
        forms = {f"{self.space}form/{name}" for name in self.rules.twinned}
        for partnership, nodes in sorted(parties.items()):
            twinned = bool(forms & set(self._values(partnership, term("form"))))
            starts, ends = (
                frozenset(
                    text
                    for node in (partnership, *dated[partnership])
                    for text in self._values(node, term(name), graph=graph)
                )
                for name in ("startDate", "endDate")
            )
            for one, other in combinations(sorted(nodes, key=str), 2):
                if next(iter(self.store.quads(one, term("partnerOf"), other)), None):
                    yield Stated(one.value, other.value, partnership, source, twinned, starts, ends)

    def _claims(self, party: str, snapshots: set[str]) -> Iterator[Claim]:
        """What snapshots state by a party and of it."""
        node = ox.NamedNode(party)
        for name in ("claimedBy", "claimedOf"):
            for quad in self.store.quads(predicate=self.iris.term(name), value=node):
                source = str(getattr(quad.graph_name, "value", "")).removeprefix(f"{self.iris.base}graph/source/")
                if source in snapshots and isinstance(quad.subject, ox.NamedNode):
                    yield from self._claim(quad.subject, source)

    def _claim(self, node: ox.NamedNode, source: str) -> Iterator[Claim]:
        said: defaultdict[str, list[str]] = defaultdict(list)
        for quad in self.store.quads(node, graph=self.iris.graph(f"source/{source}")):
            if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
                said[quad.predicate.value].append(quad.object.value)

        def first(name: str) -> str:
            return min(said[self.iris.term(name).value], default="")

        by, of = (sorted(said[self.iris.term(name).value]) for name in ("claimedBy", "claimedOf"))
        if not of and not first("valueKind").endswith("/none"):
            return  # somebody nobody knows
        details = {
            "statement": min(said[foreign("dct", "source").value], default=""),
            "rank": first("rank").rpartition("/")[2],
            "start": first("startDate"),
            "end": first("endDate"),
            "date": first("date"),
            "odd": frozenset(name for name in (START, END) if f"{_PROP}qualifier/{name}" in said),
            "references": tuple(sorted({text for row in said[_DERIVED] for text in self._reference(row)})),
        }
        # Where a table does not tell which side states a pair, either may.
        for one, other in [(by[0], min(of, default=""))] if by else [tuple(of), tuple(reversed(of))]:
            yield Claim(one, other, source, **details)  # type: ignore[arg-type]  # mypy takes all values for one type

    def _reference(self, node: str) -> list[str]:
        return self._values(node, ox.NamedNode(f"{_PROP}reference/P854")) or [node.removeprefix(self.space)]

    def _party(self, iri: str) -> Party:
        items = sorted(filter(None, (_item(ox.NamedNode(text)) for text in self._values(iri, _SAME) if ":" in text)))
        names: dict[tuple[str, str], int] = {}
        for rank, naming in enumerate(_NAMING):
            for quad in self.store.quads(ox.NamedNode(iri), naming):
                if isinstance(quad.object, ox.Literal):
                    names.setdefault((quad.object.value, quad.object.language or ""), rank)
        ordered = sorted(names, key=lambda row: (names[row], row))
        return Party(iri, self._survivor(items[0]) if items else "", tuple(ordered))

    def _survivor(self, item: str) -> str:
        """The item that an item was merged into, as a snapshot tells."""
        found = self._values(f"{FOREIGN['wd']}{item}", foreign("dct", "isReplacedBy"))
        return _item(ox.NamedNode(found[0])) or item if found else item

    def _holding(self, party: str, snapshots: set[str]) -> set[str]:
        """The snapshots that hold an item: they state something by it, or describe it."""
        node = ox.NamedNode(party)
        by = self.store.quads(predicate=self.iris.term("claimedBy"), value=node)
        described = (quad for naming in (SCHEMA_NAME, PREF_LABEL) for quad in self.store.quads(node, naming))
        graphs = {str(getattr(quad.graph_name, "value", "")) for quads in (by, described) for quad in quads}
        return {graph.removeprefix(f"{self.iris.base}graph/source/") for graph in graphs} & snapshots

    def _within(self, scope: Iterable[str]) -> dict[str, set[str]]:
        """What a party lies within and what lies within it; a country is no level that a city is mistaken for."""
        found: dict[str, set[str]] = {}
        within = self.iris.term("within")
        for party in scope:
            node = ox.NamedNode(party)
            if self._is(node, "Country"):
                continue
            near = [quad.object for quad in self.store.quads(node, within)]
            near += [quad.subject for quad in self.store.quads(predicate=within, value=node)]
            found[party] = {
                row.value
                for row in near
                if isinstance(row, ox.NamedNode)
                and self._is(row, "AdministrativeArea")
                and not self._is(row, "Country")
            }
        return found


_DERIVED = foreign("prov", "wasDerivedFrom").value


def _item(node: object) -> str:
    """The id of a Wikidata item; empty for anything else."""
    text = node.value if isinstance(node, ox.NamedNode) else ""
    item = text.removeprefix(FOREIGN["wd"])
    return item if item != text and item[:1] == "Q" and item[1:].isdecimal() else ""
