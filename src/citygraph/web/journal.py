"""The log: one line of JSON for each request, and for each message of the software, all to standard error.

Lines are written by a thread of their own, many at once, so that no request waits for whoever reads the log; if that
reader stands still, lines are dropped and counted, and the site goes on.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
import secrets
import threading
import time
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing.util import Finalize
from typing import Any

import msgspec

from citygraph.web.clients import masked

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_PIPE = 4_096
"""How many bytes a pipe takes in one piece, so that the lines of several processes do not mix (pipe(7))."""
_ROOM = 20_000
"""How many lines may wait."""
_PAUSE = 0.05
_LONG = 300
"""How many characters of what a client wrote are told."""
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=@-]{0,127}").fullmatch


class Line(msgspec.Struct, omit_defaults=True):
    """What is told of a request."""

    time: str
    level: str
    request: str
    method: str
    path: str
    status: int
    ms: float
    """Until the answer stood, or began where it is sent piece by piece."""
    bytes: int
    client: str = ""
    kept: bool = False
    """Whether the answer was there before it was asked for."""
    agent: str = ""
    query: str = ""


class Writer:
    """Writes lines to a file, in a thread that begins with the first of them."""

    def __init__(self, handle: int = 2, room: int = _ROOM) -> None:
        self._handle, self._room = handle, room
        self._lines: deque[bytes] = deque()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._ending = threading.Event()
        self.dropped = 0

    def put(self, line: bytes) -> None:
        """Have a line written soon."""
        if self._thread is None:
            self._start()
        if len(self._lines) < self._room:
            self._lines.append(line)
        else:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, but wait for no reader longer than a second."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(1)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
                self._thread.start()
                # Unlike atexit's, these are called in the processes of a server that multiprocessing has forked, too.
                Finalize(None, self.close, exitpriority=0)

    def _write(self) -> None:
        while not self._ending.wait(_PAUSE) or self._lines:
            while self._lines:
                piece = [self._lines.popleft()]
                size = len(piece[0])
                while self._lines and size + len(self._lines[0]) <= _PIPE:
                    piece.append(self._lines.popleft())
                    size += len(piece[-1])
                try:
                    os.write(self._handle, b"".join(piece))
                except OSError:  # nobody reads any more
                    self.dropped += len(piece)


class Journal:
    """Tells of requests."""

    def __init__(self, level: str = "info", addresses: str = "masked", writer: Writer | None = None) -> None:
        self.writer = writer or Writer()
        self._least, self._addresses = LEVELS[level], addresses
        self._encode = msgspec.json.Encoder().encode
        self._begin, self._numbers = secrets.token_hex(6), itertools.count(1)

    def name(self, wanted: str) -> str:
        """The name of a request: the one that a proxy or client gave it, if it is fit to be written, else a new one."""
        return wanted if wanted and _SANE(wanted) else f"{self._begin}-{next(self._numbers):x}"

    def tell(self, name: str, environ: dict[str, Any], status: int, seconds: float, size: int) -> None:
        """Tell of a request that was answered."""
        level = "error" if status == 500 else "warning" if status > 500 else "info"
        if LEVELS[level] < self._least:
            return
        path, script = environ.get("PATH_INFO", ""), environ.get("SCRIPT_NAME", "")
        line = Line(
            _now(int(time.time())),
            level,
            name,
            environ.get("REQUEST_METHOD", "")[:16],
            _plain(script + path),
            status,
            round(seconds * 1e3, 2),
            size,
            self._address(environ.get("citygraph.client", "")),
            bool(environ.get("citygraph.kept")),
            _plain(environ.get("HTTP_USER_AGENT", "")),
            _plain(environ.get("QUERY_STRING", "")) if self._least <= LEVELS["debug"] else "",
        )
        self.writer.put(self._encode(line) + b"\n")

    def _address(self, client: str) -> str:
        if self._addresses == "masked":
            return masked(client)
        return client if self._addresses == "full" else ""


class Lines(logging.Formatter):
    """A message of the software as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        told = {
            "time": _now(int(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().encode("utf-8", "replace").decode(),
        }
        if record.exc_info:
            told["fault"] = self.formatException(record.exc_info).encode("utf-8", "replace").decode()
        return msgspec.json.encode(told).decode()


def intended(record: logging.LogRecord) -> bool:
    """Leave out the server's advice against many threads: they wait for slow readers, and for query workers."""
    return "Python threads" not in record.getMessage()


def logging_config(level: str) -> dict[str, Any]:
    """The configuration of Python's logging by which every message becomes a line of JSON on standard error."""
    ours = {"handlers": ["lines"], "level": level.upper(), "propagate": False}
    return {
        "filters": {"intended": {"()": lambda: intended}},
        "formatters": {"lines": {"()": Lines}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["intended"]}},
        "loggers": {"_granian": dict(ours), "granian.access": dict(ours)},
        "root": {"handlers": ["lines"], "level": level.upper()},
    }


@lru_cache(maxsize=4)
def _now(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    """What a client wrote, cut, and in UTF-8 although WSGI passes its bytes as Latin-1 (PEP 3333)."""
    text = text[:_LONG]
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")
