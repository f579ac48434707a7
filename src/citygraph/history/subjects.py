"""Compares two sorted N-Triples files subject by subject, in one walk and in memory that does not grow with them.

Sorted lines stand grouped by subject, so a file is a row of things with their statements. Blank nodes come last; a
thing that leads to one has changed when any of the file's blank nodes has, which is rare and errs on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_Row = TypeVar("_Row")

BLANK = b"_:"


@dataclass(frozen=True)
class Group:
    """A subject, as N-Triples writes it, and its lines in order."""

    subject: bytes
    lines: tuple[bytes, ...]

    @property
    def leads_to_blank(self) -> bool:
        """Whether a statement's object is a blank node."""
        return any(line.rstrip(b" .\n").rpartition(b" ")[2].startswith(BLANK) for line in self.lines)


@dataclass(frozen=True)
class Changed:
    """A thing whose statements differ between two releases; one side is None where the thing is new or gone."""

    subject: bytes
    old: Group | None
    new: Group | None

    @property
    def what(self) -> str:
        """``new``, ``changed`` or ``gone``."""
        return "new" if self.old is None else "gone" if self.new is None else "changed"

    @property
    def added(self) -> int:
        """How many statements only the new release makes."""
        return len(self._lines(self.new) - self._lines(self.old))

    @property
    def removed(self) -> int:
        """How many statements only the old release makes."""
        return len(self._lines(self.old) - self._lines(self.new))

    @staticmethod
    def _lines(group: Group | None) -> set[bytes]:
        return set(group.lines) if group else set()


def subject_of(line: bytes) -> bytes:
    """The subject of an N-Triples line: everything before the first space."""
    return line.partition(b" ")[0]


def groups(lines: Iterable[bytes]) -> Iterator[Group]:
    """The subjects of sorted lines with their lines."""
    for subject, found in groupby(lines, key=subject_of):
        yield Group(subject, tuple(found))


def changed(old: Path | None, new: Path | None) -> Iterator[Changed]:
    """Every thing that two files of sorted lines tell differently, in the order of the lines; None is an empty file."""
    same_blank = _blank_lines(old) == _blank_lines(new)
    for was, now in paired(_named(old), _named(new), _place):
        moved = not same_blank and any(side is not None and side.leads_to_blank for side in (was, now))
        if was != now or moved:
            known = now or was
            assert known is not None, "a pair has a side"
            yield Changed(known.subject, was, now)


def blank_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file whose subjects are blank nodes."""
    with path.open("rb") as lines:
        yield from (line for line in lines if line.startswith(BLANK))


def _blank_lines(path: Path | None) -> list[bytes]:
    return list(blank_lines(path)) if path else []


def _named(path: Path | None) -> Iterator[Group]:
    if path is not None:
        with path.open("rb") as lines:
            yield from groups(line for line in lines if not line.startswith(BLANK))


def paired(
    old: Iterable[_Row], new: Iterable[_Row], key: Callable[[_Row], bytes]
) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Walk two ordered rows side by side; what only one of them has is paired with None."""
    left, right = iter(old), iter(new)
    was, now = next(left, None), next(right, None)
    while was is not None or now is not None:
        if now is None or (was is not None and key(was) < key(now)):
            yield was, None
            was = next(left, None)
        elif was is None or key(now) < key(was):
            yield None, now
            now = next(right, None)
        else:
            yield was, now
            was, now = next(left, None), next(right, None)


def _place(group: Group) -> bytes:
    """Lines are ordered as wholes, so subjects are ordered with the space that follows them."""
    return group.subject + b" "
