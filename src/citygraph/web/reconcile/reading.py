"""Reads what clients of the Reconciliation API send, in both versions, into one form; refuses what is too much.

The forms are types, so that a fault is told with its place: ``Expected `str`, got `int` - at `$[...].query```.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from citygraph.errors import ParameterError
from citygraph.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 50
"""How many queries are answered at once."""
CELLS = 10_000
"""How many cells, things times properties, are filled at once."""
LOOKUPS = 100
"""How many names are looked up for a batch, each once for every type that is asked for."""
SHOWN = 5
"""How many candidates there are for a query that does not say."""
MOST = 50
"""How many candidates there are at most."""
CONDITIONS = 20
"""How many properties one query may compare."""
LONGEST = 2_000
"""The longest text, in characters, that is compared."""

_LOOKUPS = "names to look up (names times types)"
_Form = TypeVar("_Form")
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]
_Limit = Annotated[float, msgspec.Meta(gt=0)] | None


class Entity(msgspec.Struct, frozen=True):
    """A value that is a thing: one that was reconciled before."""

    id: _Text
    name: _Text | None = None


Value = _Text | bool | float | Entity
_Values = Annotated[list[Value], msgspec.Meta(max_length=CONDITIONS)] | _Text | bool | float | Entity


class _Property(msgspec.Struct):
    """A property to compare, as in 0.2."""

    pid: _Text
    v: _Values


class _Query(msgspec.Struct):
    """A query of 0.2, section 4.1."""

    query: _Text | None = None
    type: _Text | Annotated[list[_Text], msgspec.Meta(max_length=CONDITIONS)] | None = None
    limit: _Limit = None
    properties: Annotated[list[_Property], msgspec.Meta(max_length=CONDITIONS)] | None = None
    type_strict: Literal["any", "should", "all"] | None = None


class _Condition(msgspec.Struct, rename="camel"):
    """A condition of 1.0: a name or a property to compare."""

    match_type: Literal["name", "property", "id"]
    property_value: _Values
    property_id: _Text | None = None
    required: bool = False
    match_quantifier: Literal["any", "all", "none"] = "any"


class _Query1(msgspec.Struct):
    """A query of 1.0, section "Structure of a Reconciliation Query"."""

    conditions: Annotated[list[_Condition], msgspec.Meta(min_length=1, max_length=CONDITIONS)]
    type: _Text | None = None
    limit: _Limit = None
    lang: _Text | None = None


class _Batch1(msgspec.Struct):
    queries: list[_Query1]


class Wanted(msgspec.Struct):
    """A property to extend by, with how many of its values are wanted."""

    id: _Text
    settings: dict[str, Any] | None = None

    @property
    def limit(self) -> int | None:
        """How many values a cell may have; None where nobody says."""
        given = (self.settings or {}).get("limit")
        try:
            number = int(float(given)) if given not in (None, "") else None
        except (TypeError, ValueError, OverflowError):
            raise ParameterError("limit", f"{str(given)[:40]!r} is no number") from None
        return number if number and number > 0 else None


class Extension(msgspec.Struct):
    """Things and the properties that are wanted of them."""

    ids: list[_Text]
    properties: list[Wanted]


@dataclass(frozen=True)
class Comparison:
    """A property to compare."""

    property: str
    values: tuple[Value, ...]
    required: bool = False
    quantifier: str = "any"


@dataclass(frozen=True)
class Asked:
    """A query as both versions mean it."""

    names: tuple[str, ...]
    types: tuple[str, ...] = ()
    strict: str = "should"
    """What the types are for: ``should`` lets others come after, ``any`` and ``all`` leave others out."""
    limit: int = SHOWN
    comparisons: tuple[Comparison, ...] = ()
    ids: tuple[str, ...] = ()
    """Identifiers that the thing has."""

    @property
    def lookups(self) -> int:
        """How many names are looked up for it."""
        return len(self.names) * max(1, len(self.types))


def read_batch(text: str) -> dict[str, Asked]:
    """Read the queries of 0.2 with the keys that the client gave them."""
    found = _decode("queries", text, dict[str, _Query])
    _bear(len(found), BATCH, "queries")
    batch = {key: _asked(key, row) for key, row in found.items()}
    _bear(sum(row.lookups for row in batch.values()), LOOKUPS, _LOOKUPS)
    return batch


def read_batch_1(body: bytes) -> list[Asked]:
    """Read the queries of 1.0."""
    found = _decode("body", body, _Batch1).queries
    _bear(len(found), BATCH, "queries")
    batch = [_asked_1(row) for row in found]
    _bear(sum(row.lookups for row in batch), LOOKUPS, _LOOKUPS)
    return batch


def read_extension(text: str | bytes) -> Extension:
    """Read which properties are wanted of which things; both versions say it alike."""
    found = _decode("extend", text, Extension)
    _bear(len(found.ids) * max(1, len(found.properties)), CELLS, "cells (ids times properties)")
    _bear(len(found.properties), BATCH, "properties")
    return found


def _decode(name: str, text: str | bytes, form: type[_Form]) -> _Form:
    try:
        return msgspec.json.decode(text, type=form)
    except msgspec.DecodeError as error:
        raise ParameterError(name, str(error)) from None
    except RecursionError:
        raise ParameterError(name, "JSON is nested too deeply") from None
    except (UnicodeError, ValueError) as error:
        raise ParameterError(name, f"this is no JSON in UTF-8: {error}") from None


def _bear(count: int, most: int, what: str) -> None:
    if count > most:
        raise Problem(413, "The request is too large", f"There are {count} {what}; send at most {most} at once.")


def _asked(key: str, row: _Query) -> Asked:
    if not (row.query or row.properties):
        raise ParameterError("queries", f"{key[:40]} has neither a query nor properties; give one of them")
    types = (row.type,) if isinstance(row.type, str) else tuple(row.type or ())
    wishes = tuple(Comparison(field.pid, _listed(field.v)) for field in row.properties or ())
    names = (row.query,) if row.query else ()
    return Asked(names, tuple(filter(None, types)), row.type_strict or "should", _limit(row.limit), wishes)


def _asked_1(row: _Query1) -> Asked:
    wishes: list[Comparison] = []
    names: list[str] = []
    ids: list[str] = []
    for field in row.conditions:
        values = _listed(field.property_value)
        if field.match_type == "property":
            if not field.property_id:
                raise ParameterError("propertyId", "a condition on a property says which; add its identifier")
            wishes.append(Comparison(field.property_id, values, field.required, field.match_quantifier))
        else:
            (names if field.match_type == "name" else ids).extend(filter(None, map(text_of, values)))
    types = (row.type,) if row.type else ()
    return Asked(tuple(names), types, "should", _limit(row.limit), tuple(wishes), tuple(ids))


def text_of(value: Value) -> str:
    """A value as a text to compare."""
    if isinstance(value, Entity):
        return value.name or value.id
    return f"{value:g}" if isinstance(value, float) and not isinstance(value, bool) else str(value)


def _listed(values: Value | Sequence[Value]) -> tuple[Value, ...]:
    return tuple(values) if isinstance(values, list) else (values,)  # type: ignore[return-value]


def _limit(given: float | None) -> int:
    return max(1, min(int(given), MOST)) if given else SHOWN
