"""Brings the globe onto paper: two projections, great circles, and the coast lines at the scale of a picture.

The world is drawn in the Equal Earth projection (Šavrič, Patterson and Jenny, 2018), a region in Lambert's azimuthal
one around its own middle; both keep areas true. The middle of the world is 11° east, so that the picture's edge runs
through the Bering Strait.

>>> World().project(11.0, 0.0)
(480.0, 231.5)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from math import acos, asin, atan2, ceil, cos, degrees, hypot, pi, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]

WIDTH = 960
"""The width of every picture, in its own units."""
MIDDLE = 11.0
NORTH = 83.7
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = sqrt(3) / 2
_SCALE = WIDTH / (2 * pi / (_M * _A1))
_STEPS = 20
"""How many steps of the outlines make a degree."""
REGION = radians(38)
"""How far the places of a region may lie from its middle; beyond, the whole world is drawn."""
_NEAR = 0.1
"""The smallest half-width of a region, on a globe of radius one: closer, the coast lines would be too coarse."""
_MARGIN = 100
_FAR = radians(110)
_TOLERANCE = 0.5
_ARC = radians(3)
_POLE = 16.0
"""How near the upper edge of the world's picture a way may come."""


@dataclass(frozen=True)
class World:
    """The whole world but Antarctica."""

    width: int = WIDTH
    height: int = 417
    wraps: bool = True

    def project(self, longitude: float, latitude: float) -> Point:
        """The place of a point in the picture."""
        x, y = _equal_earth(longitude, latitude)
        return round(self.width / 2 + x * _SCALE, 1), round((_equal_earth(MIDDLE, NORTH)[1] - y) * _SCALE, 1)


@dataclass(frozen=True)
class Region:
    """A part of the world around its own middle, given in radians."""

    longitude: float
    latitude: float
    scale: float
    left: float
    top: float
    height: int
    width: int = WIDTH
    wraps: bool = False

    def project(self, longitude: float, latitude: float) -> Point:
        """The place of a point in the picture."""
        x, y = _azimuthal(self.longitude, self.latitude, longitude, latitude)
        return round((x - self.left) * self.scale, 1), round((self.top - y) * self.scale, 1)


View = World | Region


def fit(points: Sequence[Point]) -> View:
    """The view in which all points are seen well: their region if they lie together, else the world."""
    if not points:
        return World()
    vectors = [_vector(*point) for point in points]
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True))
    size = sqrt(x * x + y * y + z * z)
    if size < len(points) * 0.5:
        return World()
    middle = (x / size, y / size, z / size)
    if max(_angle(middle, vector) for vector in vectors) > REGION:
        return World()
    longitude, latitude = round(atan2(middle[1], middle[0]), 4), round(asin(middle[2]), 4)
    flat = [_azimuthal(longitude, latitude, *point) for point in points]
    left, right = _spread([x for x, _ in flat])
    bottom, top = _spread([y for _, y in flat])
    inner = WIDTH - 2 * _MARGIN
    scale = min(inner / (right - left), 400 / (top - bottom))
    height = min(560, max(400, round((top - bottom) * scale) + 2 * _MARGIN))
    return Region(
        longitude,
        latitude,
        round(scale, 3),
        round((left + right) / 2 - WIDTH / 2 / scale, 5),
        round((bottom + top) / 2 + height / 2 / scale, 5),
        height,
    )


def great_circle(view: View, one: Point, other: Point) -> str:
    """The shortest way between two points as path data in tenths; it is parted where it leaves the picture's edge.

    The pole is a whole edge of the world's picture: a way that comes near it is drawn as a bow below it instead.
    """
    a, b = _vector(*one), _vector(*other)
    angle = _angle(a, b)
    count = max(1, ceil(angle / _ARC))
    points = []
    for step in range(count + 1):
        if sin(angle) < 1e-9:
            points.append(view.project(*(one if step == 0 else other)))
            continue
        here, there = sin((1 - step / count) * angle) / sin(angle), sin(step / count * angle) / sin(angle)
        x, y, z = (here * p + there * q for p, q in zip(a, b, strict=True))
        points.append(view.project(degrees(atan2(y, x)), degrees(asin(max(-1.0, min(1.0, z))))))
    if view.wraps and min(y for _, y in points) < _POLE:
        return path_data(_bow(points[0], points[-1], count))
    parts, current = [], [points[0]]
    for before, after in pairwise(points):
        if view.wraps and abs(after[0] - before[0]) > view.width / 2:
            parts.append(current)
            current = []
        current.append(after)
    return "".join(path_data(part) for part in [*parts, current] if len(part) > 1)


def _bow(one: Point, other: Point, count: int) -> Iterator[Point]:
    """A parabola of so many steps between two points of a picture, that keeps below the pole."""
    (x, y), (u, v) = one, other
    height = max(min(y, v) - abs(u - x) / 3, 2 * _POLE - (y + v) / 2)
    for step in range(count + 1):
        there = step / count
        here = 1 - there
        yield here * x + there * u, here * here * y + 2 * here * there * height + there * there * v


