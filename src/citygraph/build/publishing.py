"""The stages after the union: downloads, indexes, figures, and what describes the release as a whole."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

import citygraph
from citygraph import statements
from citygraph.build import archive, inputs, statistics, void
from citygraph.build.catalogue import Contents, write_catalogue, write_verdicts, write_views
from citygraph.build.coverage import coverage
from citygraph.build.csvw import write_metadata
from citygraph.build.descriptions import TITLES, write_descriptions, write_lists
from citygraph.build.desk import write_desk
from citygraph.build.dumps import WHOLE, write_dumps
from citygraph.build.graphs import lines_of
from citygraph.build.index import build_index
from citygraph.build.matching import build_matching
from citygraph.build.profiles import Profiles
from citygraph.build.quality import quality, quality_turtle, shapes_table
from citygraph.build.queried import write_tables as write_queried
from citygraph.build.shapes import read_shapes
from citygraph.build.sitemap import write_sitemaps
from citygraph.build.sssom import NAME as SSSOM
from citygraph.build.sssom import write_sssom
from citygraph.build.statements import write_statements
from citygraph.build.vocabularies import write_vocabularies
from citygraph.network.tables import network_tables
from citygraph.queries import read_queries
from citygraph.release import ENGINE, VIEWS, File
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from citygraph.build.job import Job


_LARGE = (f"{WHOLE}.*", "graphs/**/*", "kinds/*")
"""What is complete with the formats, the graphs and the files of kinds."""


def write_formats(job: Job) -> None:
    """Write the whole graph in every format."""
    job.apart(write_dumps, job.files, job.iris, job.dumps)


def write_kinds(job: Job) -> None:
    """Write a file for each kind of thing."""
    job.apart(archive.write_kinds, job.dumps, job.iris)


def pack_whole(job: Job) -> None:
    """Compress the large files, as soon as they are there, and measure them."""
    archive.compress(job.dumps, _LARGE)
    job.measured = _measure(job.work, [path for pattern in _LARGE for path in job.dumps.glob(pattern)])


def write_tables(job: Job) -> None:
    """Write the tables for people without RDF."""
    write_queried(job.store, job.repository.queries("tables"), job.iris, job.dumps, job.work / ENGINE)


def export_network(job: Job) -> None:
    """Write the network for other tools: tables, and the formats of their own."""
    for name, content in network_tables(job.network, job.figures).items():
        (job.dumps / name).write_bytes(content)
    archive.write_network(job.network, job.dumps)
    del job.network, job.figures  # nothing else that is held grows with the data as they do


def copy_vocabularies(job: Job) -> None:
    """Write the ontology and the code lists as files of their own."""
    write_vocabularies(job.repository.ontology, job.iris, job.dumps)


def copy_mappings(job: Job) -> None:
    """Write the tables of links as one."""
    tables = sorted((job.repository.data / "links").glob("*.sssom.tsv"))
    write_sssom(tables, job.settings, job.dumps / SSSOM)


def compare_snapshots(job: Job) -> None:
    """Compare the release with the snapshots of Wikidata that it holds."""
    write_desk(job.store, job.repository, job.iris, job.work)


def pack_rest(job: Job) -> None:
    """Describe the tables, and compress what is not compressed yet."""
    tables = read_queries(job.repository.queries("tables"), job.iris)
    write_metadata(job.dumps, tables, TITLES, job.settings.licence)
    archive.compress(job.dumps, ("**/*",))


def index(job: Job) -> None:
    """Write the file in which people search."""
    job.apart(build_index, job.files, job.iris, job.work / ENGINE / "search.sqlite")


def index_names(job: Job) -> None:
    """Write the file by which names are matched."""
    job.apart(build_matching, job.files, job.iris, job.repository.linking, job.work / ENGINE / "names.sqlite")


def count(job: Job) -> None:
    """Count what the files hold, so that no page does."""
    _note(job, "statistics", statistics.count(job.files, job.work / ENGINE, f"{job.iris.base}id/"))
    _note(job, "examples", statistics.examples(job.files, job.iris.term("").value))


def count_links(job: Job) -> None:
    """Count the links to others."""
    job.links = job.apart(void.count_links, job.dumps / f"{WHOLE}.nt", job.iris.base)


def judge_quality(job: Job) -> None:
    """Write what is left to do and how much is covered, and what the shapes ask for."""
    measures, checks = (read_queries(job.repository.queries(name), job.iris) for name in ("quality", "checks"))
    found = quality(job.report, job.store, measures, checks, job.files.names(), job.iris)
    shapes = read_shapes(job.repository.shapes, job.iris)
    (job.dumps / "shapes.ttl").write_text(shapes.text, "utf-8")
    (job.dumps / "quality.ttl").write_bytes(quality_turtle(found, job.iris))
    _note(job, "quality", found)
    _note(job, "shapes", shapes_table(shapes, job.iris))


def _note(job: Job, name: str, table: Any) -> None:
    (job.work / f"{name}.json").write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", "utf-8")


def cover(job: Job) -> None:
    """Ask what the catalogue tells of the whole."""
    job.covered = coverage(job.store, job.iris)
    job.date = _newest_date(job)
    job.things = _things_per_class(job)


def list_pages(job: Job) -> None:
    """Write the pages of all things down for crawlers."""
    job.apart(write_sitemaps, job.dumps / f"{WHOLE}.nt", job.work, job.iris, job.date)


def describe(job: Job) -> None:
    """Measure the downloads, and describe them."""
    job.measured = _measure(job.work, job.work.rglob("*"), job.measured)
    version = f"{job.date}-{_digest(job)}"
    files = [file for file in job.measured if file.path.startswith("dumps/")]
    profiles = Profiles(job.repository.profiles, job.iris)
    counts = dict(job.files.counts)
    job.contents = Contents(version, job.date, _software(), counts, job.size, files, job.covered, profiles)
    job.store.add(job.iris.graph("catalogue"), write_catalogue(job.contents, job.settings, job.dumps))
    write_descriptions(job.contents, job.settings, job.links, job.store, job.work)


def write_profiles(job: Job) -> None:
    """Write the catalogue as each portal reads it, and what it would say to it."""
    write_views(job.contents, job.settings, job.work / VIEWS)
    write_verdicts(job.contents.profiles, job.work / VIEWS, job.work / "harvest.json")


def index_statements(job: Job) -> None:
    """Write what is stated of each thing, and what points to it, as pages ask for it."""
    path = job.work / ENGINE / statements.FILE
    named = {job.iris.graph(name): job.files.path(name) for name in job.files.names()}
    # what describes the release has no file among the graphs, and is small
    rest = {
        graph: list(lines_of(quad.triple for quad in job.store.quads(graph=graph)))
        for graph in job.store.graphs()
        if graph not in named
    }
    job.apart(write_statements, {**named, **rest}, job.iris.base, path, job.contents.version)


def settle(job: Job) -> None:
    """Bring the store into the form that answers fastest."""
    job.store.optimize()


def finish(job: Job) -> None:
    """Measure what has come since, and list all files."""
    job.measured = _measure(job.work, job.work.rglob("*"), job.measured)
    job.measured += write_lists(job.contents, job.settings, job.measured, job.work)


def manifest(job: Job) -> dict[str, Any]:
    """What a release says of itself."""
    return {
        "version": job.contents.version,
        "date": job.date,
        "software": _software(),
        "counts": {
            "triples": sum(job.files.counts.values()),
            "graphs": job.files.counts,
            "things": job.things,
        },
        "files": [asdict(file) for file in sorted(job.measured, key=lambda file: file.path)],
        **{name: getattr(job.settings, name) for name in inputs.PUBLISHED},
    }


def _software() -> str:
    return f"citygraph {citygraph.__version__}"


def _measure(work: Path, paths: Iterable[Path], known: Iterable[File] = ()) -> list[File]:
    """Size and checksum of each file but the engine's; those that are known already are not read again."""
    paths = [path for path in sorted(paths) if path.is_file() and not path.is_relative_to(work / ENGINE)]
    had = {file.path: file for file in known}
    with ThreadPoolExecutor(max_workers=2) as threads:
        return list(threads.map(lambda path: had.get(path.relative_to(work).as_posix()) or File.of(work, path), paths))


