"""Writes the downloads: the whole graph in each format, and tables for people without RDF.

Everything but the tables is written from the sorted graph files, streaming, so that the same graph gives the same
bytes and a literal keeps its spelling. The catalogue describes the dumps and is therefore not part of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import parsed
from citygraph.formats import RDF, Format, Kind, by_name
from citygraph.queries import read_queries
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.iris import Iris
    from citygraph.store import Store

WHOLE = "citygraph"
"""The name of the files that hold the whole graph."""
_SKIPPED = ("n3", "ntriples")
"""Notation3 would be the Turtle again; N-Triples stand in a file per graph already."""


def write_dumps(files: GraphFiles, iris: Iris, folder: Path) -> None:
    """Write the whole graph in every RDF format."""
    for row in RDF:
        if row.name == "nquads":
            _write_nquads(files, iris, folder / f"{WHOLE}.nq")
        elif row.name not in _SKIPPED:
            _write(row, files, iris, folder / f"{WHOLE}.{row.extension}")


def _write(row: Format, files: GraphFiles, iris: Iris, path: Path) -> None:
    """Write one format; one that carries no graph names gets the union of all graphs, each triple once."""
    with path.open("wb") as target:
        if row.kind is Kind.DATASET:
            ox.serialize(_quads(files, iris), target, format=row.rdf, prefixes=prefixes(iris.base))
            return
        with files.union(files.names()) as lines:
            ox.serialize(parsed(lines), target, format=row.rdf, prefixes=prefixes(iris.base))


def _quads(files: GraphFiles, iris: Iris) -> Iterator[ox.Quad]:
    for name in files.names():
        graph = iris.graph(name)
        yield from (ox.Quad(s, p, o, graph) for s, p, o in files.triples(name))


def _write_nquads(files: GraphFiles, iris: Iris, path: Path) -> None:
    """Write N-Quads without parsing: a quad's line is its triple's line with the graph before the full stop."""
    with path.open("wb") as target:
        for name in files.names():
            ending = f" {iris.graph(name)} .\n".encode()
            with files.path(name).open("rb") as lines:
                target.writelines(line.removesuffix(b" .\n") + ending for line in lines)


def write_tables(store: Store, queries: Path, iris: Iris, folder: Path) -> None:
    """Write a CSV file (RFC 4180) for each query in ``queries/tables/``."""
    for query in read_queries(queries, iris):
        results = store.select(query.bound(iris=iris))
        content = results.serialize(format=by_name("csv").results)
        assert content is not None
        (folder / f"{query.name}.csv").write_bytes(content)
