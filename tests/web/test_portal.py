"""The catalogue over HTTP, as harvesters ask for it, and the data sets as people and search engines read them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, PROV
from rdflib.namespace import RDF as RDF_TERMS

from citygraph.formats import RDF
from citygraph.history.log import History
from citygraph.release import MANIFEST, Releases
from citygraph.web.app import create_app
from citygraph.web.names import Name
from citygraph.web.portfolio import portfolio
from citygraph.web.showcase import dataset

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

BASE = "https://w3id.org/citygraph/"
VERSIONS = Namespace(str(DCAT))  # rdflib knows DCAT 2 only
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
CATALOG, WHOLE = URIRef(f"{BASE}catalog"), URIRef(f"{BASE}dataset/citygraph")


def read(client: FlaskClient, path: str, **headers: str) -> Graph:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    form = {"text/turtle": "turtle", "application/rdf+xml": "xml", "application/ld+json": "json-ld"}[answer.mimetype]
    return Graph().parse(data=answer.data, format=form)


@pytest.mark.parametrize("path", ["/catalog", "/catalog/", "/catalog/de", "/catalog/ch", "/catalog-de", "/catalog-ch"])
@pytest.mark.parametrize("accept", ["*/*", "application/rdf+xml", "application/ld+json", "text/turtle, */*;q=0.1", ""])
def test_whoever_does_not_ask_for_a_page_gets_rdf(client: FlaskClient, path: str, accept: str) -> None:
    """Harvesters read every catalogue in the format they ask for, HEAD first, and in Turtle if they take anything."""
    head, answer = (client.open(path, method=method, headers={"Accept": accept}) for method in ("HEAD", "GET"))
    assert (head.status_code, head.mimetype) == (200, answer.mimetype)
    assert head.content_length == len(answer.data)
    graph = read(client, path, Accept=accept)
    assert len(set(graph.objects(CATALOG, DCAT.dataset))) == len(set(graph.subjects(RDF_TERMS.type, DCAT.Dataset))) > 5


@pytest.mark.parametrize("profile", ["", "/de", "/ch"])
def test_the_formats_of_a_catalogue_hold_the_same(client: FlaskClient, profile: str) -> None:
    """Turtle, RDF/XML and JSON-LD, each read by a parser of its format, are one graph."""
    graphs = [read(client, f"/catalog{profile}.{extension}") for extension in ("ttl", "rdf", "xml", "jsonld")]
    assert all(graph.isomorphic(graphs[0]) for graph in graphs)
    for row in RDF:
        assert client.get(f"/catalog{profile}.{row.extension}").mimetype == row.media_type


def test_people_get_a_page(client: FlaskClient) -> None:
    """A browser sees the list of data sets with the catalogues to be harvested."""
    page = client.get("/catalog", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert all(f'href="{path}"' in page.text for path in ("/catalog/de.rdf", "/catalog/ch.rdf", "/dataset/links"))


def test_pages_lead_through_the_whole_catalogue(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, by hydra:next alone, a harvester finds each data set once, and knows when it is done."""
    monkeypatch.setattr("citygraph.web.portal.SIZE", 4)
    whole = set(read(client, "/catalog.ttl").objects(CATALOG, DCAT.dataset))
    found: list[object] = []
    path: str | None = "/catalog.ttl?page=1"
    while path:
        graph = read(client, path)
        assert (URIRef(BASE + path.removeprefix("/")), RDF_TERMS.type, HYDRA.PartialCollectionView) in graph
        assert [int(str(row)) for row in graph.objects(None, HYDRA.totalItems)] == [len(whole)]
        found += graph.objects(CATALOG, DCAT.dataset)
        following = next(iter(graph.objects(None, HYDRA.next)), None)
        path = "/" + str(following).removeprefix(BASE) if following else None
    assert len(found) == len(whole) > 4
    assert set(found) == whole
    assert client.get("/catalog.ttl?page=99").status_code == 404
    assert [client.get(f"/catalog.ttl?page={text}").status_code for text in ("0", "x", "-1")] == [400] * 3


def test_only_what_changed_since_a_day(client: FlaskClient) -> None:
    """A harvester that comes again asks for what is new; nothing else, and no data set that it is not told of."""
    everything = read(client, "/catalog.ttl?modified_since=2000-01-01")
    assert everything.isomorphic(read(client, "/catalog.ttl"))
    nothing = read(client, "/catalog.ttl?modified_since=2999-01-01T00:00:00")
    assert (CATALOG, RDF_TERMS.type, DCAT.Catalog) in nothing
    assert not set(nothing.subjects(RDF_TERMS.type, DCAT.Dataset)) | set(nothing.objects(None, DCAT.servesDataset))
    assert client.get("/catalog?modified_since=yesterday").status_code == 400


