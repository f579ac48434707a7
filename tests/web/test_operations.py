"""What those who run the site see: health, readiness, figures, and the log."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from citygraph.release import Releases
from citygraph.web import operations, wsgi
from citygraph.web.app import create_app
from citygraph.web.gate import Gate
from citygraph.web.journal import Journal, Lines, Writer, intended
from citygraph.web.metrics import BOUNDS, Gauges, Metrics
from servers import PATIENCE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flask import Flask

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings


def finish(writer: Writer) -> None:
    """Have written what waits, however long that takes."""
    writer.close()
    if writer._thread is not None:
        writer._thread.join(PATIENCE)


class Pipe:
    """A pipe whose reading end shows the lines that were written."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.writer = Writer(self.writing)

    def lines(self) -> list[dict[str, Any]]:
        """Every line so far, once the writer has written what waits."""
        finish(self.writer)
        os.close(self.writing)
        with os.fdopen(self.reading, "rb") as file:
            return [json.loads(line) for line in file]


def call(gate: Gate, path: str, method: str = "GET", **environ: str) -> tuple[str, dict[str, str]]:
    """The status and headers of an answer that is read to its end."""
    seen: list[Any] = []
    given = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "192.0.2.17",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    body = gate(given | environ, lambda *facts: seen.extend(facts))
    b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return seen[0][:3], dict(seen[1])


