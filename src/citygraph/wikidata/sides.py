"""Both sides of the comparison: which pairs our sources state, and which claims snapshots of Wikidata hold.

Snapshots are imports (:mod:`citygraph.imports`) that Wikidata publishes. Of several, the newest that knows an item
speaks for it; what older ones said is remembered, because somebody may have removed it for a reason.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TWINNED = "P190"
"""The property of Wikidata that this is about: twinned administrative body."""
START, END = "P580", "P582"


@dataclass(frozen=True)
class Rules:
    """What ``linking/wikidata.toml`` says."""

    publisher: str = "Wikidata"
    twinned: frozenset[str] = frozenset({"twinning", "sister-state"})

    @classmethod
    def read(cls, path: Path) -> Rules:
        """Read the file; what is missing or not of its kind is an error with its remedy."""
        try:
            table = tomllib.loads(path.read_text("utf-8"))
            return cls(str(table["publisher"]), frozenset(map(str, table["twinned"])))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            remedy = 'it has publisher = "…" and twinned = ["…"]; docs/wikidata.md says what they mean'
            raise SourceError(path, f"this file cannot be read ({error!r})", remedy) from None


@dataclass(frozen=True)
class Source:
    """A document or data set: what a reference to it needs, and how far a snapshot can be trusted to know."""

    name: str
    title: tuple[str, str] = ("", "")
    """The text and its language."""
    page: str = ""
    """The address of the page, where one is known."""
    read: str = ""
    """The day on which it was read or received, as YYYY-MM-DD."""
    snapshot: bool = False
    """Whether it is a snapshot of Wikidata."""
    whole: bool = False
    """Whether a snapshot holds all statements of its items with their qualifiers, as dumps and endpoints give them."""
    live: bool = False
    """Whether it is the answer of an endpoint that was asked just now."""


@dataclass(frozen=True)
class Party:
    """A party with its item on Wikidata, if a link or an import names one."""

    iri: str
    item: str = ""
    names: tuple[tuple[str, str], ...] = ()
    """Texts and languages, the preferred ones first."""

    @property
    def label(self) -> str:
        """What it is called in English, or in any language."""
        english = (text for text, language in self.names if language == "en")
        return next(english, self.names[0][0] if self.names else self.iri.rpartition("/")[2])


@dataclass(frozen=True)
class Stated:
    """A pair of partners as one source of ours states it."""

    one: str
    other: str
    partnership: str
    source: str
    twinned: bool
    """Whether the partnership is of a form that Wikidata calls twinned."""
    starts: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Claim:
    """A statement of one item about another in a snapshot; no other where the item is said to have no twin."""

    by: str
    of: str
    source: str
    statement: str = ""
    """The address of the statement on Wikidata, where the snapshot tells it."""
    rank: str = ""
    """``preferred``, ``normal`` or ``deprecated``; empty where the snapshot does not tell."""
    start: str = ""
    end: str = ""
    date: str = ""
    """The point in time, as texts of XML Schema; empty where there is none."""
    odd: frozenset[str] = frozenset()
    """Which qualifiers (:data:`START`, :data:`END`) it has that are no single plain date."""
    references: tuple[str, ...] = ()
    """What the statement rests on: addresses of pages, or ids of references without one."""

    @property
    def stands(self) -> bool:
        """Whether Wikidata holds it to be true."""
        return self.rank != "deprecated"


@dataclass
class Sides:
    """Both sides, by pairs of parties."""

    sources: dict[str, Source] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()
    """The parties of ours that curators linked to an item."""
    stated: list[Stated] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    held: Mapping[str, str] = field(default_factory=dict)
    """The snapshot that speaks for a party's item; an item without one says nothing that we know."""
    relatives: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What a party lies within and what lies within it, and parties on Wikidata of the same name."""

    def party(self, iri: str) -> Party:
        """A party, even one of which nothing is known."""
        return self.parties.get(iri) or Party(iri)

    def ours(self) -> dict[tuple[str, str], list[Stated]]:
        """What our sources state, by pairs in order."""
        found: defaultdict[tuple[str, str], list[Stated]] = defaultdict(list)
        for row in self.stated:
            found[self.pair(row.one, row.other)].append(row)
        return dict(found)

    def theirs(self) -> tuple[dict[tuple[str, str], list[Claim]], set[tuple[str, str]]]:
        """What Wikidata states by the newest that is known of each item, and which directions were ever stated."""
        found: defaultdict[tuple[str, str], list[Claim]] = defaultdict(list)
        ever = set()
        for row in self.claims:
            if row.of:
                ever.add((row.by, row.of))
            if self.held.get(row.by) == row.source:
                found[row.by, row.of].append(row)
        return dict(found), ever

    def pair(self, one: str, other: str) -> tuple[str, str]:
        """Put two parties in the order in which they are told: items by number, others by name behind them."""
        first, second = sorted((one, other), key=self._order)
        return first, second

    def _order(self, iri: str) -> tuple[int, int, str]:
        item = self.party(iri).item
        return (0, int(item[1:]), iri) if item else (1, 0, iri)

    def key(self, iri: str, base: str) -> str:
        """The name of a party in tables: its item, or what we call it."""
        return self.party(iri).item or iri.removeprefix(f"{base}id/")


def newest_holders(sources: Iterable[Source], holding: Mapping[str, set[str]]) -> dict[str, str]:
    """Find the snapshot that speaks for each party: the newest that holds its item.

    An item that none holds has no statement in a snapshot that is whole; of others nobody knows what it says.
    """
    snapshots = sorted((row for row in sources if row.snapshot), key=lambda row: (row.read, row.name), reverse=True)
    whole = next((row.name for row in snapshots if row.whole), "")
    found = {
        party: next((row.name for row in snapshots if row.name in names), whole) for party, names in holding.items()
    }
    return {party: name for party, name in found.items() if name}
