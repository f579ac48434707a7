"""Finds which countries and which years each graph is about, and what its source says of itself, for the catalogue."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.iris import Iris
    from citygraph.store import Store

_COUNTRIES = """SELECT DISTINCT ?graph ?country {
    { SELECT DISTINCT ?graph ?party { GRAPH ?graph { ?partnership cg:party ?party } } }
    { ?party cg:country ?country } UNION { ?party a cg:Country BIND(?party AS ?country) }
}"""
_COUNTRY = """SELECT ?country ?code ?item ?point {
    ?country a cg:Country OPTIONAL { ?country skos:notation ?code }
    OPTIONAL { ?country owl:sameAs ?item FILTER(STRSTARTS(STR(?item), STR(wd:))) }
    OPTIONAL { ?country gsp:hasGeometry/gsp:asWKT ?point FILTER(STRSTARTS(STR(?point), "POINT")) }
} ORDER BY DESC(?code) DESC(?item) DESC(?point)"""
_YEARS = """SELECT ?graph (MIN(?year) AS ?first) (MAX(?year) AS ?last) {
    VALUES ?property { cg:startDate cg:endDate cg:cooperationSince cg:date }
    GRAPH ?graph { ?thing ?property ?date } BIND(SUBSTR(STR(?date), 1, 4) AS ?year)
} GROUP BY ?graph"""
_SOURCES = """SELECT ?source ?property ?value {
    VALUES ?property { dct:title dct:language dct:license dct:modified dct:issued }
    ?source a cg:Source ; ?property ?value
}"""


@dataclass(frozen=True)
class Country:
    """A country: its code of ISO 3166-1, if it is known, and the IRI by which others know it, else ours."""

    iri: ox.NamedNode
    code: str
    point: ox.Literal | None = None
    """Where it lies, as well-known text."""


@dataclass(frozen=True)
class Coverage:
    """What each graph is about, by the short name of the graph."""

    countries: dict[str, list[Country]]
    years: dict[str, tuple[str, str]]
    """The first and the last year."""
    sources: dict[str, dict[ox.NamedNode, list[ox.NamedNode | ox.Literal]]] = field(default_factory=dict)
    """What sources say of themselves, by the last part of their names."""

    def places(self, name: str) -> list[Country]:
        """The countries of a graph; of all of them where it has none of its own."""
        return self.countries.get(name) or _sorted(row for rows in self.countries.values() for row in rows)

    def period(self, name: str) -> tuple[str, str] | None:
        """The years of a graph: those of its dates, else the year when its source was published or read, else all."""
        if name in self.years:
            return self.years[name]
        source = self.sources.get(name.removeprefix("source/"), {})
        told = source.get(foreign("dct", "issued")) or source.get(foreign("dct", "modified")) or []
        dates = [value.value[:4] for value in told]
        if dates:
            return min(dates), max(dates)
        every = list(self.years.values())
        return (min(row[0] for row in every), max(row[1] for row in every)) if every else None


def coverage(store: Store, iris: Iris) -> Coverage:
    """Ask the finished store, by four questions."""
    short = prefixes(iris.base)
    known = {
        row["country"]: Country(row["item"] or row["country"], _text(row["code"]), row["point"])
        for row in store.select(_COUNTRY, prefixes=short)
    }
    countries: defaultdict[str, list[Country]] = defaultdict(list)
    for row in store.select(_COUNTRIES, prefixes=short):
        if row["country"] in known and isinstance(row["graph"], ox.NamedNode):
            countries[iris.graph_name(row["graph"].value)].append(known[row["country"]])
    years = {
        iris.graph_name(row["graph"].value): (row["first"].value, row["last"].value)
        for row in store.select(_YEARS, prefixes=short)
        if row["graph"] is not None and row["first"] is not None
    }
    sources: defaultdict[str, defaultdict[ox.NamedNode, list[ox.NamedNode | ox.Literal]]]
    sources = defaultdict(lambda: defaultdict(list))
    for row in store.select(_SOURCES, prefixes=short):
        sources[row["source"].value.rpartition("/")[2]][row["property"]].append(row["value"])
    return Coverage({name: _sorted(rows) for name, rows in countries.items()}, years, dict(sources))


def _text(value: ox.Literal | None) -> str:
    return value.value if value is not None else ""


def _sorted(rows: Iterable[Country]) -> list[Country]:
    return sorted(set(rows), key=lambda row: row.iri.value)
