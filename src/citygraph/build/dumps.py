"""Writes the downloads: the whole graph in each format, and tables for people without RDF.

Everything but the tables is written from the sorted graph files, streaming, so that the same graph gives the same
bytes and a literal keeps its spelling. The catalogue describes the dumps and is therefore not part of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.formats import RDF, Kind, by_name
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
_SKIPPED = ("n3",)
"""Notation3 would be the Turtle again."""


def write_union(files: GraphFiles, folder: Path) -> Path:
    """Write the union of all graphs as N-Triples, each triple once; return the file."""
    path = folder / f"{WHOLE}.nt"
    with path.open("wb") as target, files.union(files.names()) as lines:
        target.writelines(lines)
    return path


def union_size(folder: Path) -> int:
    """How many triples the union has that :func:`write_union` wrote."""
    with (folder / f"{WHOLE}.nt").open("rb") as lines:
        return sum(1 for _ in lines)


def write_dumps(files: GraphFiles, iris: Iris, folder: Path) -> None:
    """Write the whole graph in every RDF format, from its union and from its quads."""
    quads = _write_quads(files, iris, folder)
    for row in RDF:
        path = folder / f"{WHOLE}.{row.extension}"
        if row.name in _SKIPPED or path.exists():
            continue
        with path.open("wb") as target:
            if row.kind is Kind.DATASET:
                found: Iterator[ox.Quad] = ox.parse(path=str(quads), format=ox.RdfFormat.N_QUADS)
                ox.serialize(found, target, format=row.rdf, prefixes=prefixes(iris.base))
            else:
                union = ox.parse(path=str(folder / f"{WHOLE}.nt"), format=ox.RdfFormat.N_TRIPLES)
                triples = (quad.triple for quad in union)
                ox.serialize(triples, target, format=row.rdf, prefixes=prefixes(iris.base))


def _write_quads(files: GraphFiles, iris: Iris, folder: Path) -> Path:
    """Write N-Quads without parsing: a quad's line is its triple's line with the graph before the full stop."""
    path = folder / f"{WHOLE}.nq"
    with path.open("wb") as target:
        for name in files.names():
            ending = f" {iris.graph(name)} .\n".encode()
            with files.path(name).open("rb") as lines:
                target.writelines(line.removesuffix(b" .\n") + ending for line in lines)
    return path


def write_tables(store: Store, queries: Path, iris: Iris, folder: Path) -> None:
    """Write a CSV file (RFC 4180) for each query in ``queries/tables/``."""
    for query in read_queries(queries, iris):
        results = store.select(query.bound(iris=iris))
        content = results.serialize(format=by_name("csv").results)
        assert content is not None
        (folder / f"{query.name}.csv").write_bytes(content)
