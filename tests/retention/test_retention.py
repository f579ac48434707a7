"""Releases are kept by the stated policy: never is one removed that is needed, and of what goes a tombstone stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from citygraph.cli import main
from citygraph.errors import ReleaseError, ReleaseGone
from citygraph.history.log import History
from citygraph.release import MANIFEST, Releases
from citygraph.retention.policy import find, prune, reasons, refuse, tombstone
from citygraph.settings import Settings
from citygraph.web.app import create_app
from history.small import publish

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

FILE = {"path": "dumps/citygraph.nt", "bytes": 7, "sha256": "ab" * 32}


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """Five releases in the log; the manifests name a file."""
    for number in range(1, 6):
        made = publish(tmp_path, str(number), {"places": f":basel rdfs:label 'Basel {number}' ."})
        path = tmp_path / str(number) / MANIFEST
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"files": [FILE]}), "utf-8")
        History(tmp_path).record(made)
    return Releases(tmp_path)


@pytest.fixture
def client(releases: Releases) -> FlaskClient:
    """A client of the site after two releases were removed."""
    assert prune(releases, 3) == ["1", "2"]
    return create_app(Settings(), releases).test_client()


def command(releases: Releases, *words: str) -> list[str]:
    done = CliRunner().invoke(
        main, ["--releases", str(releases.folder), *words], env={"CITYGRAPH_KEPT_RELEASES": "2"}, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_each_release_is_kept_for_a_reason(releases: Releases) -> None:
    """The current one, those that a server reads, the last of the log and the newest are kept; others are not."""
    held = releases.get("2").hold()
    releases.switch("1")
    assert reasons(releases, 1) == {
        "1": "the current one",
        "2": "a server reads it",
        "3": "",
        "4": "",
        "5": "the next one is compared with it",
    }
    assert reasons(releases, 2)["4"] == "among the newest 2"
    assert prune(releases, 1) == ["3", "4"]
    assert held is not None
    held.close()
    assert prune(releases, 1) == ["2"]
    assert releases.versions() == ["1", "5"]


def test_what_is_gone_has_a_tombstone(releases: Releases) -> None:
    """The manifest stays; what never was, or is no version, has none."""
    prune(releases, 3)
    stone = tombstone(releases, "1")
    assert stone is not None
    assert stone["files"] == [FILE]
    assert [tombstone(releases, name) for name in ("5", "9", "../5/manifest", "x" * 5000, "\0")] == [None] * 5
    with pytest.raises(ReleaseGone, match=f"SHA-256 {FILE['sha256']}"):
        refuse(releases, "1", "citygraph.nt")
    refuse(releases, "1", "never.nt")


def test_the_list_says_why_and_the_command_removes(releases: Releases) -> None:
    """People see what is kept and why, what would go, and what went."""
    lines = command(releases, "releases")
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "*"]
    assert ["not kept" in line for line in lines] == [True, True, True, False, False]
    assert lines[4].endswith("kept: the current one")
    dry = command(releases, "releases", "prune", "--dry-run")
    assert [line.rpartition(" (")[0] for line in dry[:-1]] == [f"would remove {number}" for number in (1, 2, 3)]
    assert releases.versions() == ["1", "2", "3", "4", "5"]
    assert command(releases, "releases", "prune")[-1] == "2 releases are kept"
    assert releases.versions() == ["4", "5"]
    assert command(releases, "releases", "prune") == ["2 releases are kept"]


@pytest.mark.parametrize(
    "address", ["/dumps/1/", "/dumps/1/citygraph.nt", "/sparql?release=1&query=ASK{}", "/page/city/basel?asof=1"]
)
def test_a_release_that_is_gone_is_answered_410(client: FlaskClient, address: str) -> None:
    """Its addresses say that it went, not that it never was; of a file its size and checksum stay known."""
    answer = client.get(address)
    assert (answer.status_code, answer.json["version"]) == (410, "1")
    assert answer.json.get("file") == (FILE if "citygraph.nt" in address else None)
    page = client.get(address, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (410, "text/html")
    assert "no longer kept" in page.text


@pytest.mark.parametrize("address", ["/dumps/9/", "/dumps/1/never.nt", "/sparql?release=9&query=ASK{}"])
def test_what_never_was_is_answered_404(client: FlaskClient, address: str) -> None:
    """There was no such release, or it had no such file."""
    assert client.get(address).status_code == 404


def test_people_are_told_what_became_of_the_release_they_name(releases: Releases) -> None:
    """One that was removed, one that never was, and the beginning of several are told apart, with what to type."""
    log = History(releases.folder).releases()
    prune(releases, 3)
    with pytest.raises(ReleaseGone) as gone:
        find(releases, "1")
    assert f"published on {log[0].published}, followed by 2 on {log[1].published}" in str(gone.value)
    with pytest.raises(ReleaseError, match="no release is called '9'; type one of 3, 4, 5, or current"):
        find(releases, "9")
    for version in ("34", "11", "12"):
        publish(releases.folder, version, {"places": ":basel rdfs:label 'Basel' ."})
    assert find(releases, "3").version == "3"  # a whole name is never the beginning of another
    assert find(releases, "34").version == "34"
    for name in ("", "x" * 5000, "../3", "\0"):
        with pytest.raises(ReleaseError, match="no release is called"):
            find(releases, name)
    (releases.folder / "gone" / "21.json").write_text("{}", "utf-8")
    with pytest.raises(ReleaseGone, match="the release 2 is"):
        find(releases, "2")
    (releases.folder / "gone" / "2.json").rename(releases.folder / "gone" / "22.json")
    with pytest.raises(ReleaseError, match="no release is called '2'"):
        find(releases, "2")


def test_the_beginning_of_several_releases_is_none(tmp_path: Path) -> None:
    """Whoever types too little is shown which are meant; a folder without releases says how to make one."""
    with pytest.raises(ReleaseError, match="holds no release yet; run `citygraph build`"):
        find(Releases(tmp_path), "1")
    for version in ("11", "12"):
        publish(tmp_path, version, {"places": ":basel rdfs:label 'Basel' ."})
    with pytest.raises(ReleaseError, match="2 releases begin with '1': 11, 12; type more of one"):
        find(Releases(tmp_path), "1")


@pytest.mark.parametrize("words", [("diff", "1"), ("diff", "5", "1"), ("query", "--release", "1", "-")])
def test_commands_tell_of_a_release_that_is_gone(releases: Releases, words: tuple[str, ...]) -> None:
    """The command line ends with 1 and the same sentence, whichever command asks."""
    prune(releases, 3)
    done = CliRunner().invoke(main, ["--releases", str(releases.folder), *words], input="ASK {}")
    assert done.exit_code == 1
    assert "the release 1 is no longer kept (published on " in done.output
