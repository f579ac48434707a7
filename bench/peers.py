"""The servers that are measured side by side: citygraph, the engine's own server, and rdflib-endpoint.

Each is started with its own defaults on one release; what is set differs for citygraph only in that it does not log
each request, as the others do not.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.processes import favour, pinned
from bench.stock import union
from citygraph.release import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

_ROOT = Path(__file__).parents[1]
ENDPOINT = "rdflib-endpoint[cli]==0.6.3"
_LOADING = 1800
"""Seconds in which a server has to be there; rdflib reads a million triples in minutes."""


class Peer(NamedTuple):
    """A server that runs."""

    name: str
    port: int
    pid: int
    query: str
    """The path at which it is asked, up to the text of the query."""


@contextmanager
def citygraph(release: Release, port: int, cores: str) -> Iterator[Peer]:
    """Our own server."""
    command = [sys.executable, "-m", "citygraph", "--repository", _ROOT, "--releases", release.folder.parent, "serve"]
    environ = os.environ | {"LOG_LEVEL": "warning", "PYTHONPATH": str(_ROOT / "src")}
    with _running("citygraph", [*command, "--port", port], port, cores, "/sparql?query=", environ) as peer:
        yield peer


@contextmanager
def oxigraph(release: Release, port: int, cores: str) -> Iterator[Peer]:
    """The engine's own server on the same store."""
    program, store = Path(sys.executable).with_name("oxigraph"), release.folder / ENGINE / "store"
    command = [program, "serve-read-only", "--location", store, "--bind", f"127.0.0.1:{port}"]
    with _running("oxigraph", command, port, cores, "/query?query=", os.environ) as peer:
        yield peer


@contextmanager
def rdflib_endpoint(release: Release, port: int, cores: str) -> Iterator[Peer]:
    """rdflib-endpoint with its default store, which is in memory; it has an environment of its own."""
    home = Path(tempfile.gettempdir()) / "citygraph-bench" / ENDPOINT
    if not (home / "bin" / "rdflib-endpoint").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", ENDPOINT], check=True)
    command = [home / "bin" / "rdflib-endpoint", "serve", "--port", port, "--host", "127.0.0.1", union(release)]
    with _running("rdflib-endpoint", command, port, cores, "/?query=", os.environ) as peer:
        yield peer


SIDES = {"citygraph": citygraph, "oxigraph": oxigraph, "rdflib-endpoint": rdflib_endpoint}


@contextmanager
def _running(
    name: str, command: list[object], port: int, cores: str, query: str, environ: dict[str, str] | os._Environ[str]
) -> Iterator[Peer]:
    with subprocess.Popen(
        pinned(cores, command),
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            favour(process.pid)
            _wait(process, name, port, f"{query}ASK%7B%7D")
            yield Peer(name, port, process.pid, query)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], name: str, port: int, path: str) -> None:
    end = time.monotonic() + _LOADING
    while time.monotonic() < end and process.poll() is None:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", path, headers={"Accept": "application/sparql-results+json"})
            if line.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.2)
    raise SystemExit(f"{name} does not answer on port {port}")
