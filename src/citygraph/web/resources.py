"""Dereferencing: an IRI of ours leads by 303 to the page or the data about it; a term leads to the ontology."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request, url_for

from citygraph.errors import FormatError, NotFound
from citygraph.formats import FORMATS, HTML, RDF, Format, by_name
from citygraph.web import answers, signposting, templating, tombstones
from citygraph.web.answers import data_url, data_urls, served
from citygraph.web.describe import INCOMING, describe, known, serialise
from citygraph.web.graphs import graph_content
from citygraph.web.layout import View, article
from citygraph.web.listing import clamp, graph_page
from citygraph.web.pictures.vocabulary import draw_vocabulary
from citygraph.web.reference import reference
from citygraph.web.signposting import document_links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.web.files import Body

blueprint = Blueprint("resources", __name__)
blueprint.register_error_handler(tombstones.Withdrawn, tombstones.tombstone)

OFFERS = (*RDF, HTML)
"""What a thing is told in; the first is for those who do not choose, such as cURL (browsers always name HTML)."""


@blueprint.get("/id/<path:name>")
def thing(name: str) -> Response:
    """Lead from a thing to a document about it."""
    return _lead(name)


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Response:
    """Lead from a named graph to a document of its statements."""
    return _lead(f"graph/{name}")


@blueprint.get("/page/<path:name>")
def page(name: str) -> Response:
    """The page about a thing or a graph."""
    name = name.removesuffix(".html")
    iri = _named(name)
    number = request.args.get("page", 1, type=int)
    size = current_app.config["SETTINGS"].page_size

    def make() -> str | bytes:
        if name.startswith("graph/"):
            existing(name)
            view = graph_page(served(), iri, answers.language(), number, size)
            return render_template("resources/graph.html", view=view, formats=data_urls(name))
        with _found(iri):
            return written(iri, View(size, clamp(number), request.args.get("in", "")))

    return shown(name, iri, make)


def shown(name: str, iri: str, make: Callable[[], str | bytes]) -> Response:
    """Answer with the page about a thing or a graph."""
    return answers.answer(HTML, make, links=document_links(name, iri), varies=False)


def written(iri: str, asked: View) -> bytes:
    """Write the page about a thing."""
    view = article(served(), iri, answers.language(), asked)
    return templating.page("resources/thing.html", view=view, pointing=asked.pointing)


@blueprint.get("/data/<path:name>.<extension>")
def data(name: str, extension: str) -> Response:
    """The data about a thing or a graph, in the format of the extension whatever the client accepts."""
    form = by_extension(extension, RDF)
    if form is None:
        raise NotFound(f"{served().iris.base}data/{name}.{extension}")
    iri = _named(name)
    told: dict[str, str] = {}

    def make() -> bytes | Body:
        content, truncated = _content(name, iri, form)
        if truncated:
            told["Citygraph-Truncated"] = f"incoming; limit={INCOMING}"
        return content

    response = document(name, iri, form, make)
    response.headers.update(told)
    return response


def document(name: str, iri: str, form: Format, make: Callable[[], bytes | Body]) -> Response:
    """Answer with the data about a thing or a graph."""
    response = answers.answer(form, make, links=document_links(name, iri, data=True), varies=False)
    return answers.inline(response, name, form)


@blueprint.get("/linkset/<path:name>")
def linkset(name: str) -> Response:
    """The typed links of a thing's page and data (RFC 9264)."""
    return signposting.linkset(signposting.of_thing(name, existing(name)))


@blueprint.get("/data/<path:name>")
def data_by_choice(name: str) -> Response:
    """The data about a thing without an extension: lead to a format that the client likes."""
    existing(name)
    return answers.see_other(data_url(name, answers.wanted_format(RDF)))


@blueprint.get("/ontology")
def ontology() -> Response:
    """The ontology, which every term ``…/ontology#x`` leads to, in the format that the client likes."""
    form = answers.wanted_format(OFFERS)
    response = _ontology(form, varies=True)
    response.headers["Content-Location"] = url_for(".ontology_file", extension=form.extension)
    return response


