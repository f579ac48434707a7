# ruff: noqa: E501 - a request is one line
"""Requests that no client of good will sends, as raw bytes to a real server: each is refused or harmless."""

from __future__ import annotations

import gzip
import selectors
import socket
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from servers import PATIENCE, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
QUERY = "Content-Type: application/sparql-query\r\n"
SCRIPT = "<script>alert(1)</script>"
LOOKUP = "/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 3")


@pytest.fixture(scope="module")
def port(world: Release) -> Iterator[int]:
    """The port of a server of the fixture world."""
    with serving(world.folder.parent) as address:
        yield int(address.rpartition(":")[2])


def send(port: int, request: bytes) -> bytes:
    """Send bytes, and read whatever comes until the server hangs up."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(request)
        while part := line.recv(65_536):
            found += part
    return found


def ask(port: int, method: str, path: str, headers: str = "", body: bytes = b"") -> tuple[int, bytes]:
    """Send a request, and give the status and the whole answer."""
    if body and "ength:" not in headers and "chunked" not in headers:
        headers += f"Content-Length: {len(body)}\r\n"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
    answer = send(port, head.encode("latin-1") + body)
    return int(answer.split()[1]), answer


CHUNK = "Transfer-Encoding: chunked\r\n"
HOSTS = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nForwarded: host=evil.example;proto=gopher\r\n"
REQUESTS = {
    "length and chunks": ("POST", "/sparql", f"{QUERY}Content-Length: 4\r\n{CHUNK}", b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n", 400),
    "two lengths": ("POST", "/sparql", f"{QUERY}Content-Length: 4\r\nContent-Length: 6\r\n", b"ASK {}", 400),
    "negative length": ("POST", "/sparql", f"{QUERY}Content-Length: -4\r\n", b"ASK {}", 400),
    "broken chunks": ("POST", "/sparql", QUERY + CHUNK, b"ZZ\r\nASK {}\r\n0\r\n\r\n", 400),
    "compressed body": ("POST", "/sparql", f"{QUERY}Content-Encoding: gzip\r\n", gzip.compress(bytes(50_000_000)), 400),
    "another charset": ("POST", "/sparql", "Content-Type: application/sparql-query; charset=utf-16\r\n", b"\xff\xfeA\0", 415),
    "semicolons": ("POST", "/sparql", f"Content-Type: {';' * 50_000}\r\n", b"ASK {}", 415),
    "fields": ("POST", "/sparql", FORM, b"query=ASK%7B%7D" + b"&a=1" * 100_000, 413),
    "graphs": ("POST", "/sparql", FORM, b"query=ASK%7B%7D" + b"&default-graph-uri=x:y" * 900, 200),
    "ranges": ("GET", "/dumps/citygraph.nt", f"Range: bytes={','.join(f'{i}-{i}' for i in range(2_000))}\r\n", b"", 200),
    "media types": ("GET", LOOKUP, f"Accept: {','.join(f'a/b{i}' for i in range(3_000))}\r\n", b"", 406),
    "languages": ("GET", "/", f"Accept-Language: {','.join(f'x{i}' for i in range(5_000))}\r\n", b"", 200),
    "tags": ("GET", LOOKUP, f"If-None-Match: {','.join(chr(34) + str(i) + chr(34) for i in range(9_999))}\r\n", b"", 200),
    "headers": ("GET", "/", "".join(f"X-{i}: y\r\n" for i in range(1_000)), b"", 431),
    "long header": ("GET", "/", f"X: {'y' * 900_000}\r\n", b"", 431),
    "long line": ("GET", "/sparql?query=" + quote("ASK {} #" + "x" * 60_000), "", b"", 200),
    "longer line": ("GET", "/sparql?query=" + quote("ASK {} #" + "x" * 400_000), "", b"", 414),
    "two hosts": ("GET", "/dumps/citygraph.nt", "Host: y\r\n", b"", 400),
    "other hosts": ("GET", "/sparql", HOSTS, b"", 200),
    "line ends in the path": ("GET", "/id/city/basel%0d%0aSet-Cookie:%20x=1", "", b"", 404),
    "line ends in a format": ("GET", f"{LOOKUP}&format=json%0d%0aSet-Cookie:%20x=1", "", b"", 200),
    "a limit of 24 digits": ("GET", "/sparql?query=" + quote("SELECT * {} LIMIT 1" + "0" * 23), "", b"", 400),
    "a number of 10,000 digits": ("GET", "/sparql?query=" + quote(f"SELECT (1{'0' * 10_000} AS ?x) {{}}"), "", b"", 200),
    "a page of 10,000 digits": ("GET", f"/page/graph/places?page={'9' * 10_000}", "", b"", 200),
    "nothing as a sign": ("GET", "/sparql?query=" + quote('ASK { FILTER("\\u0000\0") }'), "", b"", 200),
    "too long a body for a page": ("POST", "/sparql", f"{QUERY}Accept: text/html\r\n", b"#" * 1_100_000, 413),
    "half a sign": ("GET", "/sparql?query=" + quote('ASK { FILTER("\\uD800") }'), "", b"", 400),
    "script as a query": ("GET", "/sparql?query=" + quote(SCRIPT), "Accept: text/html\r\n", b"", 400),
    "script as a search": ("GET", "/search?q=" + quote(f'">{SCRIPT}'), "Accept: text/html\r\n", b"", 200),
    "script as a path": ("GET", f"/id/{quote(SCRIPT)}", "Accept: text/html\r\n", b"", 404),
    "script as a graph": ("GET", "/store?graph=" + quote(SCRIPT), "", b"", 404),
    "a clause as a parameter": ("GET", "/api/has-a-party-a-partnership?party=" + quote("x> {} SERVICE <http://a/"), "", b"", 400),
    "another method": ("TRACE", "/sparql", "", b"", 405),
    "no method": ("\0GET", "/", "", b"", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_is_refused_or_harmless(port: int, name: str) -> None:
    """The status is the expected one; no script, host or header comes back, and nothing of the inside is told."""
    *request, status = REQUESTS[name]
    found, answer = ask(port, *request)
    assert found == status
    for harm in (b"<script>alert", b"evil.example", b"gopher", b"\r\nSet-Cookie", b"set-cookie: x", b"Traceback"):
        assert harm not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/../../manifest.json",
        "/dumps/%2e%2e/%2e%2e/etc/passwd",
        "/dumps/..%2f..%2f..%2fetc%2fpasswd",
        "/dumps/....//....//etc/passwd",
        "/dumps/..\\..\\etc\\passwd",
        "/dumps/..%5c..%5cetc%5cpasswd",
        "/dumps/%252e%252e%252fetc/passwd",
        "/dumps//etc/passwd",
        "/dumps/x%00.nt",
        "/dumps/file:///etc/passwd",
        "/dumps/engine/store/CURRENT",
        "/dumps/graphs/../../engine/store/CURRENT",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/data/../../etc/passwd.ttl",
        "/page/graph/..%2f..%2fetc",
        "/id/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
        "/.git/config",
        "/.env",
    ],
)
def test_no_path_leads_out_of_the_site(port: int, path: str) -> None:
    """Whatever the spelling, nothing but what is published is found."""
    assert ask(port, "GET", path)[0] == 404


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "a,b", "a..b", "x" * 64, "[x]", "a:b", "<script>"])
def test_what_is_no_host_is_refused_everywhere(port: int, host: str) -> None:
    """A request whose ``Host`` names none is refused (RFC 9112, section 3.2), whoever would answer it."""
    for path in (LOOKUP, "/dumps/citygraph.nt", "/page/city/rivermouth", "/about"):
        assert (
            send(port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()).split()[1]
            == b"400"
        )


@pytest.mark.parametrize("host", ["a", "a.b-c.example:80", "127.0.0.1:8000", "[::1]:80", "w3id.org.", "a_b", ""])
def test_any_host_is_answered(port: int, host: str) -> None:
    """The site has whatever name it is reached by."""
    assert (
        send(port, f"GET {LOOKUP} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()).split()[1] == b"200"
    )


def test_slow_and_half_sent_requests_hold_up_nobody(port: int) -> None:
    """While two hundred clients keep the server waiting a lookup is answered, and each of them is told in the end."""
    halves = [
        f"POST /sparql HTTP/1.1\r\nHost: x\r\n{QUERY}Content-Length: 100000\r\n\r\nASK".encode(),
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nX-Slow",
    ]
    lines = []
    try:
        for number in range(200):
            line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            line.sendall(halves[number % 2])
            lines.append(line)
        bodies = lines[::2]
        assert _readable(bodies), "the first is refused when all places are taken"
        assert ask(port, "GET", LOOKUP)[0] == 200
        assert ask(port, "POST", "/sparql", QUERY, b"ASK {}")[0] == 503  # of this client, too many are on their way
        late = [line.recv(99)[9:12] for line in bodies]
        assert Counter(late) == {b"408": 8, b"503": 92}
        assert ask(port, "GET", LOOKUP)[0] == 200  # though they have not left
    finally:
        for line in lines:
            line.close()


def _readable(lines: list[socket.socket]) -> bool:
    """Wait until something comes on one of some connections."""
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line, selectors.EVENT_READ)
        return bool(selector.select(PATIENCE))
