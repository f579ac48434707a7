"""Releases on disk: sealed once, switched by a rename, never changed."""

import shutil

import pytest

from citygraph.errors import ReleaseError
from citygraph.release import Release, Releases
from citygraph.retention.policy import prune


def manifest(version):
    return {"version": version, "files": [], "base_iri": "https://e.org/", "counts": {"triples": 0, "graphs": {}}}


def publish(releases, version):
    with releases.workspace() as work:
        return releases.publish(work, manifest(version))


def test_the_last_release_published_is_the_current_one(tmp_path):
    """Publishing makes a release current and keeps those before it."""
    releases = Releases(tmp_path / "releases")
    assert releases.current() is None
    for version in ("1", "2"):
        publish(releases, version)
    assert releases.current_version() == releases.current().version == "2"
    assert {release.version for release in releases.all()} == {"1", "2"}


def test_a_version_with_other_bytes_is_refused(tmp_path):
    """A release that exists is never written over."""
    releases = Releases(tmp_path)
    publish(releases, "1")
    with releases.workspace() as work, pytest.raises(ReleaseError, match="never changes"):
        releases.publish(work, manifest("1") | {"date": "other"})


def test_two_builds_do_not_meet(tmp_path):
    """A second build in the same folder is told to wait."""
    releases = Releases(tmp_path)
    with releases.workspace(), pytest.raises(ReleaseError, match="wait"), releases.workspace():
        pass


def test_what_a_failed_build_left_is_swept_away(tmp_path):
    """A build that fails leaves the current release, and nothing else."""
    releases = Releases(tmp_path)
    publish(releases, "1")
    (tmp_path / ".building-1" / "store").mkdir(parents=True)

    def fail():
        with releases.workspace() as work:
            (work / "half").write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert releases.current_version() == "1"
    assert {path.name for path in tmp_path.iterdir()} == {"1", "current", ".lock"}


def test_a_folder_without_a_whole_manifest_is_no_release(tmp_path):
    """A broken manifest is told with the remedy."""
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ReleaseError, match="restore it, or remove the folder and run `citygraph build`"):
        Release.open(tmp_path)


def test_a_version_is_found_by_its_beginning_and_a_wrong_one_lists_those_there_are(tmp_path):
    """People type the beginning of a version; what is not there names what is."""
    releases = Releases(tmp_path)
    publish(releases, "2026-11-22-abc")
    assert releases.get("2026").version == releases.get("current").version == "2026-11-22-abc"
    with pytest.raises(ReleaseError, match="2026-11-22-abc"):
        releases.get("2025")


def test_every_file_that_was_altered_or_lost_is_found(world, tmp_path):
    """Checksums tell which file differs, and say nothing of a release that is whole."""
    copy = tmp_path / "copy"
    shutil.copytree(world.folder, copy)
    assert Release.open(copy).faults() == []
    (copy / "report.txt").write_text("other")
    (copy / "dumps" / "citygraph.nq").unlink()
    assert Release.open(copy).faults() == ["dumps/citygraph.nq is missing", "report.txt differs from its checksum"]


def test_the_oldest_releases_are_removed_but_none_that_is_served(tmp_path):
    """So many are kept; one that is current, or that somebody holds, stays."""
    releases = Releases(tmp_path)
    for number in range(5):
        publish(releases, f"2026-11-0{number}-abc")
    held = releases.get("2026-11-01").hold()
    releases.switch("2026-11-00-abc")
    assert prune(releases, 2) == ["2026-11-02-abc"]
    assert releases.versions() == ["2026-11-00-abc", "2026-11-01-abc", "2026-11-03-abc", "2026-11-04-abc"]
    held.close()
    assert prune(releases, 2) == ["2026-11-01-abc"]
