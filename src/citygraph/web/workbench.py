"""What the script of the query page needs to know: prefixes, terms to complete, and the example queries.

The page itself is that of :mod:`citygraph.web.sparql`; its script, and that of the pictures, is bundled from
``frontend/``. Where the bundles were not made, the pages stand without them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, url_for

from citygraph.formats import Format, Kind
from citygraph.vocab import RDF_TYPE, foreign, prefixes
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.language import editorial
from citygraph.web.names import best
from citygraph.web.questions import examples

if TYPE_CHECKING:
    from citygraph.web.current import Served

blueprint = Blueprint("workbench", __name__)

FACTS = Format("json", "JSON", Kind.PAGE, ("application/json",), ("json",), None)

_CLASS = foreign("owl", "Class")
_PROPERTIES = (foreign("owl", "ObjectProperty"), foreign("owl", "DatatypeProperty"))
_USED = ("rdf:type", "rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:broader", "skos:inScheme", "owl:sameAs")
_PLACED = ("geo:lat", "geo:long", "gsp:hasGeometry", "gsp:asWKT", "schema:name", "dct:title", "prov:wasDerivedFrom")
"""Properties of others that our data use and that a query often needs."""


@blueprint.get("/sparql/workbench.json")
def facts() -> Response:
    """The prefixes, the terms with their names, and the examples, in the reader's language."""
    language = answers.language()
    response = answers.answer(FACTS, lambda: json.dumps(_facts(served(), language), ensure_ascii=False), varies=False)
    response.set_etag(answers.entity_tag(FACTS.name, language))
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = language
    return response


def _facts(now: Served, language: str) -> dict[str, object]:
    classes, properties = _terms(now)
    common = [foreign(*short.split(":")).value for short in (*_USED, *_PLACED)]
    return {
        "base": now.iris.base,
        "prefixes": prefixes(now.iris.base),
        "classes": classes,
        "properties": sorted({*properties, *common}),
        "names": {iri: best(rows, language).text for iri, rows in now.terms.names.items()},
        "examples": [
            {
                "name": row.name,
                "title": (title := editorial(row.title)).text,
                "language": title.language if title.language != language else "",
                "summary": editorial(row.summary).text,
                "text": row.bound({}, now.iris),
            }
            for row in examples()
        ],
    }


def _terms(now: Served) -> tuple[list[str], list[str]]:
    """Our classes and properties."""
    kinds = [
        (quad.subject.value, quad.object)
        for quad in now.store.quads(graph=now.iris.graph("ontology"))
        if quad.predicate == RDF_TYPE and hasattr(quad.subject, "value")
    ]
    ours = [(iri, kind) for iri, kind in kinds if now.iris.owns(iri)]
    return (
        sorted(iri for iri, kind in ours if kind == _CLASS),
        sorted({iri for iri, kind in ours if kind in _PROPERTIES}),
    )


@blueprint.app_template_global()
def bundle(name: str) -> str | None:
    """The address of a bundle, or None where it was not made."""
    path = Path(current_app.static_folder or "") / "built" / name
    return url_for("static", filename=f"built/{name}") if path.is_file() else None
