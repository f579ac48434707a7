"""Measures the example queries over HTTP on the current release, beside the engine's own server.

    python -m bench examples

Each is asked some times with its example values, by turns and never in the same words, so that no answer is kept. What
is printed is Markdown: the slowest ones with their share of the time that a stranger's query has, their ratio to the
other server, and how all together do.
"""

from __future__ import annotations

import http.client
import itertools
import os
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench import peers
from citygraph.iris import Iris
from citygraph.queries import read_queries
from citygraph.release import Releases
from citygraph.settings import Repository, Settings
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from bench.peers import Peer

ROOT = Path(__file__).parents[1]
TURNS = 5
SHOWN = 10
"""How many queries are shown, the slowest ones."""
_CORES = "0-1"
_numbers = itertools.count()


def main(_numbers_given: list[int]) -> None:
    """Ask all, and print a table."""
    settings = Settings.read(ROOT / "citygraph.toml", dict(os.environ))
    release = Releases(Path(settings.release_folder).absolute()).current()
    if release is None:
        raise SystemExit("build a release first (citygraph build)")
    iris = Iris(release.base_iri)
    heads = "".join(f"PREFIX {name}: <{space}>\n" for name, space in prefixes(iris.base).items())
    asked = {row.name: heads + row.bound(iris=iris) for row in read_queries(Repository(ROOT).queries("examples"), iris)}
    with peers.citygraph(release, 8180, _CORES) as one, peers.oxigraph(release, 8181, _CORES) as other:
        spans = {name: [(_ask(one, text), _ask(other, text)) for _ in range(TURNS)] for name, text in asked.items()}
    ratios = {name: median(mine / its for mine, its in rows) for name, rows in spans.items()}
    times = {name: median(mine for mine, _ in rows) for name, rows in spans.items()}
    limit = settings.query_seconds
    print(f"{len(asked)} queries: ratio {median(ratios.values()):.2f} at the median; limit {limit:g} s\n")
    print("| example | ms | of the limit | time, ratio |\n|--|--:|--:|--:|")
    for name in sorted(times, key=times.__getitem__, reverse=True)[:SHOWN]:
        print(f"| {name} | {times[name] * 1e3:.0f} | {times[name] / limit:.1%} | {ratios[name]:.2f} |")


def _ask(peer: Peer, text: str) -> float:
    """The seconds from a question to the end of its answer."""
    line = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=600)
    before = time.perf_counter()
    line.request(
        "GET",
        f"{peer.query}{quote(f'{text} # {next(_numbers)}')}",
        headers={"Accept": "application/sparql-results+json, text/turtle;q=0.9"},
    )
    answer = line.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise SystemExit(f"{peer.name} answered {answer.status}: {body[:300]!r}")
    return time.perf_counter() - before
