"""The digest of all that a build depends on: another whenever a build might give something else, and only then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from citygraph.build.inputs import digest, note, unchanged
from citygraph.release import Releases

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings


@pytest.mark.parametrize(
    "name", ["data/places.ttl", "shapes/dated.ttl", "queries/rules/label.rq", "ontology/citygraph.ttl"]
)
def test_any_changed_file_makes_another_digest(copied: Repository, settings: Settings, name: str) -> None:
    """A line more in whatever a build reads is noticed, and so is another name of the file."""
    before, path = digest(settings, copied), copied.root / name
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    changed = digest(settings, copied)
    path.rename(path.with_name("renamed.ttl"))
    assert len({before, changed, digest(settings, copied)}) == 3


def test_settings_count_only_where_a_build_reads_them(world_repository: Repository, settings: Settings) -> None:
    """Another publisher or validator means another build; another size of pages does not."""
    before = digest(settings, world_repository)
    assert before == digest(replace(settings, page_size=7), world_repository)
    assert before != digest(replace(settings, publisher="somebody else"), world_repository)
    assert before != digest(replace(settings, validator="pyshacl"), world_repository)


def test_a_release_of_unknown_or_other_making_is_built_again(
    world: Release, world_repository: Repository, settings: Settings, tmp_path: Path
) -> None:
    """Without a release, a note or the same digest there is nothing to rely on."""
    releases = Releases(tmp_path)
    assert unchanged(settings, world_repository, releases) is None
    folder = tmp_path / world.version
    (folder / "engine").mkdir(parents=True)
    (folder / "manifest.json").write_bytes((world.folder / "manifest.json").read_bytes())
    (tmp_path / "current").symlink_to(world.version)
    release = releases.current()
    assert release is not None
    assert unchanged(settings, world_repository, releases) is None
    note(release, digest(settings, world_repository))
    assert unchanged(settings, world_repository, releases) == release
    note(release, "of other files")
    assert unchanged(settings, world_repository, releases) is None
