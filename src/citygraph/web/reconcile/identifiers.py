"""Finds things by what identifies them: our own names, and those of Wikidata, GeoNames and ISO 3166."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.web.answers import served
from citygraph.web.reconcile.facts import iri_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOREIGN = re.compile(r"[Qq][1-9]\d{0,15}|https?://\S+|[a-z]{2,20}:\S+|[A-Z]{2}-[A-Z0-9]{1,3}")
"""What in the place of a name is taken as somebody's identifier; a code of two letters may be a name."""
_NUMBER = re.compile(r"\d{1,16}")


def as_given(text: str, property_: str = "") -> str:
    """A text as an identifier, or nothing where it is none; a property says whose it is."""
    text = text.strip()
    if property_ == "geonames" and _NUMBER.fullmatch(text):
        return f"geonames:{text}"
    return text if property_ or _FOREIGN.fullmatch(text) or iri_of(text) else ""


def identified(texts: Iterable[str]) -> dict[str, set[str]]:
    """The things of ours that identifiers name."""
    now, found = served(), {}
    for text in set(texts):
        things = set(now.matcher.same(text))
        if (own := iri_of(text)) and now.store.mentions(ox.NamedNode(own)):
            things.add(own)
        found[text] = things
    return found
