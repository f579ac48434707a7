"""Strangers' queries over HTTP: each is answered or ended, none harms another, and a new release disturbs none."""

from __future__ import annotations

import gc
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from citygraph.errors import Busy
from citygraph.release import Release, Releases
from citygraph.web import clients
from citygraph.web.app import create_app
from servers import PATIENCE, engine, serving, until

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.settings import Repository, Settings

ALL = "SELECT * { ?s ?p ?o }"
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LOOKUP = "SELECT * { <https://w3id.org/citygraph/id/city/basel> ?p ?o } LIMIT 5"
BOMBS = {
    "memory": "SELECT (STRLEN(?a9) AS ?n) { BIND('xxxxxxxxxxxxxxxx' AS ?a0) "
    + "".join(f"BIND(CONCAT({','.join([f'?a{i}'] * 12)}) AS ?a{i + 1}) " for i in range(9))
    + "}",
    "sorting": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "lists": "SELECT * { " + "(" * 3000 + "1" + ")" * 3000 + " <u:p> 1 }",
    "exclamations": "ASK { FILTER(" + "!" * 50_000 + "true) }",
    "groups": "SELECT * " + "{" * 100_000 + "}" * 100_000,
    "path": "SELECT (COUNT(*) AS ?n) { ?s (!<u:u>|^!<u:u>)* ?o . ?q (!<u:v>|^!<u:v>)* ?s }",
}


@pytest.fixture(scope="module")
def tight(world: Release, settings: Settings, repository: Repository) -> Flask:
    """The application with tight limits, but of time, which is for one test to run out of."""
    limits = {"query_seconds": PATIENCE, "query_memory": 200 * 2**20, "result_rows": 50}
    return create_app(replace(settings, **limits), Releases(world.folder.parent), repository)


@pytest.fixture
def asking(tight: Flask) -> FlaskClient:
    """A client of the tight application, from an address of its own."""
    client = tight.test_client()
    client.environ_base["REMOTE_ADDR"] = f"192.0.2.{next(_numbers)}"
    return client


_numbers = iter(range(1, 255))


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_a_long_answer_is_cut_and_says_so(asking: FlaskClient, name: str) -> None:
    """The header names the limits, and the document is whole."""
    answer = asking.get("/sparql", query_string={"query": ALL, "format": name})
    assert answer.status_code == 200
    assert answer.headers["Citygraph-Truncated"].startswith("rows; limit=50,")
    if name == "json":
        assert len(answer.json["results"]["bindings"]) == 50
        assert answer.json["head"]["truncated"] is True
    short = asking.get("/sparql", query_string={"query": ALL + " LIMIT 50", "format": name})
    assert "Citygraph-Truncated" not in short.headers


def test_a_page_of_a_cut_answer_says_that_there_is_more(asking: FlaskClient) -> None:
    """A browser sees the first rows of solutions and of triples."""
    for query in (ALL, "CONSTRUCT WHERE { ?s ?p ?o }"):
        page = asking.get("/sparql", query_string={"query": query, "format": "html"})
        assert page.headers["Citygraph-Truncated"]
        shown = re.sub(r"<template.*?</template>", "", page.text, flags=re.DOTALL)  # scripts fill those
        assert shown.count("<tr>") == 51
        assert "there are more" in page.text


