"""Puts names beside what they name: without markup, cut to length, and without one covering another.

>>> shorten("Freie und Hansestadt Hamburg", 12)
'Freie und Ha…'
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 13
"""The size of letters, in the units of a picture."""
_WIDE = 1.0
_USUAL = 0.56
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
LONGEST = 300
"""How many characters of a name are told where there is room for all."""


def clean(text: str) -> str:
    """Leave out what XML cannot carry or what would turn the text around it."""
    return _DIRECTION.sub("", _CONTROL.sub(" ", text[:LONGEST])).strip()


def shorten(text: str, length: int) -> str:
    """Cut a name to a number of usual letters; wide signs count double."""
    text, used = clean(text), 0.0
    for index, sign in enumerate(text):
        used += _width(sign) / _USUAL
        if used > length and index < len(text) - 1:
            return text[: max(1, index)].rstrip() + "…"
    return text


def width(text: str, size: float = SIZE) -> float:
    """About how wide a text is; rather more than less, since every machine has other fonts."""
    return sum(map(_width, text)) * size


def _width(sign: str) -> float:
    return _WIDE if unicodedata.east_asian_width(sign) in "WF" else _USUAL


@dataclass(frozen=True)
class Label:
    """A text at a place of a picture."""

    text: str
    x: float
    y: float
    anchor: str = "start"


@dataclass
class Sheet:
    """Remembers what is taken on a picture, so that labels find a free place."""

    width: float
    height: float

    def __post_init__(self) -> None:
        self._taken: list[tuple[float, float, float, float]] = []

    def block(self, x: float, y: float, radius: float) -> None:
        """Keep a dot free."""
        self._taken.append((x - radius, y - radius, x + radius, y + radius))

    def place(self, text: str, x: float, y: float, gap: float) -> Label | None:
        """Find a free place beside a dot: right, left, above, below, or none."""
        for label, box in self._candidates(text, x, y, gap):
            inside = box[0] >= 2 and box[1] >= 2 and box[2] <= self.width - 2 and box[3] <= self.height - 2
            if inside and not any(_meet(box, other) for other in self._taken):
                self._taken.append(box)
                return label
        return None

    def _candidates(
        self, text: str, x: float, y: float, gap: float
    ) -> Iterator[tuple[Label, tuple[float, float, float, float]]]:
        long, drop = width(text), SIZE * 0.35
        for dx, dy, anchor in (
            (gap, drop, "start"),
            (-gap, drop, "end"),
            (0, -gap, "middle"),
            (0, gap + SIZE * 0.8, "middle"),
            (gap * 0.8, -gap * 0.8, "start"),
            (gap * 0.8, gap * 0.8 + SIZE * 0.7, "start"),
            (-gap * 0.8, -gap * 0.8, "end"),
            (-gap * 0.8, gap * 0.8 + SIZE * 0.7, "end"),
        ):
            left = x + dx - {"start": 0, "middle": long / 2, "end": long}[anchor]
            base = y + dy
            box = (left, base - SIZE * 0.85, left + long, base + SIZE * 0.25)
            yield Label(text, round(x + dx, 1), round(base, 1), anchor), box


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
