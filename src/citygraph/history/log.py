"""The change log: for each release that was served, what it made new, changed and took away.

::

    releases/history/
    ├── history.sqlite          releases, the things each of them changed, and where the pages of the streams lie
    └── 1/  2/  3/ …            for each release the new state of what it changed (see streams.py)
        ├── whole.nt            in the union of all graphs
        └── graphs/<name>.nt    in each named graph

The log tells the time at which a release was published by the clock of the machine, and is therefore no part of the
release, whose bytes depend on what went in alone. Releases that are no longer kept stay in the log.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from citygraph.errors import ReleaseError
from citygraph.history.streams import BLANKS, WHOLE, link_or_copy, pages, size, stream_files, write_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.history.subjects import Changed
    from citygraph.release import Release, Releases

_SCHEMA = """
BEGIN;
CREATE TABLE IF NOT EXISTS releases (number INTEGER PRIMARY KEY, version TEXT, date TEXT, published TEXT,
    added INTEGER, removed INTEGER, new INTEGER, changed INTEGER, gone INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS things (iri TEXT, number INTEGER, what TEXT, added INTEGER, removed INTEGER,
    PRIMARY KEY (iri, number)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS things_by_release ON things (number, iri);
CREATE TABLE IF NOT EXISTS pages (stream TEXT, number INTEGER, page INTEGER, start INTEGER, stop INTEGER,
    PRIMARY KEY (stream, number, page)) STRICT, WITHOUT ROWID;
COMMIT;
"""
_SUMS = """SELECT COALESCE(SUM(added), 0), COALESCE(SUM(removed), 0), COALESCE(SUM(what = 'new'), 0),
    COALESCE(SUM(what = 'changed'), 0), COALESCE(SUM(what = 'gone'), 0) FROM things WHERE number = ?"""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Published:
    """A release in the log: its number, counted from 1, when it was published, and what it changed in the union."""

    number: int
    version: str
    date: str
    """The date of the release's newest statement."""
    published: str
    """UTC, as xsd:dateTime; later for each number."""
    added: int
    """Statements that the release before did not make."""
    removed: int
    new: int
    """Things of which the release before said nothing."""
    changed: int
    gone: int


@dataclass(frozen=True)
class Step:
    """What a release did to a thing: ``new``, ``changed`` or ``gone``, with the statements added and removed."""

    iri: str
    number: int
    what: str
    added: int
    removed: int


class History:
    """The change log of a folder of releases; where nothing was recorded yet it is empty."""

    def __init__(self, releases: Path) -> None:
        self.folder = releases / "history"

    def releases(self) -> list[Published]:
        """The releases in the log, oldest first."""
        return [Published(*row) for row in self._rows("SELECT * FROM releases ORDER BY number")]

    def steps(self, iris: Iterable[str], limit: int = 1000) -> list[Step]:
        """What happened to some things after the first release, newest first."""
        wanted = sorted(set(iris))
        marks = ", ".join("?" * len(wanted))
        text = f"SELECT * FROM things WHERE iri IN ({marks}) ORDER BY number DESC, iri LIMIT ?"  # noqa: S608
        return [Step(*row) for row in self._rows(text, *wanted, limit)]

    def steps_of(self, number: int, limit: int = 1000, after: str = "") -> list[Step]:
        """What a release did, by IRI; nothing for the first one, which made everything new."""
        text = "SELECT * FROM things WHERE number = ? AND iri > ? ORDER BY iri LIMIT ?"
        return [Step(*row) for row in self._rows(text, number, after, limit)]

    def streams(self) -> list[str]:
        """The streams that ever held something."""
        return [row[0] for row in self._rows("SELECT DISTINCT stream FROM pages ORDER BY stream")]

    def pages(self, stream: str, number: int) -> int:
        """How many pages of things a stream has of a release."""
        text = "SELECT COUNT(*) FROM pages WHERE stream = ? AND number = ? AND page > 0"
        return sum(row[0] for row in self._rows(text, stream, number))

    def page(self, stream: str, number: int, page: int) -> bytes | None:
        """The lines of a page of things, then all lines about blank nodes; None where there is no such page."""
        text = """SELECT page, start, stop FROM pages WHERE stream = ? AND number = ? AND page IN (?, ?)
            ORDER BY page DESC"""
        found = list(self._rows(text, stream, number, page, BLANKS))
        if page == BLANKS or page not in {row[0] for row in found}:
            return None
        with self._path(number, stream).open("rb") as lines:
            return b"".join(lines.read(stop - start) for _, start, stop in found if lines.seek(start) >= 0)

    def record(self, releases: Releases, release: Release | None = None) -> Published | None:
        """Write down what a release, or the current one, changed since the last in the log; None where it is that one.

        Without the files of that last one, what changed cannot be told, which is a
        :class:`~citygraph.errors.ReleaseError`.
        """
        release, done = release or releases.current(), self.releases()
        if release is None or (done and done[-1].version == release.version):
            return None
        before = self._before(releases, done[-1].version) if done else None
        number = len(done) + 1
        self.folder.mkdir(exist_ok=True)
        shutil.rmtree(self.folder / str(number), ignore_errors=True)  # what a killed run left
        with closing(sqlite3.connect(self.folder / "history.sqlite")) as base:
            base.executescript(_SCHEMA)
            with base:  # one transaction: the log holds a release whole or not at all
                counts = self._write(base, number, release, before)
                row = (number, release.version, str(release.manifest["date"]), _now(done), *counts)
                base.execute("INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return Published(*row)

    def _before(self, releases: Releases, version: str) -> Release:
        try:
            return releases.get(version)
        except ReleaseError:
            raise ReleaseError(
                f"the change log ends with the release {version}, whose files are gone: put them back, or remove "
                f"{self.folder}, and those who follow the log begin again"
            ) from None

    def _write(
        self, base: sqlite3.Connection, number: int, release: Release, before: Release | None
    ) -> tuple[int, int, int, int, int]:
        """Write the streams of a release; return the counts of a row of releases."""
        old, new = stream_files(before) if before else {}, stream_files(release)
        for stream in sorted(old.keys() | new.keys()):
            path = self._path(number, stream)
            if before is None:
                link_or_copy(new[stream], path)
            else:
                steps = (_step(row, number) for row in write_changes(old.get(stream), new.get(stream), path))
                if stream == WHOLE:
                    base.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", steps)
                deque(steps, maxlen=0)  # the file is written as far as its steps are taken
            rows = ((stream, number, *row) for row in pages(path))
            base.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?)", rows)
        if before is not None:
            return tuple(base.execute(_SUMS, (number,)).fetchone())
        triples, things = size(new[WHOLE])
        return triples, 0, things, 0, 0

    def _path(self, number: int, stream: str) -> Path:
        return self.folder / str(number) / (f"{stream}.nt" if stream == WHOLE else f"graphs/{stream}.nt")

    def _rows(self, text: str, *values: str | int) -> Iterator[tuple[Any, ...]]:
        path = self.folder / "history.sqlite"
        if path.is_file() and path.stat().st_size:  # one that is empty is left of a recording that was killed
            # to write as well, where that is allowed: else what a killed recording has half written could not be undone
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as base:
                yield from base.execute(text, values)


def _step(row: Changed, number: int) -> tuple[str, int, str, int, int]:
    return row.subject.decode().strip("<>"), number, row.what, row.added, row.removed


def _now(done: list[Published]) -> str:
    """The time now, later than the last one in the log."""
    now = datetime.now(UTC).replace(microsecond=0)
    if done:
        last = datetime.strptime(done[-1].published, _TIME).replace(tzinfo=UTC)
        now = max(now, last + timedelta(seconds=1))
    return now.strftime(_TIME)