def test_every_checksum_and_size_is_that_of_the_bytes(client: FlaskClient, world: Release) -> None:
    """What the catalogue says of each file is true of what HTTP delivers."""
    graph = read(client, "/catalog.ttl")
    files = list(graph.subjects(RDF_TERMS.type, DCAT.Distribution))
    for file in files:
        for link in (DCAT.downloadURL, DCAT.accessURL):
            answer = client.get("/" + str(graph.value(file, link)).removeprefix(BASE))
            assert answer.status_code == 200
            checksum = graph.value(graph.value(file, SPDX.checksum), SPDX.checksumValue)
            assert str(checksum) == hashlib.sha256(answer.data).hexdigest()
            assert int(str(graph.value(file, DCAT.byteSize))) == len(answer.data)
    assert {str(graph.value(file, DCAT.accessURL)).removeprefix(f"{BASE}dumps/") for file in files} >= {
        "citygraph.ttl", "graphs/source/rivermouth-en.nt", "ontology.ttl", "code-lists.ttl", "graphs/links.nt",
    }  # fmt: skip


@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_a_data_set_has_a_page_in_the_reader_s_language(client: FlaskClient, code: str) -> None:
    """The page names files, sizes and checksums, and the search engine's description is whole."""
    page = client.get(f"/dataset/ontology.html?lang={code}")
    assert {"en": "The ontology", "de": "Die Ontologie", "fr": "L’ontologie"}[code] in page.text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)
    assert "<" not in text
    told = json.loads(text)
    assert (told["@type"], told["inLanguage"]) == ("Dataset", code)
    assert 50 <= len(told["description"]) <= 5000
    assert told["license"] == "http://creativecommons.org/publicdomain/zero/1.0/"
    assert {"name", "creator", "keywords", "temporalCoverage", "spatialCoverage", "dateModified"} <= told.keys()
    for file in told["distribution"]:
        assert client.get("/" + file["contentUrl"].removeprefix(BASE)).mimetype == file["encodingFormat"]
        assert file["sha256"] in page.text


def test_a_data_set_is_data_too(client: FlaskClient) -> None:
    """At the address of a data set, and with an extension, stand its statements; an unknown one is not there."""
    graph = read(client, "/dataset/citygraph", Accept="*/*")
    assert (WHOLE, RDF_TERMS.type, DCAT.Dataset) in graph
    versions = set(graph.objects(WHOLE, VERSIONS.hasVersion))
    assert set(graph.subjects(RDF_TERMS.type, DCAT.Dataset)) == {WHOLE, *versions}
    assert graph.isomorphic(read(client, "/dataset/citygraph.rdf"))
    assert [client.get(path).status_code for path in ("/dataset/none", "/dataset/none.ttl", "/dataset/links.exe")] == [
        404
    ] * 3


def test_hostile_texts_do_not_leave_the_description(
    world: Release, settings: Settings, repository: Repository, app: Flask
) -> None:
    """A title that would end the script element is written so that it cannot."""
    with app.test_request_context("/"):
        app.preprocess_request()
        found = portfolio(world, "eu")
        assert found is not None
        row = replace(dataset(found, str(WHOLE), "en"), title=Name("</script><script>alert(1)//", "en"))
        assert "<" not in row.json_ld()
        assert json.loads(row.json_ld())["name"] == "</script><script>alert(1)//"


def test_versions_form_a_chain(world: Release, tmp_path: Path, settings: Settings, repository: Repository) -> None:
    """Each release is a version of each data set, and names the one before it."""
    releases, versions = Releases(tmp_path), [world.version, f"again-{world.version}"]
    for version in versions:
        shutil.copytree(world.folder, tmp_path / version)
        manifest = tmp_path / version / MANIFEST
        manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {"version": version}), "utf-8")
        releases.switch(version)
        History(tmp_path).record(releases)
    client = create_app(settings, releases, repository).test_client()
    graph = read(client, "/dataset/citygraph.ttl")
    first, second = (URIRef(f"{WHOLE}/{version}") for version in versions)
    assert set(graph.objects(WHOLE, VERSIONS.hasVersion)) == {first, second}
    assert (second, VERSIONS.previousVersion, first) in graph
    assert (second, PROV.wasRevisionOf, first) in graph
    assert (first, VERSIONS.isVersionOf, WHOLE) in graph
    assert (WHOLE, VERSIONS.previousVersion, first) in read(client, "/catalog.ttl")
    own = read(client, f"/dataset/citygraph/{versions[1]}", Accept="text/turtle")
    assert str(own.value(second, VERSIONS.version)) == versions[1]
    assert own.value(second, DCTERMS.issued)
    assert set(own.objects(second, DCTERMS.title)) == set(graph.objects(WHOLE, DCTERMS.title)) != set()


def test_quality_tells_what_portals_would_find(client: FlaskClient) -> None:
    """The build has read its catalogues as harvesters do; the page tells points and findings, the file all of it."""
    page = client.get("/quality?lang=en", headers={"Accept": "text/html"})
    assert "405 of 405" in page.text
    assert "set contact_email" in page.text
    found = client.get("/dumps/harvest.json").json
    assert found["eu"] == {"violations": 0, "points": 405.0, "of": 405, "findings": []}
    assert {"de", "ch"} <= found.keys()
