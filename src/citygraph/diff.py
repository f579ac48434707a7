"""Compares two releases graph by graph: what was added and what is gone, by walking their sorted files once."""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release


@dataclass(frozen=True)
class Change:
    """A statement that only one of two releases makes."""

    graph: str
    """The short name of the graph."""
    added: bool
    line: str
    """The triple as canonical N-Triples, without the full stop."""


def changes(old: Release, new: Release) -> Iterator[Change]:
    """Every difference, by graph and then by triple; memory does not grow with the releases."""
    for name in sorted(old.manifest["counts"]["graphs"].keys() | new.manifest["counts"]["graphs"].keys()):
        with ExitStack() as stack:
            sides = []
            for number, release in enumerate((old, new)):
                path = release.folder / "dumps" / "graphs" / f"{name}.nt"
                if path.exists():
                    lines = stack.enter_context(path.open(encoding="utf-8", newline="\n"))
                    sides.append(zip(lines, repeat(number), strict=False))
            for line, holders in groupby(heapq.merge(*sides), key=lambda row: row[0]):
                found = {number for _, number in holders}
                if len(found) == 1:
                    yield Change(name, found == {1}, line.removesuffix("\n").removesuffix(" ."))
