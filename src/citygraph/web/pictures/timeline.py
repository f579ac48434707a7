"""The time line of partnerships: a bar from beginning to end, a mark per date, as wide as the date is vague."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.vocab import prefixes
from citygraph.web.answers import local_url
from citygraph.web.cards import finest
from citygraph.web.language import date, ngettext
from citygraph.web.language import gettext as _
from citygraph.web.pictures.lettering import shorten
from citygraph.web.pictures.projection import WIDTH
from citygraph.web.pictures.relations import Filters, Partnership, relations
from citygraph.web.pictures.scene import Cell, Namer, Scene, Table, title_of

if TYPE_CHECKING:
    from citygraph.web.current import Served

ROWS = 60
"""How many partnerships are drawn."""
_LEFT, _RIGHT, _TOP, _ROW = 280, 24, 34, 26
_TICKS = 10
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_EVENTS = """SELECT DISTINCT ?thing ?type ?date WHERE {{
    VALUES ?thing {{ {things} }} ?thing cg:event|(cg:agreement/cg:event) ?event .
    ?event cg:date ?date . OPTIONAL {{ VALUES ?type {{ cg:Signing cg:Renewal }} ?event a ?type }}
}}"""
_SIGNS = {"Signing": "signing", "Renewal": "renewal"}


@dataclass(frozen=True)
class Mark:
    """A date on a bar; it is as wide as the date is vague."""

    x: float
    width: float
    sign: str
    title: str


@dataclass(frozen=True)
class Row:
    """A partnership."""

    y: int
    label: str
    title: str
    url: str | None
    bar: tuple[float, float] | None
    contact: tuple[float, float] | None
    open: bool
    """Whether no end is known."""
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Drawing:
    """The time line."""

    ticks: tuple[tuple[float, int], ...]
    rows: tuple[Row, ...]
    left: int
    right: int
    top: int
    bottom: int
    signs: tuple[tuple[int, str, str], ...]
    """The legend: place, sign, word."""


@dataclass(frozen=True)
class _Axis:
    first: int
    last: int

    def x(self, year: float) -> float:
        share = (year - self.first) / (self.last - self.first)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def span(self, lexical: str) -> tuple[float, float]:
        """Where a date begins and ends."""
        begin, end = _span(lexical)
        return self.x(begin), self.x(end)

    def ticks(self) -> tuple[tuple[float, int], ...]:
        years = self.last - self.first
        step = next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if years / step <= _TICKS), 1000)
        return tuple((self.x(year), year) for year in range(-(-self.first // step) * step, self.last + 1, step))


@dataclass(frozen=True)
class _Dated:
    row: Partnership
    events: tuple[tuple[str, str], ...]

    def dates(self) -> list[tuple[str, str]]:
        """Every date with its sign, in the order of time."""
        found = {(day, "contact") for day in self.row.contacts}
        found |= {(day, "start") for day in self.row.starts} | {(day, "end") for day in self.row.ends}
        return sorted((day, sign) for day, sign in found | set(self.events) if _DATE.fullmatch(day))


def draw_timeline(served: Served, filters: Filters, language: str) -> Scene:
    """Draw the dates of the partnerships that fit the filters."""
    found = relations(served, filters)
    chosen = found.chosen(served, filters)
    dated = [row for row in chosen if _DATE.fullmatch(row.since)]
    candidates = [*dated, *(row for row in chosen if row not in set(dated))][:ROWS]
    events = _events(served, candidates)
    every = [_Dated(row, tuple(sorted(events.get(row.iri, ())))) for row in candidates]
    drawn = sorted((row for row in every if row.dates()), key=lambda row: (row.dates()[0][0], row.row.iri))
    namer = Namer(served, language, {row.row.iri for row in drawn})
    spans = [_span(day) for row in drawn for day, _sign in row.dates()]
    now = int(match[0]) + 1 if (match := re.match(r"\d{4}", served.version)) else 0
    first = int(min((begin for begin, _end in spans), default=2000)) - 1
    axis = _Axis(first, max(int(max((end for _begin, end in spans), default=2000)) + 1, now, first + 2))
    about = title_of(served, filters.thing, language) if filters.thing else ""
    bottom = _TOP + _ROW * max(len(drawn), 1)
    words = _words()
    signs = tuple((_LEFT + 130 * place, sign, words[sign]) for place, sign in enumerate(words) if sign != "event")
    return Scene(
        "timeline",
        _("Time line: partnerships of %(name)s") % {"name": about} if about else _("Time line of the partnerships"),
        ngettext(
            "A time line with a bar for %(count)s partnership and a mark for each date.",
            "A time line with a bar for each of %(count)s partnerships and a mark for each date.",
            len(drawn),
        )
        % {"count": len(drawn)}
        + " "
        + _("The table holds the same."),
        WIDTH,
        bottom + 44,
        Drawing(
            axis.ticks(),
            tuple(_row(axis, namer, row, _TOP + _ROW * place) for place, row in enumerate(drawn)),
            _LEFT,
            WIDTH - _RIGHT,
            _TOP,
            bottom,
            signs,
        ),
        _table(namer, drawn),
        tuple(_notes(len(chosen), len(drawn), found.more, len(chosen) > len(candidates))),
        lambda: _records(namer, drawn),
    )


def _words() -> dict[str, str]:
    """The words for the signs, in the order of the legend."""
    return {
        "contact": _("first contact"),
        "start": _("beginning"),
        "signing": _("signing"),
        "renewal": _("renewal"),
        "end": _("end"),
        "event": _("event"),
    }


def _row(axis: _Axis, namer: Namer, dated: _Dated, y: int) -> Row:
    row, words = dated.row, _words()
    contact = None
    start, until = finest(row.starts), finest(row.ends)
    beginning = axis.span(start)[0] if _DATE.fullmatch(start) else None
    end = axis.span(until)[1] if _DATE.fullmatch(until) else axis.x(axis.last)
    if _DATE.fullmatch(since := finest(row.contacts)):
        contact = (axis.span(since)[0], end if beginning is None else max(beginning, axis.span(since)[0]))
    marks = []
    for day, sign in dated.dates():
        left, right = axis.span(day)
        marks.append(Mark(left, round(max(right - left, 3), 1), sign, f"{words[sign]}: {date(day)}"))
    name = namer.text(row.iri)
    bar = None if beginning is None else (beginning, max(end, beginning + 1))
    marks.sort(key=lambda mark: mark.sign in ("signing", "renewal", "event"))  # points lie above what is wide
    return Row(y, shorten(name, 38), name, local_url(row.iri), bar, contact, not until, tuple(marks))


def _events(served: Served, rows: list[Partnership]) -> dict[str, set[tuple[str, str]]]:
    """The dated events of partnerships and their agreements, each with its sign."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    things = " ".join(f"<{row.iri}>" for row in rows)
    text = _EVENTS.format(things=things)
    for row in served.store.select(text, prefixes=prefixes(served.iris.base)) if things else ():
        kind = row["type"].value.rpartition("#")[2] if row["type"] else ""
        found[row["thing"].value].add((row["date"].value, _SIGNS.get(kind, "event")))
    return found


