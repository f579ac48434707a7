"""Finds what a name means in the index of names: exact keys by a B-tree, alike ones by their rarest groups of letters.

A question costs a handful of look-ups, however many names there are; the score decides among what they bring.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from array import array
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from citygraph.linking.countries import ITEM, country_code
from citygraph.linking.foreign import canonical
from citygraph.linking.index import Name, Named, grams
from citygraph.linking.names import Reading, Words, likeness
from citygraph.linking.score import Candidate, Entry, Query, parts, rank, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LIKE = 0.72
"""From which likeness on a key counts."""
_POSTINGS, _FEWER, _KEYS, _ENTRIES = 12_000, 1_500, 60, 200
"""How many keys are counted that share groups of three letters, how many where one is equal, and how many keys and
things are then scored."""
_ALTERNATIVE, _RESPELLED = 0.98, 0.99
"""What a name is worth that is not the preferred one, and one that is written otherwise."""


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

    def country_item(self, code: str) -> str:
        """The id of the Wikidata item of a country; nothing where there is none."""
        return next((item for item, own in self._countries[0].items() if own == code), "")

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
        letters = grams(wanted)
        ask = f"SELECT rowid, length(keys) FROM gram WHERE text IN ({_marks(letters)}) ORDER BY length(keys), text"  # noqa: S608
        chosen = list[int]()
        for row, size in self._ask(ask, *letters):
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
