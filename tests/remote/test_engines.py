"""The site is the same whatever the engine: pages, data, example queries and protocol, over three of them.

Where an engine differs, this file says by how much and the manual (``docs/scale.md``) says it too; what is not listed
is equal, and what is listed does differ.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.errors import StoreError
from citygraph.formats import RDF
from citygraph.iris import CANONICAL, Iris
from citygraph.queries import Query, read_queries
from remote.engines import ENGINES, ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release

pytestmark = pytest.mark.real

IRIS = Iris(CANONICAL)
THING = "partnership/rivermouth-obersoed"
PAGES = (
    "/",
    "/about",
    "/browse/city",
    "/browse/focus-area?page=2",
    "/queries/",
    "/queries/partnerships-of-a-party",
    "/search?q=river",
    f"/page/{THING}",
    "/page/city/rivermouth?lang=de",
    "/page/source/rivermouth-en",
    "/page/focus-area/education",
    "/page/form/twinning",
    "/page/graph/source/rivermouth-en",
    "/page/graph/places",
    "/ontology",
    "/embed/map",
    "/embed/timeline",
    "/embed/network/city/rivermouth",
    "/sparql",
    "/page/city/nowhere",
)
DATA = (
    *(f"/data/{THING}.{row.extension}" for row in RDF),
    "/data/city/rivermouth.nt",
    "/data/graph/places.nt",
    "/ontology.ttl",
    "/sparql?format=ttl",
    "/catalogue.ttl",
)
EXAMPLES = list(read_queries(Path(__file__).parents[2] / "queries" / "examples", IRIS))

TRUTH = {"true": "1", "false": "0"}
DIFFERENCES: dict[tuple[str, str], Callable[[str], object]] = {
    # Virtuoso has no booleans: it keeps and answers 1 and 0.
    ("virtuoso", "/page/graph/places"): lambda text: text.replace("<bdi>true</bdi>", "<bdi>1</bdi>"),
    ("virtuoso", "networks-and-their-members"): lambda text: [
        re.sub(r"\b(true|false)$", lambda row: TRUTH[row[0]], line) for line in text.splitlines()
    ],
}
"""What differs, and what makes it equal."""
REORDERED = {("virtuoso", "names-that-sources-use"), ("virtuoso", "parties-with-the-most-partners")}
"""What is sorted by a text with a language and then by something else: Virtuoso may leave rows of one text unsorted."""

over_servers = pytest.mark.parametrize("server", ENGINES)


def compare(server: str, name: str, expected: str, found: str) -> None:
    """Expect the same, but for a listed difference, which has to be there."""
    level = DIFFERENCES.get((server, name))
    if (server, name) in REORDERED:
        assert sorted(found.splitlines()) == sorted(expected.splitlines())
    elif level is None:
        assert found == expected
    else:
        assert found != expected, "the difference is gone: take it out of the list and the manual"
        assert level(found) == level(expected)


def canonical(body: bytes, extension: str) -> set[str]:
    """The triples of a document, with blank nodes named by what is said of them."""
    form = ox.RdfFormat.from_extension({"n3": "ttl"}.get(extension, extension))
    assert form is not None
    dataset = ox.Dataset(ox.parse(body, format=form))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


@over_servers
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same(apps: dict[str, Flask], server: str, path: str) -> None:
    """A reader cannot tell which engine answers."""
    clients = (apps[name].test_client() for name in ("embedded", server))
    expected, found = (client.get(path, headers={"Accept": "text/html"}) for client in clients)
    assert found.status_code == expected.status_code
    assert len(expected.text) > 500
    compare(server, path, expected.text, found.text)


@over_servers
@pytest.mark.parametrize("path", DATA)
def test_data_are_the_same(apps: dict[str, Flask], server: str, path: str) -> None:
    """Every format holds the same triples."""
    extension = "ttl" if "." not in path else path.rpartition(".")[2]
    expected, found = (apps[name].test_client().get(path) for name in ("embedded", server))
    assert (found.status_code, found.content_type) == (200, expected.content_type)
    assert canonical(found.data, extension) == canonical(expected.data, extension)


@over_servers
@pytest.mark.parametrize("query", EXAMPLES, ids=lambda query: query.name)
def test_an_example_finds_the_same(apps: dict[str, Flask], server: str, query: Query) -> None:
    """Every example query has the same answer, in the same order where it has one."""
    triples = query.form in ("CONSTRUCT", "DESCRIBE")
    accept = "application/n-triples" if triples else "text/csv" if query.form == "SELECT" else "application/json"
    answers = []
    for name in ("embedded", server):
        body = {"query": query.bound({}, IRIS)}
        answer = apps[name].test_client().post("/sparql", data=body, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        answers.append(answer)
    if triples:
        assert canonical(answers[1].data, "nt") == canonical(answers[0].data, "nt")
    else:
        compare(server, query.name, answers[0].text, answers[1].text)


def rows(client: FlaskClient, text: str, **fields: str | list[str]) -> list[dict[str, str]]:
    """The rows of a SELECT, as texts."""
    answer = client.get("/sparql", query_string={"query": text} | fields, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return [{key: term["value"] for key, term in row.items()} for row in answer.json["results"]["bindings"]]


COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
NAMES = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
PLACES, LABELS = f"{CANONICAL}graph/places", f"{CANONICAL}graph/labels"


def test_the_default_graph_is_the_union(client: FlaskClient, world: Release) -> None:
    """Without a data set the default graph has every triple once, and the named graphs are those of the release."""
    assert rows(client, COUNT) == [{"n": str(len(union(world)))}]
    counts = world.manifest["counts"]["graphs"]
    assert rows(client, NAMES) == [{"g": f"{CANONICAL}graph/{name}"} for name in sorted([*counts, "catalogue", "void"])]


def union(world: Release) -> set[str]:
    """Every triple of a release."""
    return {str(quad.triple) for quad in world.store.quads()}


@pytest.mark.parametrize(
    ("fields", "places", "graphs"),
    [
        ({"default-graph-uri": PLACES}, True, []),
        ({"named-graph-uri": PLACES}, False, [PLACES]),
        ({"default-graph-uri": PLACES, "named-graph-uri": LABELS}, True, [LABELS]),
    ],
    ids=["default", "named", "both"],
)
def test_the_data_set_of_the_request(
    client: FlaskClient, world: Release, fields: dict[str, str], places: bool, graphs: list[str]
) -> None:
    """The protocol's parameters choose the graphs, and nothing is there besides (section 2.1.4)."""
    count = world.manifest["counts"]["graphs"]["places"] if places else 0
    assert rows(client, COUNT, **fields) == [{"n": str(count)}]
    assert [row["g"] for row in rows(client, NAMES, **fields)] == graphs


