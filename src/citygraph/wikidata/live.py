"""Asks Wikidata itself, or an endpoint that speaks like it, what it states today about the parties we speak of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from citygraph.imports.bindings import ENTITY
from citygraph.imports.endpoint import Endpoint, ask
from citygraph.imports.rows import P
from citygraph.imports.sparql import fetch
from citygraph.imports.times import lexical
from citygraph.wikidata.namesakes import namesakes
from citygraph.wikidata.sides import END, START, Claim, Party, Sides, Source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from citygraph.imports.endpoint import Manner, Term
    from citygraph.imports.rows import Row, Snak, Statement
    from citygraph.iris import Iris
    from citygraph.linking.names import Words

NAME = "wikidata-live"
"""The name of the source that an answer of today is."""
_TWINNED_WITH = "SELECT DISTINCT ?item WHERE {{ VALUES ?value {{ {items} }} ?item p:P190/ps:P190 ?value }}"
_MERGED = "SELECT ?old ?new WHERE {{ VALUES ?old {{ {items} }} ?old owl:sameAs ?new }}"
_NAMED = """\
SELECT ?item ?name WHERE {{
  VALUES ?item {{ {items} }} ?item rdfs:label ?name FILTER (LANG(?name) IN ("en", "de", "fr"))
}}"""


def refresh(sides: Sides, url: str, manner: Manner, iris: Iris, words: Words, day: dt.date) -> Sides:
    """Give both sides anew, with what the endpoint answers in the place of snapshots, which are only remembered."""
    return _Live(sides, Endpoint(url, manner), manner, iris).sides(words, day)


class _Live:
    def __init__(self, sides: Sides, endpoint: Endpoint, manner: Manner, iris: Iris) -> None:
        self.before, self.endpoint, self.manner = sides, endpoint, manner
        self.space = f"{iris.base}id/"
        self.parties = dict(sides.parties)
        self.known = {party.item: iri for iri, party in sorted(sides.parties.items()) if party.item}

    def sides(self, words: Words, day: dt.date) -> Sides:
        before = self.before
        stated = {iri for row in before.stated for iri in (row.one, row.other)}
        scope = sorted(iri for iri in stated | before.linked if before.party(iri).item)
        for old, new in self._pairs(_MERGED, [before.party(iri).item for iri in scope]):
            self._merged(old, new)
        own = sorted({self.parties[iri].item for iri in scope}, key=_number)
        beside = [item.value.removeprefix(ENTITY) for (item,) in self._ask(_TWINNED_WITH, own, "item")]
        asked = sorted({*own, *beside}, key=_number)
        graph = fetch(self.endpoint, asked, self.manner)
        for redirect in graph.redirects():
            self._merged(redirect.id, redirect.to)
        rows = list(graph.rows(asked))
        claims = [claim for row in rows for claim in self._claims(row)]
        self._name({item for claim in claims for item in (claim.by, claim.of) if item})
        held = dict(before.held) | {self._iri(item): NAME for item in asked}
        near = namesakes(self.space, self.parties, before.stated, claims, words)
        source = Source(
            NAME,
            (f"Wikidata, asked at {self.endpoint.url}", "en"),
            "",
            day.isoformat(),
            snapshot=True,
            whole=True,
            live=True,
        )
        return replace(
            before,
            sources=before.sources | {NAME: source},
            parties=self.parties,
            claims=[*before.claims, *claims],
            held=held,
            relatives={iri: frozenset(before.relatives.get(iri, frozenset()) | near.get(iri, set())) for iri in scope},
        )

    def _ask(self, query: str, items: Iterable[str], *names: str) -> Iterator[tuple[Term, ...]]:
        wanted, page = sorted(set(items), key=_number), self.manner.page
        for start in range(0, len(wanted), page):
            text = " ".join(f"wd:{item}" for item in wanted[start : start + page])
            yield from ask(self.endpoint, query.format(items=text), *names)

    def _pairs(self, query: str, items: Iterable[str]) -> Iterator[tuple[str, str]]:
        for old, new in self._ask(query, items, "old", "new"):
            yield old.value.removeprefix(ENTITY), new.value.removeprefix(ENTITY)

    def _merged(self, old: str, new: str) -> None:
        """Let a party keep its place when its item was merged into another."""
        iri = self.known.get(old)
        if iri and new not in self.known:
            self.parties[iri] = replace(self.parties[iri], item=new)
            self.known[new] = iri
        elif new in self.known:
            self.known[old] = self.known[new]

    def _iri(self, item: str) -> str:
        return self.known.get(item) or f"{self.space}wikidata/{item}"

    def _claims(self, row: Row) -> Iterator[Claim]:
        by = self._iri(row.id)
        names = [(text, language) for language, text in sorted(row.labels.items())]
        self.parties.setdefault(by, Party(by, row.id, tuple(names)))
        for statement in row.statements:
            if statement.main.kind == "somevalue":
                continue
            target = str(statement.main.value) if statement.main.kind == "value" else ""
            of = self._iri(target) if target else ""
            if of:
                self.parties.setdefault(of, Party(of, target))
            yield _claim(by, of, statement)

    def _name(self, parties: set[str]) -> None:
        """Name the items that are only met as values."""
        nameless = {self.parties[iri].item: iri for iri in parties if not self.parties[iri].names}
        for item, name in self._ask(_NAMED, nameless, "item", "name"):
            iri = nameless[item.value.removeprefix(ENTITY)]
            names = {*self.parties[iri].names, (name.value, name.language)}
            self.parties[iri] = replace(self.parties[iri], names=tuple(sorted(names)))


def _claim(by: str, of: str, statement: Statement) -> Claim:
    dates = {name: [row for row in statement.qualifiers if row.property == name] for name in (P.START, P.END)}
    plain = {name: _plain(rows) for name, rows in dates.items()}
    points = [row for row in statement.qualifiers if row.property == P.POINT_IN_TIME]
    addresses = (snak.value for row in statement.references for snak in row.snaks if snak.property == "P854")
    return Claim(
        by=by,
        of=of,
        source=NAME,
        statement=f"{ENTITY}statement/{statement.id.replace('$', '-', 1)}",
        rank=statement.rank,
        start=plain[P.START],
        end=plain[P.END],
        date=_plain(points),
        odd=frozenset(name for name, key in ((START, P.START), (END, P.END)) if dates[key] and not plain[key]),
        references=tuple(sorted({text for text in addresses if isinstance(text, str)}))
        or tuple(sorted(row.hash for row in statement.references)),
    )


def _plain(snaks: list[Snak]) -> str:
    """The one plain date of a qualifier; empty where there is none, or several, or one that nobody knows."""
    if len(snaks) != 1 or snaks[0].kind != "value" or snaks[0].type != "time":
        return ""
    found = lexical(snaks[0].value)
    return found[0] if found else ""


def _number(item: str) -> int:
    return int(item[1:])
