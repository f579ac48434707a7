"""What the map and the time line show: partnerships with their parties and dates, and where the parties lie.

The whole is read once per release; a picture about one thing asks for its own partnerships only, however large the
release. Filters then choose among what was read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from citygraph.errors import NotFound, ParameterError
from citygraph.vocab import KINDS, prefixes
from citygraph.web.cards import finest
from citygraph.web.describe import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citygraph.backend import Graphs
    from citygraph.web.current import Served

READ = 20_000
"""How many partnerships a picture chooses among, at most; the picture says where there are more."""

_CONCEPT = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_THING = re.compile(r"[a-z-]{1,40}/[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_YEAR = re.compile(r"[0-9]{1,4}")

_ALL = "{{ SELECT ?thing WHERE {{ ?thing a cg:Partnership }} LIMIT {limit} }}"
_ABOUT = """{{ SELECT DISTINCT ?thing WHERE {{
    {{ ?thing cg:party <{iri}> }} UNION {{ ?thing cg:focusArea <{iri}> }} UNION {{ VALUES ?thing {{ <{iri}> }} }}
    ?thing a cg:Partnership
}} LIMIT {limit} }}"""
_FACTS = """SELECT ?thing ?property ?value WHERE {{
    {which} VALUES ?property {{ cg:party cg:startDate cg:cooperationSince cg:endDate cg:form cg:focusArea }}
    ?thing ?property ?value
}}"""
_COORDINATES = "SELECT ?place ?lat ?long WHERE {{ {which} ?place geo:lat ?lat ; geo:long ?long }}"
_PARTIES = "{ SELECT DISTINCT ?place WHERE { ?any cg:party ?place } }"
_WITHIN = "SELECT ?place ?whole WHERE {{ {which} ?place cg:within ?whole }}"
_BROADER = "SELECT ?narrow ?broad WHERE { ?narrow a cg:FocusArea ; skos:broader ?broad }"


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see; an empty text leaves it open."""

    form: str = ""
    area: str = ""
    year: str = ""
    thing: str = ""

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Filters:
        """Read the filters of an address; what fits no filter is a :class:`ParameterError`."""
        values = {row.name: arguments.get(row.name, "").strip() for row in fields(cls)}
        for name, pattern, example in (
            ("form", _CONCEPT, "twinning"),
            ("area", _CONCEPT, "education"),
            ("year", _YEAR, "2009"),
            ("thing", _THING, "city/basel"),
        ):
            if values[name] and not pattern.fullmatch(values[name]):
                raise ParameterError(name, f"{values[name][:80]!r} does not fit; for instance {example!r}")
        return cls(**values)

    def arguments(self) -> dict[str, str]:
        """The same as the query of an address."""
        return {row.name: getattr(self, row.name) for row in fields(self) if getattr(self, row.name)}


@dataclass(frozen=True)
class Partnership:
    """A partnership with what pictures show of it."""

    iri: str
    parties: tuple[str, ...]
    forms: tuple[str, ...]
    areas: tuple[str, ...]
    starts: tuple[str, ...]
    contacts: tuple[str, ...]
    ends: tuple[str, ...]

    @property
    def since(self) -> str:
        """When it began, or when contact began."""
        return finest(self.starts or self.contacts)

    @property
    def until(self) -> str:
        """When it ended; empty where nobody says so."""
        return finest(self.ends)


@dataclass(frozen=True)
class Relations:
    """The partnerships that were read, those with a date first, the oldest first."""

    partnerships: tuple[Partnership, ...]
    places: Mapping[str, tuple[float, float]]
    """Longitude and latitude of the parties that have them."""
    within: frozenset[tuple[str, str]]
    narrower: Mapping[str, frozenset[str]]
    more: bool
    """Whether there are more partnerships than were read."""

    def chosen(self, served: Served, filters: Filters) -> list[Partnership]:
        """The partnerships that fit the filters; a focus area stands for those below it too."""
        form = served.iris.thing("form", filters.form) if filters.form else ""
        area = served.iris.thing("focus-area", filters.area) if filters.area else ""
        areas = self.narrower.get(area, frozenset()) | {area}
        return [
            row
            for row in self.partnerships
            if (not form or form in row.forms)
            and (not area or not areas.isdisjoint(row.areas))
            and (not filters.year or _in_force(row, int(filters.year)))
        ]

    def pairs(self, row: Partnership) -> list[tuple[str, str]]:
        """The parties of a partnership that a line joins: both have a place, and neither lies within the other."""
        found = [party for party in row.parties if party in self.places]
        return [
            (one, other)
            for index, one in enumerate(found)
            for other in found[index + 1 :]
            if (one, other) not in self.within and (other, one) not in self.within
        ]


