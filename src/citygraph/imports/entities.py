"""Reads one line of a Wikidata JSON dump into the row we keep of it, or into nothing.

The reader is a pure function of the line, so that a cluster runs the same one over its partitions. Most lines
hold no statement of ours: a search through their bytes tells so, long before anything is decoded.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from citygraph.imports import wikibase
from citygraph.imports.rows import EARTH, NAMINGS, P, Point, Redirect, Reference, Row, Snak, Statement, decode, encode

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

_NEEDLE = f'"{P.TWINNED}"'.encode()
_COMPACT = f'"{P.TWINNED}":['.encode()
"""Found in two thirds of the time: a bracket is rarer than a quote, and a search goes by the last byte."""
_SPACED = re.compile(rb'\{\s*"\w*"(\s+:|:\s)')
"""How an entity begins that is written with spaces around its colons."""
_ID = re.compile(rb'"id"\s*:\s*"(Q\d+)"')
_ITEM = re.compile(r"Q[1-9]\d*")
_BEFORE, _BEHIND = b"[, \t\r\n\xef\xbb\xbf", b"], \t\r\n"
"""What stands around an entity: spaces, the comma between two, the brackets of the list, and a byte order mark."""
_TYPES = {"wikibase-entityid": "wikibase-item", "globecoordinate": "globe-coordinate"}
"""The data type behind a type of value, for older dumps, which do not name the first."""
_LETTERS = {"item": "Q", "property": "P", "lexeme": "L"}
"""How the id of an entity begins, for older dumps, which give its number only."""
_KEPT = {P.TWINNED, P.TYPE, P.COUNTRY, P.WITHIN, P.COORDINATES, P.GEONAMES, *NAMINGS}


class Broken(ValueError):  # noqa: N818 - it is the line that is broken, which is no error of ours
    """A line that cannot be read; the text says why."""


_ENTITY = msgspec.json.Decoder(wikibase.Entity)
_ANY = msgspec.json.Decoder(wikibase.Glance)
_CLAIMS = msgspec.json.Decoder(list[wikibase.Claim])


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
        # Lines are long: they are looked at in place, and not copied without their edges.
        start, end = _edges(line)
        if start == end and line.count(b"[") + line.count(b"]") < 2:
            return
        if line[start : start + 1] != b"{" or line[end - 1 : end] != b"}":
            raise Broken("the line is cut off: an entity stands between braces")
        text = memoryview(line)[start:end]
        try:
            holds = self._may_hold(line, start)
            if (holds or self._thorough) and not line.isascii():
                str(text, "utf-8")  # what the decoder skips it does not check
            if holds:
                yield from self._read(text)
            elif self._thorough:
                self._skim(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Broken(f"this is no entity ({error})") from None

    def _may_hold(self, line: bytes, start: int) -> bool:
        """Tell from the bytes whether a line is worth decoding."""
        if self._wanted is None:
            needle = _NEEDLE if _SPACED.match(line, start) else _COMPACT
            return needle in line or (len(line) < 300 and b'"redirect"' in line)
        found = _ID.search(line, 0, start + 200)
        return found is None or found[1].decode() in self._wanted

    def _skim(self, text: memoryview) -> None:
        entity = _ANY.decode(text)
        if not (entity.id or entity.entity or entity.entities):
            raise Broken("this is no entity (it has no id)")

    def _read(self, text: memoryview | msgspec.Raw) -> Iterator[Row | Redirect]:
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
        if entity.type == "item" and not _ITEM.fullmatch(entity.id):
            raise Broken(f"this is no entity ({entity.id!r} is the id of no item)")
        keep = P.TWINNED in claims if self._wanted is None else entity.id in self._wanted
        if keep and _ITEM.fullmatch(entity.id):  # properties and lexemes are no parties
            row = self._row(entity, {name: _CLAIMS.decode(raw) for name, raw in claims.items() if name in _KEPT})
            yield decode(encode(row))  # whoever reads the row later finds every field of its kind

    def _row(self, entity: wikibase.Entity, claims: dict[str, list[wikibase.Claim]]) -> Row:
        labels = entity.labels if isinstance(entity.labels, dict) else {}
        places = (_point(value) for value in _best(claims.get(P.COORDINATES, [])))
        return Row(
            id=entity.id,
            labels={
                code: label.value
                for code, label in sorted(labels.items())
                if self._languages is None or code in self._languages
            },
            aliases=self._aliases(entity, claims),
            types=_items(claims.get(P.TYPE, [])),
            countries=_items([claim for claim in claims.get(P.COUNTRY, []) if not _has_ended(claim)]),
            within=_items([claim for claim in claims.get(P.WITHIN, []) if not _has_ended(claim)]),
            coordinates=[place for place in places if place],
            geonames=[value for value in _best(claims.get(P.GEONAMES, [])) if isinstance(value, str)],
            statements=[_statement(claim) for claim in claims.get(P.TWINNED, [])],
        )

    def _aliases(self, entity: wikibase.Entity, claims: dict[str, list[wikibase.Claim]]) -> dict[str, list[str]]:
        """The names beside the label of each language: aliases, and what statements of names say, ended ones too."""
        labels = entity.labels if isinstance(entity.labels, dict) else {}
        aliases = entity.aliases if isinstance(entity.aliases, dict) else {}
        found = {(code, label.value) for code, rows in aliases.items() for label in rows}
        stated = [
            _snak(claim.mainsnak) for name in NAMINGS for claim in claims.get(name, []) if claim.rank != "deprecated"
        ]
        found |= {
            (snak.value["language"], snak.value["text"])
            for snak in stated
            if snak.type == "monolingualtext" and snak.value
        }
        found -= {(code, label.value) for code, label in labels.items()}
        chosen: dict[str, list[str]] = {}
        for code, name in sorted(found):
            if self._languages is None or code in self._languages:
                chosen.setdefault(code, []).append(name)
        return chosen


def _edges(line: bytes) -> tuple[int, int]:
    """Tell where an entity begins and ends."""
    start, end = 0, len(line)
    while start < end and line[start] in _BEFORE:
        start += 1
    while start < end and line[end - 1] in _BEHIND:
        end -= 1
    return start, end


def _redirect(old: str, new: str) -> Redirect:
    if not (_ITEM.fullmatch(old) and _ITEM.fullmatch(new)):
        raise Broken("this redirect leads from or to no item")
    return Redirect(old, new)


def _best(claims: list[wikibase.Claim]) -> list[Any]:
    """Give the values that Wikidata counts as true: of the best rank there is, deprecated ones never."""
    ranks = [rank for rank in ("preferred", "normal") if any(claim.rank == rank for claim in claims)]
    snaks = (_snak(claim.mainsnak) for claim in claims if ranks and claim.rank == ranks[0])
    return [snak.value for snak in snaks if snak.kind == "value"]


def _items(claims: list[wikibase.Claim]) -> list[str]:
    found = (value for value in _best(claims) if isinstance(value, str) and _ITEM.fullmatch(value))
    return list(dict.fromkeys(found))


def _has_ended(claim: wikibase.Claim) -> bool:
    return any(snak.property == P.END for snak in _flat(claim.qualifiers, claim.order))


def _point(value: Any) -> Point | None:
    place = msgspec.convert(value, wikibase.Place)
    if place.latitude is None or place.longitude is None:
        return None
    return Point(place.latitude, place.longitude, place.precision, place.globe or EARTH)


def _statement(claim: wikibase.Claim) -> Statement:
    main = _snak(claim.mainsnak)
    if main.kind == "value" and not (isinstance(main.value, str) and _ITEM.fullmatch(main.value)):
        raise Broken(f"the statement {claim.id} names no item")
    return Statement(
        id=claim.id,
        main=main,
        rank=claim.rank,
        qualifiers=_flat(claim.qualifiers, claim.order),
        references=[_reference(one) for one in claim.references],
    )


def _reference(reference: wikibase.Reference) -> Reference:
    """Keep a reference; one without the hash that names it gets the hash of what it says."""
    snaks = _flat(reference.snaks, reference.order)
    digest = hashlib.sha1(msgspec.json.encode(snaks), usedforsecurity=False)
    return Reference(reference.hash or digest.hexdigest(), snaks)


def _flat(snaks: dict[str, list[wikibase.Snak]] | list[wikibase.Snak], order: Iterable[str]) -> list[Snak]:
    """Snaks in the order in which Wikidata shows them."""
    if isinstance(snaks, list):
        return [_snak(snak) for snak in snaks]
    names = [*(name for name in order if name in snaks), *(name for name in snaks if name not in set(order))]
    return [_snak(snak) for name in names for snak in snaks[name]]


def _snak(snak: wikibase.Snak) -> Snak:
    if snak.snaktype != "value" or snak.datavalue is None:
        return Snak(snak.property, "novalue" if snak.snaktype == "novalue" else "somevalue", snak.datatype)
    value, kind = snak.datavalue.value, snak.datavalue.type
    if kind in wikibase.VALUES:
        read = msgspec.convert(value, wikibase.VALUES[kind])
        if isinstance(read, wikibase.EntityId):
            value = read.id or f"{_LETTERS.get(read.kind, read.kind)}{read.number}"
    return Snak(snak.property, "value", snak.datatype or _TYPES.get(kind, kind), value)
