"""The stages of a build in order, readable as a table of contents; violations stop it before anything is published.

Shapes run before inference, because then every finding points to something a person wrote. Checks run after linking,
because only the whole graph shows whether it fits together.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

import citygraph
from citygraph.build import examples, infer, inputs, load, statistics, validate
from citygraph.build.archive import write_network
from citygraph.build.catalogue import Contents, write_catalogue, write_verdicts, write_views
from citygraph.build.coverage import coverage
from citygraph.build.descriptions import write_archive, write_descriptions, write_lists
from citygraph.build.desk import write_desk
from citygraph.build.documents import check_documents
from citygraph.build.dumps import union_size, write_dumps, write_tables, write_union
from citygraph.build.graphs import GraphFiles
from citygraph.build.imported import find_imported
from citygraph.build.index import build_index
from citygraph.build.intake import Intake
from citygraph.build.matching import build_matching
from citygraph.build.profiles import Profiles
from citygraph.build.quality import quality, quality_turtle, shapes_table
from citygraph.build.report import report_turtle
from citygraph.build.shapes import read_shapes
from citygraph.build.sources import Kind, Source, find_sources
from citygraph.build.vocabularies import write_vocabularies
from citygraph.errors import ValidationFailed
from citygraph.findings import Report
from citygraph.history.log import History
from citygraph.network.figures import measure
from citygraph.network.read import read_network
from citygraph.network.tables import network_tables, network_triples
from citygraph.queries import read_queries
from citygraph.release import ENGINE, VIEWS, File, Release, Releases
from citygraph.retention.policy import prune
from citygraph.store import Store
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from citygraph.iris import Iris
    from citygraph.settings import Repository, Settings

    Tell = Callable[[str], None]

KEPT = ".kept"
"""The folder beside the releases that keeps the graphs of imports between builds."""


def build(
    settings: Settings, repository: Repository, releases: Releases, tell: Tell, extra: Iterable[Path] = ()
) -> Release:
    """Make a release of the repository's files and let it be the current one; whatever fails leaves that as it was."""
    with releases.workspace() as work:
        key = inputs.digest(settings, repository, extra)
        manifest = _fill(work, settings, repository, tell, extra)
        tell("seal")
        release = releases.seal(work, manifest)
        # The log comes first, so that no server of the new release tells changes without those of this one.
        History(releases.folder).record(releases, release)
        prune(releases, settings.kept_releases)
        releases.switch(release.version)
        inputs.note(release, key)
        return release


def check(
    settings: Settings,
    repository: Repository,
    releases: Releases,
    tell: Tell,
    extra: Iterable[Path] = (),
    documents: Path | None = None,
    *,
    imports: bool = False,
) -> Report:
    """Do what a build does up to the checks, publish nothing, and return what was found.

    With a folder of saved documents, the phrases of the evidence are compared with them too. Imports take most of
    the time and are nobody's here to mend, so they are left out unless they are wanted.
    """
    with releases.workspace() as work:
        try:
            return _gather(work, settings, repository, tell, extra, documents, imports=imports).report
        except ValidationFailed as failure:
            return failure.report


