"""Writes the index of names into one SQLite file: names by their keys, and keys by their groups of three letters."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from citygraph.linking.countries import country_names
from citygraph.linking.foreign import canonical
from citygraph.linking.names import Reading, Words
from citygraph.linking.score import GENERAL, Entry
from citygraph.search import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_FORM = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entry (id INTEGER PRIMARY KEY, iri TEXT, item TEXT, kinds TEXT, country TEXT, usual TEXT, lat REAL,
    long REAL, within TEXT, weight INTEGER);
CREATE TABLE name (id INTEGER PRIMARY KEY, entry INTEGER, text TEXT, language TEXT, main INTEGER);
CREATE TABLE key (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
CREATE TABLE spelling (key INTEGER, name INTEGER, worth REAL, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE TABLE same (identifier TEXT, iri TEXT, PRIMARY KEY (identifier, iri)) WITHOUT ROWID;
CREATE TABLE gram (text TEXT UNIQUE, keys BLOB);
CREATE TEMP TABLE spelt (key INTEGER, name INTEGER, worth REAL);
"""
_SORTED = """
INSERT INTO spelling SELECT key, name, worth FROM spelt ORDER BY key, name;
DROP TABLE spelt;
"""
_INDEXES = """
CREATE INDEX entry_iri ON entry (iri);
CREATE INDEX entry_item ON entry (item);
CREATE INDEX name_entry ON name (entry);
"""
_Row = tuple[Any, ...]
_LEARNT = 0.97
"""What a name is worth that only the gazetteer has."""
_HIDDEN = -1
"""The rank of a name by which a thing is found and which is not shown."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a thing."""

    text: str
    language: str = ""
    main: bool = True
    """Whether it is the preferred one of its language; others are former, short or foreign ones."""


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with its names, as it is put into the index."""

    entry: Entry
    names: tuple[Name, ...]
    """A thing without any is found by its identifiers only."""
    identifiers: frozenset[str] = frozenset()
    """What others call it: IRIs and codes, in any form."""
    learnt: tuple[str, ...] = ()
    """Keys of further names, by which it is found and which are not shown."""


def write_index(path: Path, things: Iterable[Named], tables: dict[str, Any], countries: dict[str, str]) -> int:
    """Write a new index and return how many names it holds; ``tables`` are those of ``linking/words.toml``."""
    words, keys, count = Words.of(tables), dict[str, int](), 0
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _FORM)
        others = {fold(name): code for code, names in tables.get("countries", {}).items() for name in names}
        facts = {"words": tables, "countries": countries, "names": country_names() | others}
        database.executemany("INSERT INTO meta VALUES (?, ?)", ((key, json.dumps(facts[key])) for key in sorted(facts)))
        for number, thing in enumerate(things, 1):
            readings = [Reading(name.text, words) for name in thing.names]
            entry = (number, *_row(thing, readings))
            database.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entry)
            same = ((canonical(other), thing.entry.iri) for other in thing.identifiers)
            database.executemany("INSERT OR IGNORE INTO same VALUES (?, ?)", same)
            for (text, language, rank), worths in _called(thing, readings):
                count += 1
                database.execute("INSERT INTO name VALUES (?, ?, ?, ?, ?)", (count, number, text, language, rank))
                spelt = ((keys.setdefault(key, len(keys) + 1), count, worth) for key, worth in worths.items())
                database.executemany("INSERT INTO spelt VALUES (?, ?, ?)", spelt)
        database.executescript(_SORTED)
        rows = [(number, key) for key, number in keys.items()]
        database.executemany("INSERT INTO key VALUES (?, ?)", rows)
        postings: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, key in rows:
            for gram in grams(key):
                postings[gram].append(number)
        database.executemany("INSERT INTO gram VALUES (?, ?)", ((gram, postings[gram]) for gram in sorted(postings)))
        database.executescript(_INDEXES)
    return count


def _called(thing: Named, readings: list[Reading]) -> Iterator[tuple[tuple[str, str, int], Mapping[str, float]]]:
    """What a thing is called, with the rank of each name, and the keys of that name with what each is worth."""
    known = {key for reading in readings for key in reading.spellings}
    for name, reading in zip(thing.names, readings, strict=True):
        yield (name.text, name.language, int(name.main)), reading.spellings
    for key in thing.learnt:
        if key not in known:
            yield (key, "", _HIDDEN), {key: _LEARNT}


def _row(thing: Named, readings: list[Reading]) -> _Row:
    """The columns of an entry. Where nobody says what it is, the words of its names may."""
    entry = thing.entry
    told = {reading.kind for reading in readings if reading.kind}
    kinds = entry.kinds if entry.kinds - GENERAL else entry.kinds | told
    lat, long = entry.coordinates or (None, None)
    lists = (" ".join(sorted(kinds)), entry.country, entry.usual, lat, long, " ".join(sorted(entry.within)))
    return (entry.iri, entry.item, *lists, entry.weight)


def grams(key: str) -> set[str]:
    """The groups of three letters of a key; its beginning and its end count as letters."""
    text = f" {key} "
    return {text[start : start + 3] for start in range(len(text) - 2)}
