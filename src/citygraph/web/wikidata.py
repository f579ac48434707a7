"""The page `/wikidata`: what we state beside what Wikidata states, by kind and by party; the build has compared it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, request, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML, RESULTS, Format, by_name
from citygraph.release import ENGINE
from citygraph.vocab import FOREIGN
from citygraph.web import answers, downloads
from citygraph.web.answers import local_url, served
from citygraph.web.language import gettext
from citygraph.web.listing import Entry, clamp
from citygraph.web.names import Name, best, names_of
from citygraph.web.texts import short_path
from citygraph.wikidata import quickstatements, words
from citygraph.wikidata.desk import FILES
from citygraph.wikidata.keep import FILE, Kept, Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.settings import Settings
    from citygraph.wikidata.head import Head
    from citygraph.wikidata.lines import Line, Said

blueprint = Blueprint("wikidata", __name__)

_JSON = Format("json", "JSON", HTML.kind, ("application/json",), ("json",), None)
_DATA = (_JSON, by_name("csv", RESULTS))
_TITLES = {"json": "JSON", "csv": "CSV", "quickstatements": "QuickStatements", "openrefine": "OpenRefine"}
_FILES = [(title, FILES[form]) for form, title in _TITLES.items()]
_PARTIES = 40
"""How many parties are offered to choose from."""
_PARTY = re.compile(r"[a-z-]+/[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Theirs:
    """A statement of Wikidata, as a page tells it."""

    by: Entry
    of: Entry | None
    """None where an item is said to have no twin."""
    url: str
    source: Entry
    said: Said


@dataclass(frozen=True)
class Row:
    """A difference, as a page tells it."""

    line: Line
    one: Entry
    other: Entry
    url: str | None
    """The page of our partnership."""
    respect: str
    sources: list[Entry]
    theirs: list[Theirs]
    changed: str
    reasons: list[str]
    commands: list[str]


@dataclass(frozen=True)
class View:
    """One page of differences."""

    head: Head
    rows: list[Row]
    number: int
    following: bool
    total: int
    kinds: list[tuple[str, str, int]]
    """Codes, words and how many lines there are for the chosen party."""
    parties: list[tuple[str, Name, int]]
    chosen: Wanted
    party: Entry | None
    key: str
    snapshots: list[Entry]


@blueprint.get("/wikidata")
@blueprint.get("/wikidata/", endpoint="slash")
def page() -> Response:
    """The differences, page by page, or all of them as data."""
    form = answers.wanted_format((HTML, *_DATA))
    if form is not HTML:
        return _file(form)
    links = [f'<{_url(row)}>; rel="alternate"; type="{row.media_type}"' for row in _DATA]
    return answers.answer(HTML, _page, links=links)


@blueprint.get("/wikidata.<extension>")
def file(extension: str) -> Response:
    """All differences as a file."""
    return _file(by_name(f".{extension}", _DATA))


def _url(form: Format) -> str:
    return url_for(".file", extension=form.extension)


def _file(form: Format) -> Response:
    return downloads.file(f"wikidata/{FILES[form.name]}")


@blueprint.app_template_global("beside_wikidata")
def beside_wikidata(iri: str) -> bool:
    """Whether there are differences about a thing."""
    return iri in served().differing


def _path() -> Path:
    return served().release.folder / ENGINE / FILE


def _page() -> str:
    kept, settings = Kept(_path()), current_app.config["SETTINGS"]
    head = kept.head()
    if head is None:
        raise Absent("This release was built before it was compared with Wikidata.")
    return render_template("wikidata/wikidata.html", view=_view(kept, head, settings), files=_FILES)


def _view(kept: Kept, head: Head, settings: Settings) -> View:
    space, size = f"{served().iris.base}id/", settings.page_size
    key = request.args.get("party", "")
    if key and not _PARTY.fullmatch(key):
        raise Absent(f"{key[:80]} is no party; write kind and name, as in city/basel.")
    kind = request.args.get("kind", "")
    wanted = Wanted(kind if kind in words.KINDS else "", space + key if key else "", "known" in request.args)
    number = clamp(request.args.get("page", 1, type=int))
    found = kept.page(wanted, (number - 1) * size, size + 1)
    parties = kept.parties(space, _PARTIES)
    writer = _Writer(found[:size], [wanted.party, *(iri for iri, _ in parties)], head)
    counts = {code: kept.count(wanted._replace(kind=code)) for code in words.KINDS}
    return View(
        head=head,
        rows=[writer.row(line) for line in found[:size]],
        number=number,
        following=len(found) > size,
        total=counts[wanted.kind] if wanted.kind else sum(counts.values()),
        kinds=[(code, gettext(text), counts[code]) for code, text in words.KINDS.items()],
        parties=[(iri.removeprefix(space), writer.entry(iri).name, count) for iri, count in parties],
        chosen=wanted,
        party=writer.entry(wanted.party) if wanted.party else None,
        key=key,
        snapshots=[writer.source(row.name) for row in head.snapshots],
    )


class _Writer:
    """Writes lines in the reader's language, with one question for all names."""

    def __init__(self, lines: list[Line], things: list[str], head: Head) -> None:
        self._space, self._language = f"{served().iris.base}id/", answers.language()
        wanted = {iri for line in lines for row in line.statements for iri in (row.by, row.of)}
        wanted |= {iri for line in lines for iri in (line.one, line.other)} | set(things)
        names = {row.name for row in head.snapshots} | {name for line in lines for name in line.sources}
        wanted |= {self._source(name) for name in names}
        self._names = names_of(served().store, wanted - {""})

    def _source(self, name: str) -> str:
        return f"{self._space}source/{name}"

    def entry(self, iri: str) -> Entry:
        """A thing with its name and its page."""
        found = self._names.get(iri)
        name = best(found, self._language) if found else Name(short_path(served().iris.base, iri).rpartition("/")[2])
        return Entry(name, local_url(iri))

    def source(self, name: str) -> Entry:
        """A source with its title."""
        return self.entry(self._source(name))

    def row(self, line: Line) -> Row:
        """A line with words."""
        return Row(
            line=line,
            one=self.entry(line.one),
            other=self.entry(line.other),
            url=local_url(line.partnership) if line.partnership else None,
            respect=gettext(words.FIELDS[line.field]),
            sources=[self.source(name) for name in line.sources],
            theirs=[self._said(row) for row in line.statements],
            changed=gettext(words.CHANGES[line.changed]),
            reasons=[gettext(words.REASONS[code]) for code in line.reasons],
            commands=[quickstatements.command(row) for row in line.proposals],
        )

    def _said(self, row: Said) -> Theirs:
        item = row.statement.removeprefix(f"{FOREIGN['wd']}statement/")
        url = f"https://www.wikidata.org/wiki/{item.partition('-')[0].upper()}#P190" if item else ""
        of = self.entry(row.of) if row.of else None
        return Theirs(self.entry(row.by), of, url, self.source(row.source), row)
