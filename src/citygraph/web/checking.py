"""The pages and files of quality: the whole, each party, and the same as JSON, CSV and RDF."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML, RDF, RESULTS, Format, by_name
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.describe import serialise
from citygraph.web.quality import figures, quality, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.release import Releases

blueprint = Blueprint("checking", __name__)

_JSON = Format("json", "JSON", HTML.kind, ("application/json",), ("json",), None)
_FILES = (_JSON, by_name("csv", RESULTS), *RDF)


@blueprint.get("/quality")
@blueprint.get("/quality/", endpoint="slash")
def whole() -> Response:
    """What is left to do and how much is covered, as a page or as data."""
    form = answers.wanted_format((HTML, *_FILES))
    return _page("") if form is HTML else _file(form, varies=True)


@blueprint.get("/quality.<extension>")
def file(extension: str) -> Response:
    """The same as a file."""
    return _file(by_name(f".{extension}", _FILES), varies=False)


@blueprint.get("/quality/<path:key>")
def voice(key: str) -> Response:
    """What one party can do."""
    return _page(key)


def _page(key: str) -> Response:
    def make() -> str:
        before, previous = _before()
        try:
            view = quality(served(), before, previous, key, answers.language())
        except KeyError:
            raise Absent(f"No source here is the voice of {key}; /quality lists those there are.") from None
        portals = {} if key else served().release.figures("harvest") or {}
        return render_template(
            "quality/quality.html", view=view, portals=portals, formats=[*_FILES[:2], by_name("turtle")]
        )

    return answers.answer(HTML, make, varies=not key)


def _before() -> tuple[Mapping[str, Any] | None, str | None]:
    """The figures of the release before, and its version; nothing where it is not kept, or had no figures."""
    releases: Releases = current_app.config["RELEASES"]
    release = releases.before(served().release)
    found = release.figures("quality") if release else None
    return (found, release.version) if release and found else (None, None)


def _file(form: Format, *, varies: bool) -> Response:
    def make() -> str | bytes:
        if form is _JSON:
            before, previous = _before()
            kept = {name: before[name] for name in ("found", "measures")} if before else None
            content = {"release": served().version, "previous": previous, **figures(served()), "before": kept}
            return json.dumps(content, ensure_ascii=False, indent=1)
        if form not in RDF:
            target = io.StringIO()
            csv.writer(target).writerows(records(served(), answers.language()))
            return target.getvalue()
        path = served().release.folder / "dumps" / "quality.ttl"
        quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE) if path.exists() else ()
        return serialise(quads, form, served().iris.base)

    links = [
        f'<{url_for(".file", extension=row.extension)}>; rel="alternate"; type="{row.media_type}"' for row in _FILES
    ]
    response = answers.answer(form, make, links=links, varies=varies)
    if form is _FILES[1]:  # the words of the table are in the reader's language
        response.set_etag(answers.entity_tag(form.name, answers.language()))
        response.headers["Vary"] = answers.VARY if varies else "Accept-Language"
        response.headers["Content-Language"] = answers.language()
    return answers.inline(response, "quality", form)
