"""Short ways to write the statements of a catalogue, and the media types of downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from citygraph.formats import file_type
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKED: Final = {"gz": "application/gzip", "zst": "application/zstd"}
"""The endings of compressed files, with their media types."""
_IANA: Final = "http://www.iana.org/assignments/media-types/"
Value = ox.NamedNode | ox.Literal | str


def say(subject: ox.NamedNode, *rows: tuple[str, Iterable[Value]]) -> Iterator[ox.Triple]:
    """Statements about one thing: by the short name of a property its values."""
    for name, values in rows:
        for value in values:
            yield ox.Triple(subject, term(name), ox.Literal(value) if isinstance(value, str) else value)


def media_type(path: str) -> str:
    """The media type of a download once it is unpacked, by its extension, without parameters."""
    return file_type(plain(path)).partition(";")[0]


def plain(path: str) -> str:
    """The path without the ending of a compression."""
    stem, _, extension = path.rpartition(".")
    return stem if extension in PACKED else path


def term(name: str) -> ox.NamedNode:
    """A term of others by its short name: ``dct:title``."""
    return foreign(*name.split(":"))


def iana(kind: str) -> ox.NamedNode:
    """The IRI of a media type."""
    return ox.NamedNode(_IANA + kind)


def date(day: str) -> ox.Literal:
    """A day as a literal."""
    return ox.Literal(day, datatype=term("xsd:date"))


def texts(table: Mapping[str, str]) -> list[Value]:
    """Texts per language as literals."""
    return [ox.Literal(text, language=code) for code, text in table.items()]
