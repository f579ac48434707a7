"""The growing dataset on disk: one file of sorted canonical N-Triples per named graph.

These files are what every later stage reads and what every dump is written from. They hold literals as they were
written, which a store does not, and two of them are compared by walking both once. Sorting uses bounded memory:
runs of lines are sorted, written aside and merged.
"""

from __future__ import annotations

import heapq
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import groupby, islice
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

RUN = 400_000
"""How many lines are sorted in memory at once; about 100 MB."""
_BATCH = 10_000


class GraphFiles:
    """The files of the named graphs of one build, by the short name of the graph (``source/zurich-de``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: dict[str, int] = {}
        """How many triples each graph holds."""
        self._united: tuple[list[str], Path] | None = None

    def path(self, name: str) -> Path:
        """The file of a graph."""
        return self.folder / f"{name}.nt"

    def names(self) -> list[str]:
        """The graphs written so far, sorted."""
        return sorted(self.counts)

    def write(self, name: str, triples: Iterable[ox.Triple]) -> int:
        """Write a graph, each triple once, in the order of its canonical lines; return how many there are."""
        return self.write_lines(name, lines_of(triples))

    def write_lines(self, name: str, lines: Iterable[bytes]) -> int:
        """Write a graph given as canonical lines, in any order and as often as may be."""
        path = self.path(name)
        self._united = None
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target, sorted_unique(lines) as kept:
            self.counts[name] = sum(1 for line in kept if target.write(line))
        return self.counts[name]

    def unite(self, path: Path) -> int:
        """Write the union of all graphs as N-Triples, and return how many triples it has.

        Whoever wants it from now on reads that file.
        """
        names = self.names()
        with path.open("wb") as target, self.union(names) as lines:
            size = sum(1 for line in lines if target.write(line))
        self._united = names, path
        return size

    @contextmanager
    def union(self, names: Iterable[str]) -> Iterator[Iterator[bytes]]:
        """The lines of several graphs as one graph, sorted, each once."""
        wanted = list(names)
        with ExitStack() as stack:
            if self._united and self._united[0] == wanted:
                yield stack.enter_context(self._united[1].open("rb"))
                return
            files = [stack.enter_context(self.path(name).open("rb")) for name in wanted]
            yield unique(heapq.merge(*files))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a graph, in order."""
        with self.path(name).open("rb") as lines:
            yield from lines

    def triples(self, name: str) -> Iterator[ox.Triple]:
        """The triples of a graph, in order, with their literals as written."""
        quads = ox.parse(path=str(self.path(name)), format=ox.RdfFormat.N_TRIPLES, lenient=True)
        return (quad.triple for quad in quads)


def parsed(lines: Iterable[bytes]) -> Iterator[ox.Triple]:
    """The triples of N-Triples lines that were written here, streaming: nothing in them is judged again."""
    return (quad.triple for quad in ox.parse(as_file(lines), format=ox.RdfFormat.N_TRIPLES, lenient=True))


def as_file(lines: Iterable[bytes]) -> IO[bytes]:
    """Lines as a file that a parser reads, so that they are never all in memory."""
    return cast("IO[bytes]", _LineReader(lines))  # a parser asks for no more than read


class _LineReader:
    """The one method of a file that a parser needs."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._read = b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, never more than wanted: the parser reads into a space of that size."""
        self._read = self._read or b"".join(islice(self._lines, 100))
        taken = self._read if size < 0 else self._read[:size]
        self._read = self._read[len(taken) :]
        return taken


def lines_of(triples: Iterable[ox.Triple]) -> Iterator[bytes]:
    """Canonical N-Triples lines, each with its line end; serialised in batches, which the engine does fastest."""
    walk = iter(triples)
    while batch := list(islice(walk, _BATCH)):
        text = ox.serialize(batch, format=ox.RdfFormat.N_TRIPLES)
        assert text is not None
        yield from text.splitlines(keepends=True)


def unique(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each of sorted lines once."""
    return (line for line, _ in groupby(lines))


@contextmanager
def sorted_unique(lines: Iterable[bytes], run: int = RUN) -> Iterator[Iterator[bytes]]:
    """Sort any number of lines in bounded memory and give each once."""
    walk = iter(lines)
    first = sorted(islice(walk, run))
    with ExitStack() as stack:
        runs: list[IO[bytes]] = []
        while batch := sorted(islice(walk, run)):
            aside = stack.enter_context(tempfile.TemporaryFile())
            aside.writelines(batch)
            aside.seek(0)
            runs.append(aside)
        yield unique(heapq.merge(first, *runs) if runs else first)
