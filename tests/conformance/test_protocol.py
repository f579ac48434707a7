"""The requests of the W3C's SPARQL 1.1 Protocol tests that ask, and those that would change something, over HTTP."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
ONE, TWO, THREE = (DATA.format(number) for number in (1, 2, 3))
FORM, QUERY, UPDATE = ("application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update")
BOTH = f"ASK {{ <{ONE}> a ?type . <{TWO}> a ?type }}"
NAMED = f"ASK {{ GRAPH ?g1 {{ <{ONE}> a ?type }} GRAPH ?g2 {{ <{TWO}> a ?type }} }}"
FULL = f"ASK {{ <{THREE}> a ?type GRAPH ?g1 {{ <{ONE}> a ?type }} GRAPH ?g2 {{ <{TWO}> a ?type }} }}"
CONFLICT = f"ASK FROM <{THREE}> {{ GRAPH ?g1 {{ <{ONE}> a ?type }} FILTER NOT EXISTS {{ <{THREE}> a ?type }} }}"
TWO_DEFAULT = [("default-graph-uri", ONE), ("default-graph-uri", TWO)]
TWO_NAMED = [("named-graph-uri", ONE), ("named-graph-uri", TWO)]

# Name in the suite, method, fields of the address, media type of the body, body, and the status.
ASKED = {
    "query_post_form": ("POST", [("default-graph-uri", DATA.format(0))], FORM, urlencode({"query": "ASK {}"})),
    "query_get": ("GET", [("query", "ASK {}")], "", ""),
    "query_post_direct": ("POST", [], QUERY, "ASK {}"),
    "query_dataset_default_graphs_get": ("GET", [("query", BOTH), *TWO_DEFAULT], "", ""),
    "query_dataset_default_graphs_post": ("POST", TWO_DEFAULT, QUERY, BOTH),
    "query_dataset_named_graphs_get": ("GET", [("query", NAMED), *TWO_NAMED], "", ""),
    "query_dataset_named_graphs_post": ("POST", TWO_NAMED, QUERY, NAMED),
    "query_dataset_full": ("POST", [("default-graph-uri", THREE), *TWO_NAMED], QUERY, FULL),
    "query_multiple_dataset": ("POST", TWO_NAMED, QUERY, CONFLICT),
}
REFUSED = {
    "bad_query_method": ("PUT", [("query", "ASK {}")], "", "", 405),
    "bad_multiple_queries": ("GET", [("query", "ASK {}"), ("query", "SELECT * {}")], "", "", 400),
    "bad_query_wrong_media_type": ("POST", [], "text/plain", "ASK {}", 415),
    "bad_query_missing_form_type": ("POST", [], "", urlencode({"query": "ASK {}"}), 415),
    "bad_query_missing_direct_type": ("POST", [], "", "ASK {}", 415),
    "bad_query_non_utf8": ("POST", [], f"{QUERY}; charset=UTF-16", "ASK {}", 415),
    "bad_query_syntax": ("GET", [("query", "ASK {")], "", "", 400),
    "update_post_form": ("POST", [], FORM, urlencode({"update": "CLEAR ALL"}), 403),
    "update_post_direct": ("POST", [], UPDATE, "CLEAR ALL", 403),
    "update_dataset_default_graph": ("POST", [("using-graph-uri", ONE)], UPDATE, "CLEAR ALL", 403),
    "bad_update_get": ("GET", [("update", "CLEAR ALL")], "", "", 403),
    "bad_update_wrong_media_type": ("POST", [], "text/plain", "CLEAR NAMED", 415),
    "bad_update_syntax": ("POST", [], FORM, urlencode({"update": "CLEAR XYZ"}), 403),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server of the suite's data: each document says of itself that it is one."""
    folder = tmp_path_factory.mktemp("protocol") / "v"
    (folder / "engine").mkdir(parents=True)
    store = ox.Store(folder / "engine" / "store")
    document = ox.NamedNode("http://xmlns.com/foaf/0.1/Document")
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    store.extend(ox.Quad(node, kind, document, node) for node in map(ox.NamedNode, (ONE, TWO, THREE)))
    store.flush()
    del store
    manifest = {"version": "v", "base_iri": "http://w3c.example/", "files": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder.parent / "current").symlink_to("v")
    with serving(folder.parent) as address, closing(http.client.HTTPConnection(address[7:])) as connection:
        yield connection


def ask(
    site: http.client.HTTPConnection, method: str, fields: list[tuple[str, str]], kind: str, body: str
) -> tuple[int, str, bytes]:
    """Send a request: the status, the media type, and the body of the answer."""
    site.request(method, f"/sparql/?{urlencode(fields)}", body.encode(), {"Content-Type": kind} if kind else {})
    answer = site.getresponse()
    return answer.status, answer.headers.get_content_type(), answer.read()


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_is_answered(site: http.client.HTTPConnection, name: str) -> None:
    """Every way to ask and every way to name the dataset gives yes."""
    status, _, body = ask(site, *ASKED[name])
    assert (status, json.loads(body)["boolean"]) == (200, True)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused(site: http.client.HTTPConnection, name: str) -> None:
    """Each fault has its status, and updates are refused before they are read."""
    *request, status = REFUSED[name]
    assert ask(site, *request)[0] == status


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("SELECT (1 AS ?value) {}", {"application/sparql-results+json"}),
        ("ASK {}", {"application/sparql-results+json"}),
        ("DESCRIBE <http://example.org/>", {"text/turtle"}),
        ("CONSTRUCT { <s:s> <p:p> 1 } WHERE {}", {"text/turtle"}),
    ],
)
def test_each_form_has_a_type_of_its_own(site: http.client.HTTPConnection, text: str, kinds: set[str]) -> None:
    """Without a wish for a format, the type is one of SPARQL's results or of RDF (query_content_type_…)."""
    status, kind, _ = ask(site, "POST", [], FORM, urlencode({"query": text}))
    assert status == 200
    assert kind in kinds