def shown(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """The figures as Prometheus reads them: by name and the values of their labels, in the order of those."""
    text = metrics.exposition("text/plain")[0].decode()
    families = text_string_to_metric_families(text)
    return {
        (row.name, *(value for _, value in sorted(row.labels.items()))): row.value
        for family in families
        for row in family.samples
    }


@pytest.fixture
def own_app(world: Release, settings: Settings, repository: Repository) -> Iterator[Flask]:
    """An application with figures of its own."""
    made = create_app(settings, Releases(world.folder.parent), repository)
    yield made
    served = made.extensions["citygraph"].get()
    if served.has_pool:
        served.pool.close()


def test_readiness(own_app: Flask, world: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready is who can look something up; without query workers the site lives but is not ready."""
    client = own_app.test_client()
    monkeypatch.setattr(operations, "READY_SECONDS", PATIENCE)
    assert client.get("/readyz").json == {"status": "ready", "release": world.version}
    own_app.extensions["citygraph"].get().pool.close()
    assert client.get("/readyz").status_code == 200, "an outcome counts for a moment"
    own_app.extensions[operations._Readiness.NAME]._until = time.monotonic()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert client.get("/healthz").status_code == 200


def test_not_ready_yet(tmp_path: Path, settings: Settings, repository: Repository) -> None:
    """Before there is a release, the site is not ready."""
    answer = create_app(settings, Releases(tmp_path), repository).test_client().get("/readyz")
    assert answer.status_code == 503


def test_figures_of_requests(own_app: Flask, settings: Settings, world: Release) -> None:
    """Requests are counted by the first part of their route, never by a stranger's words; the release is told."""
    gate = wsgi.gate(own_app, settings)
    for path in ("/", "/healthz", "/catalogue.ttl", "/page/nobody/knows", "/invented-by-a-stranger", "/sparql"):
        call(gate, path)
    found = shown(operations.metrics_of(own_app))
    counted = {key[1:]: value for key, value in found.items() if key[0] == "citygraph_requests_total"}
    assert counted == {
        ("home", "200"): 1,
        ("healthz", "200"): 1,
        ("catalogue", "200"): 1,
        ("page", "404"): 1,
        ("other", "404"): 1,
        ("sparql", "200"): 1,
    }
    assert found["citygraph_request_seconds_count", "home"] == 1
    assert found["citygraph_request_seconds_bucket", "+Inf", "home"] == 1
    assert found["citygraph_release", world.version] == 1
    assert found["citygraph_release_published_timestamp_seconds", world.version] <= time.time()
    assert found["citygraph_query_seats",] == settings.query_workers


def test_figures_of_query_workers(world: Release, settings: Settings, repository: Repository) -> None:
    """A query that is ended by the clock is counted with its reason, and so is the worker that takes its place."""
    from dataclasses import replace  # noqa: PLC0415

    app = create_app(replace(settings, query_seconds=0.5), Releases(world.folder.parent), repository)
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert app.test_client().get("/sparql", query_string={"query": text}).status_code == 504
    found = shown(operations.metrics_of(app))
    assert found["citygraph_query_workers_total", "time"] == 1
    assert found["citygraph_query_workers_total", "respawned"] == 1
    app.extensions["citygraph"].get().pool.close()


def test_figures_are_for_our_own(own_app: Flask, settings: Settings) -> None:
    """The figures are given to our own networks, and refused to others with a clear word."""
    gate = wsgi.gate(own_app, settings)
    assert call(gate, "/metrics", REMOTE_ADDR="127.0.0.1")[0] == "200"
    assert call(gate, "/metrics")[0] == "403"
    assert call(gate, "/metrics", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="127.0.0.1")[0] == "403"


def test_kept_answers_are_counted() -> None:
    """What is answered in front of the application is counted like the rest, and as kept."""

    def application(environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        environ["citygraph.kept"] = True
        begin("200 OK", [])
        return [b"x"]

    pipe, metrics = Pipe(), Metrics()
    from citygraph.settings import Settings  # noqa: PLC0415

    call(Gate(application, Settings(), {"page"}, {}, metrics, Journal(writer=pipe.writer)), "/page/x")
    assert shown(metrics)["citygraph_kept_answers_total", "page"] == 1
    assert [line["kept"] for line in pipe.lines()] == [True]


def test_several_processes(tmp_path: Path) -> None:
    """Processes add up; one that has ended leaves its counts, and takes its gauges along."""
    one = Metrics(lambda: Gauges(3, 1, 2, "v1", 5.0), {"time": 1}, tmp_path)
    two = Metrics(lambda: Gauges(3, 2, 0, "v2", 6.0), {"time": 2}, tmp_path)
    for metrics, seconds in ((one, 0.0001), (two, 99.0)):
        metrics.count("page", 200, seconds, kept=False)
        metrics.write()
    found = shown(one)
    assert found["citygraph_requests_total", "page", "200"] == 2
    assert found["citygraph_request_seconds_bucket", str(BOUNDS[0]), "page"] == 1
    assert found["citygraph_request_seconds_count", "page"] == 2
    assert found["citygraph_query_workers_total", "time"] == 3
    assert (found["citygraph_query_seats_busy",], found["citygraph_processes",]) == (3, 2)
    (path,) = [row for row in tmp_path.glob("*.json") if b'"v2"' in row.read_bytes()]
    path.write_bytes(path.read_bytes().replace(f'"pid":{os.getpid()}'.encode(), b'"pid":4194305'))
    found = shown(one)
    assert found["citygraph_requests_total", "page", "200"] == 2
    assert (found["citygraph_query_seats_busy",], found["citygraph_processes",]) == (1, 1)


def test_a_process_that_ends_leaves_all_it_has_counted(tmp_path: Path) -> None:
    """What was counted in the last moment of a process is not lost."""
    program = (
        "import sys; from pathlib import Path; from citygraph.web.metrics import Metrics; from servers import until\n"
        "folder = Path(sys.argv[1]); metrics = Metrics(folder=folder); metrics.start()\n"
        "until(lambda: list(folder.glob('*.json'))); metrics.count('page', 200, 0.1, kept=False)"
    )
    path = os.pathsep.join(filter(None, (str(ROOT / "tests"), os.environ.get("PYTHONPATH"))))
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, env=os.environ | {"PYTHONPATH": path})
    assert shown(Metrics(folder=tmp_path))["citygraph_requests_total", "page", "200"] == 1


def test_figures_are_never_followed_by_earlier_ones(tmp_path: Path) -> None:
    """Where threads write at the same time, what is there in the end is all that was counted."""
    metrics = Metrics(folder=tmp_path)

    def count(_: int) -> None:
        metrics.count("page", 200, 0.1, kept=False)
        metrics.write()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(400)))
    assert shown(Metrics(folder=tmp_path))["citygraph_requests_total", "page", "200"] == 400


