"""Publishing: one release takes another's place, the sites in front of the store follow, and nobody sees half of it."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from citygraph.cli import main
from citygraph.errors import ReleaseError, SettingsError, StoreError
from citygraph.iris import CANONICAL
from citygraph.release import MANIFEST, Release, Releases
from citygraph.remote.backend import Remote
from citygraph.remote.http import Credentials
from citygraph.remote.publish import PART, publish
from citygraph.web.app import create_app
from remote.engines import ENGINES
from servers import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.settings import Repository, Settings
    from remote.engines import Running

pytestmark = pytest.mark.real

VERSION = "2000-01-01-0000000000"
OURS = f'FILTER(STRSTARTS(STR(?g), "{CANONICAL}graph/"))'
SEEN = f"""PREFIX dcat: <http://www.w3.org/ns/dcat#>
SELECT ?version (COUNT(*) AS ?triples) WHERE {{
    {{ SELECT DISTINCT ?version {{ GRAPH <{CANONICAL}graph/catalogue> {{ ?any dcat:version ?version }} }} }} ?s ?p ?o
}} GROUP BY ?version"""


@pytest.fixture
def releases(tmp_path: Path, world: Release) -> Releases:
    """A folder with the world, and with another release that has a graph less and a statement more."""
    shutil.copytree(world.folder, tmp_path / world.version)
    other = tmp_path / VERSION
    shutil.copytree(world.folder, other)
    manifest = json.loads((other / MANIFEST).read_text("utf-8"))
    del manifest["counts"]["graphs"]["links"]
    (other / MANIFEST).write_text(json.dumps(manifest | {"version": VERSION}), "utf-8")
    catalogue = other / "dumps" / "catalogue.ttl"
    catalogue.write_text(catalogue.read_text("utf-8").replace(world.version, VERSION), "utf-8")
    for path in ("graphs/places.nt", "citygraph.nt"):
        with (other / "dumps" / path).open("a", encoding="utf-8") as lines:
            lines.write('<urn:new> <http://www.w3.org/2000/01/rdf-schema#label> "Newtown"@en .\n')
    found = Releases(tmp_path)
    found.switch(world.version)
    return found


@pytest.fixture(params=ENGINES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of each engine, empty and of its own."""
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as found:
        yield found


def send(settings: Settings, running: Running, release: Release) -> Settings:
    """Publish, and give the settings of a site in front of the store."""
    there = replace(settings, poll_seconds=3600.0, **running.settings())
    publish(there, release, Credentials.read(running.environ()), lambda _stage: None)
    return there


def graphs(settings: Settings) -> set[str]:
    """The graphs of ours that a store holds."""
    rows = Remote(settings).everything(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} {OURS} }}")
    return {row["g"].value for row in rows}


def test_one_release_after_another(
    releases: Releases, running: Running, settings: Settings, repository: Repository, world: Release
) -> None:
    """A site says what it lacks, serves what the store holds, and goes over to what is published next."""
    there = replace(settings, poll_seconds=3600.0, **running.settings())
    app = create_app(there, releases, repository)
    current, client = app.extensions["citygraph"], app.test_client()
    answer = client.get("/page/city/rivermouth")
    assert (answer.status_code, "citygraph publish" in answer.json["detail"]) == (503, True)
    for version, gone in ((world.version, ""), (VERSION, "links"), (world.version, "")):
        send(settings, running, releases.get(version))
        current.renew()
        assert client.get("/healthz").json["release"] == version
        assert client.get("/page/city/rivermouth").status_code == 200
        names = {*world.manifest["counts"]["graphs"], "catalogue", "void"} - {gone}
        assert graphs(there) == {f"{CANONICAL}graph/{name}" for name in names}
        new = client.get("/sparql", query_string={"query": "ASK { <urn:new> ?p ?o }"}).json["boolean"]
        assert new is (version == VERSION)
    shutil.rmtree(releases.folder / VERSION)
    send(settings, running, Release.open(_again(releases, world)))
    current.renew()
    answer = client.get("/page/city/rivermouth")
    assert answer.status_code == 503
    assert "2001-01-01" in answer.json["detail"]


def _again(releases: Releases, world: Release) -> Path:
    """The world under another name, outside of the folder that the site reads."""
    folder, version = releases.folder / "elsewhere" / "x", "2001-01-01-0000000000"
    shutil.copytree(world.folder, folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | {"version": version}), "utf-8")
    catalogue = folder / "dumps" / "catalogue.ttl"
    catalogue.write_text(catalogue.read_text("utf-8").replace(world.version, version), "utf-8")
    return folder


