"""Learns from a gazetteer what places are called in other languages, and where those of a name usually lie.

``linking/gazetteer.tsv`` has towns and first-level divisions of GeoNames with all their names. A thing with a number of
GeoNames **is** its place. Of any other only the name is known, and that proves nothing: the place is *presumed*, so
that the thing is found by the names of the place too. Each place is given away once, to the thing that most
partnerships name, and only where no other place of the name is nearly as large.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

LEADS = 4
"""How many times larger than the next one of its name a place must be to be presumed."""
_SECOND = 0.25
"""What the partnerships of a thing count that bears another name of a place than the usual one."""
_DIVISION = 0.2
"""What they count for a division, where the level of the thing is unknown: most names are those of towns."""
_SHORTEST = 3
"""How long, in letters, another name must be: shorter ones are shared by chance."""


@dataclass(frozen=True)
class Place:
    """A row of the gazetteer."""

    number: str
    """Its number at GeoNames."""
    country: str
    thousands: int
    """How many thousand people live there; 0 for a division."""
    names: tuple[str, ...]
    """The keys under which it is found, the usual one first."""

    @property
    def level(self) -> str:
        """Its level, as ``linking/words.toml`` calls it."""
        return "local" if self.thousands else "region"


@dataclass(frozen=True, slots=True)
class Sought:
    """A thing for which the place is looked for."""

    keys: frozenset[str]
    """The keys of its names."""
    weight: int = 0
    """How many partnerships it has."""
    number: str = ""
    """Its number at GeoNames."""
    country: str = ""
    """Its country, where that is known."""
    levels: frozenset[str] = frozenset()
    """Its levels, where they are known."""

    def may_be(self, place: Place) -> bool:
        """Whether nothing that is known of the thing speaks against a place."""
        return self.country in ("", place.country) and (not self.levels or place.level in self.levels)

    def names(self, place: Place) -> float:
        """How well the thing bears the name of a place: 1 for the usual name of a town, less for others, 0 for none."""
        scale = 1.0 if self.levels or place.level == "local" else _DIVISION
        if place.names[0] in self.keys:
            return scale
        return scale * _SECOND if any(len(key) >= _SHORTEST for key in self.keys.intersection(place.names)) else 0.0


@dataclass(frozen=True)
class Learnt:
    """What the gazetteer tells of a thing."""

    names: tuple[str, ...] = ()
    country: str = ""
    """The country in which the places of its name lie."""


def read_gazetteer(path: Path, keys: Collection[str], numbers: Collection[str]) -> Iterator[Place]:
    """Read the places that have one of these names or numbers; a row that cannot be read is an error with its line."""
    wanted, known = frozenset(keys), frozenset(numbers)
    if not path.exists():  # whoever does without it finds by the names of the data alone
        return
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows, None)
        for line, row in enumerate(rows, 2):
            try:
                number, country, thousands, text = row
                names = text.split("|")
                if number in known or not wanted.isdisjoint(names):
                    yield Place(number, country, int(thousands), tuple(names))
            except ValueError as error:
                remedy = "write number, country, thousands and names; tools/gazetteer.py makes the table"
                raise SourceError(path, f"this is no row of the gazetteer ({error})", remedy, line=line) from None


def learn(things: Mapping[str, Sought], places: Collection[Place]) -> dict[str, Learnt]:
    """Tell of each thing, by its IRI, what the gazetteer knows; one of which it knows nothing is left out."""
    numbered = {place.number: place for place in places}
    found = {iri: numbered[thing.number] for iri, thing in things.items() if thing.number in numbered}
    options = _options({iri: thing for iri, thing in things.items() if not thing.number}, places)
    given = {place.number for place in found.values()}

    def left(iri: str) -> list[Place]:
        """The places that a thing may still be: those that are usually called so, or else those that are too."""
        rows = [(things[iri].names(place), place) for place in options[iri] if place.number not in given]
        best = max((fit for fit, _ in rows), default=0.0)
        return [place for fit, place in rows if fit == best]

    claims = ((things[iri].weight * things[iri].names(place), iri, place) for iri in options for place in options[iri])
    for _, iri, place in sorted(claims, key=lambda claim: (-claim[0], claim[1])):
        if iri not in found and place.number not in given and _leads(place, left(iri)):
            found[iri] = place
            given.add(place.number)
    learnt = {iri: Learnt(place.names, place.country) for iri, place in found.items()}
    for iri in options.keys() - found.keys():
        countries = {place.country for place in left(iri)}
        if len(countries) == 1:
            learnt[iri] = Learnt(country=countries.pop())
    return learnt


def _options(things: Mapping[str, Sought], places: Collection[Place]) -> dict[str, list[Place]]:
    """The places whose names each thing bears."""
    named: defaultdict[str, list[Place]] = defaultdict(list)
    for place in places:
        for name in place.names:
            named[name].append(place)
    found = {}
    for iri, thing in things.items():
        rows = {place.number: place for key in thing.keys for place in named.get(key, ())}
        if kept := [place for place in rows.values() if thing.may_be(place) and thing.names(place)]:
            found[iri] = kept
    return found


def _leads(place: Place, others: Collection[Place]) -> bool:
    """Whether a place is by far the largest of some, and one of them."""
    rest = [other.thousands for other in others if other is not place]
    return len(rest) < len(others) and (not rest or place.thousands >= LEADS * max(1, *rest))