def _span(lexical: str) -> tuple[float, float]:
    """The years, with fractions, between which a date lies: a year is a year wide, a day a day."""
    match = _DATE.fullmatch(lexical)
    year, month, day = (int(part) if part else None for part in match.groups()) if match else (0, None, None)
    assert year is not None, "a date has a year"
    if month is None:
        return float(year), year + 1.0
    begin = year + (month - 1) / 12
    if day is None:
        return begin, begin + 1 / 12
    return begin + (day - 1) / 372, begin + day / 372


def _table(namer: Namer, rows: list[_Dated]) -> Table:
    words = _words()
    return Table(
        _("The dates of this picture"),
        (_("Partnership"), _("What"), _("Date")),
        tuple(
            (namer.cell([row.row.iri]), Cell(text=words[sign]), Cell(date=day))
            for row in rows
            for day, sign in row.dates()
        ),
    )


def _notes(chosen: int, drawn: int, more: bool, cut: bool) -> list[str]:
    notes = []
    if cut:
        notes.append(
            _("%(drawn)s of %(count)s partnerships are drawn, those with the oldest dates first.")
            % {"drawn": drawn, "count": chosen}
        )
    elif missing := chosen - drawn:
        notes.append(
            ngettext(
                "%(count)s partnership is not drawn, since no document states a date.",
                "%(count)s partnerships are not drawn, since no document states a date.",
                missing,
            )
            % {"count": missing}
        )
    if more:
        notes.append(_("There are more partnerships than a picture can choose among; ask the query service for all."))
    return notes


def _records(namer: Namer, rows: list[_Dated]) -> tuple[tuple[str, ...], ...]:
    heads = ("partnership", "name", "what", "date")
    return (heads, *((row.row.iri, namer.text(row.row.iri), sign, day) for row in rows for day, sign in row.dates()))
