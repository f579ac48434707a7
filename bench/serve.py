"""Measures the service beside the engine's own server and rdflib-endpoint, on one generated graph, in one run.

    python -m bench serve 40000 [400000]

Each row is a kind of request at so many connections. The sides take turns of a second, so that other work on the
machine disturbs them alike, and what is compared is the median of the turns' ratios. The processor time of a server's
processes for one answer is told beside it, since no other work falsifies that. Prints tables of ``docs/benchmarks.md``.
"""

from __future__ import annotations

import http.client
import math
import os
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench.generate import count_of_cities
from bench.peers import SIDES, Peer
from bench.processes import favour, memory, processor
from bench.stock import stocked
from bench.wrk import Shot, shoot
from citygraph.iris import CANONICAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.release import Release

PORT = 8260
ROUNDS, SECONDS = 7, 1
CONNECTIONS = (1, 16)
KNOWN = 100
"""How many things are asked for again and again."""
_JSON, _TURTLE = "application/sparql-results+json", "text/turtle"
_PATIENCE = 60.0
"""Seconds that an analytical query may take."""
_PREFIX = f"PREFIX cg: <{CANONICAL}ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
ANALYTICAL = {
    "things of each class": "SELECT ?c@ (COUNT(*) AS ?n) { ?s a ?c@ } GROUP BY ?c@ ORDER BY DESC(?n)",
    "cities with most partnerships": "SELECT ?c@ (COUNT(?p) AS ?n) { ?p cg:party ?c@ } GROUP BY ?c@ "
    "ORDER BY DESC(?n) ?c@ LIMIT 20",
    "partnerships by form and year": "SELECT ?f@ ?y (COUNT(*) AS ?n) { ?p cg:form ?f@ ; cg:startDate ?y } "
    "GROUP BY ?f@ ?y ORDER BY ?f@ ?y",
    "labels that contain a text": 'SELECT ?s@ ?l { ?s@ skos:prefLabel ?l FILTER(CONTAINS(?l, "Ort 77 ")) } LIMIT 50',
    "partners of partners": f"SELECT (COUNT(DISTINCT ?b@) AS ?n) {{ ?p cg:party <{CANONICAL}id/city/ort-7>, ?a . "
    "?q cg:party ?a, ?b@ }",
}


@dataclass(frozen=True)
class Kind:
    """A kind of request: how each side is asked for a thing."""

    name: str
    ours: Callable[[Peer, str], str]
    theirs: Callable[[Peer, str], str]
    accept: str = _JSON
    known: bool = False
    """Whether the same few things are asked for again and again."""


def _lookup(peer: Peer, thing: str, limit: str = "@") -> str:
    # The number makes each text another one, and so each answer is worked out anew.
    return peer.query + quote(f"SELECT ?p ?o {{ <{CANONICAL}id/{thing}> ?p ?o }} LIMIT {limit}", safe="@")


def _describe(peer: Peer, thing: str) -> str:
    return peer.query + quote(f"DESCRIBE <{CANONICAL}id/{thing}> # @", safe="@")


def _address(form: str, _: Peer, thing: str) -> str:
    return form.format(thing)


_same = partial(_lookup, limit="1000000")
_page = partial(_address, "/page/{}")
KINDS = (
    Kind("look-up", _lookup, _lookup),
    Kind("look-up, repeated", _same, _same, known=True),
    Kind("description (`DESCRIBE`)", _describe, _describe, _TURTLE),
    Kind("known page, beside a look-up", _page, _same, known=True),
    Kind("new page, beside a look-up", _page, _lookup),
    Kind("new document (Turtle), beside `DESCRIBE`", partial(_address, "/data/{}.ttl"), _describe, _TURTLE),
    Kind("dereference (303), beside `DESCRIBE`", partial(_address, "/id/{}"), _describe, _TURTLE),
)


def things(number: int, *, known: bool) -> list[str]:
    """Partnerships and cities by turns, a few or all, those that follow each other far from each other."""
    cities = count_of_cities(number)
    found = [f"partnership/bund-{i * 7919 % number}" if i % 4 else f"city/ort-{i * 31 % cities}" for i in range(number)]
    return found[:KNOWN] if known else found


@dataclass(frozen=True)
class Turn:
    """What came of one turn of a side: the shot, and microseconds of processor time for an answer."""

    shot: Shot
    spent: float


def _turn(peer: Peer, paths: list[str], accept: str, connections: int, cores: str) -> Turn:
    favour(peer.pid)  # workers that have been started since
    before = processor(peer.pid)
    shot = shoot(peer.port, paths, accept, connections, SECONDS, cores)
    return Turn(shot, (processor(peer.pid) - before) / max(1, shot.answers) * 1e6)


