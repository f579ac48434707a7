"""The pages around the things: home, lists, search, example queries, about, and the signs of life."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML
from citygraph.queries import Query, read_queries
from citygraph.vocab import KINDS
from citygraph.web import answers, cards, listing
from citygraph.web.answers import served

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.iris import Iris
    from citygraph.settings import Repository, Settings

_CARDS = 60
"""How many partnerships the home page shows before it points to the list."""
_SILENT = ("evidence", "participation")
"""Kinds that nobody looks for by name."""


blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """What this is, the partnerships at a glance, and ways in."""
    return _page(
        "pages/home.html",
        lambda: {
            "cards": cards.partnerships(served(), answers.language(), _CARDS),
            "counts": listing.counts(served()),
            "sources": listing.sources(served(), answers.language(), 20),
            "examples": examples()[:6],
            "kinds": _kinds(),
        },
    )


@blueprint.get("/browse/")
@blueprint.get("/browse", endpoint="bare_kinds")
def kinds() -> Response:
    """The kinds of things there are."""
    return _page("pages/kinds.html", lambda: {"kinds": _kinds(), "counts": listing.counts(served())})


@blueprint.get("/browse/<kind>")
def browse(kind: str) -> Response:
    """The things of a kind, page by page."""
    if kind not in KINDS:
        raise Absent(f"There is no kind of things called {kind}.")
    number, size = request.args.get("page", 1, type=int), _settings().page_size
    return _page(
        "pages/browse.html",
        lambda: {"view": listing.browse(served(), kind, answers.language(), number, size), "kind": kind},
    )


@blueprint.get("/queries/")
@blueprint.get("/queries", endpoint="bare_queries")
def queries() -> Response:
    """The questions that the graph answers."""
    return _page("pages/queries.html", lambda: {"examples": examples()})


@blueprint.get("/queries/<name>")
def query(name: str) -> Response:
    """One question, its text, and a way to ask it."""
    found = next((row for row in examples() if row.name == name), None)
    if found is None:
        raise Absent(f"There is no example query called {name}.")
    values = {row.name: text for row in found.parameters if (text := request.args.get(row.name, ""))}
    bound = found.bound(values, served().iris)
    return _page("pages/query.html", lambda: {"query": found, "text": bound, "values": values})


@blueprint.get("/about")
def about() -> Response:
    """What this is, how it is made, and what may be done with it."""
    return _page("pages/about.html", lambda: {"sources": listing.sources(served(), answers.language(), 100)})


@blueprint.get("/health")
@blueprint.get("/healthz", endpoint="healthz")
def health() -> Response:
    """Whether the process answers, and from which release."""
    response = jsonify(status="ok", release=served().version)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may fetch: everything but the endpoint."""
    return Response(
        f"User-agent: *\nDisallow: {url_for('sparql.endpoint')}\nDisallow: {url_for('reasons.why')}\n",
        content_type="text/plain; charset=utf-8",
    )


@lru_cache(maxsize=4)
def _read_examples(repository: Repository, iris: Iris) -> tuple[Query, ...]:
    return tuple(read_queries(repository.queries("examples"), iris))


def examples() -> tuple[Query, ...]:
    """The example queries of the repository, under the base of the release."""
    return _read_examples(current_app.config["REPOSITORY"], served().iris)


def _page(template: str, make: Callable[[], dict[str, object]]) -> Response:
    return answers.answer(HTML, lambda: render_template(template, **make()), varies=False)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _kinds() -> list[tuple[str, str]]:
    """Every kind with its name for people, in the order of those names."""
    language = answers.language()
    named = ((kind, listing.kind_name(served(), kind, language).text) for kind in KINDS if kind not in _SILENT)
    return sorted(named, key=lambda row: row[1].casefold())
