"""What stands above a comparison: what was compared with what, and when; and how much was found."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from citygraph.wikidata.compare import Comparison
    from citygraph.wikidata.lines import Line

OLD_DAYS = 90
"""From how many days on a snapshot is called old."""


class Known(msgspec.Struct, frozen=True):
    """A source on either side."""

    name: str
    title: str
    page: str
    read: str
    whole: bool


class Head(msgspec.Struct, frozen=True):
    """What a reader has to know before the lines."""

    release: str
    date: str
    """The newest day of our sources, on which nothing newer is known."""
    snapshots: tuple[Known, ...]
    """What speaks for Wikidata, the newest first."""
    sources: tuple[Known, ...]
    """Our sources that state partnerships."""
    counts: dict[str, int]
    """How many lines there are, by kind, and how many of them are open."""
    pairs: int
    """How many pairs of parties our sources state."""
    equal: int
    """How many of these Wikidata states in both directions, without a difference."""
    proposals: int
    asides: tuple[str, ...]
    """Partnerships that are no twinnings, so that Wikidata has no property for them."""

    @property
    def snapshot(self) -> str:
        """The day of the newest snapshot; empty where there is none."""
        return self.snapshots[0].read if self.snapshots else ""

    @property
    def age(self) -> int:
        """How many days older the newest snapshot is than what we say."""
        days = [dt.date.fromisoformat(text) for text in (self.snapshot, self.date) if text]
        return (days[1] - days[0]).days if len(days) > 1 else 0

    @property
    def old(self) -> bool:
        """Whether much may have changed on Wikidata since."""
        return self.age >= OLD_DAYS


def head_of(comparison: Comparison, lines: list[Line], release: str) -> Head:
    """Sum up a comparison."""
    sides = comparison.sides
    known = {
        name: Known(name, row.title[0], row.page, row.read, row.whole) for name, row in sorted(sides.sources.items())
    }
    stating = {row.source for row in sides.stated}
    snapshots = [row for row in sides.sources.values() if row.snapshot]
    snapshots.sort(key=lambda row: (row.live, row.read, row.name), reverse=True)
    counts = Counter(line.kind for line in lines) | Counter(f"{line.kind} open" for line in lines if line.open)
    differing = {(line.one, line.other) for line in lines}
    twinned = [pair for pair, rows in comparison.ours.items() if any(row.twinned for row in rows)]
    return Head(
        release=release,
        date=max((row.read for row in known.values()), default=""),
        snapshots=tuple(known[row.name] for row in snapshots),
        sources=tuple(known[name] for name in sorted(stating)),
        counts=dict(sorted(counts.items())),
        pairs=len(comparison.ours),
        equal=sum(pair not in differing for pair in twinned),
        proposals=sum(len(line.proposals) for line in lines),
        asides=tuple(sorted({row.partnership for row in comparison.asides()})),
    )
