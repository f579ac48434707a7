"""A small world of places for the tests of matching: namesakes in other countries and of other levels."""

from __future__ import annotations

import tomllib
from pathlib import Path

from citygraph.linking.countries import read_countries
from citygraph.linking.index import Name, Named, write_index
from citygraph.linking.matcher import Matcher
from citygraph.linking.score import Entry

TABLES = Path(__file__).parents[2] / "linking"
E = "https://example.org/id/"


def thing(name, kind, country, *names, item="", point=None, within=(), weight=0, usual="", learnt=()):
    """Give a place; the first name is its preferred one."""
    areas = frozenset(E + area for area in within)
    entry = Entry(E + name, item, frozenset({kind} if kind else ()), country, point, areas, weight, usual)
    called = tuple(Name(text, "", number == 0) for number, text in enumerate(names))
    return Named(entry, called, frozenset({item} if item else ()), learnt)


PLACES = (
    thing("ch", "Country", "CH", "Schweiz", "Switzerland", item="Q39"),
    thing("zh", "Canton", "CH", "Kanton Zürich", item="Q11943", point=(47.41, 8.65)),
    thing("zurich", "City", "CH", "Zürich", "Zurigo", item="Q72", point=(47.37, 8.55), within=["zh"], weight=5),
    thing("zurich-nl", "Commune", "NL", "Zurich", point=(53.11, 5.39)),
    thing("halle-saale", "City", "DE", "Halle (Saale)", "Halle an der Saale", item="Q2814"),
    thing("halle-be", "City", "BE", "Halle"),
    thing("toyama-city", "City", "JP", "Toyama", "富山市"),
    thing("toyama", "Prefecture", "JP", "Präfektur Toyama", "Toyama Prefecture", "富山県", item="Q132929"),
    thing("st-gallen", "City", "CH", "St. Gallen"),
    thing("koeln", "City", "DE", "Köln", "Cologne"),
    thing("biel", "City", "CH", "Biel/Bienne"),
    thing("unknown", None, "", "Victoria"),
    thing("victoria-bc", "City", "CA", "Victoria"),
    thing("moscow", "City", "RU", "Москва", "Moskau"),
)


def matcher(folder, things=PLACES):
    """Open an index of places."""
    path = folder / "names.sqlite"
    tables = tomllib.loads((TABLES / "words.toml").read_text("utf-8"))
    write_index(path, things, tables, read_countries(TABLES / "countries.tsv"))
    return Matcher(path)
