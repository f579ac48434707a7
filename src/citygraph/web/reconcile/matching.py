"""Answers the queries of a batch: candidates by name from the index, by identifier from the store, each with its parts.

The name, the type, the country, the larger area and the distance are scored by :mod:`citygraph.linking`; other
properties are compared with the values of their columns, by one question for each property and batch.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.linking.score import AGREES, NAMED, UNKNOWN, Query
from citygraph.search import fold
from citygraph.web.answers import language, served
from citygraph.web.reconcile.columns import Column, column, things_among, types, values
from citygraph.web.reconcile.facts import Fact, facts
from citygraph.web.reconcile.identifiers import as_given, identified
from citygraph.web.reconcile.reading import MOST, Asked, Comparison, Entity, Value, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from citygraph.web.reconcile.columns import Term

IDENTIFIERS = ("wikidata", "geonames", "code")
"""The properties that alone say which thing is meant."""
_SCORED = {
    "country": "country",
    "within": "within",
    "coordinates": "distance",
    "latitude": "distance",
    "longitude": "distance",
}
"""The properties that the index itself scores, with the names of their parts."""
_OTHERWISE = 0.6
"""What a score keeps where a property has another value; an identifier that differs leaves a quarter."""
_QUARTER = 0.25
_SURE = 80.0
"""From which score on a candidate may be the right one without a look at it."""
_GAP = 4.0
"""How far the next candidate must be behind."""
_POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant."""

    iri: str
    score: float
    parts: dict[str, float | None] = field(default_factory=dict)
    """What the score is made of, each from 0 to 1, or None where nothing is known."""
    weight: int | None = None
    """How many partnerships it has; None where only the store was asked."""
    given: frozenset[str] = frozenset()
    """The texts that are identifiers of it."""
    match: bool = False
    fact: Fact | None = None


def answer(batch: Sequence[Asked]) -> list[list[Candidate]]:
    """The candidates of each query, best first."""
    wished = [[(column(row.property), row) for row in asked.comparisons] for asked in batch]
    known = identified(text for asked, rows in zip(batch, wished, strict=True) for text in _identifiers(asked, rows))
    found = [_candidates(asked, rows, known) for asked, rows in zip(batch, wished, strict=True)]
    strict = [rows for asked, rows in zip(batch, found, strict=True) if asked.types and asked.strict != "should"]
    told = facts(row.iri for rows in strict for row in rows)
    compared = _compared(wished, found)
    chosen = [_chosen(*row, told, compared) for row in zip(batch, wished, found, strict=True)]
    told |= facts(row.iri for rows in chosen for row in rows if row.iri not in told)
    return [[replace(row, fact=told.get(row.iri)) for row in rows] for rows in chosen]


def _identifiers(asked: Asked, rows: Iterable[tuple[Column, Comparison]]) -> Iterable[str]:
    """The identifiers in a query."""
    texts = [as_given(text) for text in asked.names] + [as_given(text, "any") for text in asked.ids]
    for row, wish in rows:
        if row.id in IDENTIFIERS and wish.quantifier == "any":
            texts += [as_given(text_of(value), row.id) for value in wish.values]
    return filter(None, texts)


def _candidates(asked: Asked, rows: Sequence[tuple[Column, Comparison]], known: dict[str, set[str]]) -> list[Candidate]:
    """What the index finds by the name, and what is known by an identifier."""
    if asked.types and not any(name in types() for name in asked.types):
        return []
    kept: dict[str, Candidate] = {}
    is_sifted = asked.strict != "should" or any(row.id not in _SCORED or wish.required for row, wish in rows)
    limit = min(4 * asked.limit if is_sifted else asked.limit + 1, MOST)
    for name in asked.names:
        for kind in asked.types or (None,):
            wanted = Query(name, kind=kind, limit=limit, language=language(), **_scored(rows))
            for hit in served().matcher.match(wanted):
                row = Candidate(hit.iri, hit.score, dict(hit.parts), hit.entry.weight)
                if hit.iri not in kept or kept[hit.iri].score < row.score:
                    kept[hit.iri] = row
    for text in _identifiers(asked, rows):
        for iri in known.get(text, ()):
            old = kept.get(iri, Candidate(iri, 100.0))
            parts = {**old.parts, "identifier": 1.0}
            kept[iri] = replace(old, score=100.0, parts=parts, given=old.given | {text})
    return list(kept.values())


def _scored(rows: Iterable[tuple[Column, Comparison]]) -> dict[str, Any]:
    """What the index is told of country, larger area and place."""
    found: dict[str, Any] = {}
    degrees = {}
    for row, wish in rows:
        if wish.quantifier != "any" or len(wish.values) != 1:
            continue
        value = wish.values[0]
        text = _iri_or_text(value)
        if row.id in ("country", "within"):
            found.setdefault(row.id, text)
        elif row.id == "coordinates" and (match := _POINT.fullmatch(text)):
            found["coordinates"] = (float(match[1]), float(match[2]))
        elif row.id in ("latitude", "longitude"):
            degrees[row.id] = _degrees(text)
    if len(degrees) == 2 and None not in degrees.values():
        found.setdefault("coordinates", (degrees["latitude"], degrees["longitude"]))
    return found


