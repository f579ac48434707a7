"""The SPARQL 1.1 protocol: the ways to ask, the formats of the answer, and the description of the service.

Queries are strangers' texts, so none runs in this process: the workers of the release answer them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from citygraph import lookups, receipts, scanner
from citygraph.errors import QueryError, ReleaseError
from citygraph.formats import HTML, JSON, RDF, RESULTS, Format, by_name
from citygraph.likeness import is_volatile
from citygraph.retention.policy import refuse
from citygraph.web import answers, citing, clients, express, negotiate
from citygraph.web.answers import served
from citygraph.web.asking import BOOLEAN, OFFERS
from citygraph.web.describe import serialise
from citygraph.web.front import RAISED
from citygraph.web.problems import Problem
from citygraph.web.service import describe_service
from citygraph.web.solutions import Table, table
from citygraph.workers import Question

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState
    from werkzeug.datastructures import MultiDict

    from citygraph.errors import CitygraphError
    from citygraph.workers import Answer

blueprint = Blueprint("sparql", __name__)

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"

_FIELDS = 1_000
"""How many fields of a form are read, since reading them holds up others."""
_WORDS = 160
"""How many characters of the parser's message are told."""
_DOWNLOADS = [(row, "table boolean" if row.boolean else "table") for row in RESULTS] + [(row, "graph") for row in RDF]
"""What the workbench offers an answer as, with the kinds of answers that each form can carry."""


