"""Long answers on a real server: whole, and held in no memory by those who read slowly."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

READERS = 12
LONG = "SELECT ?a ?b ?c ?d WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"


@pytest.fixture(scope="module")
def server(world: Release) -> Iterator[tuple[int, int]]:
    """The site in a process of its own: its number and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = os.environ | {"CITYGRAPH_RELEASE_FOLDER": str(world.folder.parent), "LOG_LEVEL": "warning"}
    command = [sys.executable, "-m", "citygraph", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    with asked(port, "ASK {}"):
                        break
                except OSError:
                    time.sleep(0.2)
            yield process.pid, port
        finally:
            process.terminate()


@contextmanager
def asked(port: int, query: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """An answer whose head has come."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", f"/sparql?query={quote(query)}", headers=headers)
        with connection.getresponse() as response:
            yield response


def memory(pid: int) -> int:
    """The bytes that a process and those it has started hold for themselves."""
    children = [int(child) for tasks in Path(f"/proc/{pid}/task").iterdir()
                for child in (tasks / "children").read_text().split()]  # fmt: skip
    status = Path(f"/proc/{pid}/status").read_text()
    own = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))
    return own + sum(map(memory, children))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_slow_readers_of_long_answers_hold_no_memory(server: tuple[int, int]) -> None:
    """A dozen that have read the head only cost less than two bodies; and then each gets the whole body."""
    pid, port = server
    with asked(port, LONG) as answer:
        body = answer.read()
    assert len(json.loads(body)["results"]["bindings"]) == 60_000
    assert len(body) > 10_000_000
    before = memory(pid)
    with ExitStack() as stack:
        waiting = [stack.enter_context(asked(port, f"{LONG} # {number}")) for number in range(READERS)]
        assert memory(pid) - before < 2 * len(body)
        assert {response.read() == body for response in waiting} == {True}


def test_a_long_answer_is_coded(server: tuple[int, int]) -> None:
    """What is long is worth a coding most, and has its length and digest all the same."""
    with asked(server[1], LONG, **{"Accept-Encoding": "zstd"}) as answer:
        content = answer.read()
    assert answer.headers["Content-Encoding"] == "zstd"
    assert len(content) == int(answer.headers["Content-Length"]) < 4_000_000
    assert answer.headers["Repr-Digest"]
