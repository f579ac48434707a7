"""The page of the vocabulary tells every term, how often it is used, and how terms hang together."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from flask import g

from citygraph.store import Store
from citygraph.vocab import foreign
from citygraph.web.current import Served
from citygraph.web.reference import reference

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_every_term_and_shape_has_its_place(client: FlaskClient, world: Release, language: str) -> None:
    """Each class, property, code list and shape stands on the page once, under an anchor of its name."""
    page = client.get(f"/ontology.html?lang={language}").text
    store, iris = world.store, Served.of(world).iris
    defined = {quad.subject.value for quad in store.quads(predicate=foreign("rdfs", "isDefinedBy"))}
    for name in defined:
        assert page.count(f'id="{name.rpartition("#")[2]}"') == 1
    for row in world.figures("shapes"):
        assert page.count(f'id="shape-{row["name"]}"') == 1
    concepts = {quad.object.value for quad in store.quads(predicate=foreign("skos", "inScheme"))}
    assert all(f'href="/page/{name.removeprefix(iris.base + "id/")}' in page for name in concepts)


def test_terms_tell_their_use(app: Flask, world: Release) -> None:
    """The number beside a term is that of the release, and its examples are of it."""
    with app.test_request_context("/ontology"):
        app.preprocess_request()
        view = reference(Served.of(world), "en")
    terms = {row.local: row for row in (*view.classes, *view.properties)}
    assert terms["Partnership"].used == world.manifest["counts"]["things"]["Partnership"]
    assert terms["party"].used == len(
        {
            quad.triple
            for quad in world.store.quads(predicate=ox.NamedNode(f"{Served.of(world).iris.base}ontology#party"))
        }
    )
    assert all(row.url.startswith("/page/partnership/") for row, _ in terms["Partnership"].instances)
    assert all(row.instances for row in terms.values() if row.used)


def test_the_diagram_says_what_the_ontology_says(client: FlaskClient) -> None:
    """The picture is well-formed, has a title and a description, and its table names every property between classes."""
    page = client.get("/ontology.html?lang=en").text
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", page, re.DOTALL)[0])
    space = "{http://www.w3.org/2000/svg}"
    assert [row.tag for row in svg[:2]] == [f"{space}title", f"{space}desc"]
    assert len(svg.findall(f".//{space}rect")) > 5
    table = page[page.index("<caption") : page.index("</table>")]
    for name in ("party", "agreement", "event", "participation", "person", "publishedFor"):
        assert f'#{name}"' in table


def test_a_deprecated_term_says_so(app: Flask, world: Release) -> None:
    """A term that is no longer used stays on the page, and names the one to use instead."""
    served = Served.of(world)
    old, graph = served.iris.term("Old"), served.iris.graph("ontology")
    told = {
        foreign("rdf", "type"): foreign("owl", "Class"),
        foreign("owl", "deprecated"): ox.Literal(value=True),
        foreign("dct", "isReplacedBy"): served.iris.term("Party"),
    }
    quads = [ox.Quad(old, name, value, graph) for name, value in told.items()]
    with app.test_request_context("/ontology"):
        app.preprocess_request()
        changed = replace(served, store=Store.memory([*served.store.quads(graph=graph), *quads]))
        g.served = lambda: changed
        term = next(row for row in reference(changed, "en").classes if row.local == "Old")
    assert term.deprecated
    assert "use instead" in dict(term.links)


def test_a_term_has_an_address_without_a_hash(client: FlaskClient) -> None:
    """Who writes a slash where the vocabulary has a hash is led to the term."""
    assert client.get("/ontology/Party").location == "/ontology#Party"
    assert client.get("/ontology/Nothing").status_code == 404
