"""Keeps query workers alive: starts them, talks to one, and replaces those that have ended."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph import worker
from citygraph.errors import ReleaseError
from citygraph.worker import PACKET, READY, REPLY

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

_START_SECONDS = 20.0
_CALM = 15
"""The nice value of a worker with a long query."""
_PROGRAM = """
import sys, types
sys.path.append(sys.argv[2])
package = sys.modules["citygraph"] = types.ModuleType("citygraph")
package.__path__ = sys.argv[3:]  # the package's own __init__ reads its metadata, which takes long
from citygraph.worker import main
main()
"""
_MEMORY = {"tcache_count": 1_000, "mxfast": 0, "trim_threshold": 2**25, "top_pad": 2**22, "hugetlb": 1}
"""How the C library keeps small pieces of memory: a worker has one thread that takes and frees the same ones for each
query, and gives none back between two; that is a fifth of its time (mallopt(3), other libraries pass it over). What a
query reads lies scattered, so that large pages, where Linux gives them to who asks (madvise(2)), spare a twentieth."""
TUNABLES, SETTINGS = "GLIBC_TUNABLES", ":".join(f"glibc.malloc.{name}={value}" for name, value in _MEMORY.items())
"""The variable that the C library reads when a program starts, and what stands in it."""
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1",
    TUNABLES: SETTINGS,
    "RUST_BACKTRACE": "0",
}
_HANDED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Ended(Exception):  # noqa: N818 - it is a message, and no error by itself
    """A worker has ended before it answered; ``signal`` ended it, or none."""

    def __init__(self, number: int, *, asked: bool) -> None:
        super().__init__(f"ended by signal {number}, {'after' if asked else 'before'} it was asked")
        self.signal, self.asked = number, asked


class Worker:
    """One worker process as its keeper sees it."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._line, theirs = socket.socketpair()
        self._spool = _spool()
        self._room = bytearray(REPLY.size + PACKET)
        self._patience = 0.0
        self._ending = threading.Lock()
        self._used = 0.0
        self.spent = 0.0
        """The seconds of processor time that the last answer took."""
        self.calm = False
        """Whether it runs at low priority, which only a privileged process could raise again."""
        packages, ours = (str(Path(module.__file__ or "").parent) for module in (ox, worker))
        facts = facts | {"line": theirs.fileno(), "spool": self._spool}
        arguments = [json.dumps(facts), str(Path(packages).parent), ours]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the program is ours, its arguments are no one else's
                [sys.executable, "-I", "-S", "-c", _PROGRAM, *arguments],
                pass_fds=(theirs.fileno(), self._spool),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C at the terminal lets running queries finish
                env=_ENVIRONMENT | {name: os.environ[name] for name in _HANDED_ON if name in os.environ},
            )

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def wait_until_ready(self) -> list[str]:
        """Wait until it has opened the store; what it names is missing on this system."""
        try:
            reply = self.receive(_START_SECONDS)
        except Ended as end:
            raise ReleaseError(f"a query worker did not start ({end})") from None
        if reply is None or reply[0] != READY:
            raise ReleaseError(f"a query worker did not start ({reply[2].decode() if reply else 'in time'})")
        return [str(row) for row in json.loads(reply[2])]

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request; a long one goes through the spool."""
        try:
            if len(body) > PACKET:
                _write(self._spool, body)
                body = b""
            self._line.sendall(head + body)
        except OSError:
            raise self._ended(asked=False) from None

    def receive(self, seconds: float) -> tuple[bytes, bool, bytes] | None:
        """Wait for an answer: its kind, whether it is cut, and its body; None if it does not come in time."""
        self._wait_at_most(seconds)
        room, got = self._room, 0
        view = memoryview(room)
        length = 0
        try:
            while got < REPLY.size or (length <= PACKET and got < REPLY.size + length):
                count = self._line.recv_into(view[got:])
                if not count:
                    raise self._ended(asked=True)
                got += count
                length, kind, cut, used = REPLY.unpack_from(room)
        except BlockingIOError:
            return None
        except OSError:
            raise self._ended(asked=True) from None
        self._used, self.spent = used, used - self._used
        if length <= PACKET:
            return kind, cut, bytes(view[REPLY.size : REPLY.size + length])
        return kind, cut, self._spooled(length)

    def _spooled(self, length: int) -> bytes:
        try:
            body = _read(self._spool, length)
            os.ftruncate(self._spool, 0)
        except OSError:
            raise self._ended(asked=True) from None
        return body

    def _wait_at_most(self, seconds: float) -> None:
        # The kernel's own limit of time: a timeout of Python's would cost another system call for each answer.
        if seconds != self._patience:
            whole = int(seconds)
            limit = struct.pack("ll", whole, int((seconds - whole) * 1e6))
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            self._patience = seconds

    def spending(self) -> float:
        """The seconds of processor time that the running query has used, as far as the system tells."""
        try:
            return time.clock_gettime(~self.pid << 3 | 2) - self._used  # clock_getcpuclockid(3) by hand
        except (OSError, AttributeError):
            return math.inf

    def slow_down(self) -> None:
        """Let it run when nothing else wants to."""
        self.calm = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _CALM)

    def _ended(self, *, asked: bool) -> Ended:
        """Find out what ended it."""
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = -signal.SIGKILL
        return Ended(max(-code, 0), asked=asked)

    def end(self) -> None:
        """End it, whatever it does."""
        with self._ending:
            self._process.kill()
            self._process.wait()
            self._line.close()
            if self._spool >= 0:
                os.close(self._spool)
                self._spool = -1


class Keeper:
    """Holds a number of workers, and starts another where one has ended, in a thread of its own."""

    def __init__(self, facts: dict[str, Any], count: int, give: Callable[[Worker], None]) -> None:
        self._facts, self._count, self._give = facts, count, give
        self._change = threading.Condition()
        self._workers: set[Worker] = set()
        self._closed = False
        self.missing: list[str] = []
        self.started = 0
        """How many workers have been started."""
        self._process = os.getpid()
        try:
            for fresh in [self._start() for _ in range(count)]:
                self.missing = fresh.wait_until_ready()
                give(fresh)
        except ReleaseError:
            self.close()
            raise
        self._thread = threading.Thread(target=self._keep, name="query-workers", daemon=True)
        self._thread.start()

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes that live now."""
        with self._change:
            return sorted(row.pid for row in self._workers)

    def replace(self, old: Worker) -> None:
        """End a worker and have another one soon."""
        old.end()
        with self._change:
            self._workers.discard(old)
            self._change.notify()

    def close(self) -> None:
        """End all workers; a process that was forked from ours ends none."""
        if self._process != os.getpid():
            return
        with self._change:
            self._closed = True
            workers, self._workers = self._workers, set()
            self._change.notify()
        for row in workers:
            row.end()

    def _start(self) -> Worker:
        fresh = Worker(self._facts)
        with self._change:
            self.started += 1
            closed = self._closed
            if not closed:
                self._workers.add(fresh)
        if closed:
            fresh.end()
        return fresh

    def _keep(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or len(self._workers) < self._count)
                if self._closed:
                    return
            fresh = None
            try:
                fresh = self._start()
                fresh.wait_until_ready()
            except (ReleaseError, OSError) as error:
                if self._closed:
                    return
                _log.error("%s", error)
                time.sleep(1)
                if fresh is not None:
                    self.replace(fresh)
                continue
            self._give(fresh)


def _spool() -> int:
    """A file without a name, in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("citygraph-spool")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(handle: int, content: bytes) -> None:
    written, rest = 0, memoryview(content)
    while written < len(content):
        written += os.pwrite(handle, rest[written:], written)


def _read(handle: int, length: int) -> bytes:
    parts, got = [], 0
    while got < length and (part := os.pread(handle, length - got, got)):
        parts.append(part)
        got += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
