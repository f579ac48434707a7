"""Leads from an identifier of somebody else's to the thing of ours: ``/id?sameAs=http://www.wikidata.org/entity/Q72``."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, render_template, request, url_for
from pyoxigraph import NamedNode, Quad

from citygraph.errors import NotFound
from citygraph.formats import HTML
from citygraph.vocab import foreign
from citygraph.web import answers
from citygraph.web.answers import document_name, served
from citygraph.web.describe import serialise
from citygraph.web.listing import entries
from citygraph.web.problems import Problem
from citygraph.web.resources import OFFERS
from citygraph.web.signposting import document_links

blueprint = Blueprint("same", __name__)

PARAMETER = "sameAs"


@blueprint.get("/id")
def look_up() -> Response:
    """Lead to the thing that an identifier names; of several, all are listed (RFC 9110, section 15.4.1)."""
    wanted = request.args.get(PARAMETER, "").strip()
    if not wanted:
        detail = f"Add ?{PARAMETER}= with an IRI of Wikidata or GeoNames, or an ISO 3166 code such as CH-BS."
        raise Problem(400, "An identifier is missing", detail)
    iris = served().matcher.same(wanted)
    if not iris:
        raise NotFound(wanted[:200])
    if len(iris) > 1:
        return _several(wanted, iris)
    name = document_name(iris[0])
    return answers.see_other(url_for("resources.thing", name=name), document_links(str(name), iris[0]))


def _several(wanted: str, iris: list[str]) -> Response:
    form = answers.wanted_format(OFFERS)

    def make() -> str | bytes:
        if form is HTML:
            rows = entries(served(), iris, answers.language())
            return render_template("resources/several.html", rows=rows, wanted=wanted)
        address = f"{served().iris.base}id?{PARAMETER}={quote(wanted, safe='')}"
        things = (Quad(NamedNode(address), foreign("rdfs", "seeAlso"), NamedNode(iri)) for iri in iris)
        return serialise(things, form, served().iris.base, address)

    response = answers.answer(form, make)
    if response.status_code == 200:
        response.status_code = 300
    return response
