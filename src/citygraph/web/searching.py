"""The search: a page with choices beside it, the same as JSON and CSV, and suggestions while somebody writes."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML, RESULTS
from citygraph.web import answers, finding
from citygraph.web.answers import served
from citygraph.web.listing import clamp

if TYPE_CHECKING:
    from citygraph.formats import Format
    from citygraph.web.finding import Result

SUGGESTED = 8
"""How many things are suggested while somebody writes."""
_OFFERS = (HTML, *(row for row in RESULTS if row.name in ("json", "csv")))
_MOST = 10_000
"""The last page that is looked for."""

blueprint = Blueprint("searching", __name__)


@blueprint.get("/search")
def search() -> Response:
    """The things whose names fit a text, as page, JSON or CSV."""
    return _search(answers.wanted_format(_OFFERS), varies=True)


@blueprint.get("/search.<extension>")
def search_file(extension: str) -> Response:
    """The same in the format of the extension."""
    form = next((row for row in _OFFERS if extension == {"json": "json", "csv": "csv"}.get(row.name)), None)
    if form is None:
        raise Absent(f"There is no search.{extension}; there are search.json and search.csv.")
    return _search(form, varies=False)


@blueprint.get("/suggest")
def suggest() -> Response:
    """The first few things that a text finds, as JSON."""
    text = request.args.get("q", "")[:200]
    found = finding.suggest(served(), text, answers.language(), SUGGESTED)
    return _plain(json.dumps([_row(row) for row in found], ensure_ascii=False), "application/json")


def _search(form: Format, *, varies: bool) -> Response:
    text = request.args.get("q", "")[:200]
    chosen = {key: value[:200] for key in finding.FACETS if (value := request.args.get(key, ""))}
    number = min(clamp(request.args.get("page", 1, type=int)), _MOST)
    size = current_app.config["SETTINGS"].page_size if form is HTML else finding.MOST
    view = finding.find(served(), text, answers.language(), chosen, number, size)
    if form is HTML:
        page = lambda: render_template("pages/search.html", view=view, text=text, chosen=chosen)  # noqa: E731
        return answers.answer(HTML, page, varies=varies)
    if form.name == "json":
        facets = {key: {row.value: row.count for row in rows} for key, _, rows in view.facets}
        body = {"query": text, "total": view.total, "results": [_row(row) for row in view.results], "facets": facets}
        return _plain(json.dumps(body, ensure_ascii=False), "application/json", varies=varies)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["iri", "name", "language", "kind"])
    writer.writerows([row.iri, row.name.text, row.name.language, row.kind] for row in view.results)
    return _plain(table.getvalue(), "text/csv; charset=utf-8", varies=varies)


def _row(row: Result) -> dict[str, object]:
    found = {"iri": row.iri, "name": row.name.text, "language": row.name.language, "kind": row.kind}
    return found | {"kindName": row.kind_name.text, "url": row.url, "near": row.near}


def _plain(body: str, content_type: str, *, varies: bool = False) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    response.headers["Vary"] = answers.VARY if varies else "Accept-Language"
    response.headers["Content-Language"] = answers.language()
    return response
