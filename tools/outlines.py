"""Derives the coast lines of the maps from Natural Earth (public domain), as the npm package world-atlas carries them.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install shapely
    python tools/outlines.py package/land-50m.json src/citygraph/web/pictures/outlines.json

The land is cut at 169° west, in the Bering Strait, so that the maps may have Europe in the middle and Siberia whole;
Antarctica is left out. Each ring is a list of steps in twentieths of a degree, east and north in turn, the first
counted from 0° 0°.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from shapely.affinity import translate
from shapely.geometry import Polygon, box
from shapely.ops import unary_union

CUT, SOUTH = -169.0, -60
TOLERANCE, SMALLEST = 0.09, 0.04
STEPS = 20


def read(topology):
    """The polygons of a TopoJSON file, as its specification has them: arcs of quantised, delta-encoded positions."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)

    def ring(indices):
        points = []
        for index in indices:
            part = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += part[1:] if points else part
        return points

    for row in topology["objects"]["land"]["geometries"]:
        for rings in row["arcs"] if row["type"] == "MultiPolygon" else [row["arcs"]]:
            outer, *holes = (unwrapped(ring(row)) for row in rings)
            if max(y for _, y in outer) > SOUTH:
                yield Polygon(outer, holes).buffer(0)


def unwrapped(ring):
    """A ring without jumps where it crosses 180 degrees; it then goes on beyond."""
    points, turn = [], 0
    for x, y in ring:
        if points and abs(x + turn - points[-1][0]) > 180:
            turn += 360 if x + turn < points[-1][0] else -360
        points.append((x + turn, y))
    return points


def steps(ring):
    """One ring in steps; a point that falls together with the one before is left out."""
    told, before = [], (0, 0)
    for x, y in ring.coords[:-1]:
        point = (round(x * STEPS), round(y * STEPS))
        if not told or point != before:
            told += [point[0] - before[0], point[1] - before[1]]
        before = point
    return told


def main(source, target):
    """Read, cut, simplify, write."""
    land = unary_union(list(read(json.loads(Path(source).read_text("utf-8")))))
    land = unary_union([translate(land, turn).buffer(1e-6) for turn in (-360, 0, 360)])
    land = land.intersection(box(CUT, SOUTH, CUT + 360, 90)).simplify(TOLERANCE)
    rings = []
    for polygon in land.geoms:
        if polygon.area >= SMALLEST:
            rings.append(polygon.exterior)
            rings += [hole for hole in polygon.interiors if Polygon(hole).area >= 3 * SMALLEST]
    text = json.dumps([row for row in map(steps, rings) if len(row) > 4], separators=(",", ":"))
    Path(target).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
