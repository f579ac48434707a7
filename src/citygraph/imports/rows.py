"""What we keep of a Wikidata item: one compact JSON line, whichever way it came, by dump or by SPARQL.

A statement keeps everything it has: rank, every qualifier, every reference, and snaks without a value.
https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html describes where the parts come from.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class P(StrEnum):
    """The properties of Wikidata that we know by name."""

    TWINNED = "P190"
    TYPE = "P31"
    COUNTRY = "P17"
    COORDINATES = "P625"
    GEONAMES = "P1566"
    WITHIN = "P131"
    START = "P580"
    END = "P582"
    POINT_IN_TIME = "P585"


NAMINGS = ("P1448", "P1705", "P1813", "P2561")
"""The properties that state a name: the official one, the native one, a short one, any; former ones among them."""
EARTH = "http://www.wikidata.org/entity/Q2"
ENTITIES, REDIRECTS, BROKEN = "entities.ndjson", "redirects.tsv", "broken.tsv"
"""The files of a folder of filtered entities: items, items merged into others, and what could not be read."""
COMPLETE = "complete"
"""The option that says that every item that another names is there, unless there is no such item."""


class Snak(msgspec.Struct, omit_defaults=True, frozen=True):
    """A property with a value, with some value that nobody knows, or with none."""

    property: str
    kind: str = "value"
    """``value``, ``somevalue`` or ``novalue``."""
    type: str = ""
    """The data type as Wikidata calls it: ``wikibase-item``, ``time``, ``url``, …"""
    value: Any = None
    """The value as Wikidata writes it in JSON; of an item, its id."""


class Reference(msgspec.Struct, omit_defaults=True, frozen=True):
    """What a statement rests on, under the hash that names it on Wikidata."""

    hash: str
    snaks: list[Snak] = []


class Statement(msgspec.Struct, omit_defaults=True, frozen=True):
    """One statement that an item is twinned, with all that is said about the statement."""

    id: str
    main: Snak
    rank: str = "normal"
    qualifiers: list[Snak] = []
    references: list[Reference] = []


class Point(msgspec.Struct, omit_defaults=True, frozen=True):
    """A place on a globe, in degrees."""

    latitude: float
    longitude: float
    precision: float | None = None
    globe: str = EARTH


class Row(msgspec.Struct, omit_defaults=True, frozen=True):
    """An item: what identifies and describes it, and every statement that it is twinned."""

    id: str
    labels: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    """What else it is called, by language: aliases, and official, native, short and former names; sorted."""
    types: list[str] = []
    countries: list[str] = []
    within: list[str] = []
    """The administrative areas that it lies in."""
    coordinates: list[Point] = []
    geonames: list[str] = []
    statements: list[Statement] = []

    def targets(self) -> list[str]:
        """List the items that the statements name."""
        return [statement.main.value for statement in self.statements if statement.main.kind == "value"]


class Redirect(msgspec.Struct, frozen=True):
    """An item that was merged into another."""

    id: str
    to: str


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Row)


def encode(row: Row) -> bytes:
    """Write a row as a line."""
    return _ENCODER.encode(row) + b"\n"


def decode(line: bytes) -> Row:
    """Read a line as a row."""
    return _DECODER.decode(line)


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of a file."""
    with path.open("rb") as lines:
        yield from map(decode, lines)


def number(item: str) -> int:
    """Give the number of an item's id, by which ids are in order."""
    return int(item[1:])
