"""The map of partnerships: a dot per party, a great circle per pair of partners."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from citygraph.web.answers import local_url
from citygraph.web.language import date, ngettext
from citygraph.web.language import gettext as _
from citygraph.web.pictures.lettering import Label, Sheet, shorten
from citygraph.web.pictures.projection import View, fit, great_circle, land
from citygraph.web.pictures.relations import Filters, Partnership, Relations, relations
from citygraph.web.pictures.scene import Cell, Namer, Scene, Table, title_of
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from citygraph.web.current import Served

LINES = 400
"""How many lines are drawn; more could not be told apart, and would make a page heavy."""
_LINKS = 60
"""How many dots are links: the keyboard stops at each, and the table links to all."""


@dataclass(frozen=True)
class Line:
    """A great circle between two partners."""

    path: str
    title: str
    url: str | None
    form: str
    areas: str
    since: str
    ends: str
    """The numbers of the dots that it joins."""


@dataclass(frozen=True)
class Dot:
    """A party."""

    x: float
    y: float
    radius: float
    title: str
    url: str | None
    label: Label | None
    linked: bool
    number: int


@dataclass(frozen=True)
class Drawing:
    """The map."""

    land: str
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]


def draw_map(served: Served, filters: Filters, language: str) -> Scene:
    """Draw the partnerships that fit the filters."""
    found = relations(served, filters)
    chosen = found.chosen(served, filters)
    placed = [(row, pairs) for row in chosen if (pairs := found.pairs(row))]
    drawn = placed[:LINES]
    points = {party: found.places[party] for _row, pairs in drawn for pair in pairs for party in pair}
    view = fit(sorted(points.values()))
    tabled = chosen[:LINES]
    shown = {*tabled, *(row for row, _pairs in drawn)}
    namer = Namer(served, language, {iri for row in shown for iri in (row.iri, *row.parties, *row.forms)})
    numbers = {party: number for number, party in enumerate(sorted(points))}
    lines = tuple(
        Line(
            great_circle(view, found.places[one], found.places[other]),
            _line_title(namer, row),
            local_url(row.iri),
            _short(served, row.forms),
            _short(served, row.areas),
            row.since[:4],
            f"{numbers[one]} {numbers[other]}",
        )
        for row, pairs in drawn
        for one, other in pairs
    )
    about = title_of(served, filters.thing, language) if filters.thing else ""
    title = _("Map: partnerships of %(name)s") % {"name": about} if about else _("Map of the partnerships")
    return Scene(
        "map",
        title,
        ngettext(
            "A map on which a line joins the parties of %(count)s partnership.",
            "A map on which lines join the parties of %(count)s partnerships.",
            len(drawn),
        )
        % {"count": len(drawn)}
        + " "
        + _("The table holds the same."),
        view.width,
        view.height,
        Drawing(land(view), lines, _dots(namer, points, drawn, view, numbers)),
        _table(namer, tabled),
        tuple(_notes(found, chosen, len(placed), len(drawn))),
        lambda: _records(served, language, found, chosen),
    )


def _dots(
    namer: Namer,
    points: dict[str, tuple[float, float]],
    drawn: list[tuple[Partnership, list[tuple[str, str]]]],
    view: View,
    numbers: dict[str, int],
) -> tuple[Dot, ...]:
    """The parties, those with the most lines first, so that they get their labels first."""
    degree = Counter(party for _row, pairs in drawn for pair in pairs for party in pair)
    order = sorted(points, key=lambda iri: (-degree[iri], namer.text(iri).casefold(), iri))
    sheet = Sheet(view.width, view.height)
    flat = {iri: view.project(*points[iri]) for iri in order}
    sizes = {iri: round(min(3 + sqrt(degree[iri]), 8), 1) for iri in order}
    for iri in order:
        sheet.block(*flat[iri], sizes[iri])
    return tuple(
        Dot(
            *flat[iri],
            sizes[iri],
            namer.text(iri),
            local_url(iri),
            sheet.place(shorten(namer.text(iri), 24), *flat[iri], sizes[iri] + 4),
            index < _LINKS,
            numbers[iri],
        )
        for index, iri in enumerate(order)
    )


def _line_title(namer: Namer, row: Partnership) -> str:
    return f"{namer.text(row.iri)} ({date(row.since)})" if row.since else namer.text(row.iri)


def _short(served: Served, iris: tuple[str, ...]) -> str:
    return " ".join(short_path(served.iris.base, iri).partition("/")[2] for iri in iris)


def _table(namer: Namer, rows: list[Partnership]) -> Table:
    return Table(
        _("The partnerships of this picture"),
        (_("Partnership"), _("Parties"), _("Form"), _("Since"), _("Until")),
        tuple(
            (
                namer.cell([row.iri]),
                namer.cell(row.parties),
                namer.cell(row.forms),
                Cell(date=row.since),
                Cell(date=row.until),
            )
            for row in rows
        ),
    )


def _notes(found: Relations, chosen: list[Partnership], placed: int, drawn: int) -> list[str]:
    """What the map does not show."""
    notes = []
    if missing := len(chosen) - placed:
        notes.append(
            ngettext(
                "%(count)s partnership is not drawn, since the places of its parties are not known.",
                "%(count)s partnerships are not drawn, since the places of their parties are not known.",
                missing,
            )
            % {"count": missing}
        )
    if placed > drawn:
        notes.append(
            _("%(drawn)s of %(count)s partnerships are drawn, those with the oldest dates first.")
            % {"drawn": drawn, "count": placed}
        )
    if len(chosen) > LINES:
        notes.append(
            _("The table shows the first %(drawn)s of %(count)s partnerships; the CSV file holds all of them.")
            % {"drawn": LINES, "count": len(chosen)}
        )
    if found.more:
        notes.append(_("There are more partnerships than a picture can choose among; ask the query service for all."))
    return notes


def _records(served: Served, language: str, found: Relations, rows: list[Partnership]) -> tuple[tuple[str, ...], ...]:
    """A row per partnership and party."""
    namer = Namer(served, language, {iri for row in rows for iri in (row.iri, *row.parties)})
    heads = ("partnership", "name", "party", "party_name", "longitude", "latitude", "forms", "since", "until")
    return (
        heads,
        *(
            (
                row.iri,
                namer.text(row.iri),
                party,
                namer.text(party),
                *(str(value) for value in found.places.get(party, ("", ""))),
                _short(served, row.forms),
                row.since,
                row.until,
            )
            for row in rows
            for party in row.parties
        ),
    )
