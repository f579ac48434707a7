"""What most tests stand on: the fixture world and the repository's own data, each built once into a release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from citygraph.build import pipeline
from citygraph.release import Release, Releases
from citygraph.settings import Repository, Settings

ROOT = Path(__file__).parents[1]


def silent(_stage: str) -> None:
    """Show no progress."""


@pytest.fixture(scope="session")
def repository() -> Repository:
    """The repository itself."""
    return Repository(ROOT)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The default settings."""
    return Settings()


@pytest.fixture(scope="session")
def world_repository() -> Repository:
    """The repository with the fixture world in the place of its data."""
    return Repository(ROOT, ROOT / "tests" / "world")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings, world_repository: Repository) -> Release:
    """A release of the fixture world."""
    return pipeline.build(settings, world_repository, Releases(tmp_path_factory.mktemp("world")), silent)


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory, settings: Settings, repository: Repository) -> Release:
    """A release of the repository's own data."""
    return pipeline.build(settings, repository, Releases(tmp_path_factory.mktemp("seed")), silent)


@pytest.fixture
def copied(tmp_path: Path, world_repository: Repository) -> Repository:
    """A copy of the fixture world that a test may break."""
    root = tmp_path / "repository"
    for folder in ("ontology", "shapes", "queries"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(world_repository.data, root / "data")
    return Repository(root)
