"""Who may use a query worker now: two lanes, a share for each client, and a memory of what went wrong.

A query begins in the quick lane, where any free worker serves it. One that takes long needs one of the slow seats, and
so do a client that has used much of late and a text that took long before. So strangers with long queries share the
slow seats among themselves, and never hold all workers. The last free worker is for clients of whom a quick query
is known: so many strangers who all begin with a long query at once hold up nobody but themselves.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from citygraph.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from citygraph.errors import CitygraphError

_COUNTS_FROM = 0.05
"""Seconds below which a query counts as nothing, so that a busy client with small queries stays light."""
_HALF_LIFE = 60.0
_MOST_USAGE = 16.0
"""What a client can owe at most, in worker-seconds: four half-lives later it is light again."""
_REMEMBERED = 4_096


class _Limits(Protocol):
    @property
    def workers(self) -> int: ...
    @property
    def slow_seats(self) -> int: ...
    @property
    def per_client(self) -> int: ...
    @property
    def client_seconds(self) -> float: ...
    @property
    def waiting(self) -> int: ...
    @property
    def wait_seconds(self) -> float: ...
    @property
    def memory_seconds(self) -> float: ...
    @property
    def seconds(self) -> float: ...


K = TypeVar("K")
V = TypeVar("V")
W = TypeVar("W")


@dataclass(eq=False)
class Seat(Generic[W]):
    """A place in a lane: first without a worker, then with one."""

    client: str
    slow: bool
    new: bool = False
    """Whether nothing is known of the client yet."""
    worker: W | None = None
    called: threading.Lock | None = None
    """Let go when it need wait no longer; most never wait. A lock is an event that costs next to nothing."""


class Memory(Generic[W]):
    """Remembers something of a few texts for a while; the oldest go first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rows: OrderedDict[Hashable, tuple[float, W]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> W | None:
        """What is remembered, or None."""
        if not self._rows:
            return None
        with self._lock:
            until, value = self._rows.get(key, (0.0, None))
        return value if until > time.monotonic() else None

    def keep(self, key: Hashable, value: W) -> None:
        """Remember something."""
        with self._lock:
            _put(self._rows, key, (time.monotonic() + self._seconds, value))


class Seats(Generic[W]):
    """The workers that are free, the clients that wait, and what each has used."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._free: list[W] = []
        self._waiting: list[Seat[W]] = []
        self._slow = 0
        self._quick: Counter[str] = Counter()
        self._quiet: OrderedDict[str, None] = OrderedDict()
        self._slow_of: Counter[str] = Counter()
        self._usage: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._closed = False
        self.failed: Memory[Callable[[], CitygraphError]] = Memory(limits.memory_seconds)
        """What queries failed of, so that the same text need not fail again."""
        self.long: Memory[bool] = Memory(limits.memory_seconds)
        """Texts that took long."""

    @property
    def standing(self) -> tuple[int, int]:
        """How many seats are taken, and how many wait for one."""
        with self._lock:
            return sum(self._quick.values()) + self._slow, len(self._waiting)

    def usage(self, client: str, now: float | None = None) -> float:
        """The worker-seconds that a client has used of late."""
        seconds, then = self._usage.get(client, (0.0, 0.0))
        if not seconds:
            return 0.0
        return float(seconds * 0.5 ** (((time.monotonic() if now is None else now) - then) / _HALF_LIFE))

    def is_heavy(self, client: str) -> bool:
        """Tell whether a client has used so much of late that it is kept to the slow seats."""
        return self.usage(client) > self._limits.client_seconds

    def take(self, client: str, *, slow: bool) -> Seat[W]:
        """Wait for a worker; :class:`~citygraph.errors.Busy` when none becomes free in time, or too many wait."""
        with self._lock:
            seat = Seat[W](client, slow, client not in self._quiet)
            if self._closed:
                raise self._busy(slow=slow)
            if self._admits(seat):
                self._admit(seat)
                return seat
            queue = [row for row in self._waiting if row.slow == slow]
            theirs = sum(row.client == client for row in queue)
            # Who waits for a slow seat sends no other query meanwhile; half of the places are left to quick ones.
            most = max(2, self._limits.waiting // 2) if slow else self._limits.waiting
            if len(queue) >= most or (slow and theirs >= self._limits.per_client):
                raise self._busy(slow=slow)
            seat.called = threading.Lock()
            seat.called.acquire()
            self._waiting.append(seat)
        if not seat.called.acquire(timeout=self._limits.wait_seconds):
            with self._lock:
                if seat in self._waiting:
                    self._waiting.remove(seat)
        if seat.worker is None:
            raise self._busy(slow=slow)
        return seat

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for the quick lane."""
        return any(not row.slow for row in self._waiting)

    def promote(self, seat: Seat[W]) -> bool:
        """Move a running query from the quick lane to a slow seat, if one is free."""
        with self._lock:
            if self._slow >= self._limits.slow_seats:
                return False
            self._count(seat, -1)
            seat.slow = True
            self._count(seat, 1)
            self._call()
            return True

    def leave(self, seat: Seat[W], seconds: float, *, back: bool) -> None:
        """Give up a seat after some worker-seconds; the worker comes back, or has ended."""
        with self._lock:
            self._count(seat, -1)
            if not seat.slow and back and seconds <= _COUNTS_FROM:
                _put(self._quiet, seat.client, None)
            if seconds > _COUNTS_FROM:
                before, now = self.usage(seat.client), time.monotonic()
                _put(self._usage, seat.client, (min(before + seconds, _MOST_USAGE), now))
            if back and seat.worker is not None:
                self._free.append(seat.worker)
            self._call()

    def give(self, worker: W) -> None:
        """Take in a fresh worker."""
        with self._lock:
            self._free.append(worker)
            self._call()

    def close(self) -> None:
        """Send everyone away who waits."""
        with self._lock:
            self._closed = True
            self._free.clear()
            waiting, self._waiting = self._waiting, []
        for seat in waiting:
            _call(seat)

    def _busy(self, *, slow: bool) -> Busy:
        return Busy(max(1, round(self._limits.seconds if slow else self._limits.wait_seconds)))

    def _admits(self, seat: Seat[W]) -> bool:
        spared = 1 if (seat.slow or seat.new) and self._limits.workers > 2 else 0
        if len(self._free) <= spared:
            return False
        if seat.slow:
            return self._slow < self._limits.slow_seats
        return self._quick[seat.client] < self._limits.per_client

    def _admit(self, seat: Seat[W]) -> None:
        seat.worker = self._free.pop()
        self._count(seat, 1)

    def _count(self, seat: Seat[W], step: int) -> None:
        lane = self._slow_of if seat.slow else self._quick
        self._slow += step if seat.slow else 0
        lane[seat.client] += step
        if not lane[seat.client]:
            del lane[seat.client]

    def _call(self) -> None:
        """Call those who wait and may come in: the quick lane first, in each the client that has used least."""
        while self._waiting and self._free:
            first: dict[tuple[bool, bool, str], Seat[W]] = {}
            for row in self._waiting:
                first.setdefault((row.slow, row.new, row.client), row)
            able = [row for row in first.values() if self._admits(row)]
            if not able:
                return
            now = time.monotonic()  # one moment for all, so that of one client's queries the first is called first
            chosen = min(able, key=lambda row: (row.slow, self.usage(row.client, now)))
            self._waiting.remove(chosen)
            self._admit(chosen)
            _call(chosen)


def _call(seat: Seat[Any]) -> None:
    assert seat.called is not None, "who waits can be called"
    seat.called.release()


def _put(rows: OrderedDict[K, V], key: K, value: V) -> None:
    """Put a row last, and let go of the first where there are too many."""
    rows[key] = value
    rows.move_to_end(key)
    if len(rows) > _REMEMBERED:
        rows.popitem(last=False)
