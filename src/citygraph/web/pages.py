"""The pages around the things: home, lists, search, example queries, about, and the signs of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML, JSON, RDF, by_name
from citygraph.vocab import KINDS
from citygraph.web import answers, cards, listing, signposting
from citygraph.web.answers import served
from citygraph.web.describe import describe, serialise
from citygraph.web.questions import answer, examples, given, offers
from citygraph.web.solutions import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.formats import Format
    from citygraph.settings import Settings

_CARDS = 60
"""How many partnerships the home page shows before it points to the list."""
_SILENT = ("evidence", "participation")
"""Kinds that nobody looks for by name."""


blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """What this is, the partnerships at a glance, and ways in."""
    response = _page(
        "pages/home.html",
        lambda: {
            "cards": cards.partnerships(served(), answers.language(), _CARDS),
            "counts": listing.counts(served()),
            "sources": listing.sources(served(), answers.language(), 20),
            "examples": examples()[:6],
            "kinds": _kinds(),
        },
    )
    response.headers.extend([("Link", link) for link in signposting.of_release(served().release)])
    return response


@blueprint.get("/browse/")
@blueprint.get("/browse", endpoint="bare_kinds")
def kinds() -> Response:
    """The kinds of things there are."""
    return _page("pages/kinds.html", lambda: {"kinds": _kinds()})


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
    """One question with its answer for people, or as a published example for programs."""
    form = answers.wanted_format((HTML, *RDF))
    return _question(name) if form is HTML else _published(f"queries/{name}", form, varies=True)


@blueprint.get("/queries/<name>.<extension>")
def query_file(name: str, extension: str) -> Response:
    """One question as a published example, in the format of the extension."""
    return _published(f"queries/{name}", by_name(f".{extension}", RDF), varies=False)


@blueprint.get("/.well-known/sparql-examples")
def published() -> Response:
    """Every question as a published example; people are led to the list."""
    form = answers.wanted_format((*RDF, HTML))
    return answers.see_other(url_for(".queries")) if form is HTML else _published("graph/queries", form, varies=True)


def _question(name: str) -> Response:
    found = next((row for row in examples() if row.name == name), None)
    if found is None:
        raise Absent(f"There is no example query called {name}.")
    values = given(found)
    text = found.bound(values, served().iris)

    def make() -> dict[str, object]:
        form = next((row for row in offers(found) if row in RDF), JSON)
        rows = _settings().page_size * 20
        shown = table(served(), answer(text, form), answers.language(), rows, named=True)
        return {"query": found, "text": text, "values": values, "found": shown, "formats": offers(found)}

    return _page("pages/query.html", make, varies=True)


def _published(name: str, form: Format, *, varies: bool) -> Response:
    """A question, or the graph of them all, in an RDF format."""
    iris = served().iris
    iri = iris.base + name

    def make() -> bytes:
        if name.startswith("graph/"):
            return serialise(served().store.quads(graph=ox.NamedNode(iri)), form, iris.base)
        return serialise(describe(served().store, iris, iri).quads, form, iris.base, iri)

    return answers.inline(answers.answer(form, make, varies=varies), name, form)


@blueprint.get("/about")
def about() -> Response:
    """What this is, how it is made, and what may be done with it."""
    return _page("pages/about.html", lambda: {"sources": listing.sources(served(), answers.language(), 100)})


def _page(template: str, make: Callable[[], dict[str, object]], *, varies: bool = False) -> Response:
    return answers.answer(HTML, lambda: render_template(template, **make()), varies=varies)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _kinds() -> list[tuple[str, str]]:
    """Every kind of which there is something, with its name for people, in the order of those names."""
    language, counts = answers.language(), listing.counts(served())
    kinds = (kind for kind in KINDS if kind not in _SILENT)
    filled = (kind for kind in kinds if kind in listing.CODE_LISTS or counts.get(listing.class_of(kind)))
    named = ((kind, listing.kind_name(served(), kind, language).text) for kind in filled)
    return sorted(named, key=lambda row: row[1].casefold())
