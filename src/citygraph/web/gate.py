"""The outermost WSGI function: names each request, refuses some, and counts and tells what it was.

Refused is who asks too often, and what names no host, before anybody else makes something of it.

What stands behind it, Flask or what answers in front of Flask, may set ``citygraph.kept`` in the environment of an
answer that was kept. It finds ``citygraph.client`` there, by which clients are told apart, and
``citygraph.own``, which is whether a client is one of our own networks; and ``wsgi.url_scheme`` is the client's.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from citygraph.settings import networks
from citygraph.web.clients import Clients
from citygraph.web.rates import Rate, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from citygraph.settings import Settings
    from citygraph.web.journal import Journal
    from citygraph.web.metrics import Metrics

    Begin = Callable[..., Any]
    Application = Callable[[dict[str, Any], Begin], Iterable[bytes]]

QUERIES = frozenset({"sparql", "query", "api", "store", "receipt", "reconcile"})
"""The routes that run what strangers ask, which may be asked less often."""
FREE = frozenset({"healthz", "readyz", "health"})
"""The routes by which a load balancer sees that we are there; they cost next to nothing."""
_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = re.compile(rf"(?:\[[0-9A-Fa-f:.]++\]|{_LABEL}(?>(?:\.{_LABEL})*)\.?)?(?::[0-9]*+)?")


class Gate:
    """Stands before an application."""

    def __init__(
        self,
        application: Application,
        settings: Settings,
        routes: Iterable[str],
        headers: dict[str, str],
        metrics: Metrics,
        journal: Journal,
        shared: Path | None = None,
    ) -> None:
        """Stand before it; in the folder that is shared, the processes of a server count clients together."""
        self._application, self._metrics, self._journal = application, metrics, journal
        trusted, own = networks(settings.forwarded_allow_ips), networks(settings.own_networks)
        self._clients = Clients(settings.proxies, trusted, own)
        self._routes, self._headers = {"": "home"} | {name: name for name in routes if name}, headers
        self._all, self._queries = (
            Rate(rate, shared and shared / f"{name}.rates")
            for name, rate in (("all", settings.requests_per_second), ("queries", settings.queries_per_second))
        )

    def __call__(self, environ: dict[str, Any], start_response: Begin) -> Iterable[bytes]:
        """Answer a request."""
        began = time.perf_counter()
        name = self._journal.name(environ.get("HTTP_X_REQUEST_ID", ""))
        route = self.route(environ.get("PATH_INFO", ""))
        who, own = self._clients.asking(environ)
        environ["citygraph.client"], environ["citygraph.own"] = who, own
        if "HTTP_X_FORWARDED_PROTO" in environ:
            environ["wsgi.url_scheme"] = self._clients.scheme(environ)
        seen = _Seen(start_response, name)
        wait = 0.0 if own or route in FREE else self._wait(route, who)
        try:
            if not _HOST.fullmatch(environ.get("HTTP_HOST", "")):
                body: Iterable[bytes] = self._refuse(_NO_HOST, seen)
            elif wait:
                body = self._refuse(_too_many(wait), seen)
            else:
                body = self._application(environ, seen)
        except BaseException:
            seen.status, body = 500, []
            raise
        finally:
            stood = time.perf_counter() - began
            self._metrics.count(route, seen.status, stood, kept="citygraph.kept" in environ)
            if isinstance(body, list):
                self._journal.tell(name, environ, seen.status, stood, sum(map(len, body)))
        if isinstance(body, list):
            return body
        return _Sent(body, lambda size: self._journal.tell(name, environ, seen.status, stood, size))

    def route(self, path: str) -> str:
        """The label of a path: its first part, if there is such a route; so strangers can invent no labels."""
        first = path[1:].partition("/")[0]
        return self._routes.get(first) or self._routes.get(first.partition(".")[0], "other")

    def _wait(self, route: str, who: str) -> float:
        return (self._queries.wait(who) if route in QUERIES else 0.0) or self._all.wait(who)

    def _refuse(self, problem: dict[str, Any], begin: Begin) -> list[bytes]:
        """Say what is wrong, without the cost of a page."""
        body = json.dumps({"type": "about:blank"} | problem).encode()
        facts = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
        }
        if "seconds" in problem:
            facts["Retry-After"] = str(problem["seconds"])
        begin(f"{problem['status']} {problem['title']}", [*facts.items(), *self._headers.items()])
        return [body]


_NO_HOST = {
    "title": "Bad Request",
    "status": 400,
    "detail": "The header Host names no host, or several; name the one that is asked.",
}
"""A server has to refuse that (RFC 9112, section 3.2)."""


def _too_many(wait: float) -> dict[str, Any]:
    """What is told to those who ask too often (RFC 6585, section 4)."""
    seconds = retry_after(wait)
    return {
        "title": "Too many requests",
        "status": 429,
        "detail": f"One client may ask only so often: ask again in {seconds} s, or take the dumps at /dumps/.",
        "seconds": seconds,
    }


class _Seen:
    """Passes on the head of an answer, with the request's name, and remembers the status."""

    __slots__ = ("_begin", "_name", "status")

    def __init__(self, begin: Begin, name: str) -> None:
        self._begin, self._name, self.status = begin, name, 500

    def __call__(self, status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
        self.status = int(status[:3])
        return self._begin(status, [*headers, ("X-Request-Id", self._name)], *fault)


class _Sent:
    """A body that is sent piece by piece; when it is done, or the client has left, its size is told."""

    __slots__ = ("_body", "_done", "_next", "_size")

    def __init__(self, body: Iterable[bytes], done: Callable[[int], None]) -> None:
        self._body, self._done, self._size = body, done, 0
        self._next = iter(body).__next__

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._next()
        self._size += len(piece)
        return piece

    def close(self) -> None:
        """Let go of the body."""
        if hasattr(self._body, "close"):
            self._body.close()
        self._done(self._size)
