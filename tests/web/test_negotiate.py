"""Choosing a format: what real clients send gets what they can read, and hostile headers get an answer too."""

from __future__ import annotations

import pytest

from citygraph.errors import FormatError
from citygraph.formats import HTML, RDF, RESULTS
from citygraph.web.negotiate import asked, choose, language, wishes

THING = (*RDF, HTML)
TABLE = (*RESULTS, HTML)

CLIENTS = {
    "Firefox": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", THING, "html"),
    "cURL": ("*/*", THING, "turtle"),
    "nothing": ("", THING, "turtle"),
    "rapper": (
        (
            "application/rdf+xml,text/rdf;q=0.6,application/x-turtle,application/turtle,text/turtle,text/n3;q=0.3,"
            "text/html;q=0.6,application/xhtml+xml;q=0.8,*/*;q=0.1"
        ),
        THING,
        "rdfxml",
    ),
    "rdflib": (
        "text/turtle,application/rdf+xml;q=0.9,text/n3;q=0.8,application/xhtml+xml;q=0.5,*/*;q=0.1",
        THING,
        "turtle",
    ),
    "Comunica on a thing": (
        (
            "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
            "text/turtle;q=0.6,application/rdf+xml;q=0.5,text/n3;q=0.35,application/json;q=0.3,text/html;q=0.2"
        ),
        THING,
        "nquads",
    ),
    "ckanext-dcat": ("*/*", RDF, "turtle"),
    "Jena": ("text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,*/*;q=0.3", THING, "turtle"),
    "YASGUI, table": ("application/sparql-results+json,*/*;q=0.9", TABLE, "json"),
    "YASGUI, graph": ("application/n-triples,*/*;q=0.9", THING, "ntriples"),
    "R, package SPARQL": ("application/sparql-results+xml", TABLE, "xml"),
    "R, httr and jsonlite": ("application/sparql-results+json", TABLE, "json"),
    "SPARQLWrapper": (
        "application/sparql-results+json,application/json,text/javascript,application/javascript",
        TABLE,
        "json",
    ),
    "SPARQLWrapper, all": (
        "application/sparql-results+xml,application/json,application/sparql-results+json,text/javascript,*/*",
        TABLE,
        "xml",
    ),
    "Comunica on an endpoint": (
        "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7",
        TABLE,
        "json",
    ),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_clients(name: str) -> None:
    """A real client gets the format that it likes best."""
    header, offers, wanted = CLIENTS[name]
    assert choose(header, offers).name == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("text/turtle;q=0.4, application/rdf+xml;q=0.5", "rdfxml"),
        ("application/rdf+xml, text/turtle", "rdfxml"),
        ("text/turtle;q=0, */*", "ntriples"),
        ("text/*, application/ld+json;q=0.2", "turtle"),
        ("text/html;q=0.9, text/plain;q=0.8", "html"),
        ("TEXT/TURTLE ; q=1.0", "turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, x"', "jsonld"),
        ("application/json", "jsonld"),
        ("text/turtle;q=zero, application/trig", "trig"),
        ("text/turtle;q=9", "turtle"),
        (";;;,,,q=", "turtle"),
    ],
)
def test_quality(header: str, wanted: str) -> None:
    """Qualities, exclusions, wildcards, case and the client's order count; what is unreadable does not."""
    assert choose(header, THING).name == wanted


def test_nothing_acceptable() -> None:
    """A client that takes nothing on offer is told what there is."""
    with pytest.raises(FormatError) as error:
        choose("application/pdf", THING)
    assert "text/turtle" in error.value.offered


def test_three_thousand_types() -> None:
    """A hostile list is read as far as any real list is long."""
    assert len(wishes(",".join(f"x/y{number}" for number in range(3000)))) == 200


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"format": "ttl"}, "turtle"),
        ({"output": "json"}, "jsonld"),
        ({"_mediatype": "application/rdf xml"}, "rdfxml"),
        ({"format": "nonsense"}, "trig"),
        ({"format": "nonsense", "output": "nt"}, "ntriples"),
    ],
)
def test_overrides(arguments: dict[str, str], wanted: str) -> None:
    """A parameter goes before the header; one that says nothing to us does not."""
    assert asked(arguments, "application/trig", THING).name == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [("de-CH,de;q=0.9", "de"), ("it, fr;q=0.3", "fr"), ("it", "en"), ("", "en"), ("de;q=0, fr;q=0.1", "fr")],
)
def test_language(header: str, wanted: str) -> None:
    """A reader gets a language that is understood, and English where there is none."""
    assert language(header, ("en", "de", "fr")) == wanted
