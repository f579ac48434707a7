"""The application over the fixture world, and over the repository's own data."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient

from citygraph.release import Release, Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from citygraph.settings import Repository, Settings


class ReadingClient(FlaskClient):
    """A client that reads each answer to its end, as clients over HTTP do."""

    def open(self, *args: Any, **fields: Any) -> TestResponse:
        """Ask, and read."""
        return super().open(*args, **{"buffered": True} | fields)


@pytest.fixture(scope="session")
def app(world: Release, settings: Settings, repository: Repository) -> Flask:
    """The application, serving the fixture world."""
    made = create_app(settings, Releases(world.folder.parent), repository)
    made.test_client_class = ReadingClient
    return made


@pytest.fixture
def releases(tmp_path: Path, world: Release, edited: Release) -> Releases:
    """A folder with two releases, of which the world is the current one."""
    for release in (world, edited):
        shutil.copytree(release.folder, tmp_path / release.version)
    found = Releases(tmp_path)
    found.switch(world.version)
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


@pytest.fixture(scope="session")
def seed_app(seed: Release, settings: Settings, repository: Repository) -> Flask:
    """The application, serving the repository's own data."""
    return create_app(settings, Releases(seed.folder.parent), repository)
