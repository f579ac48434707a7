"""Real server processes for tests over HTTP."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from wsgiref.types import WSGIApplication

ROOT = Path(__file__).parents[1]
_RUN = "from citygraph.web.server import run; run('127.0.0.1', {{port}}, {processes})"


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
def running(
    command: Sequence[str], path: str = "/", environ: dict[str, str] | None = None, seconds: int = 15
) -> Iterator[str]:
    """Any server, of which ``{port}`` in the command is a free port; it is there once it answers at a path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [part.replace("{port}", str(port)) for part in command],
        env=os.environ | (environ or {}),
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(seconds * 10):
            try:
                urllib.request.urlopen(f"{address}{path}", timeout=5).close()
                break
            except OSError as error:
                if hasattr(error, "code"):
                    break
                time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
