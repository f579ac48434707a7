"""The fixture world beside recorded entities, built once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph.settings import Repository
from conftest import ROOT, built_once
from wikidata.twins import make_twins

if TYPE_CHECKING:
    from citygraph.release import Release
    from citygraph.settings import Settings


@pytest.fixture(scope="session")
def twins_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with the world and the recorded entities in the place of its data."""
    folder = tmp_path_factory.mktemp("twins") / "data"
    make_twins(ROOT / "tests" / "world", folder)
    return Repository(ROOT, folder)


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory, settings: Settings, twins_repository: Repository) -> Release:
    """A release of it."""
    return built_once(tmp_path_factory, "twins-release", settings, twins_repository)
