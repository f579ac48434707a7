"""Connections to a server that misbehaves: each fault of it costs a request its deadline at most, and is told."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote_plus

import pytest

from citygraph.errors import Busy, CitygraphError, QueryError, QueryTimeout, QueryTooLarge, StoreError
from citygraph.formats import RESULTS, by_name
from citygraph.iris import CANONICAL, Iris
from citygraph.release import Releases
from citygraph.remote import quirks
from citygraph.remote.http import Credentials, Server
from citygraph.remote.pool import RemotePool
from citygraph.remote.store import Asking, RemoteStore
from citygraph.web.app import create_app
from citygraph.workers import Forms, Limits, Question
from servers import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

YES = b'{"head":{},"boolean":true}'
JSON = by_name("json", RESULTS)
FORMS = Forms(JSON, JSON, by_name("ntriples"))
ASK = Question("ASK { ?s ?p ?o }")


class Handler(BaseHTTPRequestHandler):
    """Answers each address in a way of its own."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str, str]]] = []
    over: ClassVar[threading.Event] = threading.Event()
    """Set when nobody asks any more."""
    let_go: ClassVar[threading.Event] = threading.Event()
    """Set when queries that are held may be answered."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Read the request, and do as the address says."""
        self.asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        getattr(self, self.path.strip("/").partition("?")[0])()

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def well(self) -> None:
        """Answer."""
        self.answer(200, YES)

    def rubbish(self) -> None:
        """Answer what is no result of SPARQL."""
        self.answer(200, b"[1, 2]")

    def silent(self) -> None:
        """Say nothing."""
        self.over.wait()
        self.close_connection = True

    def held(self) -> None:
        """Answer some queries at once, and others later."""
        if "?quick" not in unquote_plus(self.asked):
            self.let_go.wait()
        self.well()

    def drip(self) -> None:
        """Send a byte now and then, and never all."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with suppress(OSError):
            while not self.over.wait(0.1):
                self.wfile.write(b" ")
        self.close_connection = True

    def redirect(self) -> None:
        """Send elsewhere."""
        self.answer(302, b"", Location="/well")

    def garbage(self) -> None:
        """Answer what is no result."""
        self.answer(200, b"<html>login</html>")

    def broken(self) -> None:
        """Fail."""
        self.answer(503, b"out of order")

    def lost(self) -> None:
        """Fail over the query."""
        self.answer(500, b"unknown function\nand what was asked")

    def costly(self) -> None:
        """Refuse for the cost, as Virtuoso does."""
        self.answer(500, b"Virtuoso 42000 Error The estimated execution time 7200 (sec) exceeds the limit.")

    def ended(self) -> None:
        """Say that a query was ended, as Virtuoso does."""
        self.answer(500, b"Virtuoso S1T00 Error SR171: Transaction timed out")

    def short(self) -> None:
        """Break off in the middle of an answer."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"head":{"vars":["x"]},"results":{"bindings":[')
        self.close_connection = True

    def forgetful(self) -> None:
        """Answer, and then close the connection without a word."""
        self.well()
        self.close_connection = True

    def basic(self) -> None:
        """Ask who is there."""
        expected = "Basic " + base64.b64encode(b"ada:pass:word").decode()
        if self.headers.get("Authorization") == expected:
            self.well()
        else:
            self.answer(401, b"", WWW_Authenticate='Basic realm="x"')


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Handler.over.set()
    server.shutdown()
    server.server_close()


def asking(url: str, credentials: Credentials | None = None) -> Asking:
    """Ask a server of no known engine."""
    return Asking(Server(url, credentials), quirks.by_name("sparql"), Iris(CANONICAL), ())


def pool(url: str, seconds: float = PATIENCE, **limits: object) -> RemotePool:
    """A pool whose deadline only comes where it is a short one."""
    return RemotePool(asking(url), Limits(seconds=seconds, **limits))


@pytest.mark.parametrize(
    ("fault", "seconds", "kind", "word"),
    [
        ("silent", 0.2, QueryTimeout, "0.2 seconds"),
        ("drip", 0.5, QueryTimeout, "0.5 seconds"),
        ("redirect", PATIENCE, StoreError, "302"),
        ("garbage", PATIENCE, StoreError, "broken off"),
        ("broken", PATIENCE, StoreError, "out of order"),
        ("lost", PATIENCE, QueryError, "unknown function$"),
        ("short", PATIENCE, StoreError, "broken off"),
    ],
)
def test_a_fault_is_told(address: str, fault: str, seconds: float, kind: type[CitygraphError], word: str) -> None:
    """Whatever the server does, even for ever, the answer is an error of ours; the seat is free again."""
    asked = pool(f"{address}/{fault}", seconds, workers=1, per_client=1)
    with pytest.raises(kind, match=word):
        asked.ask(ASK, FORMS)
    assert asked.standing == (0, 0)


