"""The SPARQL protocol: every way to ask, every format of the answer, and nothing but questions."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.plugins.sparql.results.csvresults import CSVResultParser
from rdflib.plugins.sparql.results.jsonresults import JSONResultParser
from rdflib.plugins.sparql.results.tsvresults import TSVResultParser
from rdflib.plugins.sparql.results.xmlresults import XMLResultParser

from citygraph.errors import QueryError
from citygraph.formats import RDF, RESULTS, Format
from citygraph.scanner import check

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own readers use what it deprecates

BASE = "https://w3id.org/citygraph/"
SELECT = f"""SELECT ?party ?since WHERE {{
    ?p <{BASE}ontology#party> ?party OPTIONAL {{ ?p <{BASE}ontology#startDate> ?since }}
}}"""
CONSTRUCT = f"CONSTRUCT WHERE {{ ?p <{BASE}ontology#party> ?party }}"
ASK = f"ASK {{ ?p a <{BASE}ontology#Partnership> }}"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
PARSERS = {"json": JSONResultParser, "xml": XMLResultParser, "csv": CSVResultParser, "tsv": TSVResultParser}
READERS = {"turtle": "turtle", "ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld", "n3": "n3"}


@pytest.mark.parametrize("form", RESULTS, ids=lambda form: form.name)
def test_select(client: FlaskClient, form: Format) -> None:
    """The solutions of a SELECT are the same in every format."""
    answer = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": form.media_type})
    assert answer.content_type == form.content_type
    result = PARSERS[form.name]().parse(io.BytesIO(answer.data))
    expected = client.get("/sparql", query_string={"query": SELECT}).json["results"]["bindings"]
    assert {str(row.party) for row in result} == {row["party"]["value"] for row in expected}
    assert len(result) == len(expected) > 0


@pytest.mark.parametrize("form", [row for row in RDF if row.name in READERS], ids=lambda form: form.name)
def test_construct(client: FlaskClient, form: Format) -> None:
    """The triples of a CONSTRUCT are the same in every format."""
    answer = client.get("/sparql", query_string={"query": CONSTRUCT}, headers={"Accept": form.media_type})
    assert answer.content_type == form.content_type
    plain = client.get("/sparql", query_string={"query": CONSTRUCT, "format": "nt"})
    expected = Graph().parse(data=plain.data, format="nt")
    assert set(Graph().parse(data=answer.data, format=READERS[form.name])) == set(expected)


def test_ask(client: FlaskClient) -> None:
    """An ASK is answered in JSON or XML; CSV cannot carry it."""
    assert client.get("/sparql", query_string={"query": ASK}).json["boolean"] is True
    assert b"<boolean>true" in client.get("/sparql", query_string={"query": ASK, "format": "xml"}).data
    assert client.get("/sparql", query_string={"query": ASK}, headers={"Accept": "text/csv"}).status_code == 406


def test_ways_to_ask(client: FlaskClient) -> None:
    """GET, a form, a body and QUERY give the same answer, with and without a slash at the end."""
    expected = client.get("/sparql", query_string={"query": SELECT}).data
    for path in ("/sparql", "/sparql/"):
        assert client.get(path, query_string={"query": SELECT}).data == expected
        assert client.post(path, data={"query": SELECT}).data == expected
        for method in ("POST", "QUERY"):
            for kind in ("application/sparql-query", "application/sparql-query; charset=UTF-8"):
                assert client.open(path, method=method, data=SELECT, content_type=kind).data == expected
        head = client.head(path, query_string={"query": SELECT})
        assert (head.status_code, head.data) == (200, b"")
        assert head.content_length == len(expected)


def test_sparqlwrapper(client: FlaskClient) -> None:
    """SPARQLWrapper names the format three times over, also where the answer is a graph."""
    for query, wanted in ((SELECT, "application/sparql-results+json"), (CONSTRUCT, "application/ld+json")):
        fields = {"query": query, "format": "json", "output": "json", "results": "json"}
        assert client.get("/sparql", query_string=fields).mimetype == wanted


def test_dataset(client: FlaskClient, world: Release) -> None:
    """The graphs named by the request are the dataset; they are never fetched, and one that is not there is empty."""
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    places, labels = f"{BASE}graph/places", f"{BASE}graph/labels"

    def count(**fields: object) -> int:
        answer = client.get("/sparql", query_string={"query": fields.pop("query", query), **fields})
        return int(answer.json["results"]["bindings"][0]["n"]["value"])

    counts = world.manifest["counts"]["graphs"]
    assert count(**{"default-graph-uri": places}) == counts["places"]
    assert count(**{"default-graph-uri": [places, labels]}) == counts["places"] + counts["labels"]
    assert count(**{"default-graph-uri": "http://127.0.0.1:1/x"}) == 0
    named = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    assert count(query=named, **{"named-graph-uri": labels}) == counts["labels"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"method": "POST", "data": {"update": "CLEAR ALL"}}, 403),
        ({"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"}, 403),
        ({"method": "GET", "query_string": {"update": "CLEAR ALL"}}, 403),
        ({"method": "GET", "query_string": {"query": "PREFIX a: <b:> # c\n insert data { a:b a:c 1 }"}}, 403),
        ({"method": "POST", "data": SELECT, "content_type": "text/plain"}, 415),
        ({"method": "POST", "data": SELECT, "content_type": "application/sparql-query; charset=latin-1"}, 415),
        ({"method": "POST", "data": b"\xff", "content_type": "application/sparql-query"}, 400),
        ({"method": "POST", "data": {"output": "json"}}, 400),
        (
            {"method": "POST", "data": SELECT, "content_type": "application/sparql-query", "query_string": "query=x"},
            400,
        ),
        ({"method": "GET", "query_string": {"query": [SELECT, SELECT]}}, 400),
        ({"method": "GET", "query_string": {"query": SELECT, "default-graph-uri": "no iri"}}, 400),
        ({"method": "GET", "query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}}, 403),
        ({"method": "GET", "query_string": {"query": SELECT}, "headers": {"Accept": "image/png"}}, 406),
        ({"method": "POST", "data": b"x" * 1_000_001, "content_type": "application/sparql-query"}, 413),
        ({"method": "PUT"}, 405),
        ({"method": "DELETE"}, 405),
    ],
)
def test_refusals(client: FlaskClient, fields: dict[str, object], status: int) -> None:
    """What cannot or may not be answered is refused with a problem, and any page may read it."""
    answer = client.open("/sparql", **fields)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_place_of_an_error(client: FlaskClient) -> None:
    """A query that cannot be understood is answered with line and column."""
    problem = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s ?p }"}).json
    assert (problem["line"], problem["column"]) == (2, 16)
    prefix = client.get("/sparql", query_string={"query": "SELECT * { ?s ?p foo:x }"}).json
    assert "prefix" in prefix["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { service<http://x/> {} }",
        "SELECT * { FILTER true.SERVICE<http://x/> {} }",
        "SELECT * { FILTER(?a<?b)SERVICE<http://x/> {} }",
        "SELECT * { ?s ?p <http://x/\\u0023#>\n. SERVICE ?x {} }",
        "SELECT * { " + "{" * 100 + "}" * 100 + " }",
        "SELECT * { FILTER(" + "!" * 5000 + "true) }",
        "SELECT * { FILTER(" + "||".join(["true"] * 20_000) + ") }",
        "SELECT * { VALUES ?x { " + "1 " * 200_000 + "} }",
    ],
)
def test_scanner_refuses(text: str) -> None:
    """Texts that would harm the parser or send requests are refused before they are parsed."""
    with pytest.raises(QueryError):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        SELECT,
        'SELECT ("SERVICE" AS ?service) { ?service:p ?x "it\'s # SERVICE" }',
        "SELECT * { ?s <http://x/SERVICE> 'a', '''SERVICE''' } # SERVICE",
        "PREFIX service: <http://x/> SELECT * { ?s service:SERVICE ?o }",
        "SELECT * { VALUES ?x { " + "<http://x/> " * 5000 + "} }",
        "SELECT * { " + "{" * 40 + "}" * 40 + " }",
    ],
)
def test_scanner_lets_pass(text: str) -> None:
    """Words in texts, addresses, names and comments harm nobody, nor do long lists."""
    check(text)


def test_description(client: FlaskClient, world: Release) -> None:
    """Asked nothing, the endpoint describes itself truly: its address, its formats, and every graph it holds."""
    for form in (row for row in RDF if row.name in READERS):
        answer = client.get("/sparql", headers={"Accept": form.media_type})
        graph = Graph().parse(data=answer.data, format=READERS[form.name])
        assert list(graph.objects(None, SD.endpoint)) == [URIRef(f"{BASE}sparql")]
        assert {str(name) for name in graph.objects(None, SD.name)} == {name.value for name in world.store.graphs()}
        foreign = {str(term) for term in graph.predicates() if not str(term).startswith(str(SD))}
        assert foreign == {"http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}
    page = client.get("/sparql", headers={"Accept": "text/html"})
    assert "<form" in page.text


def test_the_numbers_of_the_graphs_are_true(client: FlaskClient) -> None:
    """The description leads to VoID, which tells of each graph how many statements a query finds in it."""
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert '</.well-known/void>; rel="describedby"' in answer.headers["Link"].split(", ")
    graphs = set(Graph().parse(data=answer.data, format="turtle").objects(None, SD.graph))
    void = Graph().parse(data=client.get("/void.ttl").data, format="turtle")
    told = {str(graph): int(void.value(graph, VOID.triples)) for graph in graphs if void.value(graph, VOID.triples)}
    text = "SELECT ?graph (COUNT(*) AS ?triples) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
    rows = client.get("/sparql", query_string={"query": text}).json["results"]["bindings"]
    found = {row["graph"]["value"]: int(row["triples"]["value"]) for row in rows}
    # What the release says of itself is no part of what it counts.
    assert set(found) - set(told) == {f"{BASE}graph/catalogue", f"{BASE}graph/void"}
    assert told == {graph: found[graph] for graph in told}


def test_answers_are_kept_by_version(client: FlaskClient) -> None:
    """An answer may be asked for again at no cost, unless it changes by itself."""
    tag = client.get("/sparql", query_string={"query": SELECT}).headers["ETag"]
    again = client.get("/sparql", query_string={"query": SELECT}, headers={"If-None-Match": tag})
    assert again.status_code == 304
    volatile = client.get("/sparql", query_string={"query": "SELECT (NOW() AS ?now) {}"})
    assert "ETag" not in volatile.headers
    assert volatile.headers["Cache-Control"] == "no-store"


def test_page_of_an_answer(client: FlaskClient) -> None:
    """A browser sees the answer as a table, and literals full of markup stay text."""
    query = 'SELECT ("<script>alert(1)</script>" AS ?x) (<javascript:alert(1)> AS ?y) {}'
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"}).text
    assert "<script>" not in page
    assert 'href="javascript' not in page
    for text in (CONSTRUCT, ASK):
        assert client.get("/sparql", query_string={"query": text, "format": "html"}).status_code == 200