def compare(kind: Kind, ours: Peer, other: Peer, number: int, connections: int, cores: str) -> str:
    """A row of the table: a kind of request at so many connections, on both sides by turns."""
    names = things(number, known=kind.known)
    sides = {ours: [kind.ours(ours, name) for name in names], other: [kind.theirs(other, name) for name in names]}
    turns: dict[Peer, list[Turn]] = {ours: [], other: []}
    if kind.known:
        for peer, paths in sides.items():
            for path in paths:
                get(peer, path, kind.accept)
    for number_of_round in range(ROUNDS):
        for peer in (ours, other) if number_of_round % 2 else (other, ours):
            start = len(names) // ROUNDS * number_of_round
            paths = sides[peer][start:] + sides[peer][:start]
            turns[peer].append(_turn(peer, paths, kind.accept, connections, cores))
    ratio = statistics.median(_over(a.shot.rate, b.shot.rate) for a, b in zip(*turns.values(), strict=True))
    of = {peer: {name: _median(rows, name) for name in ("rate", "p50", "p99")} for peer, rows in turns.items()}
    spent = {peer: statistics.median(row.spent for row in rows) for peer, rows in turns.items()}
    cells = [kind.name, f"{connections}", f"{ratio:.2f}", f"{_over(spent[other], spent[ours]):.2f}"]
    cells += [f"{of[ours][name]:,.{digits}f}" for name, digits in (("rate", 0), ("p50", 2), ("p99", 1))]
    cells += [f"{of[other][name]:,.{digits}f}" for name, digits in (("rate", 0), ("p50", 2), ("p99", 1))]
    cells += [f"{spent[ours]:.0f}", f"{spent[other]:.0f}"]
    failed = sum(turn.shot.failed for rows in turns.values() for turn in rows)
    return f"| {' | '.join(cells)} |" + (f" {failed} failed" if failed else "")


def _over(mine: float, theirs: float) -> float:
    """A ratio; beyond any number of a side that answered nothing, as while it looks for garbage, or took no time."""
    return mine / theirs if theirs else math.inf


def _median(rows: list[Turn], name: str) -> float:
    return statistics.median(getattr(row.shot, name) for row in rows)


def analyse(ours: Peer, other: Peer, rounds: int) -> Iterator[str]:
    """A row for each analytical query: the median of the ratios of the two sides' times, one query at a time."""
    for name, text in ANALYTICAL.items():
        spans: dict[Peer, list[tuple[float, float]]] = {ours: [], other: []}
        for number in range(rounds):
            for peer in (ours, other) if number % 2 else (other, ours):
                # Another name of a variable each time, since an answer that took long is kept.
                spans[peer].append(_span(peer, _PREFIX + text.replace("@", str(time.monotonic_ns()))))
        ratio, spent = (
            statistics.median(a[place] / max(0.01, b[place]) for a, b in zip(spans[ours], spans[other], strict=True))
            for place in (0, 1)
        )
        middle = {peer: statistics.median(span for span, _ in rows) * 1e3 for peer, rows in spans.items()}
        yield f"| {name} | {ratio:.2f} | {spent:.2f} | {middle[ours]:,.0f} | {middle[other]:,.0f} |"


def _span(peer: Peer, text: str) -> tuple[float, float]:
    """The seconds until the answer is there, and those of processor time; no number if it does not come."""
    favour(peer.pid)
    before, began = processor(peer.pid), time.perf_counter()
    try:
        get(peer, peer.query + quote(text), _JSON)
    except TimeoutError:
        return math.nan, math.nan
    return time.perf_counter() - began, processor(peer.pid) - before


def get(peer: Peer, path: str, accept: str) -> None:
    """Get an answer, and stop the measurement where it is a refusal."""
    line = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=_PATIENCE)
    line.request("GET", path, headers={"Accept": accept})
    answer = line.getresponse()
    answer.read()
    if answer.status >= 400:
        raise SystemExit(f"{peer.name} answers {answer.status} to {path}")


def duel(release: Release, number: int, name: str, kinds: tuple[Kind, ...], cores: tuple[str, str]) -> None:
    """Print the tables of one peer: kinds of requests, analytical queries, and memory."""
    with ExitStack() as stack:
        ours, other = (
            stack.enter_context(SIDES[side](release, PORT + place, cores[0]))
            for place, side in enumerate(("citygraph", name))
        )
        fresh = [memory(peer.pid) for peer in (ours, other)]
        columns = ["rate", "p50", "p99", f"{name}: rate", "p50", "p99", "µs", f"{name}: µs"]
        print(f"\nservers on core {cores[0]}, clients on core {cores[1]}\n")
        print(f"| request | connections | ratio | by processor | {' | '.join(columns)} |")
        print(f"|--|{'--:|' * (len(columns) + 3)}")
        for kind in kinds:
            for connections in CONNECTIONS:
                print(compare(kind, ours, other, number, connections, cores[1]), flush=True)
        print(f"\n| query | time, ratio | by processor | ms | {name}: ms |\n|--|--:|--:|--:|--:|")
        for row in analyse(ours, other, ROUNDS if name == "oxigraph" else 1):
            print(row, flush=True)
        after = [memory(peer.pid) for peer in (ours, other)]
        print(
            f"\nmemory (PSS), MiB: citygraph {fresh[0]}, then {after[0]}; {name} {fresh[1]}, then {after[1]}",
            flush=True,
        )


def main(numbers: list[int]) -> None:
    """Measure each size; the smallest also beside rdflib-endpoint, and on all cores."""
    every = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    for number in numbers or [40_000]:
        release = stocked(number)
        print(f"\n{number:,} partnerships, {release.manifest['counts']['triples']:,} triples")
        duel(release, number, "oxigraph", KINDS, ("0", "1"))
        if number == min(numbers or [number]):
            duel(release, number, "oxigraph", KINDS, (every, every))
            duel(release, number, "rdflib-endpoint", KINDS[:1], ("0", "1"))