def test_the_data_set_of_the_query(client: FlaskClient, world: Release) -> None:
    """FROM and FROM NAMED choose the graphs, and nothing is there besides (section 13.2)."""
    text = COUNT.replace("WHERE", f"FROM <{PLACES}> WHERE")
    assert rows(client, text) == [{"n": str(world.manifest["counts"]["graphs"]["places"])}]
    assert rows(client, NAMES.replace("WHERE", f"FROM NAMED <{LABELS}> WHERE")) == [{"g": LABELS}]
    assert rows(client, NAMES.replace("WHERE", f"FROM <{LABELS}> WHERE")) == []


def test_relative_names(client: FlaskClient, world: Release) -> None:
    """A relative IRI of a query is resolved against the address of the service."""
    count = world.manifest["counts"]["graphs"]["places"]
    assert rows(client, "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <graph/places> { ?s ?p ?o } }") == [{"n": str(count)}]


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/sparql-results+xml"])
@pytest.mark.parametrize("way", ["get", "form", "body"])
def test_yes_and_no(client: FlaskClient, accept: str, way: str) -> None:
    """ASK is answered yes or no, by every way of asking, in both formats."""
    for text, expected in (("ASK { ?s ?p ?o }", True), ("ASK { <urn:x> ?p ?o }", False)):
        headers = {"Accept": accept}
        if way == "get":
            answer = client.get("/sparql", query_string={"query": text}, headers=headers)
        elif way == "form":
            answer = client.post("/sparql", data={"query": text}, headers=headers)
        else:
            answer = client.post("/sparql", data=text, headers=headers, content_type="application/sparql-query")
        form = ox.QueryResultsFormat.from_media_type(accept)
        assert form is not None
        assert bool(ox.parse_query_results(answer.data, format=form)) is expected


@pytest.mark.parametrize("row", RDF, ids=lambda row: row.name)
def test_triples_in_every_format(client: FlaskClient, world: Release, row: object) -> None:
    """CONSTRUCT is answered in every RDF format, whatever the engine writes itself."""
    text = f"CONSTRUCT WHERE {{ <{CANONICAL}id/{THING}> ?p ?o }}"
    answer = client.post("/sparql", data={"query": text}, headers={"Accept": row.media_type})
    assert answer.content_type == row.content_type
    expected = {str(triple) for triple in world.store.construct(text)}
    found = {str(quad.triple) for quad in ox.parse(answer.data, format=row.rdf)}
    assert found == expected


def test_a_description_tells_of_the_thing(client: FlaskClient) -> None:
    """DESCRIBE answers with statements about the thing; which others it adds is left to the engine (section 16.4)."""
    iri = f"{CANONICAL}id/{THING}"
    answer = client.get("/sparql", query_string={"query": f"DESCRIBE <{iri}>", "format": "nt"})
    subjects = {quad.subject.value for quad in ox.parse(answer.data, format=ox.RdfFormat.N_TRIPLES)}
    assert iri in subjects


