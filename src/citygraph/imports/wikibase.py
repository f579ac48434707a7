"""The JSON of Wikibase as far as we read it: entities, statements, snaks and their values.

https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html says what each part means. Whatever is not named
here is read and dropped; whatever is named and not of its kind is an error of the decoder.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec


class DataValue(msgspec.Struct):
    """A value and its type."""

    type: str
    value: Any = None


class EntityId(msgspec.Struct, rename={"kind": "entity-type", "number": "numeric-id"}):
    """The id of an entity, or in older dumps its kind and number."""

    kind: str = "item"
    number: int | None = None
    id: str = ""


class Time(msgspec.Struct):
    """A point in time."""

    time: str
    precision: int
    timezone: int = 0
    before: int = 0
    after: int = 0
    calendarmodel: str = ""


class Text(msgspec.Struct):
    """A text in a language."""

    text: str
    language: str


class Quantity(msgspec.Struct):
    """A decimal number, with a unit and margins."""

    amount: str


class Place(msgspec.Struct):
    """A place on a globe; an old one may lack its degrees."""

    latitude: float | None
    longitude: float | None
    precision: float | None = None
    globe: str | None = None


VALUES: dict[str, Any] = {
    "wikibase-entityid": EntityId,
    "time": Time,
    "monolingualtext": Text,
    "quantity": Quantity,
    "globecoordinate": Place,
    "string": str,
}
"""What a value of each type has to have."""


class Snak(msgspec.Struct):
    """A property with a value, some value, or none."""

    snaktype: Literal["value", "somevalue", "novalue"]
    property: Annotated[str, msgspec.Meta(pattern=r"^P[1-9]\d*$")]
    datavalue: DataValue | None = None
    datatype: str = ""


class Reference(msgspec.Struct, rename={"order": "snaks-order"}):
    """What a statement rests on."""

    snaks: dict[str, list[Snak]] | list[Snak]
    hash: str = ""
    order: list[str] = []


class Claim(msgspec.Struct, rename={"order": "qualifiers-order"}):
    """A statement."""

    mainsnak: Snak
    id: str = ""
    rank: Literal["preferred", "normal", "deprecated"] = "normal"
    qualifiers: dict[str, list[Snak]] | list[Snak] = []
    order: list[str] = []
    references: list[Reference] = []


class Label(msgspec.Struct):
    """A name in a language."""

    language: str
    value: str


class Entity(msgspec.Struct):
    """An entity; an empty object is written as an empty list by the software behind Wikidata."""

    id: str = ""
    type: str = ""
    entity: str = ""
    redirect: str = ""
    redirects: dict[str, str] | None = None
    entities: dict[str, msgspec.Raw] | None = None
    labels: dict[str, Label] | list[Any] = []
    aliases: dict[str, list[Label]] | list[Any] = []
    claims: dict[str, msgspec.Raw] | list[Any] = []


class Glance(msgspec.Struct):
    """An entity of which only the id is wanted: the rest of the line is read and dropped."""

    id: str = ""
    entity: str = ""
    redirect: str = ""
    entities: msgspec.Raw | None = None
