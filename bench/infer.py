"""Measures inference on a generated graph, beside the bare load of the same triples into a store.

    python -m bench.infer 40000 WORK_FOLDER

Figures of two runs are compared as ratios: machines differ, and so do their neighbours.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bench.generate import generate
from citygraph.build import load
from citygraph.build.axioms import Axioms
from citygraph.build.graphs import GraphFiles
from citygraph.build.infer import infer
from citygraph.build.origins import Origins
from citygraph.build.reasoners import reasoner
from citygraph.build.sources import Kind, find_sources
from citygraph.iris import CANONICAL, Iris
from citygraph.queries import read_queries
from citygraph.settings import Repository
from citygraph.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]


def timed(what: str, run: Callable[[], int]) -> float:
    """Run something that counts triples; tell the time and the peak of memory so far."""
    before = time.perf_counter()
    count = run()
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what}: {count:,} triples in {seconds:.1f} s, peak {peak} MB")
    return seconds


def measure(number: int, folder: Path) -> None:
    """Generate, reason, load, infer."""
    iris, repository = Iris(CANONICAL), Repository(ROOT)
    files = GraphFiles(folder / "graphs")
    timed("generate", lambda: sum(files.write(name, triples) for name, triples in generate(number)))
    for source in find_sources(repository):
        if source.kind is Kind.ONTOLOGY:
            files.write(source.name, load.read_ontology(source.paths, source.name, iris, Origins()))
    rules = list(read_queries(repository.queries("rules"), iris))
    with files.path("ontology").open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)

    engine = reasoner("duckdb", axioms, {rule.name: rule.bound(iris=iris) for rule in rules}, folder)
    paths = [files.path(name) for name in files.names()]
    joins = timed("axioms and rules as joins", lambda: engine.conclude(paths, folder / "new.nt"))
    engine.close()

    names = files.names()

    def bare() -> int:
        store = ox.Store(folder / "bare")
        for name in names:
            store.bulk_load(path=files.path(name), format=ox.RdfFormat.N_TRIPLES, to_graph=iris.graph(name))
        return len(store)

    loaded = timed("bare load into a store", bare)
    store = Store.create(folder / "store")
    for name in names:
        store.load(files.path(name), iris.graph(name))
    whole = timed(
        "inference, conclusions written",
        lambda: files.write_lines("inferred", infer(files, names, rules, iris, "duckdb", folder, store, Origins())),
    )
    print(f"joins {joins / loaded:.2f}, inference {whole / loaded:.2f} times the bare load")


if __name__ == "__main__":
    with TemporaryDirectory(dir=sys.argv[2]) as work:
        measure(int(sys.argv[1]), Path(work))
