"""Dereferencing: every name of ours leads to documents, and all formats of one thing hold the same graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Dataset, Graph, URIRef
from rdflib.compare import isomorphic

from citygraph.formats import RDF, Format
from citygraph.web.describe import serialise

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own readers use what it deprecates

BASE = "https://w3id.org/citygraph/"
NAMES = (
    "id/partnership/rivermouth-obersoed",
    "id/city/rivermouth",
    "id/source/rivermouth-en",
    "id/person/ada-example",
    "id/form",
    "id/form/twinning",
    "id/evidence/rivermouth-en-signing",
    "graph/source/rivermouth-en",
    "graph/links",
    "ontology",
)
READERS = {
    "turtle": "turtle",
    "ntriples": "nt",
    "rdfxml": "xml",
    "jsonld": "json-ld",
    "n3": "n3",
    "trig": "trig",
    "nquads": "nquads",
}


def read(content: bytes, form: Format) -> Graph:
    """Read an answer with an independent parser; of a dataset, the union of its graphs."""
    if form.name not in ("trig", "nquads"):
        return Graph().parse(data=content, format=READERS[form.name])
    union = Graph()
    for subject, predicate, value, _ in Dataset().parse(data=content, format=READERS[form.name]).quads():
        union.add((subject, predicate, value))
    return union


@pytest.mark.parametrize("name", NAMES)
def test_formats_agree(client: FlaskClient, name: str) -> None:
    """Every format of one thing holds the same graph, and the thing is spoken of in it."""
    graphs = []
    for form in RDF:
        answer = client.get(f"/{name}", headers={"Accept": form.media_type}, follow_redirects=True)
        assert answer.status_code == 200
        assert answer.content_type == form.content_type
        graphs.append(read(answer.data, form))
    assert len(graphs[0])
    assert name.startswith("graph/") or (URIRef(BASE + name), None, None) in graphs[0]
    for graph in graphs[1:]:
        assert isomorphic(graphs[0], graph)


@pytest.mark.parametrize("form", RDF, ids=lambda form: form.name)
def test_suffixes(client: FlaskClient, form: Format) -> None:
    """Every extension of a format leads to it, whatever the client accepts."""
    for extension in form.extensions:
        wanted = next(row for row in RDF if extension in row.extensions)
        answer = client.get(f"/id/city/rivermouth.{extension}", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.location == f"/data/city/rivermouth.{wanted.extension}"
        direct = client.get(f"/data/city/rivermouth.{extension}", headers={"Accept": "text/html"})
        assert direct.mimetype == wanted.media_type


def test_thing_to_page(client: FlaskClient) -> None:
    """A browser is led from a thing to its page, and the page says in which language it is."""
    answer = client.get("/id/city/rivermouth", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.location) == (303, "/page/city/rivermouth")
    assert answer.headers["Vary"] == "Accept, Accept-Language, Accept-Datetime, Accept-Encoding"
    page = client.get(answer.location, headers={"Accept-Language": "de"})
    assert page.mimetype == "text/html"
    assert page.headers["Content-Language"] == "de"


def test_whole_description(client: FlaskClient, world: Release) -> None:
    """A thing's data hold every statement about it and every statement that points to it."""
    import pyoxigraph as ox  # noqa: PLC0415 - the engine is asked directly only here

    node = ox.NamedNode(f"{BASE}id/partnership/rivermouth-obersoed")
    form = RDF[0]
    expected = read(serialise([*world.store.quads(node), *world.store.quads(value=node)], form, BASE), form)
    got = read(client.get("/data/partnership/rivermouth-obersoed.ttl").data, form)
    assert not expected - got


def test_graph_holds_its_source_only(client: FlaskClient, world: Release) -> None:
    """A graph's data are exactly the dump of that graph."""
    dumped = Graph().parse(world.folder / "dumps" / "graphs" / "source" / "rivermouth-en.nt", format="nt")
    answer = client.get("/data/graph/source/rivermouth-en.nt")
    assert isomorphic(dumped, Graph().parse(data=answer.data, format="nt"))


def test_same_bytes(client: FlaskClient) -> None:
    """Asking twice gives the same bytes and the same entity tag."""
    first, second = (client.get("/data/city/rivermouth.trig") for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_not_modified(client: FlaskClient) -> None:
    """Whoever has a document already is told so; another format or language has another tag."""
    for path in ("/data/city/rivermouth.ttl", "/page/city/rivermouth", "/ontology", "/catalogue.ttl", "/dumps/"):
        tag = client.get(path).headers["ETag"]
        assert not tag.startswith("W/")
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
    tags = [client.get(f"/data/city/rivermouth.{form.extension}").headers["ETag"] for form in RDF]
    tags += [
        client.get("/page/city/rivermouth", headers={"Accept-Language": name}).headers["ETag"] for name in ("de", "fr")
    ]
    assert len(set(tags)) == len(tags)


def test_links(client: FlaskClient) -> None:
    """A document links to its other formats, its licence, its data set and its thing."""
    links = client.get("/data/city/rivermouth.ttl").headers["Link"].split(", <")
    for form in RDF:
        assert any(f'type="{form.media_type}"' in link and 'rel="alternate"' in link for link in links)
    for relation in ("license", "describedby", "canonical", "cite-as"):
        assert any(f'rel="{relation}"' in link for link in links)


def test_absent(client: FlaskClient) -> None:
    """What nobody speaks of is absent, in the format that was asked for."""
    for path in ("/id/city/atlantis", "/page/city/atlantis", "/data/city/atlantis.ttl", "/graph/nowhere", "/id/a b<c>"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert (page.status_code, page.mimetype) == (404, "text/html")
        problem = client.get(path, headers={"Accept": "text/turtle"})
        assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
        assert problem.json["status"] == 404


def test_unacceptable(client: FlaskClient) -> None:
    """A client that takes nothing on offer gets 406 and the list of what there is."""
    answer = client.get("/id/city/rivermouth", headers={"Accept": "application/pdf"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json["offered"]


def test_version_of_the_ontology(client: FlaskClient) -> None:
    """The version IRI of the ontology leads to the ontology."""
    assert client.get("/ontology/0.1.0").location == "/ontology"
    assert client.get("/ontology/9.9.9").status_code == 404
