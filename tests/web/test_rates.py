"""How often one client may ask, and who is one client."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.settings import Settings, networks
from citygraph.web.clients import Clients, client
from citygraph.web.gate import Gate
from citygraph.web.journal import Journal, Writer
from citygraph.web.metrics import Metrics
from citygraph.web.rates import Rate
from servers import PATIENCE, serving

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.settings import Repository


def test_burst_and_steady_rate() -> None:
    """A client may use ten seconds of its rate at once, then only the rate; another client is not concerned."""
    rate = Rate(5)
    assert [rate.wait("a", 0.0) for _ in range(50)] == [0.0] * 50
    assert rate.wait("a", 0.0) == pytest.approx(0.2)
    assert rate.wait("b", 0.0) == 0
    assert [rate.wait("a", 1.0) > 0 for _ in range(6)] == [False] * 5 + [True]


def test_a_slow_rate_lets_one_in() -> None:
    """Less than one request in ten seconds still lets one in at once."""
    rate = Rate(0.01)
    assert (rate.wait("a", 0.0), rate.wait("a", 0.0)) == (0.0, pytest.approx(100))


def test_no_rate() -> None:
    """A rate of 0 refuses nobody."""
    rate = Rate(0)
    assert not any(rate.wait("a", 0.0) for _ in range(1000))


def test_many_clients() -> None:
    """However many clients come, none is refused for the others, and one that asks on is not forgotten."""
    rate = Rate(1)
    refused = 0
    for number in range(10_000):
        assert rate.wait(f"client {number}", 0.0) == 0
        refused += rate.wait("busy", 0.0) > 0
    assert refused == 10_000 - 10


def test_processes_count_together(tmp_path: Path, world: Release, repository: Repository) -> None:
    """What one process has let pass counts in the others, whichever a connection comes to."""
    one, other, alone = Rate(1, tmp_path / "x"), Rate(1, tmp_path / "x"), Rate(1, tmp_path / "y")
    assert [rate.wait("a", 0.0) > 0 for rate in (one, other) * 6] == [False] * 10 + [True] * 2
    assert alone.wait("a", 0.0) == 0
    limits = {"CITYGRAPH_REQUESTS_PER_SECOND": "0.5", "CITYGRAPH_OWN_NETWORKS": ""}
    with serving(world.folder.parent, repository.root, processes=2, **limits) as address:
        began = time.monotonic()
        passed = sum(_status(f"{address}/robots.txt") == 200 for _ in range(40))
        assert 5 <= passed <= 6 + (time.monotonic() - began) / 2


def test_without_room_each_counts_for_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the shared file cannot be made, clients are limited all the same, and the log says how."""
    rate = Rate(1, tmp_path / "nowhere" / "x")
    assert [rate.wait("a", 0.0) > 0 for _ in range(11)] == [False] * 10 + [True]
    assert "counts clients for itself" in caplog.text


