"""Reads the bodies of requests before anything else happens, so that slow senders wait in a room of their own.

A server thread that waits for a body serves nobody meanwhile, and a client may send a byte a minute. Here bodies are
read by a few threads that do nothing else: each body has a number of seconds, each client a share of the threads, and
requests without a body, which are nearly all, never come here.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_ANNOUNCED = frozenset({"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"})
_THREADS = 24
_PER_CLIENT = 8
"""How many threads one client may use; bodies that come at once leave them at once."""
_PATIENCE = 0.2
"""Seconds that a body waits for a thread."""
_SECONDS = 10.0
_LINES = {
    408: ("Request Timeout", "The body did not come in time; send it whole."),
    503: ("Service Unavailable", "Too many bodies are being sent at this moment; ask again soon, or by GET."),
}


class Bodies:
    """Stands before an application, and gives it bodies that are there already."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        most: int,
        headers: Mapping[str, str],
        seconds: float = _SECONDS,
    ) -> None:
        self._application, self._most, self._headers, self._seconds = application, most, headers, seconds
        self._change = threading.Condition()
        self._reading: Counter[str] = Counter()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_THREADS, "bodies")  # made after the server has forked

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        most = self._expected(environ) if environ.keys() & _ANNOUNCED else 0
        if not most:
            return self._application(environ, start_response)  # a body that is announced as too long is not read
        client = str(environ.get("citygraph.client", ""))
        with self._change:
            if not self._change.wait_for(lambda: self._has_room(client), _PATIENCE):
                return self._refuse(503, start_response)
            self._reading[client] += 1
        read: Future[bytes] = self._threads.submit(environ["wsgi.input"].read, most)
        read.add_done_callback(lambda _: self._done(client))
        try:
            body = read.result(self._seconds)
        except TimeoutError:
            return _parting(self._refuse(408, start_response), read)
        environ["wsgi.input"] = BytesIO(body)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)

    def _has_room(self, client: str) -> bool:
        return self._reading.total() < _THREADS and self._reading[client] < _PER_CLIENT

    def _done(self, client: str) -> None:
        with self._change:
            self._reading[client] -= 1
            if not self._reading[client]:
                del self._reading[client]
            self._change.notify_all()

    def _expected(self, environ: dict[str, Any]) -> int:
        """How many bytes are read at most; none where there is no body, or too long a one."""
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._most + 1  # the application sees that it is too long
        length = environ.get("CONTENT_LENGTH") or "0"
        return int(length) if length.isdecimal() and int(length) <= self._most else 0

    def _refuse(self, status: int, start_response: Callable[..., Any]) -> list[bytes]:
        title, detail = _LINES[status]
        body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
        facts = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Retry-After": "5",
            "Connection": "close",
        }
        start_response(f"{status} {title}", [*facts.items(), *self._headers.items()])
        return [body]


def _parting(answer: Iterable[bytes], read: Future[bytes]) -> Iterator[bytes]:
    """An answer to a client that may stay, after which its body is read on until it leaves.

    We wait for that, since granian would: for a body that is being read it lets no thread of Python run meanwhile.
    """
    yield from answer
    wait([read])
