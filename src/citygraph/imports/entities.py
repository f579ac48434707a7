"""Reads one line of a Wikidata JSON dump into the row we keep of it, or into nothing.

The reader is a pure function of the line, so that a cluster runs the same one over its partitions. Most lines
hold no statement of ours: a search through their bytes tells so, long before anything is decoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from citygraph.imports.rows import (
    COORDINATES,
    COUNTRY,
    EARTH,
    END,
    GEONAMES,
    TWINNED,
    TYPE,
    Point,
    Redirect,
    Reference,
    Row,
    Snak,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

_NEEDLE = f'"{TWINNED}"'.encode()
_ID = re.compile(rb'"id"\s*:\s*"(Q\d+)"')
_ITEM = re.compile(r"Q[1-9]\d*")
_EDGE = b" \t\r\n,\xef\xbb\xbf"
"""What stands around an entity: spaces, the comma between two, and a byte order mark."""
_TYPES = {
    "wikibase-entityid": "wikibase-item",
    "globecoordinate": "globe-coordinate",
}
"""The data type behind a type of value, for older dumps, which do not name the first."""


class Broken(ValueError):  # noqa: N818 - it is the line that is broken, which is no error of ours
    """A line that cannot be read; the text says why."""


class _DataValue(msgspec.Struct):
    type: str
    value: Any = None


class _Snak(msgspec.Struct):
    snaktype: str
    property: str
    datavalue: _DataValue | None = None
    datatype: str = ""


class _Reference(msgspec.Struct, rename={"order": "snaks-order"}):
    snaks: dict[str, list[_Snak]] | list[_Snak]
    hash: str = ""
    order: list[str] = []


class _Claim(msgspec.Struct, rename={"order": "qualifiers-order"}):
    mainsnak: _Snak
    id: str = ""
    rank: str = "normal"
    qualifiers: dict[str, list[_Snak]] | list[_Snak] = []
    order: list[str] = []
    references: list[_Reference] = []


class _Label(msgspec.Struct):
    language: str
    value: str


class _Entity(msgspec.Struct):
    """An entity; an empty object is written as an empty list by the software behind Wikidata."""

    id: str = ""
    entity: str = ""
    redirect: str = ""
    redirects: dict[str, str] | None = None
    entities: dict[str, msgspec.Raw] | None = None
    labels: dict[str, _Label] | list[Any] = []
    claims: dict[str, msgspec.Raw] | list[Any] = []


class _Any(msgspec.Struct):
    """An entity of which only the id is wanted: the rest of the line is read and dropped."""

    id: str = ""
    entity: str = ""
    redirect: str = ""
    entities: msgspec.Raw | None = None


_ENTITY = msgspec.json.Decoder(_Entity)
_ANY = msgspec.json.Decoder(_Any)
_CLAIMS = msgspec.json.Decoder(list[_Claim])


class Reader:
    """Reads lines: which items it keeps, in which languages, and how closely it looks at the others."""

    def __init__(
        self,
        *,
        languages: Container[str] | None = None,
        wanted: Container[str] | None = None,
        thorough: bool = True,
    ) -> None:
        self._languages, self._wanted, self._thorough = languages, wanted, thorough

    def rows(self, line: bytes) -> Iterator[Row | Redirect]:
        """Give what a line holds: most often nothing; :class:`Broken` where it cannot be read.

        Without ``wanted`` the items with a statement of ours are kept; with it those that it names. A thorough
        reader reads the lines that it does not keep as well, and so finds every broken one.
        """
        if len(line) < 8 and line.strip(_EDGE) in {b"", b"[", b"]"}:
            return
        # Lines are long: they are looked at as they are, and copied without their edges only to be decoded.
        if line[:16].lstrip(_EDGE)[:1] != b"{" or line[-16:].rstrip(_EDGE)[-1:] != b"}":
            raise Broken("the line is cut off: an entity stands between braces")
        try:
            if self._may_hold(line):
                yield from self._read(line.strip(_EDGE))
            elif self._thorough:
                self._skim(line.strip(_EDGE))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Broken(f"this is no entity ({error})") from None

    def _may_hold(self, text: bytes) -> bool:
        """Tell from the bytes whether a line is worth decoding."""
        if self._wanted is None:
            return _NEEDLE in text or (len(text) < 300 and b'"redirect"' in text)
        found = _ID.search(text, 0, 200)
        return found is None or found[1].decode() in self._wanted

    def _skim(self, text: bytes) -> None:
        entity = _ANY.decode(text)
        if not (entity.id or entity.entity or entity.entities):
            raise Broken("this is no entity (it has no id)")

    def _read(self, text: bytes | msgspec.Raw) -> Iterator[Row | Redirect]:
        entity = _ENTITY.decode(text)
        if entity.entities is not None:  # the form of Special:EntityData and of the API
            for one in entity.entities.values():
                yield from self._read(one)
            return
        if entity.redirect and entity.entity:
            yield _redirect(entity.entity, entity.redirect)
            return
        if not entity.id:
            raise Broken("this is no entity (it has no id)")
        if entity.redirects and {"from", "to"} <= entity.redirects.keys():
            yield _redirect(entity.redirects["from"], entity.redirects["to"])
        claims = entity.claims if isinstance(entity.claims, dict) else {}
        keep = TWINNED in claims if self._wanted is None else entity.id in self._wanted
        if keep and _ITEM.fullmatch(entity.id):  # properties and lexemes are no parties
            yield self._row(entity, {name: _CLAIMS.decode(raw) for name, raw in claims.items() if name in _KEPT})

    def _row(self, entity: _Entity, claims: dict[str, list[_Claim]]) -> Row:
        labels = entity.labels if isinstance(entity.labels, dict) else {}
        places = (_point(value) for value in _best(claims.get(COORDINATES, [])))
        return Row(
            id=entity.id,
            labels={
                code: label.value
                for code, label in sorted(labels.items())
                if self._languages is None or code in self._languages
            },
            types=_items(claims.get(TYPE, [])),
            countries=_items([claim for claim in claims.get(COUNTRY, []) if not _has_ended(claim)]),
            coordinates=[place for place in places if place],
            geonames=[str(value) for value in _best(claims.get(GEONAMES, []))],
            statements=[_statement(claim) for claim in claims.get(TWINNED, [])],
        )


_KEPT = {TWINNED, TYPE, COUNTRY, COORDINATES, GEONAMES}


def _redirect(old: str, new: str) -> Redirect:
    if not (_ITEM.fullmatch(old) and _ITEM.fullmatch(new)):
        raise Broken("this redirect leads from or to no item")
    return Redirect(old, new)


def _best(claims: list[_Claim]) -> list[Any]:
    """Give the values that Wikidata counts as true: of the best rank there is, deprecated ones never."""
    ranks = [rank for rank in ("preferred", "normal") if any(claim.rank == rank for claim in claims)]
    snaks = (_snak(claim.mainsnak) for claim in claims if ranks and claim.rank == ranks[0])
    return [snak.value for snak in snaks if snak.kind == "value"]


def _items(claims: list[_Claim]) -> list[str]:
    return list(dict.fromkeys(_best(claims)))


def _has_ended(claim: _Claim) -> bool:
    return any(snak.property == END for snak in _flat(claim.qualifiers, claim.order))


def _point(value: dict[str, Any]) -> Point | None:
    latitude, longitude = value.get("latitude"), value.get("longitude")
    if latitude is None or longitude is None:
        return None
    return Point(latitude, longitude, value.get("precision"), value.get("globe") or EARTH)


def _statement(claim: _Claim) -> Statement:
    return Statement(
        id=claim.id,
        main=_snak(claim.mainsnak),
        rank=claim.rank,
        qualifiers=_flat(claim.qualifiers, claim.order),
        references=[Reference(one.hash, _flat(one.snaks, one.order)) for one in claim.references],
    )


def _flat(snaks: dict[str, list[_Snak]] | list[_Snak], order: Iterable[str]) -> list[Snak]:
    """Snaks in the order in which Wikidata shows them."""
    if isinstance(snaks, list):
        return [_snak(snak) for snak in snaks]
    names = [*(name for name in order if name in snaks), *(name for name in snaks if name not in set(order))]
    return [_snak(snak) for name in names for snak in snaks[name]]


def _snak(snak: _Snak) -> Snak:
    if snak.snaktype != "value" or snak.datavalue is None:
        kind = snak.snaktype if snak.snaktype != "value" else "somevalue"
        return Snak(snak.property, kind, snak.datatype)
    value, kind = snak.datavalue.value, snak.datavalue.type
    if kind == "wikibase-entityid" and isinstance(value, dict):
        value = value.get("id") or f"Q{value.get('numeric-id')}"
    return Snak(snak.property, "value", snak.datatype or _TYPES.get(kind, kind), value)
