"""The end of a server: what was asked before is answered, nothing new is accepted, and no process stays."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citygraph.errors import SettingsError
from citygraph.web.server import ensure_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release
    from citygraph.settings import Repository

LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""A query that runs into its limit of time."""
SECONDS = 3


class Server:
    """A real server process."""

    def __init__(self, folder: Path, release: Release, repository: Repository, **more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {
            "CITYGRAPH_RELEASE_FOLDER": str(release.folder.parent),
            "CITYGRAPH_REPOSITORY": str(repository.root),
            "CITYGRAPH_QUERY_SECONDS": str(SECONDS),
            "PORT": str(self.port),
            "TMPDIR": str(folder),
        }
        self.folder, self.log = folder, folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "citygraph", "serve"],
                env=os.environ | settings | more,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        for _ in range(900):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)

    def processes(self) -> list[int]:
        """Its processes, query workers included."""
        found = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        children: dict[int, list[int]] = {}
        for line in found.splitlines()[1:]:
            pid, parent = map(int, line.split())
            children.setdefault(parent, []).append(pid)
        family = [self.process.pid]
        for pid in family:
            family += children.get(pid, [])
        return family


@pytest.fixture
def server(tmp_path: Path, world: Release, repository: Repository) -> Iterator[Server]:
    """A server that ends with the test."""
    made = Server(tmp_path, world, repository)
    yield made
    if made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait(10)


def living(pids: list[int], seconds: float) -> list[int]:
    """Which of the processes have not ended after some seconds."""
    end = time.monotonic() + seconds
    while (found := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < end:
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_graceful_end(server: Server, number: signal.Signals) -> None:
    """A running query is answered after the signal; new connections are refused; then all processes are gone."""
    family = server.processes()
    assert len(family) >= 1 + 1 + 3, "the server, a process that answers, and its query workers"
    answers: list[int] = []

    def ask() -> None:
        asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        asking.request("GET", f"/sparql?query={urllib.parse.quote(LONG)}")
        answers.append(asking.getresponse().status)
        asking.close()

    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    idle.request("GET", "/healthz")
    idle.getresponse().read()  # and the connection stays open
    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(1)
    os.kill(server.process.pid, number)
    time.sleep(0.5)
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5)
    assert server.process.poll() is None
    thread.join(30)
    idle.close()
    assert answers == [504]
    assert server.process.wait(10) == 0
    assert living(family, 5) == []
    lines = server.log.read_text("utf-8")
    assert '"status":504' in lines, "the last line is written before the process ends"
    assert "threads" not in lines
    assert list(server.folder.glob("citygraph-*")) == []


def test_first_start(tmp_path: Path, world: Release, repository: Repository) -> None:
    """A server that had to build its release first answers pages, and no process of it breaks down."""
    folder, data = str(tmp_path / "releases"), str(repository.root / "tests" / "world")
    server = Server(tmp_path, world, repository, CITYGRAPH_RELEASE_FOLDER=folder, CITYGRAPH_DATA=data)
    try:
        for path in ("/", "/about", "/queries/"):
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30).close()
        assert "Unexpected exit" not in server.log.read_text("utf-8")
    finally:
        server.process.terminate()
        server.process.wait(30)


def test_it_does_not_stand_beside_another_server() -> None:
    """A port that is taken is an error with a remedy, though the kernel would share it out."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="--port"):
            ensure_free("127.0.0.1", other.getsockname()[1])


def test_patience_has_an_end(tmp_path: Path, world: Release, repository: Repository) -> None:
    """A request that takes longer than the server may wait for is cut off; its query ends at its own limit at last."""
    server = Server(tmp_path, world, repository, CITYGRAPH_QUERY_SECONDS="6", CITYGRAPH_SHUTDOWN_SECONDS="1")
    family = server.processes()
    asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    asking.request("GET", f"/sparql?query={urllib.parse.quote(LONG)}")
    time.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(15)
    with pytest.raises((OSError, http.client.HTTPException)):
        asking.getresponse()
    asking.close()
    assert living(family, 10) == []