def _status(address: str) -> int:
    """The status of an answer, each asked for on a connection of its own."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "proxies", "found"),
    [
        ("192.0.2.1", "127.0.0.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "127.0.0.1", "10.0.0.1", 0, "192.0.2.1"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "10.0.0.1", 0, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.7", "10.0.0.0/8", 0, "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.0/8", 0, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:4711", "10.0.0.0/8", 0, "203.0.113.9"),
        ("10.0.0.1", "nonsense, [2001:db8:1:2::5]:80", "10.0.0.0/8", 0, "2001:db8:1:2::"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "*", 0, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.9.9.9", "", 2, "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "", "", 0, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", "", 0, "192.0.2.1"),
        ("10.0.0.1", ",".join(["10.0.0.9"] * 5000), "10.0.0.0/8", 0, "10.0.0.9"),
    ],
)
def test_who_asks(peer: str, forwarded: str, trusted: str, proxies: int, found: str) -> None:
    """Only what our own proxies add counts; an IPv6 client is its network."""
    assert client(peer, forwarded, proxies, networks(trusted)) == found


def test_our_own(caplog: pytest.LogCaptureFixture) -> None:
    """One of our own asks directly or through a proxy of ours; behind a proxy unknown to us nobody is."""
    clients = Clients(0, networks("10.0.0.1"), networks("127.0.0.0/8, 192.168.0.0/16, ::1"))

    def asking(peer: str, **headers: str) -> tuple[str, bool]:
        return clients.asking({"REMOTE_ADDR": peer} | headers)

    assert asking("127.0.0.1") == ("127.0.0.1", True)
    assert asking("::1") == ("::", True)
    assert asking("192.0.2.1") == ("192.0.2.1", False)
    assert asking("10.0.0.1", HTTP_X_FORWARDED_FOR="192.168.3.4") == ("192.168.3.4", True)
    assert asking("10.0.0.1", HTTP_X_FORWARDED_FOR="192.168.3.4, 192.0.2.7") == ("192.0.2.7", False)
    assert asking("192.0.2.1", HTTP_X_FORWARDED_FOR="127.0.0.1") == ("192.0.2.1", False)
    assert asking("127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7") == ("127.0.0.1", False)
    assert asking("127.0.0.1", HTTP_FORWARDED="for=192.0.2.7") == ("127.0.0.1", False)
    assert [row.levelname for row in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("peer", "told", "trusted", "proxies", "found"),
    [
        ("192.0.2.1", "https", "", 0, "http"),
        ("192.0.2.1", "https", "10.0.0.0/8", 0, "http"),
        ("10.0.0.1", "https", "10.0.0.0/8", 0, "https"),
        ("10.0.0.1", "http, https", "10.0.0.0/8", 0, "https"),
        ("10.0.0.1", "javascript", "10.0.0.0/8", 0, "http"),
        ("192.0.2.1", "https", "", 1, "https"),
        ("192.0.2.1", "https", "*", 0, "https"),
    ],
)
def test_how_a_client_asks(peer: str, told: str, trusted: str, proxies: int, found: str) -> None:
    """That a client asks by https counts where a proxy of ours says so, and from nobody else."""
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": told, "wsgi.url_scheme": "http"}
    assert Clients(proxies, networks(trusted), ()).scheme(environ) == found


def gated(**settings: Any) -> Gate:
    """A gate before an application that answers everything."""

    def application(_environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        begin("200 OK", [])
        return [b""]

    quiet = Journal("error", writer=Writer(-1))
    return Gate(
        application, Settings(**settings), {"page", "sparql", "healthz"}, {"X-Dressed": "yes"}, Metrics(), quiet
    )


def ask(gate: Gate, path: str, peer: str = "192.0.2.1", **headers: str) -> tuple[str, dict[str, str], bytes]:
    """The status, headers and body of an answer."""
    seen: list[Any] = []
    body = b"".join(gate({"PATH_INFO": path, "REMOTE_ADDR": peer} | headers, lambda *facts: seen.extend(facts)))
    return seen[0][:3], dict(seen[1]), body


def test_refusal() -> None:
    """Whoever asks too often is told so, and when to come again, whatever it writes of itself; others are answered."""
    gate = gated(requests_per_second=1.0)
    statuses = [ask(gate, "/page/x", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")[0] for number in range(12)]
    assert statuses == ["200"] * 10 + ["429"] * 2
    _, headers, body = ask(gate, "/page/x")
    told = json.loads(body)
    assert (told["status"], headers["Content-Type"]) == (429, "application/problem+json")
    assert int(headers["Retry-After"]) == told["seconds"] >= 1
    assert headers["X-Dressed"] == "yes"
    assert int(headers["Content-Length"]) == len(body)
    assert ask(gate, "/page/x", "192.0.2.2")[0] == "200"
    assert ask(gate, "/page/x", "127.0.0.1")[0] == "200"
    assert ask(gate, "/healthz")[0] == "200"


def test_queries_are_rarer_than_pages() -> None:
    """A client that has spent its queries may still read pages; this machine is limited too when it is no more ours."""
    gate = gated(requests_per_second=100.0, queries_per_second=1.0, own_networks="")
    assert [ask(gate, "/sparql", "127.0.0.1")[0] for _ in range(12)] == ["200"] * 10 + ["429"] * 2
    assert ask(gate, "/page/x", "127.0.0.1")[0] == "200"
