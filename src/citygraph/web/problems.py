"""The one table from what went wrong to a status, and the one shape of an error: a page, or JSON (RFC 9457)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from citygraph.errors import (
    Busy,
    CitygraphError,
    FormatError,
    IriError,
    NotFound,
    ParameterError,
    QueryError,
    QueryForbidden,
    QueryTimeout,
    QueryTooLarge,
    ReleaseError,
    ReleaseGone,
    StoreError,
)
from citygraph.formats import HTML, Format, Kind
from citygraph.web.language import editorial, marked, spoken
from citygraph.web.negotiate import choose

if TYPE_CHECKING:
    from flask import Flask

STATUS: tuple[tuple[type[CitygraphError], int, str], ...] = (
    (NotFound, 404, marked("Nothing is known of this")),
    (IriError, 404, marked("This is no name of ours")),
    (FormatError, 406, marked("None of the wanted formats is on offer")),
    (ParameterError, 400, marked("A parameter does not fit")),
    (QueryForbidden, 403, marked("The query asks for what is not allowed here")),
    (QueryError, 400, marked("The query cannot be understood")),
    (QueryTimeout, 504, marked("The query took too long")),
    (QueryTooLarge, 500, marked("The query takes too much")),
    (Busy, 503, marked("Too many are asking at this moment")),
    (StoreError, 503, marked("The store does not answer")),
    (ReleaseGone, 410, marked("This release is no longer kept")),
    (ReleaseError, 503, marked("There is nothing to serve yet")),
)
"""From the special to the general; whatever else is raised is a bug and looks like one."""

_NAMES = {
    "Bad Request": marked("The request cannot be understood"),
    "Not Found": marked("There is no such page"),
    "Method Not Allowed": marked("This cannot be done here"),
    "Request Entity Too Large": marked("The request is too large"),
    "Internal Server Error": marked("The server met a fault of its own"),
}
"""What a page says instead of the names of the standard, which programs are told."""

_FACTS = ("line", "column", "offered", "iri", "seconds", "version", "file")
"""The facts of errors that a program may use."""

PROBLEM = Format("problem", "problem", Kind.PAGE, ("application/problem+json", "application/json"), ("json",), None)


class Problem(CitygraphError):  # noqa: N818 - named as in RFC 9457
    """What the web alone can refuse: a status, a sentence, and what to do."""

    def __init__(self, status: int, title: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.headers = status, title, headers


def register(app: Flask) -> None:
    """Let the application answer errors."""
    app.register_error_handler(CitygraphError, _ours)
    app.register_error_handler(HTTPException, _flasks)


def _ours(error: CitygraphError) -> Response:
    facts = {name: value for name in _FACTS if (value := getattr(error, name, None)) is not None}
    if isinstance(error, Problem):
        return _answer(error.status, error.title, str(error), facts, error.headers)
    for kind, status, title in STATUS:
        if isinstance(error, kind):
            headers = {"Retry-After": str(getattr(error, "retry_after", 5))} if status == 503 else {}
            return _answer(status, title, getattr(error, "fault", str(error)), facts, headers)
    raise error


def _flasks(error: HTTPException) -> Response:
    """What Flask refuses: unknown addresses, methods, and bugs, of which nothing is told."""
    kept = {name: value for name, value in error.get_headers(None) if name.lower() in ("allow", "content-range")}
    status = error.code or 500
    detail = "The server met a fault of its own." if status == 500 else (error.description or "")
    return _answer(status, error.name, detail, {}, kept)


def _answer(status: int, title: str, detail: str, facts: dict[str, object], headers: dict[str, str]) -> Response:
    """A page for those who ask for pages, JSON for all others."""
    try:
        form = choose(request.headers.get("Accept", ""), (PROBLEM, HTML))
    except FormatError:
        form = PROBLEM
    if form is HTML:
        body = render_template(
            "problems/problem.html",
            status=status,
            title=editorial(_NAMES.get(title, title)),
            detail=detail,
            facts=facts,
            asked=_query(),
        )
    else:
        members = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        body = json.dumps(members | facts, ensure_ascii=False).replace("<", "\\u003c")  # whatever reads it as a page
    response = Response(body, status, content_type=form.content_type)
    response.headers["Content-Language"] = spoken() if form is HTML else "en"
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "public, max-age=10"
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _query() -> str | None:
    """The query that went wrong, to be written anew; None for other requests, and where it was too long to be read."""
    try:
        return request.values.get("query") if request.blueprint == "sparql" else None
    except RequestEntityTooLarge:
        return None
