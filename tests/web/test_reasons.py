"""Each fact tells why it is to be believed: who says so, in which words, against whom, or by which rule."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from rdflib import Dataset, URIRef

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

BASE = "https://w3id.org/citygraph/"
THING = f"{BASE}id/partnership/basel-stadt-toyama"


def ask(client: FlaskClient, s: str, p: str, o: str, **more: str) -> str:
    """The text of the answer about a statement, in terms below our base."""
    answer = client.get("/why", query_string={"s": BASE + s, "p": BASE + p, "o": o, **more})
    assert answer.status_code == 200
    return answer.text


def test_rivals(seed_app: Flask) -> None:
    """The renewal with Toyama is dated by words of one page, and the page says what the other one says."""
    client = seed_app.test_client()
    day = '"2018-08-24"^^<http://www.w3.org/2001/XMLSchema#date>'
    page = ask(client, "id/event/basel-stadt-toyama-renewal", "ontology#date", day, lang="en", format="html")
    assert "24 August 2018" in page
    assert "Others say otherwise" in page
    assert "August 2019" in page
    assert re.search(r'<q lang="en">[^<]+</q>', page)
    assert "characters" in page


@pytest.mark.parametrize(
    ("subject", "term", "value", "words"),
    [
        ("id/canton/basel-stadt", "ontology#partnerOf", "id/prefecture/toyama", "By the rule"),
        ("id/partnership/basel-stadt-toyama", "ontology#assertedBy", "id/canton/basel-stadt", "By the rule"),
        ("id/canton/basel-stadt", "ontology#partnership", "id/partnership/basel-stadt-toyama", "other direction"),
        ("id/city/basel", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "ontology#Party", "narrower"),
    ],
)
def test_conclusions(seed_app: Flask, subject: str, term: str, value: str, words: str) -> None:
    """An inferred fact names its rule and its premises, which lead on."""
    client = seed_app.test_client()
    term = term if ":" in term else BASE + term
    answer = client.get("/why", query_string={"s": BASE + subject, "p": term, "o": BASE + value, "format": "html"})
    assert words in answer.text
    links = [unescape(link) for link in re.findall(r'href="(/why\?s=[^"]+)" rel="nofollow"', answer.text)]
    assert links
    assert all(client.get(link).status_code == 200 for link in links)


def test_the_same_as_data(seed_app: Flask) -> None:
    """Programs get the statement in the graphs that state it, with its evidence."""
    other = f"{BASE}id/prefecture/toyama"
    text = ask(seed_app.test_client(), "id/partnership/basel-stadt-toyama", "ontology#party", other, format="nquads")
    found = Dataset()
    found.parse(data=text, format="nquads")
    statement = (URIRef(THING), URIRef(f"{BASE}ontology#party"), URIRef(other))
    graphs = {str(graph.identifier) for graph in found.graphs() if statement in graph}
    assert graphs == {f"{BASE}graph/source/basel-stadt-{code}" for code in ("de", "en")}
    assert any(found.quads((None, URIRef("http://www.w3.org/ns/oa#exact"), None, None)))


def test_what_nobody_states(client: FlaskClient) -> None:
    """A statement that nobody makes is not found, and what is no statement is refused."""
    nobody = {"s": f"{BASE}id/city/rivermouth", "p": f"{BASE}ontology#party", "o": '"x"'}
    assert client.get("/why", query_string=nobody).status_code == 404
    for broken in ({}, nobody | {"s": '"x"'}, nobody | {"o": "<x:y> . <a:b> <c:d> <e:f>"}, nobody | {"o": "\x00<>"}):
        assert client.get("/why", query_string=broken).status_code == 400
