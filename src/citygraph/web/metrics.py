"""What is counted, for Prometheus: requests by route and status, how long they took, and how the query workers fare.

A request is noted, and notes are added up many at once: a kept answer costs some microseconds in all. Several
processes share their figures by files in one folder, each written by its process once a second and read by whichever
is asked; the counts of a process that has ended stay, so that no counter ever falls.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Up to how many seconds the requests of each class took; the last class is open."""
_PAUSE = 1.0
_AT_ONCE = 1_000
"""How many requests are added up in one go at the latest."""


class Gauges(msgspec.Struct):
    """What is so at this moment in one process."""

    seats: int = 0
    busy: int = 0
    waiting: int = 0
    version: str = ""
    published: float = 0.0


class Route(msgspec.Struct):
    """What one process has counted of one route."""

    statuses: dict[int, int] = {}
    classes: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """How many requests fell into each class of time."""
    seconds: float = 0.0
    kept: int = 0


class Figures(msgspec.Struct):
    """What one process has counted."""

    pid: int = 0
    routes: dict[str, Route] = {}
    tally: dict[str, int] = {}
    """What became of query workers, by reason."""
    dropped: int = 0
    now: Gauges = msgspec.field(default_factory=Gauges)


@dataclass
class Metrics:
    """The counters of this process."""

    gauges: Callable[[], Gauges] = Gauges
    tally: dict[str, int] = field(default_factory=dict)
    """What the query workers count by themselves."""
    folder: Path | None = None
    dropped: Callable[[], int] = int

    def __post_init__(self) -> None:
        self._own = Figures()
        self._new: deque[tuple[str, int, float, bool]] = deque()
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._name = secrets.token_hex(8)

    def count(self, route: str, status: int, seconds: float, *, kept: bool) -> None:
        """Count a request."""
        self._new.append((route, status, seconds, kept))
        if len(self._new) >= _AT_ONCE:
            with self._lock:
                self._add_up()

    def _add_up(self) -> None:
        """Add what was counted of late; whoever calls this holds the lock."""
        while self._new:
            route, status, seconds, kept = self._new.popleft()
            row = self._own.routes.setdefault(route, Route())
            row.statuses[status] = row.statuses.get(status, 0) + 1
            row.classes[bisect_left(BOUNDS, seconds)] += 1
            row.seconds += seconds
            row.kept += kept

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The figures of all processes in the form that the scraper likes, and its media type."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Shown(self.figures()))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    def figures(self) -> list[Figures]:
        """What every process has counted so far, this one first."""
        found = [self._now()]
        for path in sorted(self.folder.glob("*.json")) if self.folder else ():
            if path.stem != self._name:
                with contextlib.suppress(OSError, msgspec.DecodeError):
                    row = msgspec.json.decode(path.read_bytes(), type=Figures)
                    if not _alive(row.pid):
                        row.now = Gauges()
                    found.append(row)
        return found

    def write(self) -> None:
        """Let the other processes know."""
        if self.folder is None:
            return
        path = self.folder / f"{self._name}.json"
        fresh = path.with_suffix(".new")
        with self._writing:  # else the last figures might be followed by earlier ones
            fresh.write_bytes(msgspec.json.encode(self._now()))
            fresh.replace(path)

    def _now(self) -> Figures:
        with self._lock:
            self._add_up()
            copy = msgspec.json.decode(msgspec.json.encode(self._own), type=Figures)
        copy.pid, copy.tally, copy.dropped, copy.now = os.getpid(), dict(self.tally), self.dropped(), self.gauges()
        return copy

    def start(self) -> None:
        """Let the other processes know every second and at the end, where there is a folder for it."""
        if self.folder is not None:
            threading.Thread(target=self._keep_writing, name="metrics", daemon=True).start()
            Finalize(None, self._write_last, exitpriority=0)

    def _write_last(self) -> None:
        with contextlib.suppress(OSError):
            self.write()

    def _keep_writing(self) -> None:
        pause = threading.Event()
        with contextlib.suppress(OSError):  # the folder goes when the server ends
            self.write()
            while not pause.wait(_PAUSE):
                self.write()


class _Shown:
    """The figures as families of Prometheus."""

    def __init__(self, rows: list[Figures]) -> None:
        self._rows = rows

    def collect(self) -> Iterable[Metric]:
        """Add up the processes."""
        yield from (self._requests(), self._seconds(), self._kept(), self._workers())
        dropped = CounterMetricFamily("citygraph_log_lines_dropped", "Lines of the log that nobody read in time.")
        dropped.add_metric([], sum(row.dropped for row in self._rows))
        yield dropped
        yield from self._moment()

    def _requests(self) -> Metric:
        found = CounterMetricFamily(
            "citygraph_requests", "Requests that were answered, by route and status.", labels=["route", "status"]
        )
        sums: dict[tuple[str, int], int] = {}
        for row in self._rows:
            for route, counted in row.routes.items():
                for status, number in counted.statuses.items():
                    sums[route, status] = sums.get((route, status), 0) + number
        for (route, status), number in sorted(sums.items()):
            found.add_metric([route, str(status)], number)
        return found

    def _seconds(self) -> Metric:
        found = HistogramMetricFamily(
            "citygraph_request_seconds", "How long requests took until the answer stood, by route.", labels=["route"]
        )
        for route, rows in _by_route(self._rows):
            classes = [sum(column) for column in zip(*(row.classes for row in rows), strict=True)]
            total, buckets = 0, []
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), classes, strict=True):
                total += number
                buckets.append((bound, float(total)))
            found.add_metric([route], buckets, sum(row.seconds for row in rows))
        return found

    def _kept(self) -> Metric:
        found = CounterMetricFamily(
            "citygraph_kept_answers", "Requests answered with what was kept, by route.", labels=["route"]
        )
        for route, rows in _by_route(self._rows):
            if kept := sum(row.kept for row in rows):
                found.add_metric([route], kept)
        return found

    def _workers(self) -> Metric:
        found = CounterMetricFamily(
            "citygraph_query_workers", "What became of query workers and queries, by event.", labels=["event"]
        )
        for event in sorted({event for row in self._rows for event in row.tally}):
            found.add_metric([event], sum(row.tally.get(event, 0) for row in self._rows))
        return found

    def _moment(self) -> Iterator[Metric]:
        living = [row.now for row in self._rows if row.now.version]
        for name, text, value in (
            ("citygraph_query_seats", "Query workers that there may be.", sum(row.seats for row in living)),
            ("citygraph_query_seats_busy", "Query workers at work.", sum(row.busy for row in living)),
            ("citygraph_queries_waiting", "Queries that wait for a worker.", sum(row.waiting for row in living)),
            ("citygraph_processes", "Processes of the server that live.", len(living)),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        release = GaugeMetricFamily("citygraph_release", "How many processes serve a release.", labels=["version"])
        since = GaugeMetricFamily(
            "citygraph_release_published_timestamp_seconds", "When a release was published.", labels=["version"]
        )
        for version in sorted({row.version for row in living}):
            serving = [row for row in living if row.version == version]
            release.add_metric([version], len(serving))
            since.add_metric([version], serving[0].published)
        yield from (release, since)


def _by_route(rows: list[Figures]) -> Iterator[tuple[str, list[Route]]]:
    for route in sorted({route for row in rows for route in row.routes}):
        yield route, [row.routes[route] for row in rows if route in row.routes]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
