"""Tells in which file and line the block of a thing begins.

Findings name few of the things that a build reads. So nothing is remembered of a thing: the files are walked once more
for those that are asked for, all of them at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from citygraph.build.texts import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from citygraph.findings import Finding
    from citygraph.iris import Iris

_SUBJECT = re.compile(r"(?:<([^<>\s]+)>|([^\s:@#\"'<>]*):([^\s;,\"'<>]+?))\s")


class _File(NamedTuple):
    """A Turtle file, the graph it makes, and its prefixes."""

    graph: str
    path: Path
    iris: Iris
    prefixes: Mapping[str, str]

    def blocks(self) -> Iterator[tuple[str, int]]:
        """Each subject that begins a line, and the number of the line (from 1)."""
        for number, line in enumerate(read_lines(self.path, self.iris), 1):
            if match := _SUBJECT.match(line):
                full, prefix, local = match.groups()
                if full or prefix in self.prefixes:
                    yield full or self.prefixes[prefix] + local.replace("\\", ""), number


class _Place(NamedTuple):
    """Where a block begins: graph, file and line (from 1)."""

    graph: str
    file: str
    line: int


class Origins:
    """Remembers the files that were read, and looks things up in them."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._files: list[_File] = []
        self._noted: dict[str, list[_Place]] = defaultdict(list)
        self._sought: dict[str, list[_Place]] = {}

    def show(self, path: Path | str) -> str:
        """Name a file as people and reports see it: below the repository, wherever that lies."""
        inside = self._root is not None and Path(path).is_relative_to(self._root)
        return str(Path(path).relative_to(self._root)) if inside and self._root else str(path)

    def remember(self, graph: str, path: Path, iris: Iris, prefixes: Mapping[str, str]) -> None:
        """Note a Turtle file, each block of which begins with a line that begins with its subject."""
        self._files.append(_File(graph, path, iris, prefixes))
        self._sought.clear()

    def note(self, iri: str, graph: str, path: Path | str, line: int) -> None:
        """Note one thing that stands in no Turtle file."""
        self._noted[iri].append(_Place(graph, self.show(path), line))

    def place(self, rows: Iterable[tuple[Finding, str, Sequence[str]]]) -> Iterator[Finding]:
        """Give findings the file and line of a thing, which may stand in some graphs; an unknown one leaves the file.

        All are looked up in one walk through the files.
        """
        found = list(rows)
        self._seek(thing for _, thing, _ in found)
        for finding, thing, graphs in found:
            file, line = self.of(thing, graphs)
            yield replace(finding, file=file or finding.file, line=line)

    def of(self, iri: str, graphs: Iterable[str] = ()) -> tuple[str, int]:
        """Give file and line of a thing; ("", 0) when unknown.

        A given graph goes before a source, and a source before the gazetteer and the labels.
        """
        self._seek([iri])
        wanted, known = set(graphs), [*self._sought[iri], *self._noted.get(iri, ()), _Place("", "", 0)]
        best = max(known[:-1] or known, key=lambda place: (place.graph in wanted, place.graph.startswith("source/")))
        return best.file, best.line

    def _seek(self, things: Iterable[str]) -> None:
        """Walk through the files for what was not sought before."""
        found: dict[str, list[_Place]] = {thing: [] for thing in things if thing not in self._sought}
        for file in self._files if found else ():
            for iri, line in file.blocks():
                if iri in found:
                    found[iri].append(_Place(file.graph, self.show(file.path), line))
        self._sought |= found
