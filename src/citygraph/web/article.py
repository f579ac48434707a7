"""What the page of a thing shows: facts by property, who states each, rivals, evidence, and what points here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.web.cards import Card
    from citygraph.web.names import Name


TECHNICAL = (
    *("gsp:hasGeometry", "geo:lat", "geo:long", "geo:location", "sha256", "characters", "dct:identifier", "dct:format"),
    *("skos:inScheme", "skos:topConceptOf", "skos:notation", "rdfs:isDefinedBy", "owl:versionInfo", "rdfs:seeAlso"),
)
"""Properties, by their local or short names, that stand behind a fold."""
TOLD = {
    "partnership": (
        *("party", "startDate", "cooperationSince", "endDate", "form", "focusArea"),
        *("agreement", "event", "initiative", "partnership"),
    ),
    "": ("partnership", "partnerOf", "within", "country", "memberOf"),
}
"""Properties that `stories.html` tells: of a partnership, and of all else that has partnerships."""


NETWORKED = ("person", "network", "focus-area", "initiative")
"""Kinds of things without a place, whose neighbours are shown."""


class Mark(NamedTuple):
    """Who states a fact: a source, an editorial graph, or our own inference."""

    label: str
    title: Name
    url: str | None
    kind: str
    """``source``, ``inferred`` or ``editorial``."""


@dataclass(slots=True)
class Fact:
    """One value of a property."""

    name: Name
    url: str | None = None
    foreign: bool = False
    """Whether the address is another site's."""
    date: str = ""
    """The value for machines, where it is a date."""
    marks: tuple[Mark, ...] = ()
    rivals: tuple[tuple[str, tuple[Mark, ...]], ...] = ()
    """What other sources say instead."""
    parts: list[Group] = field(default_factory=list)
    why: str | None = None
    """Where it is told why this is to be believed."""
    kind: Name | None = None


@dataclass(slots=True)
class Group:
    """The facts of one property."""

    label: Name
    url: str | None
    key: str
    """The local name of the property, for those who lay out."""
    facts: list[Fact]
    more: int = 0
    """How many facts are not shown."""
    number: int = 1
    """Which page of the facts is shown."""
    before: int = 0
    """How many facts stand on the pages before."""

    @property
    def following(self) -> bool:
        """Whether there are more pages."""
        return self.more > 0

    @property
    def in_line(self) -> bool:
        """Whether the facts are so plain that they stand in a line."""
        return not any(fact.parts or fact.rivals for fact in self.facts)


class Known(dict[str, Group]):
    """Groups by the local names of their properties, as items and as attributes; None where there is none."""

    __getattr__ = dict.get


@dataclass(slots=True)
class Evidence:
    """A phrase of a document that the thing rests on."""

    source: Name
    source_url: str | None
    phrase: Name
    start: str
    end: str
    url: str | None


@dataclass
class Article:
    """What the page of a thing shows."""

    iri: str
    name: Name
    kinds: list[tuple[Name, str | None]]
    definitions: list[Fact]
    groups: list[Group]
    elsewhere: list[Group]
    names: list[Group]
    evidence: list[Evidence]
    incoming: list[Group]
    truncated: bool
    identifier: str
    statements_url: str | None
    """Where the statements of a source are listed, if the thing is one."""
    cards: list[Card] | None
    """The partnerships that the page tells of; None for kinds of things that have none."""
    number: int = 1
    following: bool = False
    """Which page of the partnerships is shown, and whether there are more."""
    place: tuple[float, float] | None = None
    """Latitude and longitude, in degrees."""

    @cached_property
    def kind(self) -> str:
        """The kind of the thing, as its address says it."""
        return self.identifier.partition("/")[0]

    @cached_property
    def known(self) -> Known:
        """The groups by the local name of their property."""
        return by_key(self.groups)

    @property
    def told(self) -> tuple[str, ...]:
        """The properties that the page tells in sentences."""
        return TOLD["partnership"] if self.kind == "partnership" else TOLD[""] if self.cards is not None else ()

    @cached_property
    def rest(self) -> list[Group]:
        """The groups that the page tells neither in sentences nor behind a fold."""
        elsewhere = {*self.told, *TECHNICAL}
        return [group for group in self.groups if group.key not in elsewhere]

    @cached_property
    def technical(self) -> list[Group]:
        """The groups that only machines and librarians look for."""
        return [group for group in self.groups if group.key in TECHNICAL]

    @property
    def voiced(self) -> bool:
        """Whether documents are published for it."""
        return any(group.key == "publishedFor" for group in self.incoming)

    @cached_property
    def picture(self) -> str:
        """What picture stands beside it: ``map``, ``network``, or none. Institutions have no place of their own."""
        parties = self.known["party"].facts if "party" in self.known else ()
        of_institutions = any("page/institution/" in (fact.url or "") for fact in parties)
        if self.kind == "institution" or (self.kind == "partnership" and of_institutions):
            return "network"
        if self.kind == "partnership" or "partnerOf" in self.known:
            return "map"
        return "network" if self.kind in NETWORKED else ""

    @property
    def disagrees(self) -> bool:
        """Whether any two sources disagree on this page."""
        return any(fact.rivals for group in self.groups for fact in _walk(group))


def by_key(groups: Iterable[Group]) -> Known:
    """Put groups where templates find them by the local names of their properties."""
    return Known((group.key, group) for group in groups)


def by_date(facts: Iterable[Fact]) -> list[Fact]:
    """Order events by their earliest date, those without one last."""

    def day(fact: Fact) -> str:
        return min((row.date for group in fact.parts for row in group.facts if group.key == "date"), default="9999")

    return sorted(facts, key=lambda fact: (day(fact), fact.name.text))


def finest(facts: list[Fact]) -> list[Fact]:
    """Leave out the dates that are coarser forms of others, and name who states them beside the finer ones."""
    if len(facts) < 2:
        return facts
    dates = {row.date for row in facts}
    kept = [row for row in facts if not any(date != row.date and date.startswith(row.date) for date in dates)]
    agreeing = [[mark for one in facts if row.date.startswith(one.date) for mark in one.marks] for row in kept]
    return [replace(row, marks=tuple(dict.fromkeys(marks))) for row, marks in zip(kept, agreeing, strict=True)]


def total(group: Group) -> int:
    """How many facts of a group there are on this page, before it and after it."""
    return group.before + len(group.facts) + group.more


def _walk(group: Group) -> Iterator[Fact]:
    for fact in group.facts:
        yield fact
        for part in fact.parts:
            yield from _walk(part)
