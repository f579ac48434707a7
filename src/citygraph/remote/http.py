"""Connections to a SPARQL server: kept alive, bounded in time, never redirected, with credentials if asked.

A hostile or broken server costs a request its deadline and no more; what it says is given on as a
:class:`~citygraph.errors.StoreError`.
"""

from __future__ import annotations

import base64
import http.client
import select
import socket
import threading
import time
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from citygraph.errors import QueryTimeout, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

BLOCK = 65_536
"""How many bytes are read at once."""
_IDLE = 16
"""How many connections are kept for later."""
_FAULT = 2_000
"""How many bytes of an error's text are read."""
_STALE = (http.client.RemoteDisconnected, http.client.CannotSendRequest, ConnectionResetError, BrokenPipeError)

Body = bytes | tuple[int, "Callable[[], Iterable[bytes]]"]
"""What is sent: bytes, or a length and what makes the blocks anew for each try."""


@dataclass(frozen=True)
class Credentials:
    """A user of the server, from ``CITYGRAPH_STORE_USER`` and ``CITYGRAPH_STORE_PASSWORD``."""

    user: str
    password: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Credentials | None:
        """Read the environment; without a user there are none."""
        user = environ.get("CITYGRAPH_STORE_USER")
        return cls(user, environ.get("CITYGRAPH_STORE_PASSWORD", "")) if user else None


class Reply:
    """An answer on its way; a file for parsers, which ends with the deadline."""

    def __init__(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, until: float
    ) -> None:
        self._connection, self._response, self._until = connection, response, until
        self.status, self.headers = response.status, response.headers
        self.seconds = 0.0
        """How long the server has taken to begin it."""

    def read(self, size: int = BLOCK, /) -> bytes:
        """The next bytes."""
        _bound(self._connection, self._until)
        return self._response.read1(size if 0 < size < BLOCK else BLOCK)

    def text(self) -> str:
        """What the server says, as far as a person reads it."""
        content = b""
        while len(content) < _FAULT and (block := self.read()):
            content += block
        return content[:_FAULT].decode("utf-8", "replace").strip()

    def finish(self) -> bool:
        """Whether the answer was read to its end, so that the connection can serve again."""
        whole = not self.read(1)
        self._response.close()
        return whole


class Server:
    """An address of a SPARQL server."""

    def __init__(self, url: str, credentials: Credentials | None = None) -> None:
        self.url = url
        parts = urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._path, self._query = parts.path or "/", parts.query
        self._login = _Login(url, credentials) if credentials else None
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def ask(
        self,
        method: str,
        body: Body,
        headers: Mapping[str, str],
        seconds: float,
        *,
        query: str = "",
        waiting: Callable[[Callable[[float], bool]], None] | None = None,
    ) -> Iterator[Reply]:
        """Send a request and give its answer, whatever its status.

        ``waiting`` is called once the request is sent, with a function that waits so many seconds for the answer and
        tells whether it comes.
        """
        until = time.monotonic() + seconds
        target = "?".join(filter(None, (self._path, "&".join(filter(None, (self._query, query))))))
        connection = None
        try:
            reply, connection = self._exchange(method, target, body, dict(headers), until, waiting)
            if reply.status == 401 and self._login and self._login.learn(reply.headers.get_all("WWW-Authenticate", [])):
                connection.close()
                reply, connection = self._exchange(method, target, body, dict(headers), until, waiting)
            reply.seconds = round(time.monotonic() - until + seconds, 1)
            yield reply
            if reply.finish():
                self._keep(connection)
                connection = None
        except TimeoutError:
            raise QueryTimeout(seconds) from None
        except (OSError, http.client.HTTPException) as error:
            raise StoreError(self.url, str(error) or type(error).__name__) from None
        finally:
            if connection is not None:
                connection.close()

    def _exchange(
        self,
        method: str,
        target: str,
        body: Body,
        headers: dict[str, str],
        until: float,
        waiting: Callable[[Callable[[float], bool]], None] | None,
    ) -> tuple[Reply, http.client.HTTPConnection]:
        """Send and wait for the head of the answer; a kept connection that the server has given up is no failure."""
        if self._login and (word := self._login.word(method, target)):
            headers["Authorization"] = word
        while True:
            connection = self._free()
            used = connection.sock is not None
            try:
                _bound(connection, until)
                _send(connection, method, target, body, headers)
                if waiting is not None and connection.sock is not None:
                    waiting(partial(_readable, connection.sock))
                _bound(connection, until)
                return Reply(connection, connection.getresponse(), until), connection
            except _STALE:
                connection.close()
                if not used:
                    raise
            except BaseException:
                connection.close()
                raise

    def _free(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port)

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < _IDLE and connection.sock is not None:
                self._idle.append(connection)
                return
        connection.close()


def _close(idle: list[http.client.HTTPConnection]) -> None:
    for connection in idle:
        connection.close()


def _send(
    connection: http.client.HTTPConnection, method: str, target: str, body: Body, headers: dict[str, str]
) -> None:
    length, blocks = (len(body), [body]) if isinstance(body, bytes) else (body[0], body[1]())
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    if connection.sock is not None:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for block in blocks:
        connection.send(block)


def _bound(connection: http.client.HTTPConnection, until: float) -> None:
    """Let the connection wait no longer than to a moment."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.timeout = left
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _readable(line: socket.socket, seconds: float) -> bool:
    poll = select.poll()  # select(2) refuses descriptors from 1024 on
    poll.register(line, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))


class _Login:
    """Answers a server that asks who is there: Basic (RFC 7617) or Digest (RFC 7616), and remembers which."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self._origin, credentials.user, credentials.password)
        self._digest = AbstractDigestAuthHandler(passwords)
        plain = f"{credentials.user}:{credentials.password}".encode()
        self._basic = f"Basic {base64.b64encode(plain).decode()}"
        self._challenge: dict[str, str] | None = None
        self._lock = threading.Lock()

    def learn(self, challenges: list[str]) -> bool:
        """Read what the server asks for; False where it is nothing new, so that credentials that fail fail once."""
        for text in challenges:
            scheme, _, rest = text.partition(" ")
            fields = parse_keqv_list(list(filter(None, parse_http_list(rest))))
            if scheme.lower() not in ("basic", "digest"):
                continue
            fields["scheme"] = scheme.lower()
            with self._lock:
                known, self._challenge = self._challenge, fields
            stale = fields.get("stale", "").lower() == "true"
            return known is None or stale or known.get("nonce") != fields.get("nonce")
        return False

    def word(self, method: str, target: str) -> str | None:
        """The value of the ``Authorization`` header; None before the server has asked."""
        with self._lock:
            if self._challenge is None:
                return None
            if self._challenge["scheme"] == "basic":
                return self._basic
            request = Request(self._origin + target, method=method)  # noqa: S310 - it is never sent, only signed
            return f"Digest {self._digest.get_authorization(request, self._challenge)}"
