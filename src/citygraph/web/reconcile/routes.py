"""The addresses of the service: 0.2 at the root of it, the draft of 1.0 below, and a page that explains both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.exceptions import NotFound as Absent

from citygraph.errors import NotFound, ParameterError
from citygraph.formats import HTML, Format, Kind
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.pictures.routes import POLICY
from citygraph.web.problems import Problem
from citygraph.web.reconcile import columns, manifest, matching, writing
from citygraph.web.reconcile.facts import facts, iri_of, named
from citygraph.web.reconcile.reading import BATCH, CELLS, read_batch, read_batch_1, read_extension

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.settings import Settings

blueprint = Blueprint("reconcile", __name__)

JSON = Format("json", "JSON", Kind.PAGE, ("application/json", "text/javascript"), ("json",), None)

_FIELDS = 20
"""How many fields a form has at most; the service knows three."""
_SHOWN = 8
"""How many values of a property a preview shows."""
_PREVIEWED = ("country", "within", "wikidata", "partner", "focus-area")
"""The properties that a preview shows."""


@blueprint.route("/reconcile", methods=["GET", "POST"])
@blueprint.route("/reconcile/", methods=["GET", "POST"], endpoint="slash")
def root() -> Response:
    """The manifest of 0.2, candidates for its queries, or an extension; a page for browsers."""
    fields = _fields()
    if "queries" in fields:
        found = read_batch(fields["queries"])
        rows = zip(found, matching.answer(list(found.values())), strict=True)
        return _json({key: {"result": writing.candidates(row, languages=False)} for key, row in rows})
    if "extend" in fields:
        meta, table = writing.extension(read_extension(fields["extend"]), languages=False)
        return _json({"meta": meta, "rows": table})
    if request.method == "POST":
        raise ParameterError("queries", "send the field `queries` or `extend`, as a form")
    return _manifest(manifest.manifest, explained=True)


@blueprint.get("/reconcile/1.0")
@blueprint.get("/reconcile/1.0/", endpoint="draft_slash")
def draft() -> Response:
    """The manifest of the draft of 1.0."""
    return _manifest(manifest.draft, explained=False)


@blueprint.post("/reconcile/1.0/match")
def match() -> Response:
    """Candidates for the queries of 1.0."""
    found = matching.answer(read_batch_1(_body()))
    return _json({"results": [{"candidates": writing.candidates(rows, languages=True)} for rows in found]})


@blueprint.post("/reconcile/1.0/extend")
def extend() -> Response:
    """The values of properties, as 1.0 writes them."""
    meta, table = writing.extension(read_extension(_body()), languages=True)
    rows = [
        {"id": thing, "properties": [{"id": name, "values": values} for name, values in cells.items()]}
        for thing, cells in table.items()
    ]
    return _json({"meta": meta, "rows": rows})


@blueprint.get("/reconcile/propose")
@blueprint.get("/reconcile/1.0/extend/propose", endpoint="draft_propose")
def propose() -> Response:
    """The properties that things of a type can have."""
    _, limit = writing.page(request.args)
    return _json(writing.proposal(request.args.get("type", ""), limit if request.args.get("limit") else None))


@blueprint.get("/reconcile/suggest/<kind>", defaults={"languages": False})
@blueprint.get("/reconcile/1.0/suggest/<kind>", endpoint="draft_suggest", defaults={"languages": True})
def suggest(kind: str, *, languages: bool = False) -> Response:
    """Things, types or properties whose names begin as somebody writes."""
    prefix, (start, limit) = request.args.get("prefix", ""), writing.page(request.args)
    match _known(kind):
        case "entity":
            rows = writing.entities(prefix, start, limit, languages=languages)
        case "type":
            rows = writing.types(prefix, start, limit)
        case _:
            rows = writing.properties(prefix, start, limit)
    return _json({"result": rows})


@blueprint.get("/reconcile/flyout/<kind>")
def flyout(kind: str) -> Response:
    """A few words on a thing, a type or a property, as a piece of a page (0.2)."""
    given = request.args.get("id", "")
    if _known(kind) == "entity":
        html = render_template("reconcile/card.html", **_card(given))
    elif kind == "type":
        if given not in columns.types():
            raise Absent(f"There is no type called {given[:80]}.")
        html = render_template("reconcile/flyout.html", name=writing.type_row(given)["name"], text=given)
    else:
        row = columns.column(given)
        html = render_template("reconcile/flyout.html", name=row.name.text, text=row.summary.text)
    return _json({"id": given, "html": html})


@blueprint.get("/reconcile/preview")
@blueprint.get("/reconcile/1.0/preview", endpoint="draft_preview")
def preview() -> Response:
    """A small page on a thing, for frames of others."""
    card = _card(request.args.get("id", ""))
    response = answers.answer(HTML, lambda: render_template("reconcile/preview.html", **card), varies=False)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _card(given: str) -> dict[str, Any]:
    """What a preview tells of a thing; an identifier that is none is a :class:`NotFound`."""
    iri = iri_of(given[:300])
    fact = facts([iri]).get(iri) if iri else None
    if iri is None or fact is None:
        raise NotFound(iri or given[:300])
    found = {name: columns.values(columns.column(name), [iri]).get(iri, []) for name in _PREVIEWED}
    names = served().names_of({thing for cells in found.values() for thing in columns.things_among(cells)})
    rows = []
    for name, cells in found.items():
        things = columns.things_among(cells)
        texts = [
            named(cell.value, names, answers.language()).text if cell.value in things else cell.value
            for cell in cells
            if cell
        ]
        texts = list(dict.fromkeys(texts))
        if texts:
            rows.append((columns.column(name).name, texts[:_SHOWN], max(0, len(texts) - _SHOWN)))
    return {"fact": fact, "rows": rows}


def _manifest(make: Callable[[Settings], dict[str, Any]], *, explained: bool) -> Response:
    form = answers.wanted_format((JSON, HTML)) if explained else JSON
    if form is JSON:
        response = _json(make(current_app.config["SETTINGS"]))
    else:
        features = {**writing.FEATURES}
        page = render_template(
            "reconcile/reconcile.html",
            address=manifest.address("reconcile.root", lang=None),
            draft=manifest.address("reconcile.draft"),
            columns=columns.columns(),
            types=[writing.type_row(name) for name in columns.types()],
            features=features,
            batch=BATCH,
            cells=CELLS,
        )
        response = Response(page, content_type=HTML.content_type)
        response.headers["Content-Language"] = answers.language()
    response.headers["Vary"] = answers.VARY
    response.headers["Cache-Control"] = "no-store"  # it names the host that was asked
    return response


def _json(value: object) -> Response:
    response = Response(msgspec.json.encode(value), content_type=JSON.content_type)
    response.headers["Citygraph-Release"] = served().version
    response.headers["Content-Language"] = answers.language()
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    return response


def _known(kind: str) -> str:
    if kind not in manifest.KINDS:
        raise Absent(f"There are no suggestions of {kind[:80]}; there are those of {', '.join(manifest.KINDS)}.")
    return kind


def _fields() -> dict[str, str]:
    """The fields of a form, or of the address."""
    if request.method != "POST":
        return request.args.to_dict()
    if request.get_data().count(b"&") > _FIELDS:
        raise Problem(413, "Too many fields", f"Send at most {_FIELDS} fields.")
    return request.args.to_dict() | request.form.to_dict()


def _body() -> bytes:
    """The JSON of a request."""
    if request.mimetype not in ("application/json", ""):
        raise Problem(415, "This is no JSON", "Send the body as application/json.")
    return request.get_data()