def test_nobody_sees_half_a_release(
    releases: Releases, settings: Settings, world: Release, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On the oxigraph server a query sees the statements of the version that it sees, before, during and after."""
    with ENGINES["oxigraph"](tmp_path_factory.mktemp("whole")) as running:
        there = send(settings, running, world)
        seen: set[tuple[str, str]] = set()
        done = threading.Event()

        def look() -> None:
            remote = Remote(there)
            while not done.is_set():
                seen.update(tuple(term.value for term in row) for row in remote.everything(SEEN))

        looking = threading.Thread(target=look)
        looking.start()
        for version in (VERSION, world.version):
            send(settings, running, releases.get(version))
            until(lambda version=version: version in dict(seen) or not looking.is_alive())
        done.set()
        looking.join()
    assert seen == {(version, str(len(whole(releases.get(version))))) for version in (VERSION, world.version)}


def whole(release: Release) -> ox.Store:
    """Every triple of a release, that of its description included, as a store spells it."""
    store = ox.Store()
    for name in ("citygraph.nt", "catalogue.ttl", "void.ttl"):
        store.extend(ox.parse(path=str(release.folder / "dumps" / name)))
    return store


def test_without_an_update_address_graphs_are_replaced_in_place(
    releases: Releases, settings: Settings, world: Release, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A store that takes graphs but no updates is filled as well, and graphs that are no more are deleted."""
    with ENGINES["oxigraph"](tmp_path_factory.mktemp("graphs")) as running:
        alone = replace(running, store_update="")
        send(settings, alone, world)
        there = send(settings, alone, releases.get(VERSION))
        assert f"{CANONICAL}graph/links" not in graphs(there)
        assert Remote(there).published() == [VERSION]


def test_blank_nodes_stay_together_over_many_parts(
    settings: Settings, world: Release, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph sent in many parts has the same blank nodes as the file."""
    monkeypatch.setattr("citygraph.remote.publish.PART", PART // 1000)
    with ENGINES["oxigraph"](tmp_path_factory.mktemp("parts")) as running:
        there = send(settings, running, world)
        text = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{CANONICAL}graph/ontology> {{ ?s ?p ?o }} }}"
        found = ox.Dataset(ox.Quad(*row) for row in Remote(there).everything(text))
    path = world.folder / "dumps" / "graphs" / "ontology.nt"
    expected = ox.Dataset(ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES))
    for dataset in (found, expected):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert len(found) == len(expected)
    assert {quad for quad in expected if isinstance(quad.subject, ox.BlankNode)} <= set(found)


def test_a_wrong_password_changes_nothing(
    servers: dict[str, Running], settings: Settings, world: Release, releases: Releases
) -> None:
    """Who may not write is told so, and the store stays as it is."""
    guest = replace(servers["virtuoso"], password="wrong")
    with pytest.raises(StoreError, match="401"):
        send(settings, guest, releases.get(VERSION))
    assert Remote(replace(settings, store=guest.store)).published() == [world.version]


def test_the_command(servers: dict[str, Running], world: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """`citygraph publish` sends the current release, with addresses and credentials from the environment."""
    running = servers["virtuoso"]
    monkeypatch.setenv("CITYGRAPH_RELEASE_FOLDER", str(world.folder.parent))
    for name, value in {**running.settings(), "store_user": running.user, "store_password": running.password}.items():
        monkeypatch.setenv(f"CITYGRAPH_{name.upper()}", value)
    result = CliRunner().invoke(main, ["publish"])
    assert (result.exit_code, result.output) == (0, f"{world.version} is published at {running.store}\n")


def test_what_cannot_be_published(settings: Settings, world: Release) -> None:
    """Without an address, or under another base, nothing is sent."""
    with pytest.raises(SettingsError, match="store_graphs"):
        publish(replace(settings, store="http://127.0.0.1:9/"), world, None, lambda _stage: None)
    there = replace(
        settings, store="http://127.0.0.1:9/", store_graphs="http://127.0.0.1:9/", base_iri="http://a.example/"
    )
    with pytest.raises(ReleaseError, match="names things under"):
        publish(there, world, None, lambda _stage: None)
