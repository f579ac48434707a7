"""Partnerships at a glance, for the home page and for every page that tells of several: found by one question.

The question finds a page of partnerships by what they have in common and brings what a reader wants to compare: the
parties, the dates, the form, the fields, and the dated events of those of which no source says when they began.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import prefixes
from citygraph.web.answers import local_url
from citygraph.web.names import Name, best
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from citygraph.web.current import Served

_QUERY = """SELECT ?thing ?property ?value ?event WHERE {{
    {{ SELECT DISTINCT ?thing WHERE {{ {pattern} }}
       ORDER BY SUBSTR(STR(?thing), {start}) LIMIT {limit} OFFSET {offset} }}
    {{ VALUES ?property {{ cg:party cg:startDate cg:cooperationSince cg:endDate cg:form cg:focusArea }}
       ?thing ?property ?value }}
    UNION {{ ?thing cg:event ?event . ?event cg:date ?value BIND(cg:date AS ?property) }}
}}"""
"""The order is that of the IRIs; by what tells them apart the engine sorts eight times as fast as by all of them."""

DOCUMENTED = "?thing a cg:Partnership ; cg:evidence ?evidence"
"""The pattern of the partnerships that a document here speaks of, and not an import alone."""

_PARTY = "?thing cg:party <{iri}>"
_PATTERNS = {
    **dict.fromkeys(("city", "commune", "canton", "state", "province", "prefecture", "wikidata"), _PARTY),
    **dict.fromkeys(("institution", "network"), _PARTY),
    "country": "{{ ?thing cg:party <{iri}> }} UNION {{ ?party cg:country <{iri}> . ?thing cg:party ?party }}",
    "focus-area": "?area skos:broader* <{iri}> . ?thing cg:focusArea ?area . ?thing a cg:Partnership",
    "form": "?thing cg:form <{iri}>",
    "characteristic": "?thing cg:characteristic <{iri}> . ?thing a cg:Partnership",
    "person": "?present cg:person <{iri}> . ?event cg:participation ?present . "
    "?thing cg:event|(cg:agreement/cg:event) ?event . ?thing a cg:Partnership",
    "source": "GRAPH <{graph}> {{ ?thing a cg:Partnership }}",
}
"""How the partnerships that a page tells of are found, by the kind of its thing."""


@dataclass(frozen=True)
class Label:
    """A thing on a card: its name and where it is told of."""

    name: Name
    url: str | None
    iri: str


@dataclass(frozen=True)
class Card:
    """A partnership at a glance."""

    name: Name
    url: str | None
    parties: list[Label]
    since: str
    """When it began or, where no source says so, since when there is contact."""
    until: str
    forms: list[Label]
    areas: list[Label]
    occasion: tuple[str, Label] | None
    """The earliest dated event, where no beginning is stated."""


@dataclass
class Found:
    """One page of partnerships, before they are named."""

    number: int = 1
    following: bool = False
    facts: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    events: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def things(self) -> Iterator[str]:
        """Everything that the cards name."""
        yield from self.facts
        for rows in self.facts.values():
            for key in ("party", "form", "focusArea"):
                yield from rows.get(key, ())
        for found in self.events.values():
            yield from (event for _, event in found)

    def cards(self, name: Callable[[str], Name]) -> list[Card]:
        """Write the cards, the oldest partnerships first and those without a beginning last."""
        cards = [self._card(thing, name) for thing in self.facts]
        return sorted(cards, key=lambda card: (card.since or "9999", card.name.text.casefold()))

    def _card(self, thing: str, name: Callable[[str], Name]) -> Card:
        rows = self.facts[thing]

        def labels(key: str) -> list[Label]:
            found = (Label(name(iri), local_url(iri), iri) for iri in rows.get(key, ()))
            return sorted(found, key=lambda row: (row.name.text.casefold(), row.iri))

        since = finest(rows.get("startDate") or rows.get("cooperationSince") or ())
        events = sorted(self.events.get(thing, ()))
        occasion = None
        if events and not since:
            day, event = events[0]
            occasion = (day, Label(name(event), local_url(event), event))
        until = finest(rows.get("endDate", ()))
        return Card(
            name(thing), local_url(thing), labels("party"), since, until, labels("form"), labels("focusArea"), occasion
        )


def pattern_for(served: Served, iri: str) -> str | None:
    """How the partnerships that a thing's page tells of are found; None for kinds that have none."""
    kind, _, name = short_path(served.iris.base, iri).partition("/")
    pattern = _PATTERNS.get(kind)
    if pattern is None or not name:
        return None
    return pattern.format(iri=iri, graph=served.iris.graph(f"source/{name}").value)


def find(served: Served, pattern: str, number: int, size: int) -> Found:
    """Ask for one page of partnerships."""
    facts: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    events: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    start = len(served.iris.thing("partnership", "")) + 1
    text = _QUERY.format(pattern=pattern, start=start, limit=size + 1, offset=(number - 1) * size)
    for row in served.store.select(text, prefixes=prefixes(served.iris.base)):
        thing, value = row["thing"], row["value"]
        if not isinstance(thing, ox.NamedNode) or not isinstance(value, (ox.NamedNode, ox.Literal)):
            continue
        if row["event"] is not None:
            events[thing.value].append((value.value, row["event"].value))
        else:
            facts[thing.value][row["property"].value.rpartition("#")[2]].add(value.value)
    shown = sorted(facts)[:size]
    return Found(
        number, len(facts) > size, {thing: facts[thing] for thing in shown}, {key: events[key] for key in shown}
    )


def partnerships(served: Served, language: str, limit: int) -> list[Card]:
    """The partnerships of the home page."""
    found = find(served, DOCUMENTED, 1, limit)
    names = served.names_of(found.things())

    def name(iri: str) -> Name:
        return best(names[iri], language) if iri in names else Name(short_path(served.iris.base, iri))

    return found.cards(name)


def finest(dates: Iterable[str]) -> str:
    """The earliest of some dates, at the finest precision that a source gives it."""
    lexical = sorted(dates)
    return max((date for date in lexical if date.startswith(lexical[0])), key=len, default="")
