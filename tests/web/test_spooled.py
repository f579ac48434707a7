"""Long answers on a real server: whole, and held in no memory by those who read slowly."""

from __future__ import annotations

import http.client
import json
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from servers import PATIENCE, Server, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

READERS = 12
LONG = "SELECT ?a ?b ?c ?d WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"


@pytest.fixture(scope="module")
def server(world: Release) -> Iterator[Server]:
    """The site in a process of its own, where a query may take as long as the machine needs for it."""
    environ = {
        "CITYGRAPH_RELEASE_FOLDER": str(world.folder.parent),
        "CITYGRAPH_QUERY_SECONDS": str(PATIENCE),
        "LOG_LEVEL": "warning",
    }
    with started([sys.executable, "-m", "citygraph", "serve", "--port", "{port}"], "/health", environ) as server:
        yield server


@contextmanager
def asked(port: int, query: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """An answer whose head has come; whoever is told to ask again soon does so."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", f"/sparql?query={quote(query)}", headers=headers)
        while (response := connection.getresponse()).status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.read()
            time.sleep(float(response.headers["Retry-After"]))
            connection.request("GET", f"/sparql?query={quote(query)}", headers=headers)
        with response:
            yield response


def memory(pid: int) -> int:
    """The bytes that a process and those it has started hold for themselves; one that has ended holds none."""
    try:
        children = [int(child) for tasks in Path(f"/proc/{pid}/task").iterdir()
                    for child in (tasks / "children").read_text().split()]  # fmt: skip
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))
    return own + sum(map(memory, children))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_slow_readers_of_long_answers_hold_no_memory(server: Server) -> None:
    """A dozen that have read the head only cost less than two bodies; and then each gets the whole body."""
    pid, port = server.process.pid, server.port
    with asked(port, LONG) as answer:
        body = answer.read()
    assert len(json.loads(body)["results"]["bindings"]) == 60_000
    assert len(body) > 10_000_000
    before = memory(pid)
    with ExitStack() as stack:
        waiting = [stack.enter_context(asked(port, f"{LONG} # {number}")) for number in range(READERS)]
        assert memory(pid) - before < 2 * len(body)
        assert {response.read() == body for response in waiting} == {True}


def test_a_long_answer_is_coded(server: Server) -> None:
    """What is long is worth a coding most, and has its length and digest all the same."""
    with asked(server.port, LONG, **{"Accept-Encoding": "zstd"}) as answer:
        content = answer.read()
    assert answer.headers["Content-Encoding"] == "zstd"
    assert len(content) == int(answer.headers["Content-Length"]) < 4_000_000
    assert answer.headers["Repr-Digest"]