@blueprint.record_once
def _offer(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["downloads"] = _DOWNLOADS


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
@blueprint.route("/query", methods=["GET", "POST", "QUERY"], endpoint="query")
@blueprint.route("/sparql/", methods=["GET", "POST", "QUERY"], endpoint="slash")
def endpoint() -> Response:
    """Answer a query, or describe the service where nothing is asked."""
    if (raised := request.environ.get(RAISED)) is not None:
        raise _plainly(raised)
    _choose_release()
    question = _question()
    if question is None:
        return _description()
    form = _format(question.text)
    if form is HTML:
        tag = answers.entity_tag("sparql", question.text, answers.language())
    else:
        dataset = (question.default_graphs, question.named_graphs)
        marked = citing.mark(g.dress, served().version, served().limits, form, dataset)
        tag = citing.entity_tag(marked, receipts.digest(question.text))
    lasting = lookups.read(question.text) is not None or not is_volatile(question.text)
    if lasting and request.method in ("GET", "HEAD") and request.if_none_match.contains(tag):
        response = Response(status=304, headers={"Citygraph-Release": served().version})
    else:
        response = _answer(question, form)
    if lasting:
        response.set_etag(tag)
    response.headers["Cache-Control"] = f"public, max-age={express.MAX_AGE}" if lasting else "no-store"
    response.headers["Vary"] = answers.VARY
    return response


@blueprint.get("/receipt")
def receipt() -> Response:
    """What was asked and what came of it, to be kept and tried again by ``citygraph verify``."""
    _choose_release()
    question = _question()
    if question is None:
        raise Problem(400, "No query", "Send the field `query`.")
    try:
        form = by_name(receipts.media_type(question.text), (*RESULTS, *RDF))
        found = served().desk.ask(question, form, clients.known(request.environ))
    except QueryError as error:
        raise _plainly(error) from None
    response = Response(citing.receipt(served(), question, found).text(), content_type="application/json")
    response.headers.extend(_cited(question, found))
    response.headers["Content-Disposition"] = 'attachment; filename="receipt.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _cited(question: Question, found: Answer) -> list[tuple[str, str]]:
    """The headers by which an answer is cited."""
    asked = request.query_string.decode("latin-1")
    told = citing.headers(served(), question, found, receipts.digest(question.text), asked)
    return [("Citygraph-Release", served().version), *told]


def _choose_release() -> None:
    """Let ``?release=`` answer from another release than the current one, as cited addresses do."""
    if not (version := request.args.get(citing.RELEASE)):
        return
    try:
        found = current_app.extensions["citygraph"].at(version)
    except ReleaseError:
        found = None
    if found is None or found.version != version:
        refuse(current_app.config["RELEASES"], version)
        raise Problem(
            404, "No such release", f"The release {version[:80]!r} is not kept here; /dumps/ lists which are."
        )
    g.served = lambda: found


def _question() -> Question | None:
    """Read what is asked, by any of the protocol's ways (section 2.1)."""
    arguments = request.args
    if request.method in ("GET", "HEAD"):
        return _from_fields(arguments)
    kind = request.mimetype
    if request.mimetype_params.get("charset", "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise Problem(415, "The text must be UTF-8", "Send the query in UTF-8 and say so, or say nothing.")
    if kind == FORM and request.method == "POST":
        if request.get_data().count(b"&") > _FIELDS:
            raise Problem(413, "Too many fields", f"Send at most {_FIELDS} fields; use VALUES for many values.")
        fields = request.form.copy()
        fields.update(arguments)
        question = _from_fields(fields)
        if question is None:
            raise Problem(400, "No query", "Send the field `query`.")
        return question
    if kind == UPDATE:
        raise _read_only()
    if kind != QUERY:
        raise Problem(
            415, "No query in a type that is known here", f"Send {QUERY} or {FORM}.", Accept_Post=f"{QUERY}, {FORM}"
        )
    if "query" in arguments:
        raise Problem(400, "Two queries", "The query stands in the body already; leave it out of the address.")
    try:
        text = request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "The text is not UTF-8", "Send the query in UTF-8.") from None
    return _checked(text, arguments)


def _from_fields(fields: MultiDict[str, str]) -> Question | None:
    if "update" in fields:
        raise _read_only()
    texts = fields.getlist("query")
    if len(texts) > 1:
        raise Problem(400, "Several queries", "Send the field `query` once.")
    return _checked(texts[0], fields) if texts and texts[0].strip() else None


def _checked(text: str, fields: MultiDict[str, str]) -> Question:
    if scanner.is_update(text):
        raise _read_only()
    return Question(text, _graphs(fields, "default-graph-uri"), _graphs(fields, "named-graph-uri"))


def _read_only() -> Problem:
    return Problem(403, "Nothing can be changed here", "This endpoint answers queries; it takes no updates.")


def _graphs(fields: MultiDict[str, str], name: str) -> tuple[ox.NamedNode, ...]:
    """The graphs named by a parameter; they are looked up in the store and never fetched."""
    try:
        return tuple(ox.NamedNode(iri) for iri in fields.getlist(name) if iri)  # some clients always send the field
    except ValueError as error:
        raise Problem(400, f"{name} is no IRI", str(error)) from None


def _answer(question: Question, form: Format) -> Response:
    settings = current_app.config["SETTINGS"]
    try:
        found = served().desk.ask(question, form, clients.known(request.environ))
    except QueryError as error:
        raise _plainly(error) from None
    if form is HTML:
        shown = table(served(), found, answers.language(), settings.page_size * 20)
        response = Response(_page(question.text, shown), content_type=HTML.content_type)
    else:
        response = Response(found.body, content_type=found.form.content_type)
    response.headers.extend(_cited(question, found))
    return response


def _format(text: str) -> Format:
    """The format of the answer, which a field of the address or the form may name; pages are for those who name them.

    It is chosen before anything is asked, so that nothing is worked out that the client cannot read. What is no query
    is left to the parser, whose word helps more than one about formats.
    """
    offers = OFFERS.get(scanner.form(text) or "")
    return negotiate.asked(request.values, request.headers.get("Accept", ""), (*offers, HTML)) if offers else JSON


def _plainly(error: CitygraphError) -> CitygraphError:
    """An error as it is told."""
    if not isinstance(error, QueryError):
        return error
    return type(error)("query", _plain(error.fault), line=error.line, column=error.column)


def _plain(fault: str) -> str:
    """Say what the parser found, without its list of everything that it would have taken."""
    if "Prefix not found" in fault:
        return "a prefix is not declared, or a name is not spelled as SPARQL wants it; declare it by PREFIX"
    if not fault.startswith("error at "):
        return fault
    words = fault.partition(": ")[2] or fault
    return words if len(words) <= _WORDS else f"{words[:_WORDS].rsplit(',', 1)[0]}, …"


def _page(text: str, found: Table | None) -> str:
    formats = {"graph": RDF, "boolean": BOOLEAN, "table": RESULTS}[found.kind if found else "table"]
    links = [(row, url_for(".endpoint", query=text, format=row.name)) for row in formats] if found else []
    return render_template("sparql/sparql.html", text=text, found=found, formats=links)


def _description() -> Response:
    """Describe the service: a page with a form for people, RDF for programs."""
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.answer(HTML, lambda: _page("", None))
    told = describe_service(served().iris.base, served().store.graphs(), federated=bool(served().limits.services))
    quads = [ox.Quad(*triple) for triple in told]
    links = [f'<{url_for("void.negotiated")}>; rel="describedby"']  # what the graphs hold, in numbers
    return answers.answer(form, lambda: serialise(quads, form, served().iris.base), links=links)
