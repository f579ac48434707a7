"""Finds the ISO 3166-1 code of a country from whatever names it: a code, a Wikidata id, an IRI or a name.

Names come from the Unicode CLDR by way of Babel, in the languages below; Wikidata ids from
``linking/countries.tsv``.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import get_global

from citygraph.search import fold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh", "ar", "ko", "tr", "uk", "cs"),
    *("sk", "hu", "ro", "hr", "sr", "bg", "el", "sv", "da", "nb", "fi", "he", "vi", "id", "ca"),
)
_OTHERWISE = {"UK": "GB", "EL": "GR"}
"""Codes that the European Union writes otherwise than ISO 3166."""
_THREE = re.compile(r"[A-Z]{3}")
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ"})
_CODE = re.compile(r"([A-Za-z]{2})(-[A-Za-z0-9]{1,3})?")
ITEM = re.compile(r"(?:.*/)?(Q[1-9]\d*)")


def read_countries(path: Path) -> dict[str, str]:
    """Read the table of countries: the code by the Wikidata id."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["item"]: row["code"] for row in csv.DictReader(lines, delimiter="\t")}


def country_names() -> dict[str, str]:
    """The code of each country by its folded names, and by its code of three letters."""
    aliases = get_global("territory_aliases").items()
    found = {fold(code): codes[0] for code, codes in aliases if _THREE.fullmatch(code) and len(codes) == 1}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                found.setdefault(fold(name), code)
    return found


def country_code(text: str, items: Mapping[str, str], names: Mapping[str, str]) -> str | None:
    """Find the code of a country by the tables of Wikidata ids and folded names; None where the text names none.

    >>> [country_code(text, {"Q39": "CH"}, {"schweiz": "CH"}) for text in ("Schweiz", "ch", "Q39", "Basel")]
    ['CH', 'CH', 'CH', None]
    """
    text = text.strip()
    if match := _CODE.fullmatch(text):
        code = match[1].upper()
        return _OTHERWISE.get(code, code)
    if match := ITEM.fullmatch(text):
        return items.get(match[1])
    return names.get(fold(text[:200]))
