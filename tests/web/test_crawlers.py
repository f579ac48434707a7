"""Crawlers find all pages, and VoID is where its clients look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import VOID

from citygraph.formats import RDF

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release

BASE = "https://w3id.org/citygraph/"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: FlaskClient, path: str, kind: str) -> list[tuple[str, str]]:
    """The addresses of a sitemap with the days of their last change."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ET.fromstring(answer.data)
    assert root.tag == f"{SPACE}{kind}"
    return [(row.findtext(f"{SPACE}loc", ""), row.findtext(f"{SPACE}lastmod", "")) for row in root]


def test_the_sitemap_leads_to_pages(client: FlaskClient, world: Release) -> None:
    """From robots.txt a crawler comes to the list of lists, and from these to pages, each of which answers."""
    robots = client.get("/robots.txt").text
    assert f"Sitemap: {BASE}sitemap.xml" in robots.splitlines()
    pages = []
    for address, changed in addresses(client, "/sitemap.xml", "sitemapindex"):
        assert changed == world.manifest["date"]
        found = addresses(client, address.replace(BASE, "/"), "urlset")
        assert 0 < len(found) <= 50_000
        pages += [page for page, _ in found]
    assert len(set(pages)) == len(pages)
    for page in pages:
        answer = client.get(page.replace(BASE, "/"), headers={"Accept": "text/html"})
        assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_every_party_is_in_the_sitemap(client: FlaskClient, world: Release) -> None:
    """No party and no partnership is left out."""
    pages = {page for page, _ in addresses(client, "/sitemap-1.xml", "urlset")}
    text = f"SELECT DISTINCT ?x {{ VALUES ?c {{ <{BASE}ontology#Party> <{BASE}ontology#Partnership> }} ?x a ?c }}"
    things = {row["x"].value for row in world.store.select(text)}
    assert {thing.replace("/id/", "/page/") for thing in things if thing.startswith(f"{BASE}id/")} <= pages
    assert client.get("/sitemap-2.xml").status_code == 404


@pytest.mark.parametrize("path", ["/.well-known/void", *(f"/void.{row.extension}" for row in RDF)])
def test_void(client: FlaskClient, world: Release, path: str) -> None:
    """The description is had at its well-known address and in every format, the same as the file of the release."""
    answer = client.get(path, headers={"Accept": "*/*"})
    found = Graph().parse(data=answer.data, format="turtle" if "well" in path else answer.mimetype)
    wanted = Graph().parse(world.folder / "dumps" / "void.ttl")
    count = URIRef(f"{BASE}dataset/citygraph"), VOID.triples, None
    assert list(found.triples(count)) == list(wanted.triples(count)) != []
    if answer.mimetype in ("text/turtle", "application/n-triples"):
        assert set(found) == set(wanted)


def test_people_are_led_to_the_downloads(client: FlaskClient) -> None:
    """A browser that asks for the description finds a page."""
    answer = client.get("/.well-known/void", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/downloads")