@blueprint.get("/ontology.<extension>")
def ontology_file(extension: str) -> Response:
    """The ontology in the format of the extension."""
    form = by_extension(extension, OFFERS)
    if form is None:
        raise NotFound(f"{served().iris.base}ontology.{extension}")
    return _ontology(form, varies=False)


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """The version IRI of the ontology leads to the ontology, if it is the version served; a term leads to its place."""
    iri = f"{served().iris.base}ontology/{version}"
    if served().iris.term(version).value in served().terms.names:
        return answers.see_other(url_for(".ontology", _anchor=version))
    if not known(served().store, iri):
        raise NotFound(iri)
    return answers.see_other(url_for(".ontology"))


def _ontology(form: Format, *, varies: bool) -> Response:
    def make() -> str | bytes:
        if form is HTML:
            formats = [(row, url_for(".ontology_file", extension=row.extension)) for row in RDF]
            view = reference(served(), answers.language())
            diagram = draw_vocabulary(served(), view.relations, view.broadest, answers.language())
            return render_template("resources/ontology.html", view=view, formats=formats, diagram=diagram)
        return serialise(_ontology_quads(), form, served().iris.base, f"{served().iris.base}ontology")

    links = [
        f'<{url_for(".ontology_file", extension=row.extension)}>; rel="alternate"; type="{row.media_type}"'
        for row in OFFERS
    ]
    response = answers.answer(form, make, links=links, varies=varies)
    return response if form is HTML else answers.inline(response, "ontology", form)


def _ontology_quads() -> Iterator[ox.Quad]:
    """The ontology graph without its code lists, each of which has documents of its own."""
    things = served().iris.base + "id/"
    for quad in served().store.quads(graph=served().iris.graph("ontology")):
        if not (isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(things)):
            yield quad


def _lead(name: str) -> Response:
    """Lead from a name to its page or data: by suffix, by parameter, or by what the client accepts."""
    stem, dot, extension = name.rpartition(".")
    by_suffix = by_extension(extension, OFFERS) if dot else None
    name = stem if by_suffix else name
    iri = existing(name)
    return lead(name, iri, by_suffix or answers.wanted_format(OFFERS))


def lead(name: str, iri: str, form: Format) -> Response:
    """Lead to the page of a thing or graph, or to its data in a format."""
    location = url_for(".page", name=name) if form is HTML else data_url(name, form)
    return answers.see_other(location, document_links(name, iri))


def existing(name: str) -> str:
    """The IRI of a document's thing; nothing known of it is a :class:`~citygraph.errors.NotFound`."""
    iri = _named(name)
    if not known(served().store, iri):
        raise tombstones.refuse(iri)
    return iri


def _named(name: str) -> str:
    """The IRI that the name of a document stands for."""
    base = served().iris.base
    return base + name if name.startswith("graph/") else f"{base}id/{name}"


@contextmanager
def _found(iri: str) -> Iterator[None]:
    """Refuse a thing of which nothing is found, as :func:`existing` does, for those who look for it anyhow."""
    try:
        yield
    except NotFound:
        raise tombstones.refuse(iri) from None


def _content(name: str, iri: str, form: Format) -> tuple[bytes | Body, bool]:
    """The statements of a graph, or the description of a thing, and whether the latter is cut."""
    base = served().iris.base
    if name.startswith("graph/"):
        existing(name)
        return graph_content(iri, form), False
    with _found(iri):
        description = describe(served().store, served().iris, iri)
    return serialise(description.quads, form, base, iri), description.truncated


def by_extension(extension: str, among: tuple[Format, ...]) -> Format | None:
    """The format among some whose files end so, if there is one."""
    if not any(extension in row.extensions for row in FORMATS):
        return None
    try:
        return by_name(f".{extension}", among)
    except FormatError:
        return None
