"""Releases change under load: every request is answered, and no answer mixes two of them."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from citygraph.history.log import History
from citygraph.retention.policy import prune
from history.small import publish
from servers import PATIENCE, serving, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real

CONNECTIONS = 16
SWAPS = 5
THINGS = 40
QUERY = "SELECT ?mark (COUNT(*) AS ?n) { GRAPH ?g { ?s rdfs:label ?mark } } GROUP BY ?mark"


def marked(number: int) -> dict[str, str]:
    """A release in which everything, in two graphs, bears the mark of the release and no other."""
    text = " ".join(f":c{thing} rdfs:label '«{number}»' ; cg:near :c0 ." for thing in range(THINGS))
    return {"places": text, "links": text}


def of_query(body: bytes) -> set[tuple[str, int]]:
    """The marks in the solutions, with how often each stands."""
    return {(row["mark"]["value"], int(row["n"]["value"])) for row in json.loads(body)["results"]["bindings"]}


def of_text(body: bytes) -> set[str]:
    """The marks in a document."""
    return {part.partition("»")[0] for part in body.decode().split("«")[1:]}


REQUESTS: list[tuple[str, str, Callable[[bytes], object], Callable[[str], object]]] = [
    (
        "/sparql?" + urllib.parse.urlencode({"query": f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {QUERY}"}),
        "application/sparql-results+json",
        of_query,
        lambda version: {(f"«{version}»", 2 * THINGS)},
    ),
    ("/data/city/c0.nt", "*/*", of_text, lambda version: {version}),
    ("/page/city/c0", "text/html", of_text, lambda version: {version}),
    ("/graph/places", "text/turtle", of_text, lambda _: set()),
]
"""An address, what is accepted, how the marks are read from the answer, and those that a release must show."""


class Client(threading.Thread):
    """One connection, kept open, that asks all the time."""

    def __init__(self, address: str, first: int, done: threading.Event) -> None:
        super().__init__()
        self.host, self.done = urllib.parse.urlsplit(address).netloc, done
        self.requests = itertools.islice(itertools.cycle(REQUESTS), first, None)
        self.faults: list[object] = []
        self.seen: list[str] = []

    def run(self) -> None:
        """Ask until it is done."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        while not self.done.is_set():
            path, accept, read, expected = next(self.requests)
            try:
                connection.request("GET", path, headers={"Accept": accept})
                answer = connection.getresponse()
                body, version = answer.read(), answer.headers.get("Citygraph-Release", "")
                if answer.status not in (200, 303) or (version and read(body) != expected(version)):
                    self.faults.append((path, answer.status, version, body[:500]))
                if version:
                    self.seen.append(version)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.faults.append((path, error))
                connection.close()
        connection.close()


def test_sixteen_connections_notice_nothing(tmp_path: Path) -> None:
    """Five swaps, two processes: no failed request, no mixed answer, though earlier releases are pruned at once."""
    releases = publish(tmp_path, "1", marked(1))
    History(tmp_path).record(releases)
    with serving(tmp_path, processes=2, CITYGRAPH_QUERY_WORKERS="2") as address:
        done = threading.Event()
        clients = [Client(address, number % len(REQUESTS), done) for number in range(CONNECTIONS)]
        for client in clients:
            client.start()
        for number in range(1, 2 + SWAPS):
            if number > 1:
                History(tmp_path).record(publish(tmp_path, str(number), marked(number)))
                prune(releases, 1)  # at once, while all still read it
            until(lambda number=str(number): all(client.faults or number in client.seen for client in clients))
        done.set()
        for client in clients:
            client.join()
        assert [fault for client in clients for fault in client.faults] == []
        assert {version for client in clients for version in client.seen} == {str(n) for n in range(1, 2 + SWAPS)}
    prune(releases, 1)
    assert releases.versions() == [str(1 + SWAPS)], "when nobody reads them any more, earlier ones can be removed"
