"""Expendable query workers: a stranger's query runs in a process that the kernel ends when it passes a limit.

A pool belongs to one release. Whoever answers a request from a release holds its pool as long; the workers end when
the last one lets go of it, or when it is closed.
"""

from __future__ import annotations

import re
import signal
import time
import weakref
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from citygraph import cores, scanner
from citygraph.answerer import BOOLEAN, GRAPH
from citygraph.errors import Busy, QueryError, QueryTimeout, QueryTooLarge
from citygraph.keeper import Ended, Keeper, Worker
from citygraph.seats import Seat, Seats
from citygraph.worker import EVALUATION, LARGE, REQUEST, SYNTAX

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

    import pyoxigraph as ox

    from citygraph.errors import CitygraphError
    from citygraph.formats import Format

_REASONS: dict[int, str] = {signal.SIGALRM: "time", signal.SIGSEGV: "nesting", signal.SIGBUS: "nesting"}
"""Why queries were ended, by signal; other signals are the ceiling of memory."""
_PLACE = re.compile(r"\b(\d+):(\d+)\b")
_GRACE = 2.0
"""Seconds after the deadline at which a worker is ended that the timer has not ended."""
_PATIENCE = 8
"""How often a query is given its quick time again that has had no turn at the processor."""
_FIRST = 0.2
"""The part of the quick time that a query has though others wait, or though it is in a slow seat already."""
_TRIES = 2
"""How often a query is begun, besides with workers that turn out to have ended before."""
_KILL_SECONDS = 1.0
"""What a client is charged for a worker that it has ended: enough to be kept to the slow seats at once, since with
many hostile clients it is their first queries that hold up the others."""


@dataclass(frozen=True)
class Limits:
    """What strangers' queries may use."""

    workers: int = 3
    slow_seats: int = 1
    """How many workers may serve long queries at once."""
    seconds: float = 10.0
    quick_seconds: float = 0.25
    """How long a query runs before it needs a slow seat."""
    memory_bytes: int = 512 * 2**20
    rows: int = 100_000
    answer_bytes: int = 64 * 2**20
    per_client: int = 2
    """How many workers of the quick lane one client may use at once."""
    client_seconds: float = 1.0
    """How many worker-seconds a client may have used of late before it is kept to the slow seats."""
    waiting: int = 64
    """How many queries may wait for a worker."""
    wait_seconds: float = 2.0
    memory_seconds: float = 60.0
    """How long a text that failed, or took long, is remembered."""
    services: frozenset[str] = frozenset()
    """The endpoints to which queries may send requests by SERVICE."""
    cores: tuple[int, ...] = field(default_factory=cores.allowed)


class Question(msgspec.Struct, frozen=True):
    """A query text and the dataset it is put to; without graphs, that is the union of all."""

    text: str
    default_graphs: tuple[ox.NamedNode, ...] = ()
    named_graphs: tuple[ox.NamedNode, ...] = ()

    def with_its_dataset(self, base: str | None) -> Question:
        """Take the graphs that the text itself merges for those of the question, unless it has some (section 2.1.4)."""
        if self.default_graphs or self.named_graphs or self.text.upper().count("FROM") < 2:
            return self
        default, named = scanner.dataset(self.text, base)
        return Question(self.text, default, named) if len(default) > 1 else self


@dataclass(frozen=True)
class Forms:
    """The formats that a client wants; the kind of query chooses among them."""

    solutions: Format
    boolean: Format
    triples: Format

    @property
    def tags(self) -> tuple[bytes, bytes, bytes]:
        """By which an answerer knows them."""
        return self.solutions.tag, self.boolean.tag, self.triples.tag


class Answer(msgspec.Struct, frozen=True):
    """The answer of a query, written out in its format."""

    form: Format
    body: bytes
    truncated: bool
    """Whether rows were left out because a limit was reached; the body is a whole document nevertheless."""
    seconds: float