def test_damaged_figures_of_another_process(tmp_path: Path) -> None:
    """A file that cannot be read costs only its own figures."""
    (tmp_path / "other.json").write_text("{")
    assert shown(Metrics(folder=tmp_path))["citygraph_processes",] == 0


def test_line_of_a_request(own_app: Flask, settings: Settings) -> None:
    """A request is one line of JSON with its id, which the answer carries too; addresses are masked, texts are cut."""
    pipe = Pipe()
    gate = wsgi.gate(own_app, settings)
    gate._journal.writer = pipe.writer
    _, named = call(gate, "/page/nobody/kn\xc3\xb6ws", HTTP_X_REQUEST_ID="abc-123", HTTP_USER_AGENT="a" * 1000)
    _, minted = call(gate, "/healthz", HTTP_X_REQUEST_ID='"; injected\r\nX-Evil: 1', QUERY_STRING="secret=1")
    first, second = pipe.lines()
    assert (named["X-Request-Id"], first["request"]) == ("abc-123", "abc-123")
    assert (first["method"], first["path"], first["status"]) == ("GET", "/page/nobody/knöws", 404)
    assert first["client"] == "192.0.2.0"
    assert len(first["agent"]) == 300
    assert first["bytes"] > 0
    assert second["request"] == minted["X-Request-Id"] != "abc-123"
    assert "X-Evil" not in minted
    assert "secret" not in json.dumps(second)


@pytest.mark.parametrize(("addresses", "told"), [("masked", "192.0.2.0"), ("full", "192.0.2.17"), ("none", None)])
def test_addresses_in_the_log(addresses: str, told: str | None) -> None:
    """The setting decides how much of an address is written."""
    pipe = Pipe()
    journal = Journal("info", addresses, pipe.writer)
    journal.tell("x", {"citygraph.client": "192.0.2.17"}, 200, 0.1, 1)
    assert [line.get("client") for line in pipe.lines()] == [told]


def test_level_of_the_log() -> None:
    """At `warning` only what went wrong on our side is told."""
    pipe = Pipe()
    journal = Journal("warning", writer=pipe.writer)
    for status in (200, 404, 429, 500, 503):
        journal.tell("x", {}, status, 0.1, 1)
    assert [(line["status"], line["level"]) for line in pipe.lines()] == [(500, "error"), (503, "warning")]


def test_reader_of_the_log_that_stands_still() -> None:
    """Where nobody reads the log, requests go on, and lines are dropped and counted."""
    reading, writing = os.pipe()
    writer = Writer(writing, room=100)
    for _ in range(20_000):
        writer.put(b"x" * 99 + b"\n")
    assert writer.dropped > 10_000
    os.close(reading)
    writer.close()
    os.close(writing)


def test_lines_of_several_writers_do_not_mix() -> None:
    """Writers on one pipe leave each line whole."""
    reading, writing = os.pipe()
    writers = [Writer(writing) for _ in range(4)]
    found: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as file:
            found.extend(file)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(2_000):
        for mark, writer in zip(b"abcd", writers, strict=True):
            writer.put(bytes([mark]) * (1 + number % 300) + b"\n")
    for writer in writers:
        finish(writer)
    os.close(writing)
    thread.join()
    assert len(found) == 8_000
    assert all(len(set(line)) == 2 for line in found)


def test_messages_of_the_software() -> None:
    """A message is a line of JSON too; the server's advice against threads that we want is left out."""
    record = logging.LogRecord("citygraph", logging.WARNING, "x", 1, "said %s", ("\ud800",), None)
    told = json.loads(Lines().format(record))
    assert (told["level"], told["logger"], told["message"]) == ("warning", "citygraph", "said ?")
    advice = "Configuration allows spawning up to 64 Python threads, which seems quite high"
    assert not intended(logging.LogRecord("_granian", logging.WARNING, "x", 1, advice, (), None))
    assert intended(record)
