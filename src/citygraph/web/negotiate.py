"""Chooses a format and a language from what a client asks for (RFC 9110, section 12), using the table of formats.

>>> from citygraph.formats import HTML, RDF
>>> choose("text/turtle;q=0.8, application/ld+json", RDF).name
'jsonld'
>>> choose("*/*", (*RDF, HTML)).name
'turtle'
>>> language("de-CH, en;q=0.5", ("en", "de", "fr"))
'de'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from citygraph.errors import FormatError
from citygraph.formats import Format, by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OVERRIDES = ("format", "output", "results", "_mediatype", "accept")
"""Parameters by which clients name a format; one that says nothing to us leaves the choice to ``Accept``."""

_REMEMBERED = 1024
"""The longest header, in characters, whose choice is remembered: real ones repeat, hostile ones would fill memory."""
_RANGES = 200
"""How many ranges of a header are looked at; the longest list of a real client has about twenty."""
_PART = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_QUALITY = re.compile(r";\s*q\s*=\s*([^;,\s]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{0,9})?|\.[0-9]{1,9}")
_NAME = re.compile(r"[\w*.+/-]+")


@dataclass(frozen=True)
class Wish:
    """A range of an ``Accept`` or ``Accept-Language`` header."""

    name: str
    quality: float
    position: int


def wishes(header: str) -> tuple[Wish, ...]:
    """Read a header; a range with an unreadable quality is passed over."""
    found = []
    for position, match in enumerate(_PART.finditer(header)):
        if position == _RANGES:
            break
        quality = _QUALITY.search(match[0])
        if quality and not _NUMBER.fullmatch(quality[1]):
            continue
        name = match[0].partition(";")[0].strip().lower()
        if _NAME.fullmatch(name):
            found.append(Wish(name, min(float(quality[1]), 1.0) if quality else 1.0, position))
    return tuple(found)


def choose(header: str, offers: tuple[Format, ...]) -> Format:
    """Choose among formats, the first being ours to choose; nothing acceptable is a :class:`FormatError`."""
    return _remembered(header, offers) if len(header) <= _REMEMBERED else _choose(header, offers)


def asked(arguments: Mapping[str, str], header: str, offers: tuple[Format, ...]) -> Format:
    """Choose by a parameter of the address, or else by the ``Accept`` header."""
    for name in OVERRIDES:
        # An unescaped plus sign of a media type arrives as a space.
        wanted = arguments.get(name, "").replace(" ", "+")
        if wanted and (row := _named(wanted[:100], offers)):
            return row
    return choose(header, offers)


def _named(wanted: str, offers: tuple[Format, ...]) -> Format | None:
    try:
        return by_name(wanted, offers)
    except FormatError:
        return None


def _choose(header: str, offers: tuple[Format, ...]) -> Format:
    ranges = wishes(header)
    if not ranges:
        return offers[0]
    ranked = [(rank, -index) for index, row in enumerate(offers) if (rank := _rank(row, ranges))]
    if not ranked:
        raise FormatError(header[:200], (row.media_type for row in offers))
    return offers[-max(ranked)[1]]


_remembered = lru_cache(maxsize=4096)(_choose)


def _rank(row: Format, ranges: tuple[Wish, ...]) -> tuple[float, int] | None:
    """How well a format is liked: by quality, then in the order of the client; None where it is not acceptable.

    The most specific range counts (RFC 9110, section 12.5.1), so ``text/turtle;q=0, */*`` excludes Turtle. The other
    names of a format count only where they are spelled out: ``text/*`` is no wish for N-Triples.
    """
    named = [wish for wish in ranges if wish.name in row.media_types]
    if not named:
        group = f"{row.media_type.partition('/')[0]}/*"
        named = [wish for wish in ranges if wish.name == group] or [wish for wish in ranges if wish.name == "*/*"]
    liked = [(wish.quality, -wish.position) for wish in named if wish.quality > 0]
    return max(liked, default=None)


def language(header: str, offers: Iterable[str]) -> str:
    """Choose among languages, the first being ours to choose; ``de-CH`` is answered in German."""
    choose_one = _remembered_language if len(header) <= _REMEMBERED else _choose_language
    return choose_one(header, tuple(offers))


def _choose_language(header: str, offers: tuple[str, ...]) -> str:
    liked = sorted(
        (wish for wish in wishes(header) if wish.quality > 0), key=lambda wish: (-wish.quality, wish.position)
    )
    for wish in liked:
        if (name := wish.name.partition("-")[0]) in offers:
            return name
    return offers[0]


_remembered_language = lru_cache(maxsize=4096)(_choose_language)
