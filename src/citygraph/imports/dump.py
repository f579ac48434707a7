"""Filters a Wikidata JSON dump, plain, gzip or bzip2, line by line and in bounded memory.

The whole dump goes by once; what is kept is small. A stopped run goes on where it was; a broken line is counted,
noted with its number and skipped.
"""

from __future__ import annotations

import bz2
import gzip
import io
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from citygraph.errors import SourceError
from citygraph.imports.entities import Reader
from citygraph.imports.finish import Counts, finish, new_journal
from citygraph.imports.rows import BROKEN, ENTITIES, encode, read_rows
from citygraph.imports.sift import CUT, edges, is_cut, joined, sift

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from typing import IO, Self

    from citygraph.imports.finish import About
    from citygraph.imports.journal import Journal

LONGEST = 1 << 26
"""No entity has more bytes than this, by far; a longer line is broken, and never held as a whole."""
_STEP = 500
"""After how many lines the clock is looked at."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come; bytes are those of the file on disk, ``rate`` is of the text unpacked."""

    done: int
    total: int
    rate: float
    seconds_left: float | None
    counts: Counts
    again: bool = False
    """Whether a packed dump is only unpacked again, up to where an earlier run was stopped."""


Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Choice:
    """Which items are kept, and how closely the others are looked at."""

    languages: tuple[str, ...] = ()
    """The languages of the labels; all of them where none is named."""
    thorough: bool = True
    """Read the lines that are not kept too, so that each broken one is found, which takes longer."""
    complete: bool = False
    """Read the dump once more for items that statements name and that carry none of their own."""
    restart: bool = False
    """Begin anew, whatever stands in the folder."""


class Dump:
    """A dump as lines of text, from any byte of the text on; ``-`` is standard input."""

    def __init__(self, path: Path, stdin: IO[bytes] | None = None) -> None:
        self.path, self._seekable = path, str(path) != "-"
        self.offset = 0
        """How many bytes of the text have gone by."""
        try:
            raw = path.open("rb", 1 << 20) if self._seekable else (stdin or sys.stdin.buffer)
            self.total = path.stat().st_size if self._seekable else 0
        except OSError as error:
            raise SourceError(path, f"the dump cannot be read ({error.strerror})", "check its name") from None
        self._raw = raw
        opened: Any = raw  # a buffered reader, which can look ahead
        head = opened.peek(4)[:4]
        if head[:2] == b"\x1f\x8b":
            opened = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20)
        elif head[:3] == b"BZh":
            opened = io.BufferedReader(bz2.BZ2File(raw), 1 << 20)
        self._text: IO[bytes] = opened

    def skip(self, offset: int) -> Iterator[int]:
        """Go to a byte of the text, and tell on the way how far it is; a packed dump has to be unpacked up to there."""
        if self._text is self._raw and self._seekable:
            self._text.seek(offset)
            self.offset = offset
        with self._told():
            while self.offset < offset and (piece := self._text.read(min(offset - self.offset, 1 << 20))):
                self.offset += len(piece)
                yield self.offset

    def lines(self) -> Iterator[bytes]:
        """Give the lines from here on."""
        with self._told():
            while line := self._text.readline(LONGEST):
                self.offset += len(line)
                if len(line) == LONGEST and not line.endswith(b"\n"):
                    self._drop()
                yield line

    def _drop(self) -> None:
        """Read to the end of a line that is too long, and keep nothing of it."""
        while piece := self._text.readline(1 << 20):
            self.offset += len(piece)
            if piece.endswith(b"\n"):
                return

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, zlib.error) as error:
            remedy = "fetch the dump again; then run the same command with --restart"
            raise SourceError(self.path, f"the packed file is damaged ({error})", remedy) from None

    def done(self) -> int:
        """Give how many bytes of the file are read, as it lies on disk."""
        return self._raw.tell() if self._seekable else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._seekable:
            self._text.close()
            self._raw.close()


