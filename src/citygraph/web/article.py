"""What the page of a thing shows: facts by property, who states each, rivals, evidence, and what points here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.web.names import Name


@dataclass(frozen=True)
class Mark:
    """Who states a fact: a source, an editorial graph, or our own inference."""

    label: str
    title: Name
    url: str | None
    kind: str
    """``source``, ``inferred`` or ``editorial``."""


@dataclass
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
    kind: Name | None = None


@dataclass
class Group:
    """The facts of one property."""

    label: Name
    url: str | None
    key: str
    """The local name of the property, for those who lay out."""
    facts: list[Fact]
    more: int = 0
    """How many facts are not shown."""


@dataclass
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

    @property
    def disagrees(self) -> bool:
        """Whether any two sources disagree on this page."""
        return any(fact.rivals for group in self.groups for fact in _walk(group))


def _walk(group: Group) -> Iterator[Fact]:
    for fact in group.facts:
        yield fact
        for part in fact.parts:
            yield from _walk(part)