def test_a_query_that_takes_too_long_is_ended_and_told(
    world: Release, settings: Settings, repository: Repository
) -> None:
    """The answer is 504 with the seconds, and nobody keeps it."""
    app = create_app(replace(settings, query_seconds=1.0), Releases(world.folder.parent), repository)
    answer = app.test_client().get("/sparql", query_string={"query": CROSS})
    assert (answer.status_code, answer.json["seconds"]) == (504, 1)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_a_query_that_takes_too_much_memory_is_ended_and_told(asking: FlaskClient) -> None:
    """The answer is a problem, which a browser sees as a page."""
    answer = asking.get("/sparql", query_string={"query": BOMBS["memory"]}, headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "takes too much" in answer.text


def test_who_cannot_be_served_now_is_told_when_to_come_back(
    asking: FlaskClient, tight: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool's own time stands in Retry-After; a look-up needs no worker, and is answered."""
    pool = tight.extensions["citygraph"].get().pool

    def take(*_: object, **__: object) -> None:
        raise Busy(7)

    monkeypatch.setattr(pool._seats, "take", take)
    answer = asking.get("/sparql", query_string={"query": "ASK { ?s ?p ?o . ?o ?q ?r }"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert asking.get("/sparql", query_string={"query": LOOKUP}).status_code == 200


def test_an_answer_that_the_client_has_costs_no_query(
    asking: FlaskClient, tight: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conditional request is answered without a worker, and names the release."""
    first = asking.get("/sparql", query_string={"query": LOOKUP})
    monkeypatch.setattr(tight.extensions["citygraph"].get().pool, "ask", None)
    again = asking.get("/sparql", query_string={"query": LOOKUP}, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Citygraph-Release"] == first.headers["Citygraph-Release"]


def test_a_text_that_is_no_query_is_no_matter_of_formats(asking: FlaskClient) -> None:
    """A misspelt query is told so, whatever format the client wants."""
    answer = asking.get("/sparql", query_string={"query": "SELCT * { }"}, headers={"Accept": "image/png"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "name"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", 0, "192.0.2.1"),
        ("127.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.1", 2, "203.0.113.9"),
        ("127.0.0.1", "", 1, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "", 0, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("", "", 0, ""),
    ],
)
def test_clients_are_told_apart_by_what_they_cannot_choose(
    address: str, forwarded: str, proxies: int, name: str
) -> None:
    """An address, or the network of one; only the words of our own proxies count."""
    assert clients.client(address, forwarded, proxies) == name


def test_the_workers_of_a_release_end_with_it(
    releases: Releases, edited: Release, settings: Settings, repository: Repository
) -> None:
    """After a swap the next workers are there already, and of the old ones none is left."""
    app = create_app(replace(settings, poll_seconds=3600.0), releases, repository)
    current, client = app.extensions["citygraph"], app.test_client()
    assert not current.get().has_pool
    assert client.get("/sparql", query_string={"query": LOOKUP}).status_code == 200
    old = current.get().pool.pids
    releases.switch(edited.version)
    current.renew()
    gc.collect()
    assert current.get().has_pool
    assert not any(Path(f"/proc/{pid}").exists() for pid in old)
    assert client.get("/sparql", query_string={"query": LOOKUP}).headers["Citygraph-Release"] == edited.version


def test_what_the_system_lacks_is_told_at_start_up(
    tight: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A limit that is not kept is a warning; where all are kept, nothing is said."""
    current = tight.extensions["citygraph"]
    pool = current.get().pool
    monkeypatch.setattr(pool._keeper, "missing", [])
    current.prepare()
    assert not caplog.records
    monkeypatch.setattr(pool._keeper, "missing", ["a ceiling of memory"])
    current.prepare()
    assert "this system has not: a ceiling of memory" in caplog.text


def ask(server: str, query: str, client: str = "192.0.2.1") -> tuple[int, Any, dict[str, str]]:
    """Ask a server as one of the clients of a proxy: the status, the document, and the headers."""
    body = urllib.parse.urlencode({"query": query}).encode()
    request = urllib.request.Request(f"{server}/sparql", body, {"X-Forwarded-For": client})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), dict(error.headers)


def test_a_server_bears_hostile_queries_while_others_look_things_up(releases: Releases, repository: Repository) -> None:
    """Each bomb is answered by an error, nothing is sent to others, and lookups go on meanwhile."""
    settings = {"CITYGRAPH_QUERY_SECONDS": "1.5", "CITYGRAPH_PROXIES": "1", "CITYGRAPH_QUERY_MEMORY": str(250 * 2**20)}
    with (
        serving(releases.folder, repository.root, **settings) as server,
        socket.create_server(("127.0.0.1", 0)) as trap,
    ):
        texts = {"count": CROSS} | BOMBS
        texts["service"] = f"ASK {{ SERVICE SILENT <http://127.0.0.1:{trap.getsockname()[1]}/> {{ ?s ?p ?o }} }}"

        def attack() -> dict[str, int]:
            return {name: ask(server, text, f"203.0.113.{n}")[0] for n, (name, text) in enumerate(texts.items())}

        with ThreadPoolExecutor(1) as threads:
            attacked = threads.submit(attack)
            while not attacked.done():
                assert ask(server, LOOKUP)[0] == 200
                time.sleep(0.02)
        found = attacked.result()
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()
        assert {name: status for name, status in found.items() if status < 400} == {}
        assert found["count"] == 504
        assert found["service"] == 403


@pytest.mark.real
def test_a_query_asks_the_endpoints_that_the_operator_allows(
    releases: Releases, repository: Repository, world: Release, tmp_path: Path
) -> None:
    """SERVICE joins the statements of an allowed endpoint, one that is silent costs the deadline, no other is asked."""
    facts = "<http://example.org/fact> <http://example.org/of> <https://w3id.org/citygraph/ontology#City> ."
    store = ox.Store(str(tmp_path / "store"))
    store.load(facts, ox.RdfFormat.TURTLE)
    store.flush()
    del store
    with (
        engine(tmp_path / "store") as other,
        socket.create_server(("127.0.0.1", 0)) as silent,
        socket.create_server(("127.0.0.1", 0)) as trap,
        serving(
            releases.folder,
            repository.root,
            CITYGRAPH_QUERY_SECONDS="1.5",
            CITYGRAPH_SERVICES=f"{other}/query, http://127.0.0.1:{silent.getsockname()[1]}/sparql",
        ) as server,
    ):
        trap.setblocking(False)
        join = "SELECT ?fact ?type {{ ?place a ?type SERVICE <{}> {{ ?fact <http://example.org/of> ?type }} }}"
        status, answer, _ = ask(server, join.format(f"{other}/query"))
        assert status == 200
        assert {row["fact"]["value"] for row in answer["results"]["bindings"]} == {"http://example.org/fact"}
        assert ask(server, join.format(f"http://127.0.0.1:{silent.getsockname()[1]}/sparql"))[0] == 504
        assert ask(server, join.format(f"http://127.0.0.1:{trap.getsockname()[1]}/sparql"))[0] == 403
        assert ask(server, join.format(f"{other}/store"))[0] == 403
        with pytest.raises(BlockingIOError):
            trap.accept()
        with urllib.request.urlopen(
            urllib.request.Request(f"{server}/sparql", headers={"Accept": "application/n-triples"})
        ) as described:
            assert b"sparql-service-description#BasicFederatedQuery" in described.read()


def test_a_server_changes_releases_while_clients_query(
    releases: Releases, repository: Repository, world: Release, edited: Release
) -> None:
    """Every query is answered, each by one release, and each release says what it holds."""
    query = "SELECT (COUNT(*) AS ?n) { ?p a <https://w3id.org/citygraph/ontology#Country> }"
    seen: list[str] = []
    counts: set[tuple[str, str]] = set()
    faults: list[object] = []
    done = threading.Event()
    free = {"CITYGRAPH_QUERIES_PER_SECOND": "0", "CITYGRAPH_REQUESTS_PER_SECOND": "0"}
    with serving(releases.folder, repository.root, CITYGRAPH_PROXIES="1", **free) as server:

        def visit(number: int) -> None:
            while not done.is_set():
                try:
                    status, document, headers = ask(server, query, f"192.0.2.{number}")
                    if status != 200:
                        faults.append(document)
                        continue
                    count = document["results"]["bindings"][0]["n"]["value"]
                    version = headers["citygraph-release"]
                    seen.append(version)
                    counts.add((version, count))
                except OSError as error:
                    faults.append(error)

        threads = [threading.Thread(target=visit, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for version in (world.version, edited.version, world.version, edited.version):
            releases.switch(version)
            until(lambda version=version: faults or version in seen[-1:])
        done.set()
        for thread in threads:
            thread.join()
    assert not faults
    assert len(counts) == len(dict(counts)) == len({count for _, count in counts}) == 2
