"""Writes the index by which names are matched: each thing that is looked for by name, with what tells it apart.

Only lines that state a name, a class, a country, a place or an identity are parsed. Of a thing all is gathered before
it is written, because the names, the coordinates and the containment of one thing stand in several graphs.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from sys import intern
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.claims import SAME_AS, WIKIDATA
from citygraph.build.graphs import parsed
from citygraph.linking.classes import read_classes
from citygraph.linking.countries import country_names, read_countries
from citygraph.linking.foreign import canonical
from citygraph.linking.gazetteer import Learnt, Sought, learn, read_gazetteer
from citygraph.linking.index import Name, Named, write_index
from citygraph.linking.names import Reading, Words
from citygraph.linking.score import GENERAL, Entry
from citygraph.vocab import ALT_LABEL, PREF_LABEL, RDF_TYPE, SCHEMA_NAME, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.iris import Iris

KINDS = (
    "canton",
    "city",
    "commune",
    "country",
    "focus-area",
    "imported",
    "initiative",
    "institution",
    "network",
    "person",
    "place",
    "prefecture",
    "province",
    "state",
    "wikidata",
)
"""What is looked for by name; partnerships and agreements are found by their parties."""
_NAMES = {PREF_LABEL: True, ALT_LABEL: False, SCHEMA_NAME: False, foreign("schema", "alternateName"): False}
_NOTATION, _LAT, _LONG = foreign("skos", "notation"), foreign("geo", "lat"), foreign("geo", "long")
_SAME = (SAME_AS, foreign("skos", "exactMatch"), foreign("skos", "closeMatch"))
_CLASS, _LIES_IN = foreign("wdt", "P31"), foreign("wdt", "P131")


@dataclass(slots=True)
class _Thing:
    """What is gathered of a thing, of which there are many: what is empty is shared, and so are texts that recur."""

    names: tuple[Name, ...] = ()
    kinds: frozenset[str] = frozenset()
    country: str = ""
    code: str = ""
    item: str = ""
    lat: float | None = None
    long: float | None = None
    within: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()


def build_matching(files: GraphFiles, iris: Iris, folder: Path, path: Path) -> int:
    """Write the index from every graph and the tables of a folder; return how many names it holds."""
    words = Words.read(folder / "words.toml")  # says what is wrong with the file
    tables = tomllib.loads((folder / "words.toml").read_text("utf-8"))
    countries = read_countries(folder / "countries.tsv")
    named = list(_named(*_gathered(files, iris, read_classes(folder / "classes.tsv")), countries))
    return write_index(path, _taught(named, words, folder / "gazetteer.tsv"), tables, countries)


def _gathered(files: GraphFiles, iris: Iris, classes: dict[str, set[str]]) -> tuple[dict[str, _Thing], Counter[str]]:
    ours, space = iris.base + "id/", iris.term("").value
    party, country, within = (iris.term(name) for name in ("party", "country", "within"))
    wanted = [*_NAMES, RDF_TYPE, _NOTATION, _LAT, _LONG, _CLASS, _LIES_IN, *_SAME, party, country, within]
    needles = frozenset(str(predicate).encode() for predicate in wanted)
    begins = tuple(f"<{ours}{kind}/".encode() for kind in (*KINDS, "partnership"))
    things: dict[str, _Thing] = defaultdict(_Thing)
    weights: Counter[str] = Counter()
    with files.union(files.names()) as lines:
        chosen = (line for line in lines if line.startswith(begins) and line.split(b" ", 2)[1] in needles)
        for subject, predicate, value in parsed(chosen):
            assert isinstance(subject, ox.NamedNode)
            text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else ""
            if predicate == party:
                weights[text] += 1
                continue
            if subject.value.startswith(f"{ours}partnership/"):
                continue
            thing = things[subject.value]
            if predicate in _NAMES and isinstance(value, ox.Literal):
                thing.names += (Name(text, intern(value.language or ""), _NAMES[predicate]),)
            elif predicate == RDF_TYPE and text.startswith(space):
                thing.kinds |= {intern(text.removeprefix(space))}
            elif predicate == _CLASS:
                thing.kinds |= classes.get(text.removeprefix(WIKIDATA), set())
            elif predicate in _SAME:
                thing.same |= {text}
                if predicate == SAME_AS and text.startswith(WIKIDATA):
                    thing.item = text.removeprefix(WIKIDATA)
            elif predicate in (within, _LIES_IN):
                thing.within |= {intern(text)}
            else:
                _note(thing, predicate, country, text)
    return things, weights


def _note(thing: _Thing, predicate: ox.NamedNode, country: ox.NamedNode, text: str) -> None:
    if predicate == country:
        thing.country = thing.country or intern(text)
    elif predicate == _NOTATION:
        thing.code = text
        thing.same |= {text}
    elif predicate == _LAT:
        thing.lat = float(text)
    elif predicate == _LONG:
        thing.long = float(text)


def _named(things: dict[str, _Thing], weights: Counter[str], countries: dict[str, str]) -> Iterator[Named]:
    """Each thing that has a name or an identifier, by IRI, with its country as a code and all areas around it."""
    items = {thing.item: iri for iri, thing in things.items() if thing.item}

    def ours(area: str) -> str:
        return items.get(area.removeprefix(WIKIDATA), area)

    def code(iri: str) -> str:
        thing = things.get(iri, _Thing())
        item = thing.item or iri.rpartition("/")[2]
        return thing.code.partition("-")[0] or countries.get(item, iri)

    for iri in sorted(things):
        thing = things[iri]
        if not (thing.names or thing.same):
            continue
        around, waiting = set[str](), [ours(area) for area in thing.within]
        while waiting:
            area = waiting.pop()
            if area not in around and area != iri:
                around.add(area)
                waiting += [ours(other) for other in things.get(area, _Thing()).within]
        places = (place.country for place in [thing, *(things.get(area, _Thing()) for area in sorted(around))])
        if thing.item in countries:
            thing.kinds |= {"Country"}
        country = iri if "Country" in thing.kinds else next((place for place in places if place), "")
        point = None if thing.lat is None or thing.long is None else (thing.lat, thing.long)
        facts = (thing.item, thing.kinds, code(country) if country else "", point, frozenset(around))
        preferred = any(name.main for name in thing.names)  # where none is, each may be
        names = (replace(name, main=name.main or not preferred) for name in thing.names)
        yield Named(Entry(iri, *facts, weights[iri]), tuple(sorted(set(names), key=_order)), thing.same)


def _taught(things: list[Named], words: Words, path: Path) -> Iterator[Named]:
    """The things with what the gazetteer tells of places, and with the names of countries."""
    sought = {thing.entry.iri: _sought(thing, words) for thing in things if _is_place(thing.entry, words)}
    keys = {key for thing in sought.values() for key in thing.keys}
    numbers = {thing.number for thing in sought.values() if thing.number}
    learnt = learn(sought, list(read_gazetteer(path, keys, numbers)))
    del sought, keys, numbers
    countries: defaultdict[str, list[str]] = defaultdict(list)
    for name, code in country_names().items():
        countries[code].append(words.key(name))
    for thing in things:
        entry, known = thing.entry, learnt.get(thing.entry.iri, Learnt())
        if "Country" in entry.kinds:
            yield replace(thing, learnt=tuple(dict.fromkeys(countries[entry.country])))
        else:
            usual = "" if entry.country else known.country
            cores = (Reading(name, words).core for name in known.names if name.partition(" ")[0] in words.kinds)
            learnt_names = tuple(dict.fromkeys((*known.names, *cores)))
            yield replace(thing, entry=replace(entry, usual=usual), learnt=learnt_names)


def _is_place(entry: Entry, words: Words) -> bool:
    levels = {words.levels.get(kind, "") for kind in entry.kinds - GENERAL}
    return levels <= {"local", "region"} and bool(entry.kinds)


def _sought(thing: Named, words: Words) -> Sought:
    entry, number = thing.entry, ""
    for other in thing.identifiers:
        if (found := canonical(other)).startswith("geonames:"):
            number = found.removeprefix("geonames:")
    keys = frozenset(words.key(name.text) for name in thing.names)
    levels = frozenset(words.levels[kind] for kind in entry.kinds - GENERAL)
    return Sought(keys, entry.weight, number, entry.country, levels)


def _order(name: Name) -> tuple[bool, str, str]:
    return (not name.main, name.language, name.text)