def import_dump(
    path: Path,
    folder: Path,
    about: About,
    choice: Choice | None = None,
    tell: Tell = lambda _: None,
) -> Counts:
    """Filter a dump into a folder, or go on where an earlier run was stopped."""
    choice = choice or Choice()
    if choice.complete and str(path) == "-":
        raise SourceError(path, "standard input cannot be read twice", "give a file, or leave out --complete")
    task: dict[str, object] = {
        "dump": path.name,
        "size": path.stat().st_size if path.is_file() else 0,
        "languages": list(choice.languages),
        "thorough": choice.thorough,
        "complete": choice.complete,
    }
    with new_journal(folder, task, about, restart=choice.restart) as journal:
        run = _Run(journal, choice, tell)
        if run.turn == 1:
            with Dump(path) as dump:
                run.filter(dump, None)
        if choice.complete:
            if run.turn == 1:
                run.next_turn()
            with Dump(path) as dump:
                run.filter(dump, missing(folder / ENTITIES, int(run.position["size"])))
        manifest = finish(journal, about, complete=choice.complete)
    return Counts(run.position["line"], run.position["kept"], run.position["broken"], manifest)


def missing(path: Path, size: int) -> frozenset[str]:
    """List the items that are named as partner or country within the first bytes and are not there."""
    named: set[str] = set()
    seen, met = 0, set()
    for row in read_rows(path):
        if (seen := seen + len(encode(row))) > size:
            break
        met.add(row.id)
        named.update(row.targets(), row.countries)
    return frozenset(named - met)


class _Run:
    """One run over the dump, and its figures."""

    def __init__(self, journal: Journal, choice: Choice, tell: Tell) -> None:
        self._journal, self._choice, self._tell = journal, choice, tell
        blank: dict[str, Any] = {"turn": 1, "offset": 0, "line": 0, "kept": 0, "broken": 0, "size": 0, "edges": ""}
        self.position = blank | (journal.position or {})

    @property
    def turn(self) -> int:
        """Tell which time the dump goes by."""
        return int(self.position["turn"])

    def next_turn(self) -> None:
        """Begin anew, and remember how much the first time has brought."""
        self._journal.save(self.position)
        size = (self._journal.folder / ENTITIES).stat().st_size
        self.position = {**self.position, "turn": 2, "offset": 0, "line": 0, "size": size}
        self._journal.save(self.position)

    def filter(self, dump: Dump, wanted: Collection[str] | None) -> None:
        """Read the dump from where it was to its end."""
        languages = self._choice.languages or None
        reader = Reader(languages=languages, wanted=wanted, thorough=self._choice.thorough and wanted is None)
        position = self.position = dict(self.position)
        watch = _Watch(dump)
        for _ in dump.skip(position["offset"]):
            if watch.is_due():
                self._tell(watch.progress(self._counts, again=True))
        watch = _Watch(dump)
        around = position["edges"].encode("latin-1")
        for line in dump.lines():
            position["line"] += 1
            position["offset"] = dump.offset
            around = joined(around, edges(line))
            for name, data in sift(line, reader):
                self._keep(name, data, first_time=wanted is None)
            if position["line"] % _STEP == 0:
                if self._journal.is_due():
                    position["edges"] = around.decode("latin-1")
                    self._journal.save(position)
                if watch.is_due():
                    self._tell(watch.progress(self._counts))
        if is_cut(around):
            self._keep(BROKEN, CUT, first_time=wanted is None)
        position["edges"] = ""  # it is told once, though a run may be stopped behind this
        self._journal.save(position)
        self._tell(watch.progress(self._counts))

    @property
    def _counts(self) -> Counts:
        return Counts(self.position["line"], self.position["kept"], self.position["broken"])

    def _keep(self, name: str, data: bytes, *, first_time: bool) -> None:
        if name == ENTITIES:
            self.position["kept"] += 1
        elif not first_time:  # the first time has told of it
            return
        if name == BROKEN:
            self.position["broken"] += 1
            data = b"%d\t" % self.position["line"] + data
        self._journal.write(name, data)


class _Watch:
    """Looks at a dump and at the clock."""

    def __init__(self, dump: Dump) -> None:
        self._dump, self._offset, self._done = dump, dump.offset, dump.done()
        self._began = self._told = time.monotonic()

    def is_due(self) -> bool:
        """Tell whether half a second has gone by since it was last so."""
        if due := time.monotonic() - self._told >= 0.5:
            self._told = time.monotonic()
        return due

    def progress(self, counts: Counts, *, again: bool = False) -> Progress:
        """Tell how far the dump has gone by, how fast since this watch began, and how long the rest will take."""
        seconds = time.monotonic() - self._began
        done, total = self._dump.done(), self._dump.total
        rate = (self._dump.offset - self._offset) / seconds if seconds else 0.0
        passed = done - self._done
        left = seconds * (total - done) / passed if total and passed else None
        return Progress(done, total, rate, left, counts, again)
