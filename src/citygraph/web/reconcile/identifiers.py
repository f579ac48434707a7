"""Finds things by what identifies them: our own names, Wikidata's items, GeoNames' numbers, codes of ISO 3166."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import FOREIGN, prefixes
from citygraph.web.answers import served
from citygraph.web.reconcile.facts import iri_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_WAYS = (
    (
        re.compile(r"(?:https?://(?:www\.|m\.)?wikidata\.org/(?:entity|wiki)/)?(Q[1-9]\d{0,15})"),
        "owl:sameAs",
        "<{wd}{0}>",
    ),
    (
        re.compile(r"(?:https?://(?:sws\.|www\.)?geonames\.org/)?([1-9]\d{0,15})(?:/[^/\s]{0,200})?"),
        "skos:exactMatch",
        "<https://sws.geonames.org/{0}/>",
    ),
    (re.compile(r"([A-Z]{2}(?:-[A-Z0-9]{1,3})?)"), "skos:notation", '"{0}"'),
)
"""How an identifier is written, the property that gives it to a thing of ours, and the value of that property."""
_QUERY = "SELECT ?text ?thing WHERE {{ VALUES (?text ?value) {{ {pairs} }} ?thing {property} ?value }}"
_ITEM = "owl:sameAs"


def identified(texts: Iterable[str]) -> dict[str, set[str]]:
    """The things of ours that texts identify, by one question for each way of writing."""
    now = served()
    found: defaultdict[str, set[str]] = defaultdict(set)
    pairs: defaultdict[str, list[str]] = defaultdict(list)
    for text in set(texts):
        own = [iri] if (iri := iri_of(text)) else []
        for pattern, property_, value in _WAYS:
            if match := pattern.fullmatch(text):
                pairs[property_].append(f"({ox.Literal(text)} {value.format(match[1], wd=FOREIGN['wd'])})")
                if property_ == _ITEM:
                    own.append(now.iris.thing("wikidata", match[1]))
        found[text].update(iri for iri in own if now.store.mentions(ox.NamedNode(iri)))
    for property_, rows in pairs.items():
        question = _QUERY.format(pairs=" ".join(rows), property=property_)
        for row in now.store.select(question, prefixes=prefixes(now.iris.base)):
            if isinstance(row["thing"], ox.NamedNode) and now.iris.owns(row["thing"].value):
                found[row["text"].value].add(row["thing"].value)
    return dict(found)
