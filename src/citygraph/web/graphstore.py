"""The reading half of the SPARQL 1.1 Graph Store Protocol; what would write is refused, as is every update."""

from __future__ import annotations

from urllib.parse import urljoin

from flask import Blueprint, Response, request

from citygraph.errors import NotFound
from citygraph.formats import RDF
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.downloads import whole
from citygraph.web.graphs import graph_content
from citygraph.web.problems import Problem

blueprint = Blueprint("graphstore", __name__)

_TRIPLES = tuple(row for row in RDF if not row.tells_graphs)


@blueprint.get("/store")
def read() -> Response:
    """A graph by its IRI (section 4.2), or the default graph, which is the union of all (section 5.2)."""
    names = request.args.getlist("graph")
    if ("default" in request.args) + len(names) != 1:
        raise Problem(400, "One graph is wanted", "Ask for ?default or for ?graph= with the IRI of one graph.")
    if not names:
        response = whole(answers.wanted_format(_TRIPLES))
        response.headers["Vary"] = answers.VARY
        return response
    form, iri = answers.wanted_format(RDF), urljoin(f"{served().iris.base}store", names[0])
    if iri not in {name.value for name in served().store.graphs()}:
        raise NotFound(iri)
    return answers.answer(form, lambda: graph_content(iri, form))


@blueprint.route("/update", methods=["GET", "POST", "QUERY"])
def update() -> Response:
    """Refuse every update, wherever it stands."""
    raise Problem(403, "Nothing can be changed here", "This service answers queries; it takes no updates.")