def _digest(job: Job) -> str:
    """Ten digits that stand for all that went into a release: its graphs, settings and the software that built it."""
    package = Path(citygraph.__file__).parent
    facts = [
        [file.sha256 for file in job.measured],
        {name: getattr(job.settings, name) for name in inputs.PUBLISHED},
        [File.of(package, path).sha256 for path in inputs.code()],
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]


def _newest_date(job: Job) -> str:
    """The newest day on which a source of ours was read, published or changed, as YYYY-MM-DD."""
    text = """SELECT (MAX(STR(?date)) AS ?newest) {
        ?source a cg:Source ; dct:issued|dct:modified ?date FILTER(DATATYPE(?date) = xsd:date) }"""
    newest = next(iter(job.store.select(text, prefixes=prefixes(job.iris.base))))["newest"]
    return newest.value if isinstance(newest, ox.Literal) else "1970-01-01"


def _things_per_class(job: Job) -> dict[str, int]:
    """How many things there are of each class of ours, by its local name; pages show it and need not count."""
    space = f"{job.iris.base}ontology#"
    text = f"""SELECT ?class (COUNT(*) AS ?things) {{ ?thing a ?class FILTER(STRSTARTS(STR(?class), "{space}")) }}
        GROUP BY ?class ORDER BY ?class"""
    return {row["class"].value.removeprefix(space): int(row["things"].value) for row in job.store.select(text)}
