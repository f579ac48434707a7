"""Brings the ways of writing somebody else's identifier together, so that one look-up finds what it names here.

>>> canonical("https://www.wikidata.org/wiki/Q72") == canonical("http://www.wikidata.org/entity/Q72") == "Q72"
True
>>> canonical("https://sws.geonames.org/2657896/about.rdf"), canonical("http://www.geonames.org/2657896/zuerich.html")
('geonames:2657896', 'geonames:2657896')
>>> canonical("ch-bs"), canonical("http://example.org/x/")
('CH-BS', '//example.org/x')
"""

from __future__ import annotations

import re

LONGEST = 2_000
"""The longest identifier that is read."""
_WIKIDATA = r"(?:wd:|(?:https?:)?//(?:www\.|m\.)?wikidata\.org/(?:entity|wiki(?:/Special:EntityData)?)/)?"
_FORMS = (
    (re.compile(rf"{_WIKIDATA}(?P<name>[Qq][1-9]\d*)(?:\.\w+)?(?:[#?].*)?"), "{}"),
    (re.compile(r"(?:geonames:|(?:https?:)?//(?:sws\.|www\.)?geonames\.org/)(?P<name>\d+)(?:/.*)?"), "geonames:{}"),
    (re.compile(r"(?:iso:)?(?P<name>[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?)"), "{}"),
)
"""How Wikidata, GeoNames and ISO 3166 write an identifier, and how it is kept."""


def canonical(text: str) -> str:
    """Write an identifier as it is kept: ``Q72``, ``geonames:2657896``, ``CH-BS``, or an IRI without its scheme."""
    text = text.strip()[:LONGEST]
    for pattern, form in _FORMS:
        if match := pattern.fullmatch(text):
            return form.format(match["name"].upper())
    return re.sub(r"^https?:", "", text).rstrip("/")
