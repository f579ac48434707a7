"""What most tests stand on: the fixture world and the repository's own data, each built once into a release."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from citygraph.build import pipeline
from citygraph.release import Release, Releases
from citygraph.settings import Repository, Settings

ROOT = Path(__file__).parents[1]
TOGETHER = ("browser", "clients", "conformance", "remote", "test_cluster.py")
"""Folders and files whose tests share what is dear to start: an engine, a browser, a cluster."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one process run the tests that share what is dear to make, so that it is made once and nobody waits."""
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    place = item.path.relative_to(ROOT / "tests")
    fixtures = item._fixtureinfo.name2fixturedefs
    if place.parts[0] in TOGETHER:
        return place.parts[0]
    if "seed" in fixtures:
        return "seed"
    return str(place) if any(found[-1].scope == "module" for found in fixtures.values()) else ""


def silent(_stage: str) -> None:
    """Show no progress."""


def built_once(factory: pytest.TempPathFactory, name: str, settings: Settings, repository: Repository) -> Release:
    """Build a release, or take the one that another process of this test run has built."""
    shared = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    releases = Releases(shared / name)
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return releases.current() or pipeline.build(settings, repository, releases, silent)


@pytest.fixture(scope="session")
def repository() -> Repository:
    """The repository itself."""
    return Repository(ROOT)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the repository, whatever the environment says."""
    return Settings.read(ROOT / "citygraph.toml", {})


@pytest.fixture(scope="session")
def world_repository() -> Repository:
    """The repository with the fixture world in the place of its data."""
    return Repository(ROOT, ROOT / "tests" / "world")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings, world_repository: Repository) -> Release:
    """A release of the fixture world."""
    return built_once(tmp_path_factory, "world", settings, world_repository)


@pytest.fixture(scope="session")
def edited(tmp_path_factory: pytest.TempPathFactory, settings: Settings, world_repository: Repository) -> Release:
    """A release of the world in which one thing is new, one is renamed and another has changed."""
    data = tmp_path_factory.mktemp("edited") / "data"
    shutil.copytree(world_repository.data, data)
    for name in ("sources/gazette-en.ttl", "labels.ttl"):
        text = (data / name).read_text("utf-8").replace('"1999-05"', '"1999-06"')
        (data / name).write_text(text.replace(":hilltop-oldferry ", ":hilltop-and-oldferry "), "utf-8")
    with (data / "places.ttl").open("a", encoding="utf-8") as places:
        places.write('country:newland a cg:Country ; skos:prefLabel "Newland"@en, "Neuland"@de, "Terre neuve"@fr .\n')
    return built_once(tmp_path_factory, "edited-world", settings, Repository(ROOT, data))


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, settings: Settings, repository: Repository) -> Release:
    """A release of the repository's own data."""
    return built_once(tmp_path_factory, "seed", settings, repository)


@pytest.fixture
def copied(tmp_path: Path, world_repository: Repository) -> Repository:
    """A copy of the fixture world that a test may break."""
    root = tmp_path / "repository"
    for folder in ("linking", "ontology", "profiles", "queries", "shapes"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(world_repository.data, root / "data")
    return Repository(root)
