"""What is told of things that went away: 410, as a page or as RDF, with the last release that knew them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Response, current_app, render_template, request

from citygraph.errors import NotFound
from citygraph.formats import HTML, RDF
from citygraph.history.log import History
from citygraph.vocab import DCT_REPLACES, RDF_TYPE, foreign, prefixes
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.memento import links

if TYPE_CHECKING:
    from citygraph.formats import Format
    from citygraph.history.log import Published
    from citygraph.release import Releases

AS = "https://www.w3.org/ns/activitystreams#"


class Withdrawn(NotFound):
    """Earlier releases spoke of this thing, the served one does not."""

    def __init__(self, iri: str, since: Published, last: Published | None, successors: list[str]) -> None:
        """``last`` is the release that spoke of it last, if its files are still kept."""
        super().__init__(iri)
        self.since, self.last, self.successors = since, last, successors


def refuse(iri: str) -> NotFound:
    """The error for a thing of which the release says nothing: withdrawn, if the log knows it, else unknown."""
    releases: Releases = current_app.config["RELEASES"]
    log = History(releases.folder)
    steps = log.steps([iri], limit=1)
    if not steps or steps[0].what != "gone":
        return NotFound(iri)
    rows = {row.number: row for row in log.releases()}
    number = steps[0].number
    replacing = served().store.quads(predicate=DCT_REPLACES, value=ox.NamedNode(iri))
    successors = sorted({quad.subject.value for quad in replacing if isinstance(quad.subject, ox.NamedNode)})
    last = rows[number - 1]
    return Withdrawn(iri, rows[number], last if last.version in releases.versions() else None, successors)


def tombstone(error: Withdrawn) -> Response:
    """Answer 410 in the format that was asked for."""
    extension = request.path.rpartition(".")[2]
    by_suffix = next((row for row in (*RDF, HTML) if extension in row.extensions), None)
    form = HTML if request.endpoint == "resources.page" else by_suffix or answers.wanted_format((*RDF, HTML))
    body = _page(error) if form is HTML else _data(error, form)
    response = Response(body, 410, content_type=form.content_type)
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["Vary"] = answers.VARY
    if form is HTML:
        response.headers["Content-Language"] = answers.language()
    for iri in error.successors:
        response.headers.add("Link", f'<{iri}>; rel="successor-version"')
    for link in links(request.path) if error.last else ():
        response.headers.add("Link", link)
    return response


def _page(error: Withdrawn) -> str:
    successors = [(answers.document_name(iri) or iri, answers.local_url(iri)) for iri in error.successors]
    return render_template("problems/withdrawn.html", error=error, successors=successors)


def _data(error: Withdrawn, form: Format) -> bytes:
    thing = ox.NamedNode(error.iri)
    when = ox.Literal(error.since.published, datatype=foreign("xsd", "dateTime"))
    triples = [
        ox.Triple(thing, RDF_TYPE, ox.NamedNode(f"{AS}Tombstone")),
        ox.Triple(thing, ox.NamedNode(f"{AS}deleted"), when),
        ox.Triple(thing, foreign("prov", "invalidatedAtTime"), when),
        *(ox.Triple(thing, foreign("dct", "isReplacedBy"), ox.NamedNode(iri)) for iri in error.successors),
    ]
    if error.last:
        last = f"{served().iris.base}{request.path.lstrip('/')}?asof={error.last.published}"
        triples.append(ox.Triple(thing, foreign("dct", "hasVersion"), ox.NamedNode(last)))
    known = {name: space for name, space in prefixes().items() if name in ("dct", "prov", "xsd")}
    content = ox.serialize(triples, format=form.rdf, prefixes=known | {"as": AS})
    assert content is not None
    return content
