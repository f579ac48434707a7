"""Graphs are read by the Graph Store Protocol, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from citygraph.formats import RDF, Format
from citygraph.vocab import KINDS, RDF_TYPE
from citygraph.web import files, graphs
from citygraph.web.current import Served
from citygraph.web.listing import CODE_LISTS, class_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release

BASE = "https://w3id.org/citygraph/"
PLACES = f"{BASE}graph/places"


def triples(content: bytes, form: Format) -> set[ox.Triple]:
    """The triples of a document, with values as the store keeps them: documents keep how they are written."""
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in ox.parse(content, form.rdf))
    return {quad.triple for quad in store}


def plain(found: set[ox.Triple]) -> set[ox.Triple]:
    """The triples without blank nodes, whose names differ from one document to another."""
    return {row for row in found if not any(isinstance(term, ox.BlankNode) for term in row)}


@pytest.mark.parametrize("long", [files.LONG, 0], ids=["short", "long"])
@pytest.mark.parametrize("form", RDF, ids=lambda form: form.name)
def test_a_graph_is_read_by_its_iri_in_every_format(
    client: FlaskClient, world: Release, form: Format, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The triples are those of the graph, however long; HEAD agrees with GET, and a relative IRI names the same."""
    monkeypatch.setattr(graphs, "LONG", long)
    held = {quad.triple for quad in world.store.quads(graph=ox.NamedNode(PLACES))}
    for name in (PLACES, "graph/places"):
        answer = client.get(f"/store?graph={quote(name, safe='')}", headers={"Accept": form.media_type})
        assert (answer.status_code, answer.mimetype) == (200, form.media_type)
        assert triples(answer.data, form) == held
        head = client.head(f"/store?graph={quote(name, safe='')}", headers={"Accept": form.media_type})
        assert (head.status_code, head.content_type, head.data) == (200, answer.content_type, b"")


def test_long_graphs_are_written_one_at_a_time(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks while another long graph is written is told when to come again."""
    monkeypatch.setattr(graphs, "LONG", 0)
    monkeypatch.setattr(graphs, "_WAIT", 0.01)
    with graphs._ONE:
        answer = client.get("/store?graph=graph/labels", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/data/graph/labels.trig").status_code == 200


@pytest.mark.parametrize("name", ["turtle", "ntriples", "rdfxml", "jsonld", "n3"])
def test_the_default_graph_is_the_union(client: FlaskClient, world: Release, name: str) -> None:
    """It holds what a query without a dataset sees, but for the description of the release itself."""
    form = next(row for row in RDF if row.name == name)
    answer = client.get("/store?default", headers={"Accept": form.media_type})
    assert answer.mimetype == form.media_type
    own = {
        quad.triple
        for graph in ("catalogue", "void")
        for quad in world.store.quads(graph=ox.NamedNode(f"{BASE}graph/{graph}"))
    }
    named = {quad.triple for quad in world.store.quads()}
    found = triples(answer.data, form) | own
    assert len(found) == len(named)
    assert plain(found) == plain(named)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/store", 400),
        ("GET", "/store?default&graph=x:y", 400),
        ("GET", "/store?graph=x:y&graph=x:z", 400),
        ("GET", "/store?graph=http://127.0.0.1:1/x", 404),
        ("GET", "/store?graph=file:///etc/passwd", 404),
        ("GET", "/store?graph=%3Cscript%3E", 404),
        ("HEAD", "/store?graph=x:y", 404),
        ("PUT", "/store?default", 405),
        ("POST", "/store?graph=x:y", 405),
        ("DELETE", f"/store?graph={PLACES}", 405),
        ("PATCH", "/store?default", 405),
        ("GET", "/update?update=CLEAR+ALL", 403),
        ("POST", "/update", 403),
    ],
)
def test_what_is_not_read_is_refused(client: FlaskClient, method: str, path: str, status: int) -> None:
    """A problem says why, and a method that is not there is told those that are."""
    answer = client.open(path, method=method, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert status != 405 or "GET" in answer.headers["Allow"]
    assert "<script>" not in answer.text


def test_query_is_another_name_of_the_endpoint(client: FlaskClient) -> None:
    """Clients of other servers look there."""
    query = {"query": "ASK {}"}
    assert client.get("/query", query_string=query).json == client.get("/sparql", query_string=query).json
    assert client.post("/query", data=query).json["boolean"] is True


def test_the_things_of_a_graph_are_read_page_by_page_from_its_download(world: Release) -> None:
    """Each thing of the graph stands on one page; what has no download is left to the store."""
    served, found = Served.of(world), list[str]()
    while rows := graphs.subjects(served, "graphs/places", len(found), 7):
        found += rows
    quads = world.store.quads(graph=ox.NamedNode(PLACES))
    assert len(found) == len(set(found))
    assert set(found) == {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    assert graphs.subjects(served, "graphs/catalogue", 0, 7) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in CODE_LISTS])
def test_the_things_of_a_kind_are_those_of_its_class(world: Release, kind: str) -> None:
    """A list shows every thing of the class that has a page of its own, whatever else its download speaks of."""
    served = Served.of(world)
    term = served.iris.term(class_of(kind))
    quads = world.store.quads(predicate=RDF_TYPE, value=term)
    found = graphs.subjects(served, f"kinds/{kind}", 0, 10_000, term) or []
    assert sorted(found) == sorted({quad.subject.value for quad in quads if f"/id/{kind}/" in str(quad.subject)})
