"""Writes whole graphs in any format: small ones sorted in memory, long ones by the engine from their downloads.

A long graph is written into a file without a name, one graph at a time in each process, so that nobody's wish for a
large graph in another format takes memory, or the time of all others.
"""

from __future__ import annotations

import tempfile
from itertools import groupby, islice
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import Busy
from citygraph.vocab import RDF_TYPE
from citygraph.web.answers import served
from citygraph.web.describe import serialise, shown_prefixes
from citygraph.web.downloads import seats
from citygraph.web.files import LONG, Body, Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.formats import Format
    from citygraph.web.current import Served

_ONE = BoundedSemaphore(1)
_WAIT = 2.0
"""How many seconds a long graph waits for its turn to be written."""


def graph_content(iri: str, form: Format) -> bytes | Body:
    """The statements of a graph in a format; that too many ask for long ones is :class:`~citygraph.errors.Busy`."""
    path = _download(served(), f"graphs/{served().iris.graph_name(iri)}")
    if path is None or path.stat().st_size < LONG:
        return serialise(_quads(iri, path), form, served().iris.base)
    body = _plain(path) if form.name == "ntriples" else _written(iri, path, form)
    body.wait_for(seats())
    return body


def _plain(path: Path) -> Body:
    return Body(path.open("rb"), [(b"", Span(0, path.stat().st_size))])


def _written(iri: str, path: Path, form: Format) -> Body:
    """Write a graph in the order of its download, which is sorted."""
    if not _ONE.acquire(timeout=_WAIT):
        raise Busy(retry_after=5)
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the body closes it when it is sent
        quads = _quads(iri, path)
        rows = quads if form.tells_graphs else (quad.triple for quad in quads)
        ox.serialize(rows, file, form.rdf, prefixes=shown_prefixes(served().iris.base))
        return Body(file, [(b"", Span(0, file.tell()))])
    finally:
        _ONE.release()


def subjects(served: Served, name: str, skip: int, most: int, kind: ox.NamedNode | None = None) -> list[str] | None:
    """The IRIs, of a class if one is named, that a download such as ``kinds/city`` speaks of, sorted.

    The lines of a download are sorted, so those about one thing follow each other; to sort the things of a long graph
    in the store takes a hundred times as long. None means that there is no such download.
    """
    path = _download(served, name)
    if path is None:
        return None
    end = f"{RDF_TYPE} {kind} .\n".encode() if kind else b""
    with path.open("rb") as lines:
        things = groupby(line.partition(b"> ")[0] for line in lines if line.startswith(b"<") and line.endswith(end))
        return [thing[1:].decode() for thing, _ in islice(things, skip, skip + most)]


def _download(served: Served, name: str) -> Path | None:
    """The download of that name as N-Triples, which keeps the spelling of literals."""
    row = served.release.by_path.get(f"dumps/{name}.nt")
    return served.release.folder / row.path if row else None


def _quads(iri: str, path: Path | None) -> Iterable[ox.Quad]:
    graph = ox.NamedNode(iri)
    if path is None:
        return served().store.quads(graph=graph)
    quads = ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)
    return (ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)