def _fill(work: Path, settings: Settings, repository: Repository, tell: Tell, extra: Iterable[Path]) -> dict[str, Any]:
    """Fill the folder of a release and return its manifest."""
    iris = settings.iris
    files, report, store = _gather(work, settings, repository, tell, extra)
    (work / "report.txt").write_text(report.text(), "utf-8")
    (work / "report.ttl").write_bytes(report_turtle(report, iris))

    tell("dumps")
    # The engine answers the tables' queries without holding the interpreter, which meanwhile writes the dumps.
    with ThreadPoolExecutor(max_workers=1) as beside:
        written = beside.submit(write_dumps, files, iris, work / "dumps")
        write_vocabularies(repository.ontology, iris, work / "dumps")
        write_tables(store, repository.queries("tables"), iris, work / "dumps")
        _write_figures(work, repository, _Gathered(files, report, store), iris)
        build_index(files, iris, work / ENGINE / "search.sqlite")
        build_matching(files, iris, repository.linking, work / ENGINE / "names.sqlite")
        write_desk(store, repository, iris, work)
        written.result()
    write_archive(settings, repository, work / "dumps")

    tell("catalogue")
    measured = _measure(work)
    software = f"citygraph {citygraph.__version__}"
    date = _newest_date(store, iris)
    version = f"{date}-{_digest(measured, settings)}"
    dumps = [file for file in measured if file.path.startswith("dumps/")]
    profiles, covered = Profiles(repository.profiles, iris), coverage(store, iris)
    counts, size = dict(files.counts), union_size(work / "dumps")
    contents = Contents(version, date, software, counts, size, dumps, covered, profiles)
    store.add(iris.graph("catalogue"), write_catalogue(contents, settings, work / "dumps"))
    write_views(contents, settings, work / VIEWS)
    write_verdicts(profiles, work / VIEWS, work / "harvest.json")
    write_descriptions(contents, settings, store, work)
    store.optimize()
    measured = _measure(work, measured)
    measured += write_lists(contents, settings, measured, work)
    return {
        "version": version,
        "date": date,
        "software": software,
        "counts": {
            "triples": sum(files.counts.values()),
            "graphs": files.counts,
            "things": _things_per_class(store, iris),
        },
        "files": [asdict(file) for file in sorted(measured, key=lambda file: file.path)],
        **{name: getattr(settings, name) for name in inputs.PUBLISHED},
    }


def _write_figures(work: Path, repository: Repository, gathered: _Gathered, iris: Iris) -> None:
    """Write what pages tell of a release as a whole, so that none of them counts: statistics, quality and shapes."""
    files, report, store = gathered
    measures, checks = (read_queries(repository.queries(name), iris) for name in ("quality", "checks"))
    found = quality(report, store, measures, checks, files.names(), iris)
    shapes = read_shapes(repository.shapes, iris)
    (work / "dumps" / "shapes.ttl").write_text(shapes.text, "utf-8")
    (work / "dumps" / "quality.ttl").write_bytes(quality_turtle(found, iris))
    tables = {
        "statistics": statistics.count(files, work / ENGINE, f"{iris.base}id/"),
        "examples": statistics.examples(files, iris.term("").value),
        "quality": found,
        "shapes": shapes_table(shapes, iris),
    }
    for name, table in tables.items():
        (work / f"{name}.json").write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", "utf-8")


class _Gathered(NamedTuple):
    """A dataset that fits together, and what was found on the way."""

    files: GraphFiles
    report: Report
    store: Store


def _gather(
    work: Path,
    settings: Settings,
    repository: Repository,
    tell: Tell,
    extra: Iterable[Path],
    documents: Path | None = None,
    *,
    imports: bool = True,
) -> _Gathered:
    """Load, validate, infer, link and check; raise :class:`ValidationFailed` where it cannot go on."""
    repository.check()
    iris, origins = settings.iris, load.Origins(repository.root)
    files = GraphFiles(work / "dumps" / "graphs")
    (work / ENGINE).mkdir()
    store = Store.create(work / ENGINE / "store")

    tell("load")
    intake = Intake(files, iris, origins, work.parent / KEPT)
    taken, imported = intake.take(
        with_extra(find_sources(repository), extra), find_imported(repository.data) if imports else ()
    )
    _refuse(taken)
    stated = [name for name in files.names() if name != "links"]
    written = [name for name in stated if name not in imported]
    for name in written:
        store.load(files.path(name), iris.graph(name))

    tell("validate")
    shapes = read_shapes(repository.shapes, iris)
    report = validate.check_shapes(files, written, shapes, origins, settings.validator, store)
    shapes = read_shapes(repository.shapes / "imported", iris)
    for name in imported:  # each by itself: an import is answerable for nothing but its own statements
        judged = validate.check_shapes(files, ["ontology", name], shapes, origins, settings.validator)
        report = Report.of(report.findings, judged.findings)
        store.load(files.path(name), iris.graph(name))
    if "links" in files.counts:
        store.load(files.path("links"), iris.graph("links"))
    if documents is not None:
        report = Report.of(report.findings, check_documents(store, documents, origins, iris))
    report = Report.of(taken.findings, report.findings)
    _refuse(report)

    tell("infer")
    rules = list(read_queries(repository.queries("rules"), iris))
    engine, master = settings.reasoner, settings.spark_master
    concluded = infer.infer(files, stated, rules, iris, engine, work / ENGINE, origins, master)
    files.write_lines("inferred", concluded)
    store.load(files.path("inferred"), iris.graph("inferred"))

    asked = read_queries(repository.queries("examples"), iris)
    files.write(examples.GRAPH, examples.example_triples(asked, iris))
    store.load(files.path(examples.GRAPH), iris.graph(examples.GRAPH))

    tell("network")
    _write_network(files, store, iris, work)

    tell("check")
    with write_union(files, work / "dumps").open("rb") as union:
        store.unite(union)
    checked = validate.check_queries(store, repository.queries("checks"), origins, iris)
    report = Report.of(report.findings, checked.findings)
    _refuse(report)
    return _Gathered(files, report, store)


