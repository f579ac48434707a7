"""Writes the downloads that hold the whole graph, in each format.

They are written from the sorted graph files, streaming, so that the same graph gives the same
bytes and a literal keeps its spelling. The catalogue describes the dumps and is therefore not part of them.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from queue import Queue
from typing import TYPE_CHECKING, TypeVar

import pyoxigraph as ox

from citygraph.formats import RDF, Kind
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.formats import Format
    from citygraph.iris import Iris

WHOLE = "citygraph"
"""The name of the files that hold the whole graph."""
_SKIPPED = ("n3",)
"""Notation3 would be the Turtle again."""
_BATCH = 10_000
_Statement = TypeVar("_Statement", ox.Quad, ox.Triple)


def write_dumps(files: GraphFiles, iris: Iris, folder: Path) -> None:
    """Write the whole graph in every RDF format, from its union, which stands there already, and from its quads."""
    quads = _write_quads(files, iris, folder)
    targets = {row: folder / f"{WHOLE}.{row.extension}" for row in RDF if row.name not in _SKIPPED}
    sets, graphs = (
        {row: path for row, path in targets.items() if row.kind is kind and not path.exists()}
        for kind in (Kind.DATASET, Kind.GRAPH)
    )
    # what is read here was written here: nothing in it needs to be judged again
    write_each(ox.parse(path=str(quads), format=ox.RdfFormat.N_QUADS, lenient=True), sets, iris)
    union = ox.parse(path=str(folder / f"{WHOLE}.nt"), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    write_each((quad.triple for quad in union), graphs, iris)


def write_each(statements: Iterable[_Statement], targets: Mapping[Format, Path], iris: Iris) -> None:
    """Write statements in several formats in one walk, for reading them costs more than writing them.

    Each format has a thread of its own, which takes batch after batch; few batches are in memory at once.
    """
    queues: list[Queue[list[_Statement]]] = [Queue(maxsize=2) for _ in targets]
    names = prefixes(iris.base)
    with ThreadPoolExecutor(max_workers=len(targets) or 1) as threads:
        written = [
            threads.submit(_write_taken, queue, row, path, names)
            for queue, (row, path) in zip(queues, targets.items(), strict=True)
        ]
        walk = iter(statements)
        try:
            while batch := list(islice(walk, _BATCH)):
                for queue in queues:
                    queue.put(batch)
        finally:
            for queue in queues:
                queue.put([])
    for done in written:
        done.result()


def _write_taken(queue: Queue[list[_Statement]], row: Format, path: Path, names: dict[str, str]) -> None:
    """Write the batches of a queue to a file, up to the first empty one."""
    batches = iter(queue.get, [])
    try:
        ox.serialize(chain.from_iterable(batches), str(path), format=row.rdf, prefixes=names)
    finally:
        deque(batches, maxlen=0)  # whoever fills the queue is not left waiting, whatever went wrong here


def _write_quads(files: GraphFiles, iris: Iris, folder: Path) -> Path:
    """Write N-Quads without parsing: a quad's line is its triple's line with the graph before the full stop."""
    path = folder / f"{WHOLE}.nq"
    with path.open("wb") as target:
        for name in files.names():
            ending = f" {iris.graph(name)} .\n".encode()
            with files.path(name).open("rb") as lines:
                target.writelines(line.removesuffix(b" .\n") + ending for line in lines)
    return path
