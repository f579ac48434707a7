"""Makes a release to be served under load: a generated graph and the ontology, with nothing concluded or checked."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bench.generate import generate
from citygraph import statements
from citygraph.build.graphs import GraphFiles
from citygraph.build.statements import write_statements
from citygraph.iris import CANONICAL, Iris
from citygraph.release import ENGINE, Releases
from citygraph.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

_ONTOLOGY = Path(__file__).parents[1] / "ontology"


def stocked(number: int) -> Release:
    """A release of so many partnerships, in the folder for temporary files; a later run finds it there."""
    folder = Path(tempfile.gettempdir()) / "citygraph-bench" / str(number)
    releases = Releases(folder)
    return releases.current() or _make(releases, number)


def union(release: Release) -> Path:
    """The file of all its statements as N-Triples."""
    return release.folder / "dumps" / "citygraph.nt"


def _make(releases: Releases, number: int) -> Release:
    iris = Iris(CANONICAL)
    with releases.workspace() as work:
        files = GraphFiles(work / "dumps" / "graphs")
        (work / ENGINE).mkdir()
        store = Store.create(work / ENGINE / "store")
        for name, triples in (("ontology", _ontology()), *generate(number)):
            files.write(name, triples)
            store.load(files.path(name), iris.graph(name))
        with (work / "dumps" / "citygraph.nt").open("wb") as target, files.union(files.names()) as lines:
            target.writelines(lines)
        store.optimize()
        del store
        graphs = {iris.graph(name): files.lines(name) for name in files.names()}
        write_statements(graphs, CANONICAL, work / ENGINE / statements.FILE)
        counts = {"triples": sum(files.counts.values()), "graphs": files.counts}
        facts = {"version": f"generated-{number}", "date": "2026-01-01", "base_iri": CANONICAL, "counts": counts}
        return releases.publish(work, facts | {"files": []})


def _ontology() -> Iterator[ox.Triple]:
    for path in sorted(_ONTOLOGY.rglob("*.ttl")):
        yield from (quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