def test_nobody_is_there() -> None:
    """A server that does not run is told, for pages as for strangers."""
    there = asking("http://127.0.0.1:9/sparql")
    with pytest.raises(StoreError, match="refused"):
        RemotePool(there, Limits()).ask(ASK, FORMS)
    with pytest.raises(StoreError, match="refused"):
        RemoteStore(there).select("SELECT * { ?s ?p ?o }")


def test_an_answer_that_is_none_is_the_fault_of_the_server(address: str) -> None:
    """What is no result of SPARQL is told with the address, as when a release is sent to what is no SPARQL server."""
    with pytest.raises(StoreError, match="rubbish is of no use at this moment: what it answers is not what was asked"):
        RemoteStore(asking(f"{address}/rubbish")).select("SELECT * { ?s ?p ?o }")


def test_a_connection_that_the_server_gave_up_is_no_failure(address: str) -> None:
    """A kept connection may be closed by the other side at any moment; the request is sent once more."""
    asked = pool(f"{address}/forgetful")
    for _ in range(3):
        assert asked.ask(ASK, FORMS).body
        time.sleep(0.05)


def test_a_text_that_failed_is_remembered(address: str) -> None:
    """The same text is not sent again for a while; another is."""
    asked = pool(f"{address}/silent", 0.2)
    with pytest.raises(QueryTimeout):
        asked.ask(ASK, FORMS)
    before = len(Handler.seen)
    with pytest.raises(QueryTimeout):
        asked.ask(ASK, FORMS)
    assert len(Handler.seen) == before
    assert asked.tally["time"] == 1


def test_a_client_has_its_share_and_no_more(address: str) -> None:
    """While one client's queries hold its seats, another's is answered, and the first is told to wait."""
    shared = pool(f"{address}/held", quick_seconds=PATIENCE, workers=4, per_client=2, wait_seconds=0.1)
    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(shared.ask, Question(f"ASK {{ {name} ?p ?o }}"), FORMS, "one") for name in ("?a", "?b")]
        until(lambda: shared.standing == (len(held), 0))
        with pytest.raises(Busy):
            shared.ask(Question("ASK { ?c ?p ?o }"), FORMS, "one")
        assert shared.ask(Question("ASK { ?quick ?p ?o }"), FORMS, "two").body
        assert shared.standing == (len(held), 0)
        Handler.let_go.set()
        assert all(answer.result().body for answer in held)


def test_credentials_are_sent_when_asked_for(address: str) -> None:
    """The first request goes without; later ones need not be asked again. A wrong password is tried once."""
    Handler.seen.clear()
    store = RemoteStore(asking(f"{address}/basic", Credentials("ada", "pass:word")))
    for _ in range(2):
        assert store.mentions(Iris(CANONICAL).graph("places"))
    assert [bool(word) for _, word in Handler.seen] == [False, True, True]
    with pytest.raises(StoreError, match="401"):
        RemoteStore(asking(f"{address}/basic", Credentials("ada", "wrong"))).mentions(Iris(CANONICAL).graph("places"))
    assert len(Handler.seen) == 5
    with pytest.raises(StoreError, match="401"):
        RemoteStore(asking(f"{address}/basic")).mentions(Iris(CANONICAL).graph("places"))


def test_what_an_engine_calls_costly_is_too_large(address: str) -> None:
    """Virtuoso's refusal of a query for its estimated cost is told as such, and remembered."""
    there = replace(asking(f"{address}/costly"), engine=quirks.by_name("virtuoso"))
    asked = RemotePool(there, Limits())
    for _ in range(2):
        with pytest.raises(QueryTooLarge, match="too long"):
            asked.ask(ASK, FORMS)
    assert asked.tally["engine"] == 1


def test_what_an_engine_has_ended_took_too_long(address: str) -> None:
    """Where the engine's own limit of time comes first, the answer is the same as at ours."""
    there = replace(asking(f"{address}/ended"), engine=quirks.by_name("virtuoso"))
    with pytest.raises(QueryTimeout, match="10 seconds"):
        RemotePool(there, Limits()).ask(ASK, FORMS)


def test_a_site_before_a_store_that_is_down(world: Release, settings: Settings, repository: Repository) -> None:
    """Where the store cannot be reached from the start, every page says so, and a later answer is awaited."""
    there = replace(settings, store="http://127.0.0.1:9/sparql", poll_seconds=3600.0)
    client = create_app(there, Releases(world.folder.parent), repository).test_client()
    for path in ("/", "/page/city/rivermouth", "/sparql?query=ASK%7B%7D"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["title"]) == (503, "The store does not answer")
        assert answer.headers["Retry-After"]
