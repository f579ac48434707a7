"""Real server processes for tests over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
_RUN = "from citygraph.web.server import run; run('127.0.0.1', {{port}}, {processes})"


@contextmanager
def serving(releases: Path, repository: Path = ROOT, processes: int = 1, **settings: str) -> Iterator[str]:
    """Our own server over a folder of releases, in one process or several; its address."""
    environ = {"CITYGRAPH_RELEASE_FOLDER": str(releases), "CITYGRAPH_REPOSITORY": str(repository)}
    with running([sys.executable, "-c", _RUN.format(processes=processes)], "/health", environ | settings) as address:
        yield address


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
