"""The index of names in one SQLite file: exact keys by a B-tree, alike ones by their rarest groups of three letters.

A question costs a handful of look-ups, however many names there are; the score decides among what they bring.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from array import array
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from citygraph.linking.countries import ITEM, country_code, country_names
from citygraph.linking.foreign import canonical
from citygraph.linking.names import Reading, Words, likeness
from citygraph.linking.score import GENERAL, Candidate, Entry, Query, parts, rank, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
"""
_INDEXES = """
CREATE INDEX entry_iri ON entry (iri);
CREATE INDEX entry_item ON entry (item);
CREATE INDEX name_entry ON name (entry);
"""
_Row = tuple[Any, ...]
_LIKE = 0.72
"""From which likeness on a key counts."""
_POSTINGS, _FEWER, _KEYS, _ENTRIES = 12_000, 1_500, 60, 200
"""How many keys are counted that share groups of three letters, how many where one is equal, and how many keys and
things are then scored."""
_ALTERNATIVE, _RESPELLED, _LEARNT = 0.98, 0.99, 0.97
"""What a name is worth that is not the preferred one, one that is written otherwise, and one that is only known of."""
_HIDDEN = -1
"""The rank of a name by which a thing is found and which is not shown."""


@dataclass(frozen=True)
class Name:
    """A name of a thing."""

    text: str
    language: str = ""
    main: bool = True
    """Whether it is the preferred one of its language; others are former, short or foreign ones."""


@dataclass(frozen=True)
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
    words, keys = Words.of(tables), dict[str, int]()
    entries, same, names, spelt = list[_Row](), list[_Row](), list[_Row](), list[_Row]()
    for number, thing in enumerate(things, 1):
        readings = [Reading(name.text, words) for name in thing.names]
        entries.append((number, *_row(thing, readings)))
        same += ((canonical(other), thing.entry.iri) for other in thing.identifiers)
        known = {key for reading in readings for key in reading.spellings}
        called = [(name.text, name.language, int(name.main)) for name in thing.names]
        spellings = [reading.spellings for reading in readings]
        for key in thing.learnt:
            if key not in known:
                called.append((key, "", _HIDDEN))
                spellings.append({key: _LEARNT})
        for row, worths in zip(called, spellings, strict=True):
            names.append((len(names) + 1, number, *row))
            spelt += ((keys.setdefault(key, len(keys) + 1), len(names), worth) for key, worth in worths.items())
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _FORM)
        facts = {"words": tables, "countries": countries, "names": country_names()}
        database.executemany("INSERT INTO meta VALUES (?, ?)", ((key, json.dumps(facts[key])) for key in sorted(facts)))
        database.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entries)
        database.executemany("INSERT OR IGNORE INTO same VALUES (?, ?)", same)
        database.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?)", names)
        database.executemany("INSERT INTO spelling VALUES (?, ?, ?)", sorted(spelt))
        rows = [(number, key) for key, number in keys.items()]
        database.executemany("INSERT INTO key VALUES (?, ?)", rows)
        postings: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, key in rows:
            for gram in _grams(key):
                postings[gram].append(number)
        database.executemany("INSERT INTO gram VALUES (?, ?)", ((gram, postings[gram]) for gram in sorted(postings)))
        database.executescript(_INDEXES)
    return len(names)


def _row(thing: Named, readings: list[Reading]) -> _Row:
    """The columns of an entry. Where nobody says what it is, the words of its names may."""
    entry = thing.entry
    told = {reading.kind for reading in readings if reading.kind}
    kinds = entry.kinds if entry.kinds - GENERAL else entry.kinds | told
    lat, long = entry.coordinates or (None, None)
    lists = (" ".join(sorted(kinds)), entry.country, entry.usual, lat, long, " ".join(sorted(entry.within)))
    return (entry.iri, entry.item, *lists, entry.weight)


