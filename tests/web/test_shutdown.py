"""The end of a server: what was asked before is answered, nothing new is accepted, and no process stays."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from citygraph.errors import SettingsError
from citygraph.web.server import ensure_free
from servers import PATIENCE, Server, free_port, started, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release
    from citygraph.settings import Repository

NOTHING = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(NOTHING), NOTHING)
)


class Endpoint:
    """What a query asks by SERVICE, and what lets it run as long as a test wants."""

    def __init__(self, listening: socket.socket) -> None:
        self.listening = listening
        listening.settimeout(PATIENCE)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}/"

    def ask(self, server: Server) -> http.client.HTTPConnection:
        """Ask a server a query that asks us."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        query = quote(f"SELECT ?s {{ SERVICE <{self.address}> {{ ?s ?p ?o }} }}")
        connection.request("GET", f"/sparql?query={query}")
        return connection

    def reached(self) -> socket.socket:
        """Wait until the query runs; the connection on which it waits for an answer."""
        line, _ = self.listening.accept()
        line.recv(65_536)
        return line


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that answers when it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Endpoint(listening)


@contextmanager
def site(folder: Path, release: Release, repository: Repository, **settings: str) -> Iterator[Server]:
    """The server as its command starts it, with a log and a place for its files."""
    environ = {
        "CITYGRAPH_RELEASE_FOLDER": str(release.folder.parent),
        "CITYGRAPH_REPOSITORY": str(repository.root),
        "TMPDIR": str(folder),
    }
    command = [sys.executable, "-m", "citygraph", "serve", "--port", "{port}"]
    with (folder / "log").open("wb") as log, started(command, "/healthz", environ | settings, log) as server:
        yield server


def family(server: Server) -> list[int]:
    """The processes of a server, query workers included."""
    found = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in found.splitlines()[1:]:
        pid, parent = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    pids = [server.process.pid]
    for pid in pids:
        pids += children.get(pid, [])
    return pids


def gone(pids: list[int]) -> bool:
    """Tell whether processes have ended."""
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def refuses(server: Server) -> bool:
    """Tell whether a server takes no more connections."""
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_graceful_end(
    tmp_path: Path, world: Release, repository: Repository, endpoint: Endpoint, number: signal.Signals
) -> None:
    """A running query is answered after the signal; new connections are refused; then all processes are gone."""
    with site(tmp_path, world, repository, CITYGRAPH_SERVICES=endpoint.address) as server:
        idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        idle.request("GET", "/healthz")
        idle.getresponse().read()  # and the connection stays open
        asking = endpoint.ask(server)
        with endpoint.reached() as line:
            pids = family(server)
            assert len(pids) >= 1 + 1 + 3, "the server, a process that answers, and its query workers"
            os.kill(server.process.pid, number)
            until(lambda: refuses(server))
            assert server.process.poll() is None
            line.sendall(ANSWER)
        assert asking.getresponse().status == 200
        asking.close()
        idle.close()
        assert server.process.wait(PATIENCE) == 0
    until(lambda: gone(pids))
    lines = (tmp_path / "log").read_text("utf-8")
    assert '"path":"/sparql","status":200' in lines, "the last line is written before the process ends"
    assert "threads" not in lines
    assert list(tmp_path.glob("citygraph-*")) == []


def test_an_end_before_all_processes_answer(tmp_path: Path, world: Release, repository: Repository) -> None:
    """Processes that are told to end while they start do so at once, and not when the server's patience ends."""
    settings = {
        "CITYGRAPH_RELEASE_FOLDER": str(world.folder.parent),
        "CITYGRAPH_REPOSITORY": str(repository.root),
        "CITYGRAPH_PROCESSES": "2",
        "CITYGRAPH_SHUTDOWN_SECONDS": str(int(10 * PATIENCE)),
        "TMPDIR": str(tmp_path),
    }
    port = free_port()
    command = [sys.executable, "-m", "citygraph", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | settings, start_new_session=True) as process:
        server = Server(process, port)
        until(lambda: len(family(server)) >= 3)
        pids = family(server)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    until(lambda: gone(pids))
    assert list(tmp_path.glob("citygraph-*")) == []


def test_first_start(tmp_path: Path, world: Release, repository: Repository) -> None:
    """A server that had to build its release first answers pages, and no process of it breaks down."""
    folder, data = str(tmp_path / "releases"), str(repository.root / "tests" / "world")
    with site(tmp_path, world, repository, CITYGRAPH_RELEASE_FOLDER=folder, CITYGRAPH_DATA=data) as server:
        for path in ("/", "/about", "/queries/"):
            urllib.request.urlopen(server.address + path, timeout=PATIENCE).close()
    assert "Unexpected exit" not in (tmp_path / "log").read_text("utf-8")


def test_it_does_not_stand_beside_another_server() -> None:
    """A port that is taken is an error with a remedy, though the kernel would share it out."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="--port"):
            ensure_free("127.0.0.1", other.getsockname()[1])


def test_patience_has_an_end(tmp_path: Path, world: Release, repository: Repository, endpoint: Endpoint) -> None:
    """A request that takes longer than the server may wait for is cut off; its query ends at its own limit at last."""
    limits = {"CITYGRAPH_QUERY_SECONDS": "10", "CITYGRAPH_SHUTDOWN_SECONDS": "1"}
    with site(tmp_path, world, repository, CITYGRAPH_SERVICES=endpoint.address, **limits) as server:
        asking = endpoint.ask(server)
        with endpoint.reached():
            pids = family(server)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(PATIENCE)
            with pytest.raises((OSError, http.client.HTTPException)):
                asking.getresponse()
            asking.close()
            until(lambda: gone(pids))
