"""Partnerships at a glance, for the home page and for every page that tells of several.

A page of partnerships is found by what they have in common, and told by what a reader wants to compare: the parties,
the dates, the form, the fields, and the dated events of those of which no source says when they began.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from citygraph.vocab import prefixes
from citygraph.web.answers import local_urls
from citygraph.web.names import RANKS, Name, best, names_among
from citygraph.web.texts import short_path
from citygraph.written import is_iri, term

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from citygraph.iris import Iris
    from citygraph.web.current import Served
    from citygraph.web.names import Names
    from citygraph.web.portrait import Portrait

    Keys = Mapping[str, str]

_THINGS = """SELECT DISTINCT ?thing WHERE {{ {pattern} }}
    ORDER BY SUBSTR(STR(?thing), {start}) LIMIT {limit} OFFSET {offset}"""
"""The order is that of the IRIs; by what tells them apart the engine sorts eight times as fast as by all of them."""

_DATES, _LINKS = ("startDate", "cooperationSince", "endDate"), ("party", "form", "focusArea", "event")
"""What a card tells of a partnership."""

DOCUMENTED = "?thing a cg:Partnership ; cg:evidence ?evidence"
"""The pattern of the partnerships that a document here speaks of, and not an import alone."""

_PARTIES = ("city", "commune", "canton", "state", "province", "prefecture", "wikidata", "institution", "network")
_BY = {**dict.fromkeys(_PARTIES, "party"), "form": "form"}
"""By which property partnerships point to the thing whose page tells of them, by the kind of the thing."""
_PATTERNS = {
    **{kind: f"?thing cg:{name} <{{iri}}>" for kind, name in _BY.items()},
    "country": "{{ ?thing cg:party <{iri}> }} UNION {{ ?party cg:country <{iri}> . ?thing cg:party ?party }}",
    "focus-area": "?area skos:broader* <{iri}> . ?thing cg:focusArea ?area . ?thing a cg:Partnership",
    "characteristic": "?thing cg:characteristic <{iri}> . ?thing a cg:Partnership",
    "person": "?present cg:person <{iri}> . ?event cg:participation ?present . "
    "?thing cg:event|(cg:agreement/cg:event) ?event . ?thing a cg:Partnership",
    "source": "GRAPH <{graph}> {{ ?thing a cg:Partnership }}",
}
"""How all partnerships that a page tells of are asked for, by the kind of its thing."""


class Label(NamedTuple):
    """A thing on a card: its name and where it is told of."""

    name: Name
    url: str | None
    iri: str


class Card(NamedTuple):
    """A partnership at a glance."""

    name: Name
    url: str | None
    parties: tuple[Label, ...]
    """All but the one whose page it is."""
    since: str
    """When it began or, where no source says so, since when there is contact."""
    until: str
    forms: tuple[Label, ...]
    areas: tuple[Label, ...]
    occasion: tuple[str, Label] | None
    """The earliest dated event, where no beginning is stated."""


@dataclass
class Found:
    """One page of partnerships, before they are named."""

    number: int = 1
    following: bool = False
    facts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    days: dict[str, list[str]] = field(default_factory=dict)
    """The dates of the events of those of which no source says when they began."""
    names: Names = field(default_factory=dict)
    """The names of the partnerships themselves."""
    by: str = ""
    """The IRI of the property by which all of them point to the thing; empty where they are found otherwise."""

    def things(self) -> list[str]:
        """Everything else that the cards name."""
        found = [*self.days]
        for rows in self.facts.values():
            for key in ("party", "form", "focusArea"):
                found += rows.get(key, ())
        return found

    def cards(self, name: Callable[[str], Name], url: Callable[[str], str | None], of: str = "") -> list[Card]:
        """Write the cards on the page of a thing, the oldest partnerships first and those without a beginning last."""
        kept: dict[str, Label] = {}

        def label(iri: str) -> Label:
            return kept.get(iri) or kept.setdefault(iri, Label(name(iri), url(iri), iri))

        cards = [self._card(label(thing), label, of) for thing in self.facts]
        return sorted(cards, key=lambda card: (card.since or "9999", card.name.text.casefold()))

    def _card(self, thing: Label, label: Callable[[str], Label], of: str) -> Card:
        rows = self.facts[thing.iri]

        def labels(key: str, but: str = "") -> tuple[Label, ...]:
            found = [label(iri) for iri in rows.get(key, ()) if iri != but]
            return tuple(sorted(found, key=_by_name) if len(found) > 1 else found)

        since, occasion = _since(rows), None
        dated = [] if since else [(day, event) for event in rows.get("event", ()) for day in self.days.get(event, ())]
        if dated:
            day, event = min(dated)
            occasion = (day, label(event))
        until = finest(rows.get("endDate", ()))
        parties, forms, areas = labels("party", of), labels("form"), labels("focusArea")
        return Card(thing.name, thing.url, parties, since, until, forms, areas, occasion)


def _by_name(row: Label) -> tuple[str, str]:
    return row.name.text.casefold(), row.iri


def find(served: Served, portrait: Portrait, number: int, size: int) -> Found | None:
    """One page of the partnerships that a thing's page tells of; None for kinds that have none.

    They are looked for among what points to the thing, where all that does is at hand, and else asked for.
    """
    kind, _, name = short_path(served.iris.base, portrait.iri).partition("/")
    if not name or kind not in _PATTERNS:
        return None
    if kind in _BY and not portrait.truncated:
        by = served.iris.term(_BY[kind]).value
        things = sorted({thing[1:-1] for thing, name in portrait.pointing if name == by and is_iri(thing)})
        found = _told(served, things[(number - 1) * size : number * size + 1], number, size)
        found.by = by
        return found
    graph = served.iris.graph(f"source/{name}").value
    return _ask(served, _PATTERNS[kind].format(iri=portrait.iri, graph=graph), number, size)


def _ask(served: Served, pattern: str, number: int, size: int) -> Found:
    """Ask for one page of partnerships."""
    start = len(served.iris.thing("partnership", "")) + 1
    text = _THINGS.format(pattern=pattern, start=start, limit=size + 1, offset=(number - 1) * size)
    rows = served.store.select(text, prefixes=prefixes(served.iris.base))
    things = [row["thing"].value for row in rows if isinstance(row["thing"], ox.NamedNode)]
    return _told(served, things, number, size)


def _told(served: Served, things: list[str], number: int, size: int) -> Found:
    """What is told of the first partnerships of a list, which has one more if there is a page behind this one."""
    dates, links, wanted = _wanted(served.iris)
    shown = sorted(things)[:size]
    facts: dict[str, dict[str, list[str]]] = {thing: {} for thing in shown}
    said = list(served.store.told(shown, wanted))
    for thing, name, value in said:
        if key := links.get(name) if is_iri(value) else dates.get(name):
            facts[thing].setdefault(key, []).append(term(value).text if key in _DATES else value[1:-1])
    undated = (event for rows in facts.values() if not _since(rows) for event in rows.get("event", ()))
    days: defaultdict[str, list[str]] = defaultdict(list)
    for event, _, day in served.store.told(undated, {served.iris.term("date").value}):
        days[event].append(term(day).text)
    return Found(number, len(things) > size, facts, days, names_among(said))


@cache
def _wanted(iris: Iris) -> tuple[Keys, Keys, frozenset[str]]:
    """The properties by which a card tells dates, those by which it tells things, and these with those of names."""
    dates, links = ({iris.term(name).value: name for name in names} for names in (_DATES, _LINKS))
    return dates, links, frozenset((*dates, *links, *RANKS))


def partnerships(served: Served, language: str, limit: int) -> list[Card]:
    """The partnerships of the home page."""
    found = _ask(served, DOCUMENTED, 1, limit)
    names = {**found.names, **served.names_of(found.things())}

    def name(iri: str) -> Name:
        return best(names[iri], language) if iri in names else Name(short_path(served.iris.base, iri))

    return found.cards(name, local_urls())


def _since(rows: Mapping[str, Collection[str]]) -> str:
    """When a partnership began or, where no source says so, since when there is contact."""
    return finest(rows.get("startDate") or rows.get("cooperationSince") or ())


def finest(dates: Collection[str]) -> str:
    """The earliest of some dates, at the finest precision that a source gives it."""
    if len(dates) < 2:
        return next(iter(dates), "")
    lexical = sorted(dates)
    return max((date for date in lexical if date.startswith(lexical[0])), key=len, default="")
