"""Every example query as a route of its own: its parameters in the address, its answer as JSON, CSV or GeoJSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.exceptions import NotFound as Absent

import citygraph
from citygraph.formats import RESULTS
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.pages import examples

if TYPE_CHECKING:
    from citygraph.queries import Query

blueprint = Blueprint("api", __name__)

GEO = "application/geo+json"
_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
_TYPES = {"integer": {"type": "integer"}, "iri": {"type": "string", "format": "iri-reference"}}
_OFFERS = tuple(row for row in RESULTS if row.name in ("json", "csv"))


@blueprint.get("/api/<name>")
def ask(name: str) -> Response:
    """The answer of an example query, with its parameters from the address."""
    query = next((row for row in examples() if row.name == name and row.form == "SELECT"), None)
    if query is None:
        raise Absent(f"There is no route called {name}; /openapi.json lists them.")
    values = {row.name: text for row in query.parameters if (text := request.args.get(row.name, ""))}
    text = query.bound(values, served().iris)
    if request.args.get("format") == "geojson" and geographic(query):
        return _answer(json.dumps(_features(text), ensure_ascii=False), GEO)
    form = answers.wanted_format(_OFFERS)
    content = served().store.select(text).serialize(format=form.results)
    assert content is not None
    return _answer(content, form.content_type)


@blueprint.get("/openapi.json")
def description() -> Response:
    """The routes in the terms of OpenAPI 3.1."""
    paths = {
        url_for(".ask", name=query.name): {"get": _operation(query)} for query in examples() if query.form == "SELECT"
    }
    info = {
        "title": "citygraph",
        "version": citygraph.__version__,
        "license": {"name": "CC0-1.0", "identifier": "CC0-1.0"},
    }
    return jsonify({"openapi": "3.1.0", "info": info, "paths": paths})


def _operation(query: Query) -> dict[str, Any]:
    media: dict[str, Any] = {row.media_type: {} for row in _OFFERS} | ({GEO: {}} if geographic(query) else {})
    formats = ["json", "csv", *(["geojson"] if geographic(query) else [])]
    given = [
        {
            "name": row.name,
            "in": "query",
            "description": row.summary or row.name,
            "schema": _TYPES.get(row.type, {"type": "string"}),
            "example": row.example,
        }
        for row in query.parameters
    ]
    choice = {"name": "format", "in": "query", "schema": {"enum": formats}}
    return {
        "operationId": query.name,
        "summary": query.title,
        "description": query.summary,
        "parameters": [*given, choice],
        "responses": {
            "200": {"description": "The rows of the answer.", "content": media},
            "400": {"description": "A parameter does not fit.", "content": {"application/problem+json": {}}},
        },
    }


def _features(text: str) -> dict[str, Any]:
    """The rows that have a point, as features."""
    found = served().store.select(text)
    columns = [variable.value for variable in found.variables]
    features = []
    for row in found:
        values = {name: row[name].value for name in columns if isinstance(row[name], (ox.NamedNode, ox.Literal))}
        if point := next(filter(None, map(_POINT.fullmatch, values.values())), None):
            geometry = {"type": "Point", "coordinates": [float(point[1]), float(point[2])]}
            features.append({"type": "Feature", "geometry": geometry, "properties": values})
    return {"type": "FeatureCollection", "features": features}


def _answer(body: str | bytes, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    response.headers["Vary"] = answers.VARY
    return response


def geographic(query: Query) -> bool:
    """Whether the rows of a query have points."""
    return "gsp:asWKT" in query.text
