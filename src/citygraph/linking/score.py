"""Scores how well a thing fits to what is asked for, and shows of what the score is made.

A part is a number from 0 (contradicts) to 1 (agrees), or None where it was asked for and the thing does not tell. The
score is the name's part times a factor for each other part that was asked for. Nothing is linked by name alone:
:attr:`Candidate.linkable` wants another part that agrees and none that contradicts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.linking.names import Words

FACTORS = {"kind": (0.3, 1), "country": (0.25, 1), "usual": (0.5, 1.075), "within": (0.6, 1), "distance": (0.3, 1)}
"""The factors of a part that contradicts and of one that agrees. That places of the name usually lie in the wanted
country gives back most of what it costs that the country is unknown."""
UNKNOWN = 0.9
"""The factor of a part that was asked for and of which nothing is known."""
AGREES, NAMED = 0.5, 0.9
"""From where on a part agrees, and from where on a name is right but for its spelling."""
SISTER = 0.8
"""The part of a kind on the same level: a city and a commune."""
_PRESUMED = ("name", "usual")
"""Parts that rest on the name."""
GENERAL = frozenset({"AdministrativeArea", "Party", "Place"})
"""Classes that say nothing of a level."""
_RADIUS = 6371.0


@dataclass(frozen=True)
class Query:
    """What is looked for. Everything but the name may be left out, and then has no part in the score."""

    name: str
    kind: str | None = None
    """The local name of a class of ours, such as ``City``."""
    country: str | None = None
    """An ISO 3166-1 code, a Wikidata id, an IRI, or the name of a country in any of some thirty languages."""
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude in decimal degrees, WGS 84."""
    within: str | None = None
    """A larger area: its IRI, its Wikidata id or its name."""
    limit: int = 5
    language: str | None = None
    """The language of the label that comes back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing of the index, but for its names."""

    iri: str
    item: str = ""
    """The id of its Wikidata item, if it is known."""
    kinds: frozenset[str] = frozenset()
    country: str = ""
    """Its ISO 3166-1 code where there is one, or else the IRI of its country."""
    coordinates: tuple[float, float] | None = None
    within: frozenset[str] = frozenset()
    """The IRIs of all areas that it lies in."""
    weight: int = 0
    """How many partnerships it has: of two that fit alike, the better known comes first."""
    usual: str = ""
    """The country in which places of its name lie; where its own is known, or they lie in several, none."""


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant."""

    entry: Entry
    label: str
    """Its name in the language that was asked for."""
    matched: str
    """The name that fitted best."""
    score: float
    """From 0 to 100."""
    parts: Mapping[str, float | None]
    """``name`` and each part that was asked for: from 0 to 1, or None where nothing is known."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Its names, the preferred one of each language."""

    @property
    def iri(self) -> str:
        """The IRI of the thing."""
        return self.entry.iri

    @property
    def contradicted(self) -> bool:
        """Whether the country or the level is another one."""
        told = self.parts.get
        return told("country") == 0 or told("kind") == 0 or told("distance") == 0

    @property
    def linkable(self) -> bool:
        """Whether more than the name speaks for it, and nothing against it."""
        others = [value for part, value in self.parts.items() if part not in _PRESUMED and value is not None]
        agreeing = any(value >= AGREES for value in others)
        return (self.parts["name"] or 0) >= NAMED and agreeing and not self.contradicted


def rank(candidate: Candidate) -> tuple[bool, float, int, str]:
    """Order candidates, best first: a namesake in another country or of another level is never above one that fits."""
    return (candidate.contradicted, -round(candidate.score, 3), -candidate.entry.weight, candidate.iri)


def parts(query: Query, entry: Entry, words: Words, within: frozenset[str] | None) -> dict[str, float | None]:
    """Score each part that was asked for but the name; ``within`` are the IRIs that the query's larger area means."""
    found: dict[str, float | None] = {}
    if query.kind is not None:
        found["kind"] = _kind(query.kind, entry.kinds, words)
    if query.country is not None:
        found["country"] = float(query.country == entry.country) if entry.country and query.country else None
        if entry.usual and query.country and not entry.country:
            found["usual"] = float(query.country == entry.usual)
    if within is not None:
        found["within"] = float(bool(within & (entry.within | {entry.country}))) if entry.within and within else None
    if query.coordinates is not None:
        found["distance"] = _near(query.coordinates, entry, words)
    return found


def total(name: float, others: Mapping[str, float | None]) -> float:
    """Put the parts together to a score from 0 to 100."""
    return 100 * name * math.prod(_factor(value, *FACTORS[part]) for part, value in others.items())


def _factor(value: float | None, least: float, most: float) -> float:
    return UNKNOWN if value is None else least + (most - least) * value


def _kind(wanted: str, kinds: frozenset[str], words: Words) -> float | None:
    special = kinds - GENERAL
    if wanted in kinds:
        return 1.0
    if wanted in GENERAL:
        return float(any(words.levels.get(kind, "body") != "body" for kind in special)) if special else None
    if not special:
        return None
    level = words.levels.get(wanted)
    return SISTER if level and any(words.levels.get(kind) == level for kind in special) else 0.0


def _near(point: tuple[float, float], entry: Entry, words: Words) -> float | None:
    if entry.coordinates is None:
        return None
    levels = {words.levels.get(kind, "") for kind in entry.kinds}
    limits = [words.distance[level] for level in levels if level in words.distance]
    near, far = max(limits, default=words.distance.get("local", (10.0, 60.0)))
    away = kilometres(point, entry.coordinates)
    return max(0.0, min(1.0, (far - away) / (far - near)))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Measure the great circle between two points of latitude and longitude, in kilometres.

    >>> round(kilometres((47.558, 7.573), (47.367, 8.55)))
    76
    """
    (lat1, long1), (lat2, long2) = ([math.radians(number) for number in point] for point in (one, other))
    bow = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((long2 - long1) / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(min(1.0, bow)))
