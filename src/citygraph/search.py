"""The search file: labels of things in SQLite FTS5, its form, filling it and asking it.

Diacritics fold (``Zurich`` finds Zürich) and beginnings of words match (``Kras`` finds Krasnodar). What is written
otherwise (``Zuerich``) or with errors (``Karlruhe``) is found by likeness, after what fits to the letter.

>>> fold("Zürich") == fold("Zuerich") == fold("ZURICH")
True
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

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
_LIKENESS = 84
"""From which score of 100 on a name is like a text; below it, short names begin to resemble each other."""
_SHORTEST = 4
"""How long a text must be for errors in it to be forgiven."""
_UMLAUTS = re.compile(r"(?<=[aou])e")


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
    near: bool = False
    """Whether the name is only like the text that was looked for."""


def fold(text: str) -> str:
    """Bring spellings of a name together: case, diacritics, and umlauts written with an e."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"\w+", _UMLAUTS.sub("", plain)))


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
        """Find things by their names, best first: those that hold the words or their beginnings, then alike ones."""
        wanted = offset + limit
        exact = self._exact(text[:200], wanted)
        found = {hit.iri: hit for hit in exact}
        if len(exact) < wanted:
            for hit in self._like(text[:200], wanted):
                found.setdefault(hit.iri, hit)
        return list(found.values())[offset:wanted]

    def _exact(self, text: str, limit: int) -> list[Hit]:
        words = [word.replace('"', '""') for word in text.split()]
        if not words:
            return []
        wanted = " ".join(f'"{word}"*' for word in words)
        try:
            rows = self._rows(_ASK, (wanted, limit, 0))
        except sqlite3.OperationalError:  # a text of nothing but signs that the tokeniser drops
            return []
        return [Hit(iri, kind, label, language) for iri, kind, label, language, _ in rows]

    def _like(self, text: str, limit: int) -> list[Hit]:
        wanted = fold(text)
        if len(wanted) < _SHORTEST:
            return []
        names = [name for name, _ in self._names]
        found = process.extract(wanted, names, scorer=fuzz.WRatio, score_cutoff=_LIKENESS, limit=limit * 4)
        hits: dict[str, Hit] = {}
        for _, _, place in sorted(found, key=lambda row: (-row[1], row[0], row[2])):
            hit = self._names[place][1]
            hits.setdefault(hit.iri, hit)
        return list(hits.values())[:limit]

    @cached_property
    def _names(self) -> list[tuple[str, Hit]]:
        """Every name, folded: read once, since likeness knows no index."""
        rows = self._rows("SELECT iri, kind, text, language FROM label ORDER BY main DESC, text, iri", ())
        return [(fold(name), Hit(iri, kind, name, language, near=True)) for iri, kind, name, language in rows]

    def _rows(self, question: str, values: tuple[object, ...]) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self._address, uri=True)) as database:
            return database.execute(question, values).fetchall()


def open_index(path: Path) -> Index:
    """Open the search file of a release."""
    return Index(path)
