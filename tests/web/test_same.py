"""Others find our things from the identifiers that they have."""

import json

import pyoxigraph as ox
import pytest

from citygraph.formats import RDF
from citygraph.linking.matcher import Matcher

RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@pytest.mark.parametrize(
    ("identifier", "thing"),
    [
        *(
            (form, "city/zurich")
            for form in (
                "http://www.wikidata.org/entity/Q72",
                "https://www.wikidata.org/entity/Q72",
                "https://www.wikidata.org/wiki/Q72",
                "https://m.wikidata.org/wiki/Q72#P31",
                "https://www.wikidata.org/wiki/Special:EntityData/Q72.json",
                "wd:Q72",
                "Q72",
                " q72 ",
                "https://sws.geonames.org/2657896/",
                "http://sws.geonames.org/2657896",
                "https://www.geonames.org/2657896/zuerich.html",
                "geonames:2657896",
            )
        ),
        ("CH-BS", "canton/basel-stadt"),
        ("ch-bs", "canton/basel-stadt"),
        ("CH", "country/switzerland"),
        ("http://www.wikidata.org/entity/Q12172", "canton/basel-stadt"),
        ("Q78", "city/basel"),
    ],
)
def test_an_identifier_leads_to_our_thing(seed_app, identifier, thing):
    """Wikidata, GeoNames and ISO 3166 in all their spellings lead by 303 to the thing, which leads to its documents."""
    answer = seed_app.test_client().get("/id", query_string={"sameAs": identifier})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/id/{thing}")


@pytest.mark.parametrize(
    "identifier", ["Q999999999999", "http://example.org/nobody", "XX-YY", "x" * 50_000, "<", "%00"]
)
def test_what_nobody_knows_is_told_in_the_format_asked_for(client, identifier):
    """404 comes as a page to browsers and as a problem to programs."""
    for accept, kind in (("text/html", "text/html"), ("application/json", "application/problem+json")):
        answer = client.get("/id", query_string={"sameAs": identifier}, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, kind)


def test_without_an_identifier_the_address_says_what_it_wants(client):
    """400 names the parameter and shows what it takes."""
    answer = client.get("/id")
    assert answer.status_code == 400
    assert "sameAs=" in json.loads(answer.data)["detail"]


@pytest.fixture
def double(app, monkeypatch):
    """Two things of the world under one identifier, which a checked release does not have."""
    base = "https://w3id.org/citygraph/id/city/"
    monkeypatch.setattr(Matcher, "same", lambda _, __: [f"{base}obersoed", f"{base}zweistadt"])
    return [f"{base}obersoed", f"{base}zweistadt"]


@pytest.mark.parametrize("form", RDF, ids=lambda form: form.name)
def test_several_things_are_listed(client, double, form):
    """An identifier of several things is answered with 300 and all of them, in every format of RDF."""
    answer = client.get("/id?sameAs=X-1", headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (300, form.media_type)
    found = ox.parse(answer.data, form.rdf)
    assert {quad.object.value for quad in found if quad.predicate.value == f"{RDFS}seeAlso"} == set(double)


def test_several_things_are_listed_on_a_page(client, double):
    """A browser gets a page that links to each."""
    answer = client.get("/id?sameAs=X-1", headers={"Accept": "text/html"})
    assert answer.status_code == 300
    assert all(f"/page/{iri.partition('/id/')[2]}" in answer.text for iri in double)
