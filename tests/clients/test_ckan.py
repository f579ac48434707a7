"""ckanext-dcat, which GovData and many other portals run, reads our catalogues and finds everything in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import Graph
from rdflib.namespace import DCAT
from rdflib.namespace import RDF as RDF_TERMS

from citygraph.release import Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

HERE = Path(__file__).parent
ASKED = [("", "rdf"), ("/de", "ttl"), ("/ch", "jsonld")]
FORMS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}


def read_by_ckan(content: bytes, form: str) -> dict[str, Any]:
    """Let ckanext-dcat parse a catalogue; whatever it logs or warns of is a failure."""
    command = [HERE / "ckan" / "bin" / "python", "-W", "ignore::DeprecationWarning", HERE / "read_by_ckan.py", form]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    assert done.stderr == b"", done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.real
@pytest.mark.parametrize(("profile", "extension"), ASKED)
def test_ckan_finds_every_data_set_with_its_files(
    world: Release, settings: Settings, repository: Repository, profile: str, extension: str
) -> None:
    """Every data set, distribution, licence, contact and checksum arrives, without a warning."""
    client = create_app(settings, Releases(world.folder.parent), repository).test_client()
    content = client.get(f"/catalog{profile}.{extension}").data
    graph = Graph().parse(data=content, format=FORMS[extension])
    datasets = graph.subjects(RDF_TERMS.type, DCAT.Dataset)
    wanted = {str(row): {str(file) for file in graph.objects(row, DCAT.distribution)} for row in datasets}
    found = read_by_ckan(content, FORMS[extension])
    shown = {row["key"]: row["value"] for row in found["datasets"][0]["extras"]}
    assert shown["contact_uri"].endswith("#contact")
    extras = [{row["key"]: row["value"] for row in dataset["extras"]} for dataset in found["datasets"]]
    assert {row["uri"] for row in extras} == set(wanted)
    for row, dataset in zip(extras, found["datasets"], strict=True):
        assert {file["uri"] for file in dataset["resources"]} == wanted[row["uri"]]
        assert {"contact_name", "publisher_name", "identifier", "theme", "spatial_uri", "temporal_start"} <= row.keys()
        assert dataset["title"]
        assert dataset["notes"]
        assert dataset["tags"]
        for file in dataset["resources"]:
            assert {"license", "hash", "hash_algorithm", "size", "format", "mimetype", "download_url"} <= file.keys()


@pytest.mark.real
def test_ckan_follows_pages(
    world: Release, settings: Settings, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds the next page by the links of a page, and none behind the last."""
    monkeypatch.setattr("citygraph.web.portal.SIZE", 6)
    client = create_app(settings, Releases(world.folder.parent), repository).test_client()
    first = read_by_ckan(client.get("/catalog.ttl?page=1").data, "turtle")
    assert (len(first["datasets"]), first["next"]) == (6, f"{settings.base_iri}catalog.ttl?page=2")
    assert read_by_ckan(client.get("/catalog.ttl?page=2").data, "turtle")["next"] is None
