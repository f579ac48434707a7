"""Keeps the lines of a release in one SQLite file, so that a page costs one question, however many there are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from citygraph.wikidata.head import Head
from citygraph.wikidata.lines import Line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "wikidata.sqlite"
_FORM = """
CREATE TABLE head (content BLOB);
CREATE TABLE line (id INTEGER PRIMARY KEY, kind TEXT, open INTEGER, content BLOB);
CREATE TABLE party (iri TEXT, line INTEGER, PRIMARY KEY (iri, line)) WITHOUT ROWID;
CREATE INDEX line_kind ON line (kind, open);
"""
_WANTED = """FROM line WHERE (:kind = '' OR kind = :kind) AND (open OR :known)
    AND (:party = '' OR id IN (SELECT line FROM party WHERE iri = :party))"""


class Wanted(NamedTuple):
    """Which lines are wanted; an empty text is all."""

    kind: str = ""
    party: str = ""
    """The IRI of a party."""
    known: bool = False
    """Whether lines that were looked at and left so are wanted too."""


def write(path: Path, head: Head, lines: Iterable[Line]) -> None:
    """Write a new file."""
    with closing(sqlite3.connect(path)) as target:
        target.executescript(_FORM)
        target.execute("INSERT INTO head VALUES (?)", [msgspec.json.encode(head)])
        for number, line in enumerate(lines):
            row = (number, line.kind, line.open, msgspec.json.encode(line))
            target.execute("INSERT INTO line VALUES (?, ?, ?, ?)", row)
            target.executemany("INSERT INTO party VALUES (?, ?)", [(iri, number) for iri in {line.one, line.other}])
        target.commit()


class Kept:
    """A file of lines; one that is not there, as in a release of before, has none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def differing(self) -> frozenset[str]:
        """The parties of which an open difference is told."""
        found = self.ask("SELECT DISTINCT iri FROM party JOIN line ON line.id = party.line WHERE open")
        return frozenset(iri for (iri,) in found)

    def head(self) -> Head | None:
        """What stands above the lines."""
        found = self.ask("SELECT content FROM head")
        return msgspec.json.decode(found[0][0], type=Head) if found else None

    def count(self, wanted: Wanted) -> int:
        """How many lines fit."""
        found = self.ask(f"SELECT COUNT(*) {_WANTED}", **wanted._asdict())
        return int(found[0][0]) if found else 0

    def page(self, wanted: Wanted, offset: int, limit: int) -> list[Line]:
        """Some of the lines that fit, in their order."""
        text = f"SELECT content {_WANTED} ORDER BY id LIMIT :limit OFFSET :offset"
        found = self.ask(text, **wanted._asdict(), limit=limit, offset=offset)
        return [msgspec.json.decode(row[0], type=Line) for row in found]

    def parties(self, space: str, limit: int) -> list[tuple[str, int]]:
        """The things of ours below an IRI and how many open lines each has, most first."""
        text = """SELECT iri, COUNT(*) FROM party JOIN line ON line.id = party.line
            WHERE open AND iri >= :first AND iri < :last AND iri NOT LIKE :items
            GROUP BY iri ORDER BY 2 DESC, 1 LIMIT :limit"""
        ends = {"first": space, "last": f"{space}\U0010ffff", "items": f"{space}wikidata/%"}
        return [(str(iri), int(count)) for iri, count in self.ask(text, **ends, limit=limit)]

    def ask(self, text: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows that a question gives."""
        if not self._path.exists():
            return []
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)) as source:
            return source.execute(text, values).fetchall()
