"""The stages up to the checks: what was written and imported becomes one dataset that fits together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.build import examples, infer, validate
from citygraph.build.documents import check_documents
from citygraph.build.dumps import WHOLE
from citygraph.build.imported import find_imported
from citygraph.build.intake import Intake
from citygraph.build.report import report_turtle
from citygraph.build.shapes import read_shapes
from citygraph.build.sources import Kind, Source, find_sources
from citygraph.findings import Report
from citygraph.network.figures import measure
from citygraph.network.read import read_network
from citygraph.network.tables import network_triples
from citygraph.queries import read_queries
from citygraph.release import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.build.job import Job
    from citygraph.store import Store

_LINKS = "links"
"""The graph from which nothing is concluded, and of which no shape is asked."""
KEPT = ".kept"
"""The folder beside the releases that keeps the graphs of imports between builds."""


def with_extra(sources: Iterable[Source], extra: Iterable[Path]) -> Iterator[Source]:
    """Put further files of data beside the repository's own, each as a source named after the file."""
    added = {f"source/{path.stem}": path for path in extra}
    yield from (source for source in sources if source.name not in added)
    yield from (Source(name, Kind.TURTLE, (path,)) for name, path in added.items())


def load(job: Job) -> None:
    """Read every source into the file of its graph."""
    try:
        job.repository.check()
        intake = Intake(job.files, job.iris, job.origins, job.work.parent / KEPT, job.written.put)
        imports = find_imported(job.repository.data) if job.imports else ()
        job.found["load"], job.imported = intake.take(with_extra(find_sources(job.repository), job.extra), imports)
    finally:
        job.written.put(None)  # whatever went wrong: the stage beside waits for it
    job.refuse_violations()
    job.stated = [name for name in job.files.names() if name != _LINKS]


def fill(job: Job) -> None:
    """Take what people wrote into the store, as soon as it is read."""
    try:
        for name in iter(job.written.get, None):
            if name != _LINKS:
                job.load(name)
    finally:
        job.filled.set()


def judge_written(job: Job) -> None:
    """Run the shapes on what people wrote here, on all of it together, and compare its evidence with documents.

    The store, which is filled meanwhile, is asked in the end.
    """
    written = [name for name in job.stated if name not in job.imported]
    shapes = read_shapes(job.repository.shapes, job.iris)
    engine = job.settings.validator

    def filled() -> Store:
        job.filled.wait()
        return job.store

    found = validate.check_shapes(job.files, written, shapes, job.origins, engine, filled).findings
    if job.documents is not None:
        found = (*found, *check_documents(filled(), job.documents, job.origins, job.iris))
    job.found["written"] = Report.of(found)


def judge_imported(job: Job) -> None:
    """Run the shapes of imports on each by itself: it is answerable for nothing but its own statements."""
    shapes = read_shapes(job.repository.shapes / "imported", job.iris)
    engine = job.settings.validator
    for name in job.imported:
        job.found[name] = validate.check_shapes(job.files, ["ontology", name], shapes, job.origins, engine)


def refuse(job: Job) -> None:
    """Stop here if something is wrong, since conclusions from it would be wrong too."""
    job.refuse_violations()


def fill_imported(job: Job) -> None:
    """Take the imports into the store, which held no more than what the shapes are asked of."""
    job.load(*job.imported)


def conclude(job: Job) -> None:
    """Write what follows from all graphs but the links, and take it into the store."""
    rules = list(read_queries(job.repository.queries("rules"), job.iris))
    engine, master = job.settings.reasoner, job.settings.spark_master
    work = job.work / ENGINE
    concluded = infer.infer(job.files, job.stated, rules, job.iris, engine, work, job.store, job.origins, master)
    job.files.write_lines(infer.INFERRED, concluded)


def write_examples(job: Job) -> None:
    """Write the example queries as a graph."""
    asked = read_queries(job.repository.queries("examples"), job.iris)
    job.files.write(examples.GRAPH, examples.example_triples(asked, job.iris))


def measure_network(job: Job) -> None:
    """Measure the network of partners, and write the figures as a graph."""
    job.network = read_network(job.files.folder, job.iris)
    job.figures = measure(job.network)
    job.files.write("figures", network_triples(job.network, job.figures, job.iris))


def fill_further(job: Job) -> None:
    """Take in what is neither stated nor concluded."""
    job.load(*sorted(job.files.counts.keys() - {*job.stated, infer.INFERRED}))


def unite(job: Job) -> None:
    """Write the union of all graphs."""
    job.size = job.files.unite(job.dumps / f"{WHOLE}.nt")


def check(job: Job) -> None:
    """Ask whether the whole fits together."""
    job.found["check"] = validate.check_queries(job.store, job.repository.queries("checks"), job.origins, job.iris)
    job.refuse_violations()
    (job.work / "report.txt").write_text(job.report.text(), "utf-8")
    (job.work / "report.ttl").write_bytes(report_turtle(job.report, job.iris))
