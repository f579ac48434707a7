"""Writes answers as the two versions want them; they differ in the wrapping, and 1.0 tells languages besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.errors import ParameterError
from citygraph.search import fold
from citygraph.web.answers import language, served
from citygraph.web.language import gettext, marked
from citygraph.web.reconcile import columns
from citygraph.web.reconcile.facts import Fact, facts, iri_of, named, type_name
from citygraph.web.reconcile.identifiers import as_given, identified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citygraph.web.names import Name
    from citygraph.web.reconcile.columns import Column, Term
    from citygraph.web.reconcile.matching import Candidate
    from citygraph.web.reconcile.reading import Extension

SUGGESTED = 20
"""How many suggestions there are for a client that does not say."""
_MOST = 100
_FURTHEST = 10_000
_VALUES = 1_000
"""How many values a cell has at most; a hub has more partners than any table."""

FEATURES = {
    "name": (marked("Name"), marked("How alike the name is, from 0 to 100.")),
    "kind": (
        marked("Type"),
        marked("100 for the wanted type, 80 for another of the same level, 0 for the rest."),
    ),
    "country": (marked("Country"), marked("Whether it lies in the wanted country.")),
    "usual": (
        marked("Usual country"),
        marked("Where its country is unknown: whether places of its name lie in the wanted one."),
    ),
    "within": (marked("Larger area"), marked("Whether it lies in the wanted larger area.")),
    "distance": (marked("Distance"), marked("How near it is to the wanted point, by what is usual for its level.")),
    "identifier": (marked("Identifier"), marked("The identifier that was given is its own.")),
    "partnerships": (
        marked("Partnerships"),
        marked("How many it has; of two that fit alike, the one with more comes first."),
    ),
}
"""What a score is made of, by the names of the parts; other parts are called like their properties."""


def candidates(found: Sequence[Candidate], *, languages: bool) -> list[dict[str, Any]]:
    """The candidates of a query (0.2, section 4.2); ``languages`` adds what 1.0 wants."""
    words = {name: feature_name(name) for name in {"partnerships"}.union(*(row.parts for row in found))}
    return [_candidate(row, row.fact, words, languages=languages) for row in found if row.fact is not None]


def _candidate(row: Candidate, fact: Fact, words: Mapping[str, str], *, languages: bool) -> dict[str, Any]:
    parts = {name: round(100 * value, 1) for name, value in row.parts.items() if value is not None}
    features = [{"id": name, "name": words[name], "value": value} for name, value in parts.items()]
    if row.weight is not None:
        features.append({"id": "partnerships", "name": words["partnerships"], "value": row.weight})
    return {
        **_text(fact.id, fact.name, languages=languages),
        "description": fact.description,
        "type": [{"id": name, "name": text} for name, text in fact.types.items()],
        "score": round(row.score, 2),
        "features": features,
        "match": row.match,
    }


def feature_name(name: str) -> str:
    """The name of a part of a score in the reader's language."""
    return gettext(FEATURES[name][0]) if name in FEATURES else columns.column(name).name.text


def entities(prefix: str, offset: int, limit: int, *, languages: bool) -> list[dict[str, Any]]:
    """The things whose names begin so, or that have this identifier."""
    now, wanted = served(), prefix.strip()[:200]
    given = as_given(wanted)
    direct = sorted(identified([given])[given]) if given else []
    hits = [hit.iri for hit in now.index.find(wanted, offset + limit)]
    chosen = list(dict.fromkeys([*direct, *hits]))[offset : offset + limit]
    told = facts(chosen)
    rows = [told[iri] for iri in chosen if iri in told]
    return [
        _text(row.id, row.name, languages=languages)
        | {"description": row.description, "notable": [{"id": name, "name": text} for name, text in row.types.items()]}
        for row in rows
    ]


def types(prefix: str, offset: int, limit: int) -> list[dict[str, Any]]:
    """The classes whose names or identifiers hold words that begin so; all for an empty prefix."""
    rows = [row for row in map(type_row, columns.types()) if _begins(prefix, row["id"], row["name"])]
    return rows[offset : offset + limit]