class QueryPool:
    """A number of workers on one store."""

    def __init__(
        self,
        store_folder: Path,
        limits: Limits | None = None,
        prefixes: Mapping[str, str] | None = None,
        tally: Counter[str] | None = None,
        base: str | None = None,
        *,
        outward: bool = False,
    ) -> None:
        """Start the workers; relative IRIs of queries are resolved against the base."""
        self.limits = limits = limits or Limits()
        self.tally: Counter[str] = Counter() if tally is None else tally
        """What became of workers and queries, by event; it may be that of several pools, one after the other."""
        self._seats: Seats[Worker] = Seats(limits)
        self._base = base
        facts = {
            "store": str(store_folder),
            "memory": limits.memory_bytes,
            "most": limits.answer_bytes,
            "rows": limits.rows,
            "prefixes": dict(prefixes or {}),
            "base": base,
            "calls": outward,
            "cores": limits.cores,
        }
        self._keeper = Keeper(facts, limits.workers, self._seats.give)
        self._outward = None  # has the one worker that the kernel lets send requests
        if limits.services and not outward:
            alone = replace(limits, workers=1, slow_seats=1)
            self._outward = QueryPool(store_folder, alone, prefixes, self.tally, base, outward=True)
        self.close = weakref.finalize(self, _close, self._keeper, self._seats, self._outward)
        """End all workers; queries that run are answered :class:`~citygraph.errors.Busy`."""

    def ask(self, question: Question, forms: Forms, client: str = "") -> Answer:
        """Answer a stranger's query; the client is known by a name of the caller's choosing, such as its address."""
        if scanner.check(question.text, self.limits.services) and self._outward is not None:
            return self._outward.ask(question, forms, client)
        head, body = _request(question.with_its_dataset(self._base), forms, self.limits.seconds)
        key = hash(body)
        if (failure := self._seats.failed.get(key)) is not None:
            raise failure()
        slow = self._seats.is_heavy(client) or bool(self._seats.long.get(key))
        for _ in range(_TRIES + self.limits.workers):
            seat = self._seats.take(client, slow=slow)
            try:
                reply, seconds = self._run(seat, head, body, key)
            except Ended as end:
                if end.asked:
                    raise self._failure(end, key) from None
                continue  # it had ended before, which is not this query's doing
            if reply is not None:
                return _answer(reply, forms, seconds)
            slow = True  # it took long while no slow seat was free: it begins again in one
        raise Busy(1)

    @property
    def pids(self) -> list[int]:
        """The processes of the workers that live now."""
        return self._keeper.pids

    @property
    def started(self) -> int:
        """How many workers have been started so far."""
        return self._keeper.started

    @property
    def standing(self) -> tuple[int, int]:
        """How many workers are at work, and how many queries wait for one."""
        return self._seats.standing

    @property
    def missing(self) -> list[str]:
        """The limits that this system does not keep."""
        return list(self._keeper.missing)

    def capabilities(self) -> str:
        """Say at start-up which limits hold, and which do not on this system."""
        limits = self.limits
        words = (
            f"{limits.workers} query workers, {limits.slow_seats} for long queries; at most {limits.seconds:g} s, "
            f"{limits.memory_bytes // 2**20} MiB of memory, {limits.rows} rows and "
            f"{limits.answer_bytes / 2**20:.3g} MiB of answer for a query"
        )
        missing = " and ".join(self.missing)
        others = (
            f"requests to {', '.join(sorted(limits.services))} alone" if limits.services else "no requests to others"
        )
        return f"{words}; this system has not: {missing}" if missing else f"{words}; {others} (seccomp)"

    def _run(
        self, seat: Seat[Worker], head: bytes, body: bytes, key: Hashable
    ) -> tuple[tuple[bytes, bool, bytes] | None, float]:
        """Run a query in a seat and leave it; no reply means that it wants a slow seat and there is none."""
        worker = seat.worker
        assert worker is not None, "a seat that was taken has a worker"
        began, alive, charge, reply = time.perf_counter(), False, 0.0, None
        limits = self.limits
        try:
            worker.send(head, body)
            charge = _KILL_SECONDS
            reply = worker.receive(limits.quick_seconds * _FIRST)
            if reply is None and not seat.slow and not self._seats.crowded:
                reply = worker.receive(limits.quick_seconds * (1 - _FIRST))
            patience = _PATIENCE
            while reply is None and patience and worker.spending() < limits.quick_seconds / 10:
                # On a crowded machine the query may not have had its turn; it is not to blame.
                reply, patience = worker.receive(limits.quick_seconds), patience - 1
            if reply is None:
                self._seats.long.keep(key, True)
                if seat.slow or self._seats.promote(seat):
                    worker.slow_down()
                    reply = worker.receive(limits.seconds + _GRACE)
                    if reply is None:
                        raise Ended(signal.SIGALRM, asked=True)
            # A worker that ran a long query may hold its memory, and its priority cannot be raised again.
            alive = reply is not None and reply[0] != LARGE and not worker.calm
        finally:
            seconds = time.perf_counter() - began
            if not alive:
                self.tally["respawned"] += 1
                self._keeper.replace(worker)
            self._seats.leave(seat, worker.spent if reply else seconds + charge, back=alive)
        return reply, seconds

    def _failure(self, end: Ended, key: Hashable) -> CitygraphError:
        """What a worker's end tells about its query; it is remembered."""
        failure: Callable[[], CitygraphError]
        if not self.close.alive:
            return Busy(1)
        self.tally[_REASONS.get(end.signal, "memory" if end.signal else "engine")] += 1
        if end.signal == signal.SIGALRM:
            failure = partial(QueryTimeout, self.limits.seconds)
        elif end.signal in (signal.SIGSEGV, signal.SIGBUS):
            failure = partial(QueryTooLarge, "it nests too deep")
        elif end.signal:
            failure = partial(QueryTooLarge, f"it takes more than {self.limits.memory_bytes // 2**20} MiB of memory")
        else:
            failure = partial(QueryError, "query", "the engine cannot evaluate it")
        self._seats.failed.keep(key, failure)
        return failure()


def _close(keeper: Keeper, seats: Seats[Worker], outward: QueryPool | None) -> None:
    seats.close()
    keeper.close()
    if outward is not None:
        outward.close()


def _request(question: Question, forms: Forms, seconds: float) -> tuple[bytes, bytes]:
    try:
        asked = question.text.encode()
    except UnicodeEncodeError as error:
        fault = "there is half a character (a lone surrogate)"
        raise scanner.refusal(question.text, error.start, fault) from None
    graphs = b""
    if question.default_graphs or question.named_graphs:
        names = [f"d{name.value}" for name in question.default_graphs] + [
            f"n{name.value}" for name in question.named_graphs
        ]
        graphs = "\n".join(names).encode()
    return REQUEST.pack(len(asked), len(graphs), seconds, *forms.tags), asked + graphs


def _form(forms: Forms, kind: bytes) -> Format:
    return forms.triples if kind == GRAPH else forms.boolean if kind == BOOLEAN else forms.solutions


def _answer(reply: tuple[bytes, bool, bytes], forms: Forms, seconds: float) -> Answer:
    kind, cut, body = reply
    if kind in (SYNTAX, EVALUATION):
        fault = body.decode("utf-8", "replace")
        place = _PLACE.search(fault) if kind == SYNTAX else None
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        raise QueryError("query", fault, line=line, column=column)
    if kind == LARGE:
        raise QueryTooLarge("its answer, or one statement of it, is too large")
    return Answer(_form(forms, kind), body, cut, seconds)
