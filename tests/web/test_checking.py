"""Quality in the open: what is left to do is said in plain words, and each figure is laid beside the one before."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING

import pytest
import rdflib

from citygraph.release import Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Two sources give different values for", "Worth knowing", "The French label is missing")),
        ("de", ("Zwei Quellen geben verschiedene Werte", "Wissenswert", "Qualität")),
        ("fr", ("Deux sources donnent des valeurs différentes", "Bon à savoir", "Partie par partie")),
    ],
)
def test_the_whole(client: FlaskClient, world: Release, language: str, words: tuple[str, ...]) -> None:
    """The page tells every finding with its file and line, every measure, and every party, in the reader's language."""
    page = client.get(f"/quality?lang={language}", headers=BROWSER).text
    assert all(text in page for text in words)
    found = world.figures("quality")
    for row in found["findings"]:
        assert f"<code>{row['file']}:{row['line']}</code>" in page
    for name in found["measures"]:
        assert f'id="{name}"' in page
    assert 'href="/quality/city/rivermouth' in page
    assert "{value}" not in page


def test_a_party(client: FlaskClient, world: Release) -> None:
    """A party sees what concerns it and nothing else; its page leads there; nobody else has such a page."""
    page = client.get("/quality/city/obersoed", headers=BROWSER).text
    rows = world.figures("quality")["findings"]
    mine = {f"{row['file']}:{row['line']}" for row in rows if row["source"] == "obersoed-de"}
    others = {f"{row['file']}:{row['line']}" for row in rows if row["source"] != "obersoed-de"}
    assert mine
    assert all(place in page for place in mine)
    assert not any(place in page for place in others)
    assert 'href="/quality/city/obersoed"' in client.get("/page/city/obersoed").text
    assert "/quality/" not in client.get("/page/city/farhaven").text
    assert client.get("/quality/editors").status_code == 200
    assert client.get("/quality/city/nowhere").status_code == 404


def test_files(client: FlaskClient, world: Release) -> None:
    """Programs get all of it as JSON, the findings as CSV, and the measures as RDF, by extension or by Accept."""
    found = world.figures("quality")
    content = client.get("/quality.json").json
    assert content["measures"] == found["measures"]
    assert content["release"] == world.version
    assert client.get("/quality", headers={"Accept": "application/json"}).json == content
    rows = list(csv.DictReader(io.StringIO(client.get("/quality.csv?lang=en").text)))
    assert [row["line"] for row in rows] == [str(row["line"]) for row in found["findings"]]
    assert len(rdflib.Graph().parse(data=client.get("/quality.ttl").text, format="turtle")) > len(found["measures"])
    assert client.get("/quality.exe").status_code == 406


def test_what_changed(world: Release, settings: Settings, repository: Repository, tmp_path: Path) -> None:
    """Beside the release before, each figure says how it has changed; without one, the page says that."""
    earlier = tmp_path / "2026-01-01-0000000000"
    shutil.copytree(world.folder, earlier)
    manifest = json.loads((earlier / "manifest.json").read_text("utf-8"))
    (earlier / "manifest.json").write_text(json.dumps(manifest | {"version": earlier.name}), "utf-8")
    figures = json.loads((earlier / "quality.json").read_text("utf-8"))
    figures["found"]["rivermouth-en"]["sources-disagree"] = 4
    of, have = figures["measures"]["with-evidence"]["by"]["obersoed-de"]
    figures["measures"]["with-evidence"]["by"]["obersoed-de"] = [of, 0]
    assert have
    (earlier / "quality.json").write_text(json.dumps(figures), "utf-8")
    releases = Releases(tmp_path)
    releases.switch(earlier.name)
    first = create_app(settings, releases, repository).test_client().get("/quality?lang=en", headers=BROWSER).text
    assert "No release before this one" in first
    shutil.copytree(world.folder, tmp_path / world.version)
    (tmp_path / world.version / "manifest.json").touch()
    releases.switch(world.version)
    client = create_app(settings, releases, repository).test_client()
    page = client.get("/quality?lang=en", headers=BROWSER).text
    assert f"Compared with release {earlier.name}" in page
    assert "3 fewer" in page
    assert 'class="change">+' in page
    assert client.get("/quality.json").json["before"]["found"]["rivermouth-en"]["sources-disagree"] == 4
