"""The network around a thing: its neighbours by relation on both sides, and what they in turn are joined to.

The layout is that of a tree, so that no name covers another and the same facts always give the same picture.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import NotFound
from citygraph.vocab import prefixes
from citygraph.web.answers import document_name, local_url
from citygraph.web.describe import known
from citygraph.web.language import gettext as _
from citygraph.web.language import ngettext
from citygraph.web.pictures.lettering import clean, shorten, width
from citygraph.web.pictures.projection import WIDTH
from citygraph.web.pictures.scene import Cell, Namer, Scene, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.web.current import Served

NEAR = 40
"""How many neighbours are drawn."""
FAR = 4
"""How many further things are drawn at each neighbour."""
_ASKED = 2_000
_RELATIONS = (
    *("partnerOf", "partnership", "party", "agreement", "agreementOf", "member", "memberOf", "founder"),
    *("initiative", "initiativeOf", "participant", "focusArea", "signatory", "person", "unit", "unitOf", "eventOf"),
    *("event", "participation", "participationIn", "within"),
)
"""The relations that are drawn, in the order in which they are told."""
_POINTING = ("focusArea", "signatory", "person", "participant", "founder")
"""Relations that have no inverse, so that they are asked for in the other direction too."""
_SECOND = ("partnerOf", "party", "memberOf", "signatory", "initiativeOf", "partnership")
_ASK = """SELECT DISTINCT ?one ?property ?other WHERE {{
    VALUES ?one {{ {things} }} VALUES ?property {{ {properties} }} ?one ?property ?other
}} LIMIT {limit}"""
_ASK_BACK = """SELECT DISTINCT ?one ?property ?other WHERE {{
    VALUES ?one {{ {things} }} VALUES ?property {{ {properties} }} ?other ?property ?one
}} LIMIT {limit}"""
_ROW, _TOP = 24, 40
_MIDDLE, _NEAR_X, _FAR_X = WIDTH / 2, 125, 325


@dataclass(frozen=True)
class Node:
    """A thing in the picture."""

    x: float
    y: float
    label: str
    title: str
    url: str | None
    kind: str
    anchor: str
    ring: int


@dataclass(frozen=True)
class Drawing:
    """The network."""

    center: Node
    plate: float
    """How wide the ground under the name in the middle is."""
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, int], ...]
    """Path data and the ring that it leads to."""
    heads: tuple[tuple[float, float, str, str], ...]
    """The names of the relations: place, word, anchor."""


@dataclass(frozen=True)
class _Branch:
    """A neighbour with what it is joined to."""

    relation: str
    iri: str
    further: tuple[str, ...]
    rest: int

    @property
    def rows(self) -> int:
        return max(1, len(self.further) + (self.rest > 0))


def draw_network(served: Served, thing: str, language: str) -> Scene:
    """Draw what a thing is joined to."""
    center = f"{served.iris.base}id/{thing}"
    if not known(served.store, center):
        raise NotFound(center)
    near, more = _near(served, center)
    branches = _branches(served, center, near[:NEAR])
    shown = {center} | {iri for row in branches for iri in (row.iri, *row.further)}
    namer = Namer(served, language, shown)
    terms = {name: served.terms.name(served.iris.term(name).value, language).text for name in _RELATIONS + _POINTING}
    words = terms | {f"^{name}": f"← {word}" for name, word in terms.items()}
    left, right = _sides(branches)
    height = _TOP + _ROW * max(_extent(left), _extent(right), 4) + 16
    drawing = _lay_out(namer, center, (left, right), words, height)
    missing = len(near) - len(branches)
    notes = []
    if more or missing > 0:
        notes.append(
            _("%(drawn)s of %(count)s neighbours are drawn; the page of this thing leads to all.")
            % {"drawn": len(branches), "count": f"{len(near)}+" if more else len(near)}
        )
    return Scene(
        "network",
        _("Network around %(name)s") % {"name": namer.text(center)},
        ngettext(
            "%(name)s in the middle, joined by lines to %(count)s neighbour, and that to its own.",
            "%(name)s in the middle, joined by lines to %(count)s neighbours, and those to their own.",
            len(branches),
        )
        % {"name": namer.text(center), "count": len(branches)}
        + " "
        + _("The table holds the same."),
        WIDTH,
        height,
        drawing,
        Table(
            _("The lines of this picture"),
            (_("Relation"), _("Neighbour"), _("Joined to")),
            tuple(
                (Cell(text=clean(words[row.relation])), namer.cell([row.iri]), namer.cell(row.further))
                for row in branches
            ),
        ),
        tuple(notes),
        lambda: _records(namer, center, branches),
    )


def _near(served: Served, center: str) -> tuple[list[tuple[str, str]], bool]:
    """The neighbours with their relations, each once; and whether there are more than were asked for."""
    found: dict[str, str] = {}
    more = False
    order = {name: place for place, name in enumerate(_RELATIONS)}
    for text, properties, sign in ((_ASK, _RELATIONS, ""), (_ASK_BACK, _POINTING, "^")):
        rows = _ask(served, text, [center], properties)
        more = more or len(rows) >= _ASKED
        for _one, name, other in rows:
            if other != center and (other not in found or order.get(name, 99) < order.get(found[other], 99)):
                found[other] = sign + name
    if "partnerOf" in found.values():  # the partners say it already
        found = {iri: name for iri, name in found.items() if name != "partnership"}
    place = [*_RELATIONS, *(f"^{name}" for name in _POINTING)].index
    return [(name, iri) for iri, name in sorted(found.items(), key=lambda row: (place(row[1]), row[0]))], more


def _branches(served: Served, center: str, near: list[tuple[str, str]]) -> list[_Branch]:
    """What the neighbours are joined to, but for what is drawn already."""
    drawn = {center} | {iri for _name, iri in near}
    further: defaultdict[str, set[str]] = defaultdict(set)
    for one, _name, other in _ask(served, _ASK, [iri for _name, iri in near], _SECOND):
        if other not in drawn:
            further[one].add(other)
    told: set[str] = set()
    branches = []
    for name, iri in near:
        rows = sorted(further[iri] - told)
        told.update(rows[:FAR])
        branches.append(_Branch(name, iri, tuple(rows[:FAR]), len(rows[FAR:])))
    return branches


def _ask(served: Served, text: str, things: list[str], properties: tuple[str, ...]) -> list[tuple[str, str, str]]:
    if not things:
        return []
    asked = text.format(
        things=" ".join(f"<{iri}>" for iri in things),
        properties=" ".join(f"cg:{name}" for name in properties),
        limit=_ASKED,
    )
    rows = served.store.select(asked, prefixes=prefixes(served.iris.base))
    return sorted(
        (row["one"].value, row["property"].value.rpartition("#")[2], row["other"].value)
        for row in rows
        if isinstance(row["other"], ox.NamedNode)
    )


def _sides(branches: list[_Branch]) -> tuple[list[_Branch], list[_Branch]]:
    """Part the neighbours by relation into two sides of about the same height; a large relation may stand on both."""
    half = _extent(branches) / 2
    right: list[_Branch] = []
    left: list[_Branch] = []
    for row in branches:
        (right if _extent(right) < half else left).append(row)
    return left, right


def _extent(branches: list[_Branch]) -> int:
    """How many rows a side takes: one more for the name of each relation."""
    heads = sum(index == 0 or row.relation != branches[index - 1].relation for index, row in enumerate(branches))
    return heads + sum(row.rows for row in branches)


def _lay_out(
    namer: Namer, center: str, sides: tuple[list[_Branch], list[_Branch]], words: Mapping[str, str], height: int
) -> Drawing:
    middle = round(height / 2, 1)
    nodes: list[Node] = []
    edges: list[tuple[str, int]] = []
    heads: list[tuple[float, float, str, str]] = []
    for side, sign, anchor in ((sides[0], -1, "end"), (sides[1], 1, "start")):
        near_x, far_x = _MIDDLE + sign * _NEAR_X, _MIDDLE + sign * _FAR_X
        y = middle - _ROW * _extent(side) / 2 + _ROW / 2
        for index, row in enumerate(side):
            if index == 0 or row.relation != side[index - 1].relation:
                heads.append((near_x, round(y, 1), shorten(words[row.relation], 26), anchor))
                y += _ROW
            at = round(y + _ROW * (row.rows - 1) / 2, 1)
            nodes.append(_node(namer, row.iri, near_x, at, anchor, 1, 21 if row.further else 44))
            edges.append((_curve(_MIDDLE, middle, near_x, at), 1))
            for place, iri in enumerate(row.further):
                nodes.append(_node(namer, iri, far_x, round(y + _ROW * place, 1), anchor, 2, 19))
                edges.append((_curve(near_x + sign * 178, at, far_x, round(y + _ROW * place, 1)), 2))
            if row.rest:
                below = round(y + _ROW * len(row.further), 1)
                nodes.append(Node(far_x, below, f"+{row.rest}", f"+{row.rest}", None, "", anchor, 2))
            y += _ROW * row.rows
    here = _node(namer, center, _MIDDLE, middle, "middle", 0, 21)
    plate = round(width(here.label, 16) + 8, 1)
    return Drawing(here, plate, tuple(nodes), tuple(edges), tuple(heads))


def _node(namer: Namer, iri: str, x: float, y: float, anchor: str, ring: int, length: int) -> Node:
    kind = (document_name(iri) or "").partition("/")[0]
    name = namer.text(iri)
    return Node(x, y, shorten(name, length), name, local_url(iri), kind, anchor, ring)


def _curve(x: float, y: float, u: float, v: float) -> str:
    bend = round((x + u) / 2, 1)
    return f"M{x} {y}C{bend} {y} {bend} {v} {u} {v}"


def _records(namer: Namer, center: str, branches: list[_Branch]) -> tuple[tuple[str, ...], ...]:
    """A row per line."""
    rows = [("from", "from_name", "relation", "to", "to_name")]
    for row in branches:
        rows.append((center, namer.text(center), row.relation, row.iri, namer.text(row.iri)))
        rows += [(row.iri, namer.text(row.iri), "", iri, namer.text(iri)) for iri in row.further]
    return tuple(rows)
