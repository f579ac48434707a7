"""The fixture world behind three engines: the one within, the oxigraph server and Virtuoso."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from citygraph.release import Releases
from citygraph.remote.http import Credentials
from citygraph.remote.publish import publish
from citygraph.web.app import create_app
from remote.engines import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings
    from remote.engines import Running


@pytest.fixture(scope="session")
def servers(
    tmp_path_factory: pytest.TempPathFactory, world: Release, settings: Settings
) -> Iterator[dict[str, Running]]:
    """The servers, with the world published into each."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(start(tmp_path_factory.mktemp(name))) for name, start in ENGINES.items()}
        for running in found.values():
            there = replace(settings, **running.settings())
            publish(there, world, Credentials.read(running.environ()), lambda _stage: None)
        yield found


@pytest.fixture(scope="session")
def made(
    servers: dict[str, Running], world: Release, settings: Settings, repository: Repository
) -> Callable[..., Flask]:
    """Makes an application over one of the engines; keywords are settings."""

    def make(engine: str, **fields: object) -> Flask:
        there = {} if engine == "embedded" else {"store": servers[engine].store}
        return create_app(
            replace(settings, **{"poll_seconds": 3600.0} | there | fields), Releases(world.folder.parent), repository
        )

    return make


@pytest.fixture(scope="session")
def apps(made: Callable[..., Flask]) -> dict[str, Flask]:
    """An application over each engine."""
    return {engine: made(engine) for engine in ("embedded", *ENGINES)}


@pytest.fixture(params=["embedded", *ENGINES])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    return str(request.param)


@pytest.fixture
def client(apps: dict[str, Flask], engine: str) -> FlaskClient:
    """A client of the application over each engine."""
    return apps[engine].test_client()
