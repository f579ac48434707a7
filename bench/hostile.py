"""Measures lookups of eight clients while twenty others send hostile queries, against the same lookups in calm.

    python -m bench hostile

starts a server on the current release and asks over HTTP from addresses of its own (127.0.0.x), the attackers from
another process. A lookup is of another place each time, so that no answer is kept. Prints p50 and p99 of the lookups in
calm, under attack and afterwards, how many were refused, and the memory of the server's processes.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

from bench.processes import memory

PORT = 8170
CLIENTS, ATTACKERS, SECONDS, PAUSE = 8, 20, 8.0, 0.01
ALL = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
BOMBS = (
    f"SELECT * {{ {ALL} }} ORDER BY ?c ?f ?i",
    f"SELECT (COUNT(*) AS ?n) {{ {ALL} }}",
    "SELECT (COUNT(*) AS ?n) { ?s (!<u:u>|^!<u:u>)* ?o }",
    'SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), "(a|b|c)*d.*x.*y.*z$")) } ORDER BY ?o',
    "SELECT (GROUP_CONCAT(?o) AS ?all) { ?s ?p ?o . ?o ?q ?r }",
    "SELECT * { " + "".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(90)))} }} " for i in range(6)) + "}",
    "SELECT (STRLEN(?a9) AS ?n) { BIND('xxxxxxxxxxxxxxxx' AS ?a0) "
    + "".join(f"BIND(CONCAT({','.join([f'?a{i}'] * 12)}) AS ?a{i + 1}) " for i in range(9))
    + "}",
)


class Client:
    """A client with an address of its own and a connection that it keeps."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._source = port, f"127.0.{number // 200}.{number % 200 + 10}"
        self._line: http.client.HTTPConnection | None = None

    def ask(self, text: str) -> int:
        """Ask a query, read its answer, and give its status."""
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, 60, (self._source, 0))
        try:
            self._line.request("GET", f"/sparql?{urlencode({'query': text})}", headers={"Accept-Encoding": "identity"})
            answer = self._line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._line = None
            return 0
        return answer.status


def lookups(port: int, places: list[str], seconds: float) -> tuple[list[float], int]:
    """Milliseconds of each lookup of all clients, in order, and how many were refused."""
    spans: list[float] = []
    refused = 0
    end = time.monotonic() + seconds

    def visit(number: int) -> None:
        nonlocal refused
        client, turn = Client(port, number), 0
        while time.monotonic() < end:
            turn += 1
            place = places[(number * 1009 + turn * 31) % len(places)]
            began = time.perf_counter()
            status = client.ask(f"SELECT ?p ?o {{ <{place}> ?p ?o }} LIMIT {turn % 7 + 9} # {time.monotonic_ns()}")
            spans.append((time.perf_counter() - began) * 1e3)
            refused += status != 200
            time.sleep(PAUSE)

    run([threading.Thread(target=visit, args=(number,)) for number in range(CLIENTS)])
    return spans, refused


def attack(port: int, seconds: float) -> None:
    """Send hostile queries, each text but once, and print how each kind was answered."""
    end = time.monotonic() + seconds
    seen: dict[int, int] = {}

    def send(number: int) -> None:
        client, turn = Client(port, 1000 + number), 0
        while time.monotonic() < end:
            turn += 1
            status = client.ask(f"{BOMBS[(number + turn) % len(BOMBS)]} # {number} {turn}")
            seen[status] = seen.get(status, 0) + 1
            time.sleep(PAUSE)

    run([threading.Thread(target=send, args=(number,)) for number in range(ATTACKERS)])
    print("attackers were answered", dict(sorted(seen.items())), flush=True)


def run(threads: list[threading.Thread]) -> None:
    """Run threads to their end."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(numbers: list[int]) -> None:
    """Measure and print; with a port, attack what listens there."""
    if numbers:
        attack(numbers[0], SECONDS)
        return
    with subprocess.Popen(
        [sys.executable, "-m", "citygraph", "serve", "--port", str(PORT)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(120):
                if not socket.socket().connect_ex(("127.0.0.1", PORT)):
                    break
                time.sleep(0.5)
            measure(PORT, server.pid)
        finally:
            server.terminate()


def measure(port: int, pid: int) -> None:
    """Ask in calm, under attack and afterwards."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.request("GET", "/sparql?" + urlencode({"query": "SELECT ?s { ?s a ?c } LIMIT 5000", "format": "json"}))
    places = [row["s"]["value"] for row in json.loads(line.getresponse().read())["results"]["bindings"]]
    places = [place for place in places if place.startswith("http")]
    lookups(port, places, 2)
    calm = 0.0
    for name in ("calm", "attack", "afterwards"):
        attackers = None
        if name == "attack":
            attackers = subprocess.Popen([sys.executable, "-m", "bench", "hostile", str(port)])
        spans, refused = lookups(port, places, SECONDS + (1 if attackers else 0))
        ordered = sorted(spans)
        p99 = ordered[int(len(ordered) * 0.99)]
        calm = calm or p99
        print(
            f"{name:10} {len(spans):6} lookups, {refused} refused; p50 {statistics.median(spans):6.1f} ms, "
            f"p99 {p99:7.1f} ms = {p99 / calm:4.1f} times calm, max {ordered[-1]:7.1f} ms; {memory(pid)} MiB",
            flush=True,
        )
        if attackers is not None:
            attackers.wait()
            time.sleep(1)
