"""Which release is served: the next one is picked up without a failed request, a broken one is not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from citygraph.release import MANIFEST, Release, Releases
from citygraph.web.app import create_app
from citygraph.web.current import Current

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.settings import Repository, Settings


def test_renewal(releases: Releases, world: Release, seed: Release) -> None:
    """Another current release is served from then on, and the old one can still be read by who holds it."""
    current = Current(releases)
    old = current.get()
    releases.switch(seed.version)
    current.renew()
    assert (old.version, current.get().version) == (world.version, seed.version)
    assert len(old.store) > 0


def test_broken_release(releases: Releases, world: Release, caplog: pytest.LogCaptureFixture) -> None:
    """A release that cannot be opened leaves the old one in service, and is told once."""
    current = Current(releases)
    broken = releases.folder / "broken"
    broken.mkdir()
    (broken / MANIFEST).write_text("{}")
    releases.switch("broken")
    current.renew()
    current.renew()
    assert current.get().version == world.version
    assert len(caplog.records) == 1


def test_nothing_yet(tmp_path: Path, settings: Settings, repository: Repository) -> None:
    """Before the first build the server says that there is nothing yet, and when to come again."""
    client = create_app(settings, Releases(tmp_path), repository).test_client()
    for accept in ("text/html", "application/json"):
        answer = client.get("/", headers={"Accept": accept})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


@pytest.fixture
def server(releases: Releases, repository: Repository) -> Iterator[str]:
    """The address of a real server process over the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", f"from citygraph.web.server import run; run('127.0.0.1', {port}, 1)"]
    settings = {"CITYGRAPH_RELEASE_FOLDER": str(releases.folder), "CITYGRAPH_REPOSITORY": str(repository.root)}
    process = subprocess.Popen(command, env=os.environ | settings, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                fetch(f"{address}/health")
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def fetch(address: str) -> bytes:
    """Fetch a document; whatever is not 200 is an error."""
    with urllib.request.urlopen(address, timeout=20) as answer:
        content: bytes = answer.read()
        return content


def test_swap_under_load(server: str, releases: Releases, world: Release, seed: Release) -> None:
    """A real server changes to the next release and back while clients ask, and every request is answered."""
    versions: set[bytes] = set()
    faults: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                versions.add(fetch(f"{server}/health"))
                fetch(f"{server}/id/form")
            except OSError as error:
                faults.append(error)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for thread in clients:
        thread.start()
    for version in (seed.version, world.version, seed.version):
        time.sleep(1.2)
        releases.switch(version)
    time.sleep(1.2)
    done.set()
    for thread in clients:
        thread.join()
    assert not faults
    assert len(versions) == 2
