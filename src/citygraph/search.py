"""The search file: labels of things in SQLite FTS5, its form, filling it and asking it.

Diacritics fold (``Zurich`` finds Zürich) and beginnings of words match (``Kras`` finds Krasnodar).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FORM = """
CREATE VIRTUAL TABLE label USING fts5(
    text, iri UNINDEXED, kind UNINDEXED, language UNINDEXED, main UNINDEXED, tokenize = "unicode61 remove_diacritics 2"
)
"""
_ASK = """
SELECT iri, kind, text, language, min(rank - main) AS score FROM label WHERE label MATCH ?
GROUP BY iri ORDER BY score, text, iri LIMIT ? OFFSET ?
"""


@dataclass(frozen=True)
class Label:
    """A name of a thing, as it is put into the search file."""

    iri: str
    kind: str
    text: str
    language: str
    main: bool
    """Whether it is the preferred name; others are former, short or foreign ones."""


@dataclass(frozen=True)
class Hit:
    """A thing that was found, with the name that matched."""

    iri: str
    kind: str
    text: str
    language: str


def write_index(path: Path, labels: Iterable[Label]) -> int:
    """Fill a new search file and return how many names it holds."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_FORM)
        rows = ((row.text, row.iri, row.kind, row.language, int(row.main)) for row in labels)
        count = database.executemany("INSERT INTO label VALUES (?, ?, ?, ?, ?)", rows).rowcount
        database.execute("INSERT INTO label(label) VALUES ('optimize')")
    return max(count, 0)


class Index:
    """An open search file; one connection per call, so that threads need not share one."""

    def __init__(self, path: Path) -> None:
        self._address = f"file:{path}?mode=ro&immutable=1"

    def find(self, text: str, limit: int = 20, offset: int = 0) -> list[Hit]:
        """Find the things whose names hold every word of the text, or words that begin like them; best first."""
        words = [word.replace('"', '""') for word in text[:200].split()]
        if not words:
            return []
        wanted = " ".join(f'"{word}"*' for word in words)
        with closing(sqlite3.connect(self._address, uri=True)) as database:
            try:
                rows = database.execute(_ASK, (wanted, limit, offset)).fetchall()
            except sqlite3.OperationalError:  # a text of nothing but signs that the tokeniser drops
                return []
        return [Hit(iri, kind, label, language) for iri, kind, label, language, _ in rows]


def open_index(path: Path) -> Index:
    """Open the search file of a release."""
    return Index(path)
