"""Every example query as a route of its own: its parameters in the address, its answer in the formats of its form."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, url_for
from werkzeug.exceptions import NotFound as Absent

import citygraph
from citygraph.formats import JSON
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.questions import GEOJSON, answer, examples, given, offers

if TYPE_CHECKING:
    from citygraph.queries import Query

blueprint = Blueprint("api", __name__)

_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
_TYPES = {"integer": {"type": "integer"}, "iri": {"type": "string", "format": "iri-reference"}}
_REFUSED = {
    "400": "A parameter does not fit.",
    "406": "None of the wanted formats is on offer.",
    "503": "Too many are asking at this moment.",
    "504": "The query took too long.",
}


@blueprint.get("/api/<name>")
def ask(name: str) -> Response:
    """The answer of an example query, with its parameters from the address."""
    query = next((row for row in examples() if row.name == name), None)
    if query is None:
        raise Absent(f"There is no route called {name}; /openapi.json lists them.")
    form = answers.wanted_format(offers(query))
    found = answer(query.bound(given(query), served().iris), form)
    body = json.dumps(_features(found.body), ensure_ascii=False) if form is GEOJSON else found.body
    response = Response(body, content_type=form.content_type)
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    response.headers["Vary"] = answers.VARY
    response.headers["Citygraph-Release"] = served().version
    if found.truncated:
        limits = served().limits
        response.headers["Citygraph-Truncated"] = f"rows; limit={limits.rows}, bytes; limit={limits.answer_bytes}"
    return response


@blueprint.get("/openapi.json")
def description() -> Response:
    """The routes in the terms of OpenAPI 3.1."""
    info = {
        "title": "citygraph",
        "version": citygraph.__version__,
        "license": {"name": "CC0-1.0", "identifier": "CC0-1.0"},
    }
    paths = {url_for(".ask", name=query.name): {"get": _operation(query)} for query in examples()}
    return jsonify({"openapi": "3.1.0", "info": info, "paths": paths})


def _operation(query: Query) -> dict[str, Any]:
    rows = offers(query)
    parameters = [
        {
            "name": row.name,
            "in": "query",
            "description": row.summary or row.name,
            "schema": _TYPES.get(row.type, {"type": "string"}),
            "example": int(row.example) if row.type == "integer" else row.example,
        }
        for row in query.parameters
    ]
    choice = {"name": "format", "in": "query", "schema": {"type": "string", "enum": [row.name for row in rows]}}
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        "operationId": query.name,
        "summary": query.title,
        "description": query.summary,
        "tags": query.head.get("keywords", [])[:1],
        "parameters": [*parameters, choice],
        "responses": {
            "200": {"description": "The answer.", "content": {row.media_type: {} for row in rows}},
            **{status: {"description": words, "content": problem} for status, words in _REFUSED.items()},
        },
    }


def _features(body: bytes) -> dict[str, Any]:
    """The rows that have a point, as features (RFC 7946, section 3.2)."""
    found = ox.parse_query_results(body, format=JSON.results)
    assert isinstance(found, ox.QuerySolutions)
    columns = [variable.value for variable in found.variables]
    features = []
    for row in found:
        values = {name: row[name].value for name in columns if isinstance(row[name], (ox.NamedNode, ox.Literal))}
        if point := next(filter(None, map(_POINT.fullmatch, values.values())), None):
            geometry = {"type": "Point", "coordinates": [float(point[1]), float(point[2])]}
            features.append({"type": "Feature", "geometry": geometry, "properties": values})
    return {"type": "FeatureCollection", "features": features}
