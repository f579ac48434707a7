"""The example queries: which there are, in which formats each is answered, and the answer.

A parameter may make a query long, so it is answered by the workers that answer strangers' queries, within the same
limits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import current_app, request

from citygraph.formats import JSON, RDF, RESULTS, Format, Kind, by_name
from citygraph.queries import Query, read_queries
from citygraph.web import clients
from citygraph.web.answers import served
from citygraph.workers import Question

if TYPE_CHECKING:
    from citygraph.iris import Iris
    from citygraph.settings import Repository
    from citygraph.workers import Answer

GEOJSON = Format("geojson", "GeoJSON", Kind.PAGE, ("application/geo+json",), ("geojson",), None)
_CSV = by_name("csv", RESULTS)
_OFFERS = {"SELECT": (JSON, _CSV), "ASK": (JSON,), "CONSTRUCT": RDF, "DESCRIBE": RDF}
"""What is on offer for each form of a query; the first is for those who do not choose."""


@lru_cache(maxsize=4)
def _read_examples(repository: Repository, iris: Iris) -> tuple[Query, ...]:
    found = read_queries(repository.queries("examples"), iris)
    return tuple(sorted(found, key=lambda row: (row.head.get("order", 0), row.name)))


def examples() -> tuple[Query, ...]:
    """The example queries of the repository, under the base of the release, in the order that their heads give."""
    return _read_examples(current_app.config["REPOSITORY"], served().iris)


def offers(query: Query) -> tuple[Format, ...]:
    """The formats that a query is answered in; its points, if its rows have any, make a map."""
    return (*_OFFERS[query.form], *([GEOJSON] if "gsp:asWKT" in query.text else []))


def given(query: Query) -> dict[str, str]:
    """The parameters of a query that stand in the address."""
    return {row.name: text for row in query.parameters if (text := request.args.get(row.name, ""))}


def answer(text: str, form: Format) -> Answer:
    """Let a worker answer a query; what is no format of the engine is made of the JSON results."""
    return served().desk.ask(Question(text), form, clients.known(request.environ))