class Matcher:
    """An open index. It may be asked by many threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._address = f"file:{path}?mode=ro&immutable=1"
        self._local = threading.local()
        meta = {key: json.loads(value) for key, value in self._ask("SELECT key, value FROM meta")}
        self.words = Words.of(meta["words"])
        self._countries: tuple[dict[str, str], dict[str, str]] = meta["countries"], meta["names"]

    def match(self, query: Query) -> list[Candidate]:
        """Find the things that a query may mean, best first, at most as many as it wants."""
        reading = Reading(query.name, self.words)
        asked, within = self._resolved(query, reading)
        names = self._names(reading)
        implied, whole = asked.kind is not None and query.kind is None, self.words.key(query.name)
        found: list[tuple[Candidate, int]] = []
        for number, entry in self._entries(names).items():
            name, matched = names[number]
            others = parts(asked, entry, self.words, within)
            if implied and self.words.key(matched) == whole:
                del others["kind"]  # the word for a kind is a part of its name
            if query.within is None and others.get("within") == 0:
                others["within"] = None  # what stands in brackets may be a river as well
            score = total(name, others)
            found.append((Candidate(entry, matched, matched, score, {"name": name, **others}), number))
        best = sorted(found, key=lambda row: rank(row[0]))[: max(0, query.limit)]
        return self._labelled(best, query.language)

    def match_all(self, queries: Iterable[Query]) -> list[list[Candidate]]:
        """Answer a batch, in its order."""
        return [self.match(query) for query in queries]

    def country(self, text: str) -> str | None:
        """Find the code of a country, or its IRI where it has none; None where nobody knows it."""
        if (code := country_code(text, *self._countries)) is not None:
            return code
        rows = self._ask("SELECT country FROM entry WHERE iri = ? AND kinds LIKE '%Country%'", text)
        return str(rows[0][0] or text) if rows else None

    def same(self, identifier: str) -> list[str]:
        """The IRIs of the things that somebody else's identifier names: Wikidata's, GeoNames', an ISO 3166 code."""
        rows = self._ask("SELECT iri FROM same WHERE identifier = ? ORDER BY iri", canonical(identifier))
        return [iri for (iri,) in rows]

    def label(self, iri: str) -> str | None:
        """The first name of a thing; None where there is no such thing."""
        ask = "SELECT text FROM name JOIN entry ON entry.id = name.entry WHERE iri = ? AND main >= 0"
        rows = self._ask(f"{ask} ORDER BY main DESC, name.id LIMIT 1", iri)
        return str(rows[0][0]) if rows else None

    def unlinked(self, imported: str) -> Iterator[Named]:
        """The parties without an item, by IRI, but for those whose IRIs begin as imported ones do."""
        ask = "SELECT id FROM entry WHERE item = '' AND substr(iri, 1, ?) <> ? ORDER BY iri"
        rows = self._ask(ask, len(imported), imported)
        for (number,) in rows:
            entry = self._entries([number])[number]
            if any(kind in self.words.levels for kind in entry.kinds):
                names = self._ask(
                    "SELECT text, language, main FROM name WHERE entry = ? AND main >= 0 ORDER BY id", number
                )
                if names:
                    yield Named(entry, tuple(Name(text, language, bool(main)) for text, language, main in names))

    def _resolved(self, query: Query, reading: Reading) -> tuple[Query, frozenset[str] | None]:
        """Spell out what a query says of country and larger area, and take from the name what it says of them."""
        kind = query.kind or reading.kind
        country = None if query.country is None else self.country(query.country) or ""
        within = None if query.within is None else self._areas(query.within)
        if reading.qualifier and reading.qualifier_kind is None:
            implied = self.country(reading.qualifier) if len(reading.qualifier) > 2 else None
            if country is None and implied:
                country = implied
            elif within is None and not implied:
                within = self._areas(reading.qualifier) or None
        return replace(query, kind=kind, country=country), within

    def _areas(self, text: str) -> frozenset[str]:
        """The things that a larger area may mean, by IRI, Wikidata id or name."""
        column = "item" if (match := ITEM.fullmatch(text)) else "iri"
        if match or "://" in text:
            rows = self._ask(f"SELECT iri FROM entry WHERE {column} = ?", match[1] if match else text)  # noqa: S608
            return frozenset(iri for (iri,) in rows)
        keys = list(Reading(text, self.words).spellings)
        rows = self._ask(
            f"""SELECT entry.iri FROM key JOIN spelling ON spelling.key = key.id JOIN name ON name.id = spelling.name
            JOIN entry ON entry.id = name.entry WHERE key.text IN ({_marks(keys)}) LIMIT 100""",  # noqa: S608
            *keys,
        )
        return frozenset(iri for (iri,) in rows)

    def _names(self, reading: Reading) -> dict[int, tuple[float, str]]:
        """The entries whose names are like the one wanted: how much, and which name."""
        worth: dict[int, float] = {}
        for wanted, value in reading.spellings.items():
            for key, text in self._keys(wanted):
                if (same := likeness(wanted, text)) >= _LIKE:
                    worth[key] = max(worth.get(key, 0.0), value * same)
        plain, best = reading.text.casefold(), dict[int, tuple[float, str]]()
        chosen = sorted(worth, key=lambda key: (-worth[key], key))[:_KEYS]
        rows = self._ask(
            f"""SELECT spelling.key, spelling.worth, name.entry, name.text, name.main FROM spelling
            JOIN name ON name.id = spelling.name WHERE spelling.key IN ({_marks(chosen)})""",  # noqa: S608
            *chosen,
        )
        for key, half, entry, text, main in rows:
            value = worth[key] * half * (1 if main > 0 else _ALTERNATIVE)
            value *= 1 if text.casefold() == plain else _RESPELLED
            if value > best.get(entry, (0.0, ""))[0]:
                best[entry] = (value, text)
        first = sorted(best, key=lambda entry: (-best[entry][0], entry))[:_ENTRIES]
        return {entry: best[entry] for entry in first}

    def _keys(self, wanted: str) -> list[tuple[int, str]]:
        """The keys that are equal, begin alike, or share rare groups of three letters."""
        found = self._ask("SELECT id, text FROM key WHERE text = ?", wanted)
        left = (_FEWER if found else _POSTINGS) * array("I").itemsize
        found += self._ask("SELECT id, text FROM key WHERE text > ? AND text < ? LIMIT 40", f"{wanted} ", f"{wanted}!")
        grams = _grams(wanted)
        ask = f"SELECT rowid, length(keys) FROM gram WHERE text IN ({_marks(grams)}) ORDER BY length(keys), text"  # noqa: S608
        chosen = list[int]()
        for row, size in self._ask(ask, *grams):
            if chosen and size > left:
                break
            left -= size
            chosen.append(row)
        shared = Counter[int]()
        for (keys,) in self._ask(f"SELECT keys FROM gram WHERE rowid IN ({_marks(chosen)})", *chosen):  # noqa: S608
            shared.update(array("I", keys))
        near = _most(shared, _KEYS)
        found += self._ask(f"SELECT id, text FROM key WHERE id IN ({_marks(near)})", *near)  # noqa: S608
        return found

    def _entries(self, numbers: Iterable[int]) -> dict[int, Entry]:
        chosen = list(numbers)
        rows = self._ask(
            f"""SELECT id, iri, item, kinds, country, usual, lat, long, within, weight FROM entry
            WHERE id IN ({_marks(chosen)})""",  # noqa: S608
            *chosen,
        )
        found = {}
        for number, iri, item, kinds, country, usual, lat, long, within, weight in rows:
            point = None if lat is None or long is None else (lat, long)
            lists = frozenset(kinds.split()), frozenset(within.split())
            found[number] = Entry(iri, item, lists[0], country, point, lists[1], weight, usual)
        return found

    def _labelled(self, found: list[tuple[Candidate, int]], language: str | None) -> list[Candidate]:
        """Give candidates their names, those of all by one question."""
        labels: dict[int, dict[str, str]] = {number: {} for _, number in found}
        rows = self._ask(
            f"""SELECT entry, language, text FROM name WHERE entry IN ({_marks(labels)}) AND main >= 0
            ORDER BY main DESC, id""",  # noqa: S608
            *labels,
        )
        for number, tag, text in rows:
            labels[number].setdefault(tag, text)
        named = []
        for candidate, number in found:
            own = labels[number]
            chosen = next((own[tag] for tag in (language, "en", "") if tag in own), next(iter(own.values())))
            named.append(replace(candidate, label=chosen, labels=own))
        return named

    def _ask(self, question: str, *values: Any) -> list[Any]:
        if (database := getattr(self._local, "database", None)) is None:
            database = self._local.database = sqlite3.connect(self._address, uri=True, check_same_thread=False)
        return list(database.execute(question, values))


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _most(counted: Counter[int], wanted: int) -> list[int]:
    """Those that are counted most often, at most as many as are wanted; to sort all would take longer than to count."""
    least, kept = 1, 0
    for least, many in sorted(Counter(counted.values()).items(), reverse=True):  # noqa: B007 - it is used behind
        kept += many
        if kept >= wanted:
            break
    best = [key for key, times in counted.items() if times >= least]
    return sorted(best, key=lambda key: (-counted[key], key))[:wanted]


def _grams(key: str) -> set[str]:
    """The groups of three letters of a key; its beginning and its end count as letters."""
    text = f" {key} "
    return {text[start : start + 3] for start in range(len(text) - 2)}