def with_extra(sources: Iterable[Source], extra: Iterable[Path]) -> Iterator[Source]:
    """Put further files of data beside the repository's own, each as a source named after the file."""
    added = {f"source/{path.stem}": path for path in extra}
    yield from (source for source in sources if source.name not in added)
    yield from (Source(name, Kind.TURTLE, (path,)) for name, path in added.items())


def _refuse(report: Report) -> None:
    if report.violations:
        raise ValidationFailed(report)


def _write_network(files: GraphFiles, store: Store, iris: Iris, work: Path) -> None:
    """Measure the network of partners: tables and files for other tools among the dumps, and a graph of its own."""
    found = read_network(files.folder, iris)
    figures = measure(found)
    for name, content in network_tables(found, figures).items():
        (work / "dumps" / name).write_bytes(content)
    write_network(found, work / "dumps")
    files.write("figures", network_triples(found, figures, iris))
    store.load(files.path("figures"), iris.graph("figures"))


def _measure(work: Path, known: Iterable[File] = ()) -> list[File]:
    """Size and checksum of every file but the engine's; those that are known already are not read again."""
    paths = (path for path in sorted(work.rglob("*")) if path.is_file() and not path.is_relative_to(work / ENGINE))
    had = {file.path: file for file in known}
    return [had.get(path.relative_to(work).as_posix()) or File.of(work, path) for path in paths]


def _digest(measured: list[File], settings: Settings) -> str:
    """Ten digits that stand for all that went into a release: its graphs, settings and the software that built it."""
    package = Path(citygraph.__file__).parent
    facts = [
        [file.sha256 for file in measured],
        {name: getattr(settings, name) for name in inputs.PUBLISHED},
        [File.of(package, path).sha256 for path in inputs.code()],
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]


def _newest_date(store: Store, iris: Iris) -> str:
    """The newest day on which a source of ours was read, published or changed, as YYYY-MM-DD."""
    text = """SELECT (MAX(STR(?date)) AS ?newest) {
        ?source a cg:Source ; dct:issued|dct:modified ?date FILTER(DATATYPE(?date) = xsd:date) }"""
    newest = next(iter(store.select(text, prefixes=prefixes(iris.base))))["newest"]
    return newest.value if isinstance(newest, ox.Literal) else "1970-01-01"


def _things_per_class(store: Store, iris: Iris) -> dict[str, int]:
    """How many things there are of each class of ours, by its local name; pages show it and need not count."""
    space = f"{iris.base}ontology#"
    text = f"""SELECT ?class (COUNT(*) AS ?things) {{ ?thing a ?class FILTER(STRSTARTS(STR(?class), "{space}")) }}
        GROUP BY ?class ORDER BY ?class"""
    return {row["class"].value.removeprefix(space): int(row["things"].value) for row in store.select(text)}
