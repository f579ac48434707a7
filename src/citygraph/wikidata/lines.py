"""The lines of a comparison, as they are kept, shown and handed on; codes stand in :mod:`citygraph.wikidata.words`."""

from __future__ import annotations

import msgspec


class Reference(msgspec.Struct, frozen=True):
    """What a proposed statement rests on."""

    source: str
    page: str
    title: str = ""
    language: str = ""
    read: str = ""
    """The day on which the page was read, as YYYY-MM-DD."""


class Proposal(msgspec.Struct, frozen=True):
    """A statement that Wikidata may take over, or qualifiers of one that it has."""

    subject: str
    value: str
    """The items of both parties, the one that the statement stands on first."""
    qualifiers: tuple[tuple[str, str], ...]
    """Properties and dates, as texts of XML Schema."""
    reference: Reference
    direction: str
    """``one`` if it is for the item of the line's first party, ``other`` if for that of the second."""
    known: bool = False
    """Whether Wikidata has the statement and lacks only the qualifiers."""


class Said(msgspec.Struct, frozen=True):
    """A statement of a snapshot, for readers."""

    by: str
    of: str
    source: str
    statement: str = ""
    rank: str = ""
    start: str = ""
    end: str = ""
    date: str = ""
    references: tuple[str, ...] = ()


class Base(msgspec.Struct, frozen=True):
    """What both sides said when they were last compared."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    date: str
    curator: str = ""
    comment: str = ""


class Line(msgspec.Struct, frozen=True):
    """One difference between us and Wikidata: about which pair, in which respect, and what follows."""

    kind: str
    """``missing-there``, ``missing-here`` or ``contradiction``."""
    field: str
    """``stated``, ``start``, ``end``, ``level``, ``rank`` or ``denied``."""
    one: str
    other: str
    """The IRIs of both parties."""
    items: tuple[str, str]
    """Their items on Wikidata; empty where there is none."""
    partnership: str
    """What we call their partnership; empty where we know of none."""
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    """What each side says: dates, or which directions are stated (``one`` on the item of the first party)."""
    sources: tuple[str, ...]
    """The names of our sources that say so."""
    statements: tuple[Said, ...]
    """Wikidata's statements that say so, or that lack what we say."""
    changed: str = "new"
    """Which side changed since both were compared: ``here``, ``there``, ``both``, ``agreed`` (none), or ``new``."""
    base: Base | None = None
    proposals: tuple[Proposal, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why nothing is proposed, or not for both directions."""

    @property
    def stated(self) -> tuple[str, ...]:
        """What Wikidata says, for tables: dates, and which item states which."""
        names = dict(zip(("one", "other"), (" → ".join(self.items), " → ".join(reversed(self.items))), strict=True))
        words = (text.partition(" ") for text in self.theirs)
        return tuple(f"{names.get(first, first)}{gap}{rest}" for first, gap, rest in words)

    @property
    def open(self) -> bool:
        """Whether somebody should look at it."""
        return self.changed != "agreed"
