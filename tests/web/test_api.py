"""Each example query has a route, a page and a published example of its own; adding a file is all it takes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
import rdflib
from openapi_spec_validator import validate
from rdflib.namespace import RDF, RDFS, SH

from citygraph.formats import RDF as RDF_FORMATS
from citygraph.queries import read_queries

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.queries import Query
    from citygraph.settings import Repository, Settings

BASE = "https://w3id.org/citygraph/"
SCHEMA = rdflib.Namespace("https://schema.org/")


@pytest.fixture
def examples(repository: Repository, settings: Settings) -> list[Query]:
    """The query files."""
    return list(read_queries(repository.queries("examples"), settings.iris))


def test_every_query_has_a_route(client: FlaskClient, examples: list[Query]) -> None:
    """The routes are described in valid OpenAPI 3.1, with the parameters of the files; each is answered."""
    described = client.get("/openapi.json").json
    validate(described)
    assert described["openapi"].startswith("3.1")
    assert {path.removeprefix("/api/") for path in described["paths"]} == {row.name for row in examples}
    for query in examples:
        operation = described["paths"][f"/api/{query.name}"]["get"]
        assert [row["name"] for row in operation["parameters"]] == [*(row.name for row in query.parameters), "format"]
        answer = client.get(f"/api/{query.name}")
        assert answer.status_code == 200
        assert answer.mimetype in operation["responses"]["200"]["content"]


def test_a_select_has_the_same_rows_in_json_and_csv(client: FlaskClient, examples: list[Query]) -> None:
    """A format changes nothing of the answer."""
    for query in [row for row in examples if row.form == "SELECT"][::6]:
        rows = client.get(f"/api/{query.name}?format=json").json["results"]["bindings"]
        table = list(csv.DictReader(io.StringIO(client.get(f"/api/{query.name}?format=csv").text)))
        assert len(table) == len(rows)


def test_yes_or_no(client: FlaskClient) -> None:
    """An ASK is answered by a boolean, which its parameter decides, and has no table."""
    asked = "/api/has-a-party-a-partnership"
    assert client.get(asked, query_string={"party": "id/city/rivermouth"}).json["boolean"] is True
    assert client.get(asked, query_string={"party": "id/city/nowhere"}).json["boolean"] is False
    assert client.get(asked, headers={"Accept": "text/csv"}).status_code == 406


def test_a_graph(client: FlaskClient) -> None:
    """A CONSTRUCT is answered in every RDF format, with the same statements."""
    asked = {"partnership": "id/partnership/rivermouth-obersoed"}
    counts = set()
    for row in RDF_FORMATS:
        answer = client.get("/api/a-partnership-as-a-graph", query_string={"format": row.name, **asked})
        assert answer.mimetype == row.media_type
        found = rdflib.Dataset(default_union=True).parse(data=answer.data, format=row.media_type)
        counts.add(len(set(found.triples((None, None, None)))))
    assert len(counts) == 1 < min(counts)


def test_places_as_features(client: FlaskClient) -> None:
    """A query with coordinates answers in GeoJSON, longitude first."""
    answer = client.get("/api/map-of-the-parties?format=geojson")
    assert answer.mimetype == "application/geo+json"
    features = answer.json["features"]
    assert features
    for row in features:
        long, lat = row["geometry"]["coordinates"]
        written = row["properties"]["coordinates"].removeprefix("POINT(").removesuffix(")").split()
        assert [float(number) for number in written] == [long, lat]


def test_parameters(client: FlaskClient) -> None:
    """A parameter is a value and never a piece of a query; one that does not fit is refused."""
    assert client.get("/api/partnerships-in-force-on-a-date?date=1999").status_code == 200
    for value in ("soon", '"} INSERT', "2023-07-01> ."):
        assert client.get("/api/partnerships-in-force-on-a-date", query_string={"date": value}).status_code == 400
        assert client.get("/queries/partnerships-in-force-on-a-date", query_string={"date": value}).status_code == 400
    assert client.get("/api/none").status_code == 404


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_every_query_has_a_page_with_its_answer(client: FlaskClient, examples: list[Query], language: str) -> None:
    """A page asks the question, has a field for each parameter, and tells the answer and where it is had as data."""
    for query in examples:
        page = client.get(f"/queries/{query.name}?lang={language}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert all(f'name="{row.name}"' in page.text for row in query.parameters)
        assert not any(f"?_{row.name}" in page.text for row in query.parameters)
        assert 'id="answer"' in page.text
        assert f'href="/api/{query.name}?format=' in page.text


def test_every_query_is_a_published_example(client: FlaskClient, examples: list[Query]) -> None:
    """A reader of SPARQL examples finds each with its text, which runs as it stands, its words and its endpoint."""
    answer = client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    found = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert found == {rdflib.URIRef(f"{BASE}queries/{row.name}") for row in examples}
    for query in examples:
        node = rdflib.URIRef(f"{BASE}queries/{query.name}")
        text = str(graph.value(node, SH[query.form.lower()]))
        assert (node, RDF.type, SH[f"SPARQL{query.form.title()}Executable"]) in graph
        assert (node, SCHEMA.target, rdflib.URIRef(f"{BASE}sparql")) in graph
        assert {str(row) for row in graph.objects(node, SCHEMA.keywords)} == set(map(str, query.head["keywords"]))
        assert str(graph.value(node, RDFS.comment)) == query.summary
        declared = graph.objects(graph.value(node, SH.prefixes), SH.declare)
        spaces = {str(graph.value(row, SH.prefix)): str(graph.value(row, SH.namespace)) for row in declared}
        lines = [f"PREFIX {name}: <{space}>" for name, space in spaces.items() if f"PREFIX {name}:" in text]
        assert len(lines) == text.count("PREFIX ")
        assert text == query.bound()


def test_an_example_is_dereferenceable(client: FlaskClient) -> None:
    """The address of a question is its page for people and the example for programs; an unknown one is neither."""
    path = "/queries/map-of-the-parties"
    assert client.get(path, headers={"Accept": "text/html"}).mimetype == "text/html"
    for row in RDF_FORMATS:
        answer = client.get(path, headers={"Accept": row.media_type})
        assert answer.mimetype == row.media_type
        assert "Accept" in answer.headers["Vary"]
        assert client.get(f"{path}.{row.extension}").data == answer.data
    assert client.get("/queries/none").status_code == client.get("/queries/none.ttl").status_code == 404
    lead = client.get("/.well-known/sparql-examples", headers={"Accept": "text/html"})
    assert lead.headers["Location"].startswith("/queries")
