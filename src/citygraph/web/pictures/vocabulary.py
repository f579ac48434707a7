"""A diagram of the ontology: its classes, and the properties that lead from one to another.

Classes that are narrower than another of ours stand in its box. The box that most properties touch stands in the
middle, the others around it, each beside those it is joined to, so that the same ontology gives the same picture.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.vocab import foreign
from citygraph.web.answers import local_url
from citygraph.web.language import gettext as _
from citygraph.web.language import ngettext
from citygraph.web.pictures.lettering import Label, Sheet, shorten, width
from citygraph.web.pictures.scene import Cell, Scene, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyoxigraph as ox

    from citygraph.web.current import Served

    Naming = Callable[[str], str]
    About = Mapping[str, Mapping[ox.NamedNode, Sequence[ox.NamedNode | ox.Literal]]]

WIDTH, HEIGHT = 1000, 660
_FROM = (foreign("rdfs", "domain"), foreign("schema", "domainIncludes"))
_TO = (foreign("rdfs", "range"), foreign("schema", "rangeIncludes"))
_ABOVE = foreign("rdfs", "subClassOf")
_INSIDE = 5
"""How many narrower classes a box names."""
_LINE = 17


@dataclass(frozen=True)
class Relation:
    """A property between two classes of ours, as IRIs; and the broadest classes above them."""

    property: str
    source: str
    target: str
    ends: tuple[str, str]


@dataclass(frozen=True)
class Box:
    """A class in the picture."""

    x: float
    y: float
    width: float
    height: float
    label: str
    url: str | None
    inside: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """The properties between two boxes."""

    path: str
    title: str
    label: Label | None


@dataclass(frozen=True)
class Drawing:
    """The diagram."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def relations(about: About, space: str) -> list[Relation]:
    """Every property between two classes of a namespace, where the ontology says so."""
    found = []
    for name in sorted(about):
        sources = [row.value for key in _FROM for row in about[name].get(key, ()) if row.value.startswith(space)]
        targets = [row.value for key in _TO for row in about[name].get(key, ()) if row.value.startswith(space)]
        found += [
            Relation(name, one, other, (top(about, one, space), top(about, other, space)))
            for one in sources
            for other in targets
        ]
    return found


def top(about: About, class_: str, space: str) -> str:
    """The broadest class of a namespace that a class is narrower than."""
    seen = {class_}
    while above := sorted({row.value for row in about[class_].get(_ABOVE, ()) if row.value.startswith(space)} - seen):
        class_ = above[0]
        seen.add(class_)
    return class_


def draw_vocabulary(served: Served, found: Sequence[Relation], broadest: Mapping[str, str], language: str) -> Scene:
    """Draw the classes that properties join; of each class the broadest one above it is given."""

    def name(iri: str) -> str:
        return served.terms.name(iri, language).text

    def cell(iri: str) -> Cell:
        return Cell(((served.terms.name(iri, language), local_url(iri)),))

    boxes = _boxes(found, broadest, name)
    sheet = Sheet(WIDTH, HEIGHT)
    for box in boxes.values():
        sheet.block(box.x, box.y, min(box.width, box.height) / 2)
        sheet.block(box.x - box.width / 3, box.y, box.height / 2)
        sheet.block(box.x + box.width / 3, box.y, box.height / 2)
    joined: defaultdict[tuple[str, str], list[Relation]] = defaultdict(list)
    for row in found:
        if row.ends[0] != row.ends[1]:
            joined[tuple(sorted(row.ends))].append(row)  # type: ignore[index]  # two ends sort into two
    lines = tuple(_line(boxes, pair, rows, name, sheet) for pair, rows in sorted(joined.items()))
    return Scene(
        "vocabulary",
        _("How the classes hang together"),
        ngettext(
            "%(count)s class in boxes, with narrower ones inside; lines are the properties between them.",
            "%(count)s classes in boxes, with narrower ones inside; lines are the properties between them.",
            len(boxes),
        )
        % {"count": len(boxes)}
        + " "
        + _("The table holds the same."),
        WIDTH,
        HEIGHT,
        Drawing(tuple(boxes.values()), lines),
        Table(
            _("The lines of this picture"),
            (_("From"), _("Property"), _("To")),
            tuple((cell(row.source), cell(row.property), cell(row.target)) for row in found),
        ),
        (),
        lambda: (("from", "property", "to"), *((row.source, row.property, row.target) for row in found)),
    )


def _boxes(found: Sequence[Relation], broadest: Mapping[str, str], name: Naming) -> dict[str, Box]:
    """Place the classes that some property joins to another, the one in the middle first."""
    weights: Counter[frozenset[str]] = Counter(frozenset(row.ends) for row in found if row.ends[0] != row.ends[1])
    degree: Counter[str] = Counter(iri for pair in weights for iri in pair)
    if not degree:
        return {}
    order = sorted(degree, key=lambda iri: (-degree[iri], iri))
    center, waiting = order[0], order[1:]
    ring: list[str] = []
    while waiting:
        following = max(
            waiting, key=lambda iri: (sum(weights[frozenset((iri, near))] for near in ring[-2:]), -order.index(iri))
        )
        waiting.remove(following)
        ring.append(following)
    inside: defaultdict[str, list[str]] = defaultdict(list)
    for iri, above in broadest.items():
        if iri != above:
            inside[above].append(iri)
    boxes = {center: _box(center, WIDTH / 2, HEIGHT / 2, [name(row) for row in inside[center]], name(center))}
    for index, iri in enumerate(ring):
        angle = 2 * math.pi * index / len(ring) - math.pi / 2
        x, y = WIDTH / 2 + math.cos(angle) * 410, HEIGHT / 2 + math.sin(angle) * 285
        boxes[iri] = _box(iri, x, y, [name(row) for row in inside[iri]], name(iri))
    return boxes


def _box(iri: str, x: float, y: float, inside: list[str], label: str) -> Box:
    shown = [shorten(text, 24) for text in sorted(inside, key=str.casefold)]
    if len(shown) > _INSIDE:
        shown = [*shown[: _INSIDE - 1], f"+ {len(shown) - _INSIDE + 1}"]
    label = shorten(label, 24)
    wide = max(width(label, 15), *(width(text, 11.5) for text in shown), 90) + 22
    return Box(round(x, 1), round(y, 1), round(wide, 1), 34 + _LINE * len(shown), label, local_url(iri), tuple(shown))


def _line(boxes: dict[str, Box], pair: tuple[str, str], rows: list[Relation], name: Naming, sheet: Sheet) -> Line:
    one, other = (boxes[iri] for iri in pair)
    words = list(dict.fromkeys(name(row.property) for row in rows))
    title = f"{one.label} – {other.label}: {', '.join(words)}"
    text = shorten(words[0], 20) + (f" + {len(words) - 1}" if len(words) > 1 else "")
    x, y = (one.x + other.x) / 2, (one.y + other.y) / 2
    return Line(f"M{one.x} {one.y}L{other.x} {other.y}", title, sheet.place(text, x, y, 0))
