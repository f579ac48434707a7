"""Downloads: the release's own bytes, whole or in part, and no path but theirs."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT
from rdflib.namespace import RDF as RDF_TERMS

from citygraph.formats import RDF
from citygraph.release import File, Releases
from citygraph.web import downloads, files
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

BASE = "https://w3id.org/citygraph/"


def test_every_file(client: FlaskClient, world: Release) -> None:
    """Every file of the manifest is had, with its own bytes and its checksum as entity tag."""
    for file in world.files:
        answer = client.get(f"/dumps/{file.path.removeprefix('dumps/')}")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.data).hexdigest() == file.sha256
        assert answer.headers["ETag"] == f'"{file.sha256}"'


def test_types(client: FlaskClient) -> None:
    """A file's type follows from its extension."""
    for name, wanted in {
        "citygraph.ttl": "text/turtle",
        "citygraph.nq": "application/n-quads",
        "citygraph.rdf": "application/rdf+xml",
        "partnerships.csv": "text/csv",
        "manifest.json": "application/json",
        "report.txt": "text/plain",
    }.items():
        assert client.get(f"/dumps/{name}").mimetype == wanted


def test_ranges_and_conditions(client: FlaskClient) -> None:
    """A download may be continued, checked, or only measured."""
    whole = client.get("/dumps/citygraph.nq")
    part = client.get("/dumps/citygraph.nq", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert client.get("/dumps/citygraph.nq", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    head = client.head("/dumps/citygraph.nq")
    assert (head.content_length, head.data) == (len(whole.data), b"")
    assert client.get("/dumps/citygraph.nq", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_named_release(client: FlaskClient, world: Release) -> None:
    """A file under the name of its release never changes, and says so."""
    answer = client.get(f"/dumps/{world.version}/citygraph.nq")
    assert answer.data == client.get("/dumps/citygraph.nq").data
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(f"/dumps/{world.version[:-1]}/citygraph.nq").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../manifest.json",
        "%2e%2e/manifest.json",
        "..%2fmanifest.json",
        "/etc/passwd",
        "engine/search.sqlite",
        "none.ttl",
    ],
)
def test_no_other_path(client: FlaskClient, path: str) -> None:
    """Nothing but the files of the manifest is given out."""
    answer = client.get(f"/dumps/{path}")
    assert answer.status_code == 404
    assert b"root:" not in answer.data


def test_listing(client: FlaskClient, world: Release) -> None:
    """The list of files is a page for people and the manifest for programs."""
    page = client.get("/dumps/", headers={"Accept": "text/html"})
    assert all(file.sha256 in page.text for file in world.files)
    assert client.get("/dumps/", headers={"Accept": "application/json"}).json["version"] == world.version


@pytest.mark.parametrize("path", ["/catalogue"])
def test_catalogue(client: FlaskClient, path: str) -> None:
    """The description of the release is RDF for whoever takes anything."""
    answer = client.get(path, headers={"Accept": "*/*"})
    assert answer.mimetype == "text/turtle"
    graph = Graph().parse(data=answer.data, format="turtle")
    assert (URIRef(f"{BASE}catalog"), RDF_TERMS.type, DCAT.Catalog) in graph


def test_catalogue_formats(client: FlaskClient, world: Release) -> None:
    """The catalogue is had in every format, and is the same as the file of the release."""
    dumped = Graph().parse(world.folder / "dumps" / "catalogue.ttl", format="turtle")
    for form in RDF:
        for extension in form.extensions:
            assert client.get(f"/catalogue.{extension}").status_code == 200
    assert set(Graph().parse(data=client.get("/catalogue.nt").data, format="nt")) == set(dumped)
    assert client.get("/catalogue.exe").status_code == 404


def test_a_file_that_the_build_has_coded_is_sent_so(
    tmp_path: Path, world: Release, settings: Settings, repository: Repository
) -> None:
    """Whoever accepts the coding of a file beside another gets its bytes as they are; parts are of the plain file."""
    folder = tmp_path / world.version
    shutil.copytree(world.folder, folder)
    plain = (folder / "dumps/citygraph.nt").read_bytes()
    (folder / "dumps/citygraph.nt.gz").write_bytes(gzip.compress(plain, mtime=0))
    manifest = json.loads((folder / "manifest.json").read_text())
    coded = File.of(folder, folder / "dumps/citygraph.nt.gz")
    manifest["files"].append(asdict(coded))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "current").symlink_to(world.version)
    client = create_app(settings, Releases(tmp_path), repository).test_client()
    answer = client.get("/dumps/citygraph.nt", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert hashlib.sha256(answer.data).hexdigest() == coded.sha256
    assert "Accept-Encoding" in answer.headers["Vary"]
    tag = answer.headers["ETag"]
    again = client.get("/dumps/citygraph.nt", headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-9"}
    assert client.get("/dumps/citygraph.nt", headers=headers, buffered=True).data == plain[:10]


WAYS = [
    {},
    {"Range": "bytes=0-9"},
    {"Range": "bytes=5-9,20-30"},
    {"Range": "bytes=9999999999-"},
    {"Range": "bytes=0-9", "If-Range": '"other"'},
    {"If-None-Match": "*"},
    {"If-Match": '"other"'},
    {"Accept-Encoding": "gzip, zstd"},
    {"Accept-Encoding": "identity;q=0, br"},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_lane_answers_as_the_application_would(
    app: Flask, client: FlaskClient, world: Release, monkeypatch: pytest.MonkeyPatch, way: dict[str, str]
) -> None:
    """Status, body and headers are the same whether the lane answers or leaves it to the road behind it."""
    paths = ["citygraph.nq", "kinds/city.nt", "manifest.json", "none.ttl", "latest/citygraph.nq", ""]
    asked = [("GET", f"/dumps/{start}{path}") for start in ("", f"{world.version}/") for path in paths]
    asked += [("HEAD", path) for _, path in asked]
    seen = []
    for lanes in (app.wsgi_app._lanes, {}):
        monkeypatch.setattr(app.wsgi_app, "_lanes", lanes)
        monkeypatch.setattr(app.wsgi_app, "_shelves", type(app.wsgi_app._shelves)())
        found = [client.open(path, method=method, headers=way) for method, path in asked]
        seen.append([(row.status_code, row.data, sorted(row.headers)) for row in found])
    assert seen[0] == seen[1]


def test_when_too_many_long_bodies_are_on_their_way(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds no seat is told when to come again."""
    monkeypatch.setattr(files, "LONG", 1)
    monkeypatch.setattr(files, "_WAIT", 0.2)
    seats = downloads.seats_of(app)
    for _ in range(files.AT_ONCE):
        assert seats.acquire(blocking=False)
    part = {"Range": "bytes=0-9"}
    refused = client.get("/dumps/citygraph.nq", headers=part)
    seats.release(files.AT_ONCE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert client.get("/dumps/citygraph.nq", headers=part).status_code == 206