def _degrees(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= 360 else None


def _iri_or_text(value: Value) -> str:
    if isinstance(value, Entity):
        return f"{served().iris.base}id/{value.id.removeprefix(served().iris.base + 'id/')}"
    return text_of(value)


def _compared(
    wished: Sequence[Sequence[tuple[Column, Comparison]]], found: Sequence[Sequence[Candidate]]
) -> dict[str, dict[str, set[str]]]:
    """For each property that is compared, what the values of each candidate may be called, folded."""
    things: dict[str, tuple[Column, set[str]]] = {}
    for rows, candidates in zip(wished, found, strict=True):
        for row, wish in rows:
            open_ones = (candidate.iri for candidate in candidates if _scored_part(row, wish, candidate) is None)
            things.setdefault(row.id, (row, set()))[1].update(open_ones)
    cells = {name: values(row, sorted(iris)) for name, (row, iris) in things.items()}
    targets = sorted({iri for rows in cells.values() for row in rows.values() for iri in things_among(row)})
    names = served().names_of(targets)
    codes = [values(column(name), targets) for name in IDENTIFIERS]

    def spellings(cell: Term | None) -> set[str]:
        if isinstance(cell, ox.NamedNode):
            own = cell.value.removeprefix(served().iris.base + "id/")
            named = [name.text for _, name in names.get(cell.value, ())]
            coded = [code.value for rows in codes for code in rows.get(cell.value, ()) if code is not None]
            return {fold(text) for text in (own, cell.value, *named, *coded)}
        return {fold(cell.value)} if cell is not None else set()

    return {name: {iri: set().union(*map(spellings, row)) for iri, row in rows.items()} for name, rows in cells.items()}


def _chosen(
    asked: Asked,
    rows: Sequence[tuple[Column, Comparison]],
    found: Sequence[Candidate],
    told: dict[str, Fact],
    compared: dict[str, dict[str, set[str]]],
) -> list[Candidate]:
    """Score the candidates of one query by the other properties, sort them, and say which one is sure."""
    kept = []
    for candidate in found:
        if not _fits_types(asked, told.get(candidate.iri)):
            continue
        row = _weighed(candidate, rows, compared)
        if row is not None:
            kept.append(row)
    kept.sort(key=lambda row: (_contradicted(row), -round(row.score, 3), -(row.weight or 0), row.iri))
    best = kept[: asked.limit]
    if best and _is_sure(best[0], kept[1:]):
        best[0] = replace(best[0], match=True)
    return best


def _fits_types(asked: Asked, fact: Fact | None) -> bool:
    if not asked.types or asked.strict == "should":
        return True
    return fact is not None and (all if asked.strict == "all" else any)(name in fact.every for name in asked.types)


def _weighed(
    candidate: Candidate, rows: Sequence[tuple[Column, Comparison]], compared: dict[str, dict[str, set[str]]]
) -> Candidate | None:
    """A candidate with the parts of the properties that were compared; None where one that is required differs."""
    score, parts = candidate.score, dict(candidate.parts)
    for row, wish in rows:
        if part := _scored_part(row, wish, candidate):
            agreement = parts[part]
        else:
            if parts.pop(_SCORED.get(row.id, ""), 0.0) is None:
                score /= UNKNOWN  # the index knew nothing of it; the store may
            spellings = compared[row.id].get(candidate.iri, set())
            if row.id in IDENTIFIERS:
                spellings = spellings | {fold(text) for text in candidate.given}
            agreement = parts[row.id] = _agreement(wish, spellings)
            left = _QUARTER if row.id in IDENTIFIERS else _OTHERWISE
            score *= UNKNOWN if agreement is None else left + (1 - left) * agreement
        if wish.required and not (agreement is not None and agreement >= AGREES):
            return None
    return replace(candidate, score=score, parts=parts)


def _scored_part(row: Column, wish: Comparison, candidate: Candidate) -> str | None:
    """The part in which the index has scored a property of a candidate already."""
    part = _SCORED.get(row.id, "")
    return part if candidate.parts.get(part) is not None and wish.quantifier == "any" else None


def _agreement(wish: Comparison, spellings: set[str]) -> float | None:
    """Whether the values that are wanted are among those of a thing; None where it has none."""
    if not spellings:
        return 1.0 if wish.quantifier == "none" else None
    hits = []
    for value in wish.values:
        words = (value.id, value.name or "") if isinstance(value, Entity) else (text_of(value),)
        hits.append(any(fold(word) in spellings for word in words if word))
    return float({"any": any(hits), "all": all(hits), "none": not any(hits)}[wish.quantifier])


def _contradicted(row: Candidate) -> bool:
    return any(value == 0 for part, value in row.parts.items() if part != "name")


def _is_sure(first: Candidate, others: Sequence[Candidate]) -> bool:
    """Tell whether a candidate is right beyond doubt: named so, contradicted by nothing, and the others far behind."""
    is_named = "identifier" in first.parts or (first.parts.get("name") or 0) >= NAMED
    is_alone = all(_contradicted(row) or row.score <= first.score - _GAP for row in others)
    return is_named and first.score >= _SURE and not _contradicted(first) and is_alone