def type_row(local: str) -> dict[str, Any]:
    """A class with those directly above it."""
    now = served()
    own = now.iris.term("").value
    above = sorted(iri.removeprefix(own) for iri in now.terms.parents.get(own + local, ()) if iri.startswith(own))
    broader = [{"id": name, "name": type_name(name)} for name in above]
    return {"id": local, "name": type_name(local)} | ({"broader": broader} if broader else {})


def properties(prefix: str, offset: int, limit: int) -> list[dict[str, Any]]:
    """The properties whose names or identifiers hold words that begin so; all for an empty prefix."""
    rows = [row for row in columns.columns() if _begins(prefix, row.id, row.name.text)]
    return [property_row(row) | {"description": row.summary.text} for row in rows[offset : offset + limit]]


def property_row(row: Column) -> dict[str, Any]:
    """A property."""
    return {"id": row.id, "name": row.name.text}


def proposal(kind: str, limit: int | None) -> dict[str, Any]:
    """The properties that things of a type can have (0.2, section 7.2)."""
    rows = [property_row(row) for row in columns.proposed(kind)[:limit]]
    return {"properties": rows, "type": kind} | ({"limit": limit} if limit else {})


def extension(wanted: Extension, *, languages: bool) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """The head of a table and its rows by the identifiers given; what nobody knows has a row of empty cells."""
    asked = [(columns.column(row.id), row) for row in wanted.properties]
    things = {given: iri for given in dict.fromkeys(wanted.ids) if (iri := iri_of(given))}
    cells: dict[str, dict[str, list[Term | None]]] = {}
    for column, row in asked:
        limit = min(row.limit or _VALUES, _VALUES)
        found = columns.values(column, list(things.values()))
        cells[row.id] = {iri: values[:limit] for iri, values in found.items()}
    targets = {iri for found in cells.values() for row in found.values() for iri in columns.things_among(row)}
    names, chosen = served().names_of(targets), language()

    def cell(term: Term | None, column: Column) -> dict[str, Any]:
        if term is None:
            return {}
        if isinstance(term, ox.NamedNode):
            own = term.value.removeprefix(served().iris.base + "id/")
            return _text(own, named(term.value, names, chosen), languages=languages)
        if column.head["value"] == "number":
            return {"float": float(term.value)}
        return {"str": term.value} | ({"lang": term.language} if languages and term.language else {})

    meta = []
    for column, row in asked:
        kind = column.head.get("type")
        type_ = {"type": {"id": kind, "name": type_name(kind)}} if kind else {}
        meta.append({"id": row.id, "name": column.name.text} | type_)
    rows: dict[str, dict[str, Any]] = {}
    for given in wanted.ids:
        iri = things.get(given, "")
        for column, row in asked:
            written = [cell(term, column) for term in cells[row.id].get(iri, ())]
            is_aligned = column.head.get("aligned")
            rows.setdefault(given, {})[row.id] = written if is_aligned else _once(written)
    return meta, rows


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without those that read like an earlier one: one name may be that of several languages."""
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


def page(arguments: Mapping[str, str]) -> tuple[int, int]:
    """Where suggestions begin and how many there are: ``cursor`` in 0.2, ``offset`` and ``limit`` in 1.0."""
    start = _number(arguments, "offset", _number(arguments, "cursor", 0))
    return min(start, _FURTHEST), max(1, min(_number(arguments, "limit", SUGGESTED), _MOST))


def _number(arguments: Mapping[str, str], name: str, otherwise: int) -> int:
    text = arguments.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ParameterError(name, f"{text[:40]!r} is no whole number from 0 on")
    return int(text)


def _begins(prefix: str, *names: str) -> bool:
    words = fold(prefix[:200])
    return not words or any(f" {words}" in f" {fold(name)}" for name in names)


def _text(identifier: str, name: Name, *, languages: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"id": identifier, "name": name.text}
    return row | {"lang": name.language} if languages and name.language else row