def test_a_cut_answer_says_so(made: Callable[..., Flask], engine: str) -> None:
    """More rows than are given out are cut behind a whole row, and the header and the answer say so."""
    client = made(engine, result_rows=10).test_client()
    answer = client.get("/sparql", query_string={"query": "SELECT * WHERE { ?s ?p ?o }"})
    assert "limit=10" in answer.headers["Citygraph-Truncated"]
    assert len(answer.json["results"]["bindings"]) == 10
    assert answer.json["head"]["truncated"] is True
    triples = client.get("/sparql", query_string={"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt"})
    assert triples.headers["Citygraph-Truncated"]
    assert len(list(ox.parse(triples.data, format=ox.RdfFormat.N_TRIPLES))) == 10


def test_what_virtuoso_cuts_is_told(apps: dict[str, Flask]) -> None:
    """Virtuoso cuts answers with status 200; strangers are told, and a page's question is an error instead."""
    answer = apps["virtuoso"].test_client().get("/sparql", query_string={"query": "SELECT * WHERE { ?s ?p ?o }"})
    assert len(answer.json["results"]["bindings"]) == ROWS
    assert answer.headers["Citygraph-Truncated"]
    store = apps["virtuoso"].extensions["citygraph"].get().store
    with pytest.raises(StoreError, match="more rows"):
        list(store.quads())
    assert len(list(store.quads(most=ROWS - 1))) == ROWS - 1


@pytest.mark.parametrize(
    ("text", "status", "word"),
    [
        ("SELECT * WHERE {\n ?s ?p }", 400, ""),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * WHERE { " + "{" * 100 + "}" * 100 + " }", 400, "deeper"),
        ("SELECT * WHERE { ?s ex:p ?o }", 400, ""),
    ],
    ids=["syntax", "service", "nesting", "prefix"],
)
def test_what_cannot_be_answered(client: FlaskClient, text: str, status: int, word: str) -> None:
    """A query that is none, or that is refused, is answered so with a reason, and a line where it is known."""
    answer = client.get("/sparql", query_string={"query": text})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["detail"]
    assert word in answer.json["detail"]


def test_nothing_can_be_changed(client: FlaskClient) -> None:
    """Updates are refused, whatever they call themselves."""
    for fields in ({"update": "DROP ALL"}, {"query": "DROP ALL"}, {"query": "INSERT DATA { <urn:a> <urn:b> <urn:c> }"}):
        assert client.post("/sparql", data=fields).status_code == 403


@over_servers
@pytest.mark.parametrize(
    "text",
    [
        r"SELECT * WHERE { \u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "DEFINE get:soft 'replace' SELECT * FROM <http://127.0.0.1:9/> WHERE { ?s ?p ?o }",
        "EXPLAIN SELECT * WHERE { ?s ?p ?o }",
        r"\u0044\u0052OP ALL",
        "LOAD <http://127.0.0.1:9/>",
    ],
)
def test_more_than_a_query_reaches_no_server(apps: dict[str, Flask], server: str, text: str) -> None:
    """What an engine could take for more than a question is refused here, and escapes hide nothing."""
    assert apps[server].test_client().get("/sparql", query_string={"query": text}).status_code in (400, 403)


@pytest.mark.parametrize("text", ["bif:sys_stat('x')", "<bif:sys_stat>('x')", "<SQL:f>(1)", r"\u0062if:sys_stat('x')"])
def test_functions_of_the_database_are_refused(apps: dict[str, Flask], text: str) -> None:
    """Functions of Virtuoso's database are no SPARQL."""
    query = f"SELECT ({text} AS ?x) WHERE {{ }}"
    answer = apps["virtuoso"].test_client().get("/sparql", query_string={"query": query})
    assert answer.status_code == 400
    assert "not answered here" in answer.json["detail"]


def test_literals_keep_their_types(client: FlaskClient) -> None:
    """Coordinates, dates and texts with languages come back as they were published."""
    text = f"SELECT ?o WHERE {{ GRAPH <{PLACES}> {{ ?s ?p ?o }} FILTER(ISLITERAL(?o)) }}"
    answer = client.get("/sparql", query_string={"query": text})
    found = {json.dumps(row["o"], sort_keys=True) for row in answer.json["results"]["bindings"]}
    point = {
        "type": "literal",
        "value": "POINT(-27.1 -43.05)",
        "datatype": "http://www.opengis.net/ont/geosparql#wktLiteral",
    }
    assert json.dumps(point, sort_keys=True) in found


def test_the_engine_is_known(apps: dict[str, Flask]) -> None:
    """The server itself tells which engine it is."""
    for name in ENGINES:
        assert apps[name].extensions["citygraph"].backend.engine.name == name
