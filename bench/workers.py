"""Measures what a query worker adds to a lookup, against the same store in the same process.

    python bench/workers.py [PLACES]

makes a graph of 27 triples a place (40,000 give 1.1 million), asks for nine of another place each time, and prints
microseconds a call, the processor time of both sides, and throughput with sixteen threads.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.formats import by_name
from citygraph.store import Store
from citygraph.workers import Forms, Limits, QueryPool, Question

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 3_000
STATEMENTS = 27
THREADS = 16
FORMS = Forms(by_name("json"), by_name("json"), by_name("turtle"))


def graph(folder: Path, places: int) -> None:
    """Fill a store with places that have a few statements each."""
    store = Store.create(folder)
    triples = (
        ox.Triple(
            ox.NamedNode(f"http://example.org/place/{number}"),
            ox.NamedNode(f"http://example.org/property/{column}"),
            ox.Literal(f"value {column} of {number}"),
        )
        for number in range(places)
        for column in range(STATEMENTS)
    )
    store.add(ox.NamedNode("http://example.org/graph"), triples)
    store.optimize()


def lookup(number: int, places: int) -> str:
    """The query text for one place, another each time."""
    return f"SELECT ?p ?o {{ <http://example.org/place/{number * 7919 % places}> ?p ?o }} LIMIT 9"


def cpu() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(pids: list[int]) -> float:
    """Processor time of other processes, from ``/proc``."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def one_by_one(ask: Callable[[int], object]) -> list[float]:
    """Microseconds of each call, after some that warm up."""
    for number in range(200):
        ask(number)
    spans = []
    for number in range(CALLS):
        began = time.perf_counter()
        ask(number)
        spans.append((time.perf_counter() - began) * 1e6)
    return spans


def together(ask: Callable[[int], object]) -> float:
    """Calls a second with many threads."""
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(ask, range(500)))
        began = time.perf_counter()
        list(threads.map(ask, range(4 * CALLS)))
        return 4 * CALLS / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    places = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        graph(Path(folder) / "store", places)
        store = Store.open(Path(folder) / "store")
        pool = QueryPool(Path(folder) / "store", Limits(per_client=3))
        print(pool.capabilities())

        def inside(number: int) -> bytes | None:
            answer = store.query(lookup(number, places))
            return answer.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[call-arg,arg-type]

        def outside(number: int) -> bytes:
            return pool.ask(Question(lookup(number, places)), FORMS, "bench").body

        assert inside(5) == outside(5)
        rows = []
        for name, ask in (("in process", inside), ("worker", outside)):
            mine, theirs = cpu(), cpu_of(pool.pids)
            spans = sorted(one_by_one(ask))
            mine, theirs = cpu() - mine, cpu_of(pool.pids) - theirs
            rate = together(ask)
            p50, p99 = statistics.median(spans), spans[int(len(spans) * 0.99)]
            rows.append((name, p50, p99, mine / (CALLS + 200) * 1e6, theirs / (CALLS + 200) * 1e6, rate))
        print(f"{STATEMENTS * places} triples; microseconds a call; {THREADS} threads for the rate")
        for name, p50, p99, mine, theirs, rate in rows:
            print(f"{name:12} p50 {p50:6.0f}  p99 {p99:6.0f}  cpu {mine:5.0f} + {theirs:5.0f}  {rate:7.0f}/s")
        (_, base, *_, base_rate), (_, ours, *_, our_rate) = rows
        print(f"a worker adds {ours - base:.0f} microseconds a call and has {our_rate / base_rate:.2f} times the rate")
        began = time.perf_counter()
        pool.close()
        print(f"closing takes {(time.perf_counter() - began) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