_READ: WeakKeyDictionary[Graphs, Relations] = WeakKeyDictionary()
"""What was read of each store that is open."""


def relations(served: Served, filters: Filters) -> Relations:
    """The partnerships of the release, or those of the thing that the filters name."""
    if filters.thing:
        kind = filters.thing.partition("/")[0]
        iri = f"{served.iris.base}id/{filters.thing}"
        if kind not in KINDS or not known(served.store, iri):
            raise NotFound(iri)
        return _read(served, _ABOUT.format(iri=iri, limit=READ + 1), anchored=True)
    found = _READ.get(served.store)
    if found is None:
        found = _READ[served.store] = _read(served, _ALL.format(limit=READ + 1), anchored=False)
    return found


def _read(served: Served, which: str, *, anchored: bool) -> Relations:
    known_prefixes = prefixes(served.iris.base)
    facts: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in served.store.select(_FACTS.format(which=which), prefixes=known_prefixes):
        facts[row["thing"].value][row["property"].value.rpartition("#")[2]].add(_text(row["value"]))
    found = sorted((_partnership(iri, rows) for iri, rows in facts.items()), key=_order)
    kept = tuple(found[:READ])
    parties = {party for row in kept for party in row.parties if party}
    chosen = _values("place", parties) if anchored else _PARTIES
    places: dict[str, tuple[float, float]] = {}
    for row in served.store.select(_COORDINATES.format(which=chosen), prefixes=known_prefixes):
        point = _point(row["long"], row["lat"])
        if point and row["place"].value in parties:
            places[row["place"].value] = min(point, places.get(row["place"].value, point))
    within = {
        (row["place"].value, row["whole"].value)
        for row in served.store.select(_WITHIN.format(which=_values("place", places)), prefixes=known_prefixes)
        if row["whole"].value in places
    }
    return Relations(kept, places, frozenset(within), _narrower(served), len(found) > READ)


def _partnership(iri: str, rows: Mapping[str, set[str]]) -> Partnership:
    names = ("party", "form", "focusArea", "startDate", "cooperationSince", "endDate")
    return Partnership(iri, *(tuple(sorted(rows.get(name, ()))) for name in names))


def _order(row: Partnership) -> tuple[bool, str, str]:
    return not row.since, row.since, row.iri


def _narrower(served: Served) -> dict[str, frozenset[str]]:
    """For each focus area all those below it."""
    broader: defaultdict[str, set[str]] = defaultdict(set)
    for row in served.store.select(_BROADER, prefixes=prefixes(served.iris.base)):
        broader[_text(row["narrow"])].add(_text(row["broad"]))
    below: defaultdict[str, set[str]] = defaultdict(set)
    for narrow in list(broader):
        waiting, seen = [narrow], {narrow}
        while waiting:
            for broad in broader.get(waiting.pop(), ()):
                below[broad].add(narrow)
                if broad not in seen:
                    seen.add(broad)
                    waiting.append(broad)
    return {iri: frozenset(rows) for iri, rows in below.items()}


def _in_force(row: Partnership, year: int) -> bool:
    """Whether a partnership is known to have begun by a year and not to have ended before it."""
    began, ended = re.match(r"\d{4}", row.since), re.match(r"\d{4}", row.until)
    return bool(began) and int(began[0]) <= year and (not ended or int(ended[0]) >= year)  # type: ignore[index]


def _values(name: str, iris: Iterable[str]) -> str:
    return f"VALUES ?{name} {{ {' '.join(f'<{iri}>' for iri in sorted(iris))} }}"


def _text(term: object) -> str:
    """The text of a node or literal; a node without a name has none."""
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else ""


def _point(longitude: object, latitude: object) -> tuple[float, float] | None:
    """A place on the globe; what is none is left out."""
    try:
        x, y = float(_text(longitude)), float(_text(latitude))
    except ValueError:
        return None
    return (x, y) if isfinite(x) and abs(x) <= 180 and abs(y) <= 90 else None