@lru_cache(maxsize=32)
def land(view: View) -> str:
    """The coast lines as path data in tenths, as fine as the picture shows."""
    found = []
    for ring in _outlines():
        if isinstance(view, Region):
            middle = _vector(degrees(view.longitude), degrees(view.latitude))
            if all(_angle(middle, _vector(*point)) > pi / 2 for point in ring):
                continue
        points = [view.project(*point) for point in ring]
        if isinstance(view, Region):
            points = _clip(points, view)
        if len(kept := _simplify(points)) > 3:
            found.append(path_data(kept) + "z")
    return "".join(found)


def path_data(points: Iterable[Point]) -> str:
    """Write points as path data in whole tenths, each relative to the one before."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [f"{x - u} {y - v}" for (u, v), (x, y) in pairwise(tenths) if (x, y) != (u, v)]
    return f"M{tenths[0][0]} {tenths[0][1]}" + (f"l{' '.join(steps)}" if steps else "")


@lru_cache(maxsize=1)
def _outlines() -> tuple[tuple[Point, ...], ...]:
    """The rings of the coast lines in degrees; where they come from says docs/pictures.md."""
    rows = json.loads((files("citygraph.web.pictures") / "outlines.json").read_text("utf-8"))
    return tuple(tuple(_walk(row)) for row in rows)


def _walk(steps: list[int]) -> Iterator[Point]:
    x = y = 0
    for east, north in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + east, y + north
        yield x / _STEPS, y / _STEPS


def _equal_earth(longitude: float, latitude: float) -> Point:
    turned = (longitude - MIDDLE + 180) % 360 - 180
    if turned == -180 and longitude > MIDDLE:  # the eastern edge is not the western one
        turned = 180
    theta = asin(_M * sin(radians(latitude)))
    square = theta * theta
    sixth = square**3
    x = radians(turned) * cos(theta) / (_M * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)))
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


def _azimuthal(longitude0: float, latitude0: float, longitude: float, latitude: float) -> Point:
    """Lambert's projection; what lies far behind the horizon is kept at its direction, since nobody sees it."""
    turn, phi = radians(longitude) - longitude0, radians(latitude)
    east = cos(phi) * sin(turn)
    north = cos(latitude0) * sin(phi) - sin(latitude0) * cos(phi) * cos(turn)
    away = acos(max(-1.0, min(1.0, sin(latitude0) * sin(phi) + cos(latitude0) * cos(phi) * cos(turn))))
    length = hypot(east, north) or 1.0
    radius = 2 * sin(min(away, _FAR) / 2)
    return radius * east / length, radius * north / length


def _vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    turn, phi = radians(longitude), radians(latitude)
    return cos(phi) * cos(turn), cos(phi) * sin(turn), sin(phi)


def _angle(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return acos(max(-1.0, min(1.0, sum(p * q for p, q in zip(a, b, strict=True)))))


def _spread(values: list[float]) -> tuple[float, float]:
    """The ends of some values, at least as far apart as a region is wide."""
    middle, half = (min(values) + max(values)) / 2, max((max(values) - min(values)) / 2, _NEAR)
    return middle - half, middle + half


def _clip(points: list[Point], view: Region) -> list[Point]:
    """Cut a ring at a frame a little outside the picture (Sutherland and Hodgman)."""
    edge = 20.0
    for axis, limit, sign in ((0, -edge, 1), (0, view.width + edge, -1), (1, -edge, 1), (1, view.height + edge, -1)):
        cut: list[Point] = []
        for before, after in zip([*points[-1:], *points[:-1]], points, strict=True):
            u, v = sign * (before[axis] - limit), sign * (after[axis] - limit)
            if (u < 0) != (v < 0):
                share = u / (u - v)
                cut.append((before[0] + share * (after[0] - before[0]), before[1] + share * (after[1] - before[1])))
            if v >= 0:
                cut.append(after)
        points = cut
    return points


def _simplify(points: list[Point]) -> list[Point]:
    """Leave out the points that nobody would miss at this scale (Douglas and Peucker)."""
    if len(points) < 4:
        return []
    closed = [*points, points[0]]
    keep = {0, len(closed) - 1}
    waiting = [(0, len(closed) - 1)]
    while waiting:
        first, last = waiting.pop()
        (x, y), (u, v) = closed[first], closed[last]
        length = hypot(u - x, v - y)
        farthest, distance = 0, _TOLERANCE
        for index in range(first + 1, last):
            p, q = closed[index][0] - x, closed[index][1] - y
            off = abs(p * (v - y) - q * (u - x)) / length if length else hypot(p, q)
            if off > distance:
                farthest, distance = index, off
        if farthest:
            keep.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return [closed[index] for index in sorted(keep)]
