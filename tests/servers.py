"""Real server processes for tests over HTTP."""

from __future__ import annotations

import http.server
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from citygraph import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from wsgiref.types import WSGIApplication

ROOT = Path(__file__).parents[1]
PATIENCE = 300.0
"""Seconds for what comes within one where the machine is idle: to wait longer is to wait in vain, busy as it may be."""
_RUN = "from citygraph.web.server import run; run('127.0.0.1', {{port}}, {processes})"
_PORTS = itertools.cycle(16_384 + (os.getpid() * 101 + number) % 16_384 for number in range(16_384))
"""Below those that the kernel gives to whoever connects, and in each process of a test run from another place on:
so nobody takes a port between its choice and its use."""


def may_choose_cores() -> bool:
    """Tell whether there are several cores here, and a thread may keep to one of them, which some containers refuse."""

    def kept() -> tuple[int, ...]:
        cores.keep_to(cores.allowed()[:1])
        return cores.allowed()

    with ThreadPoolExecutor(1) as threads:  # a thread of its own, which ends
        return len(cores.allowed()) > 1 and len(threads.submit(kept).result()) == 1


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on."""
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("the ports go round")


@contextmanager
def serving(releases: Path, repository: Path = ROOT, processes: int = 1, **settings: str) -> Iterator[str]:
    """Our own server over a folder of releases, in one process or several; its address."""
    environ = {"CITYGRAPH_RELEASE_FOLDER": str(releases), "CITYGRAPH_REPOSITORY": str(repository)}
    with running([sys.executable, "-c", _RUN.format(processes=processes)], "/health", environ | settings) as address:
        yield address


@contextmanager
def misbehaving(
    table: dict[str, tuple[int, str, bytes]], head: int = 200, headers: dict[str, str] | None = None
) -> Iterator[str]:
    """A server that answers as it is told: by path a status, a media type (or where to go instead) and a body.

    The table may be changed meanwhile.
    """

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            status, kind, content = table.get(self.path, (404, "text/plain", b""))
            self.send_response(status if body or head == 200 else head)
            self.send_header("Location" if 300 <= status < 400 else "Content-Type", kind)
            for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                with suppress(OSError):  # who has seen enough goes away
                    self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_facts: object, **_more: object) -> None:
        """Say nothing of requests."""

    def version_string(self) -> str:
        """Tell no version."""
        return "test"


@contextmanager
def hosting(application: WSGIApplication) -> Iterator[str]:
    """Serve an application from a thread of this process; its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def engine(store: Path) -> Iterator[str]:
    """The engine's own server, Oxigraph, over a store; its address."""
    program = str(Path(sys.executable).with_name("oxigraph"))
    with running([program, "serve-read-only", "--location", str(store), "--bind", "127.0.0.1:{port}"]) as address:
        yield address


@contextmanager
def running(command: Sequence[str], path: str = "/", environ: dict[str, str] | None = None) -> Iterator[str]:
    """Any server, as :func:`started` has it; its address."""
    with started(command, path, environ) as server:
        yield server.address


@dataclass
class Server:
    """A server process."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self, path: str) -> bool:
        """Tell whether it says something, whatever it is."""
        assert self.process.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(self.address + path, timeout=PATIENCE).close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            return False
        return True


@contextmanager
def started(
    command: Sequence[str], path: str = "/", environ: dict[str, str] | None = None, log: IO[bytes] | None = None
) -> Iterator[Server]:
    """A server, of which ``{port}`` in the command is a free port; it is there once it answers at a path."""
    port = free_port()
    process = subprocess.Popen(
        [part.replace("{port}", str(port)) for part in command],
        env=os.environ | (environ or {}),
        start_new_session=True,
        stderr=log,
    )
    server = Server(process, port)
    try:
        until(lambda: server.answers(path))
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
