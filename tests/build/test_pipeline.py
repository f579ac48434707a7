"""A whole build: the same bytes from the same files, one clear finding a fault, and nothing harmed by a kill."""

import random
import re
import shutil
import subprocess
import sys
import time

import pyoxigraph as ox
import pytest
import rdflib

from citygraph.build import pipeline
from citygraph.errors import CitygraphError, ValidationFailed
from citygraph.formats import by_name
from citygraph.release import Releases
from citygraph.settings import Settings


def build(repository, folder, settings=None, **more):
    settings = settings or Settings.read(repository.root / "citygraph.toml", {})
    return pipeline.build(settings, repository, Releases(folder), lambda _: None, **more)


@pytest.mark.parametrize("at_once", [1, 2])
def test_the_same_files_give_the_same_bytes(world, world_repository, tmp_path, at_once):
    """Builds of the same files have the same version and checksums, however many stages run at a time."""
    again = build(world_repository, tmp_path, at_once=at_once)
    assert again.manifest == world.manifest
    assert again.files


def copy(release, folder):
    """A folder in which a copy of a release is the current one."""
    shutil.copytree(release.folder, folder / release.version)
    releases = Releases(folder)
    releases.switch(release.version)
    return releases


def test_building_again_in_one_folder_keeps_the_release(world, world_repository, tmp_path):
    """A build of unchanged files gives the release that is there."""
    releases = copy(world, tmp_path)
    before = releases.current()
    assert build(world_repository, tmp_path).folder == before.folder
    assert len(releases.all()) == 1


@pytest.mark.parametrize("name", ["citygraph.trig", "citygraph.nq", "citygraph.jsonld"])
def test_dumps_with_graphs_hold_the_quads_of_the_graph_files(world, name):
    """Each dump that carries graph names, read by its own parser, is the dataset of the graph files."""
    iris = Settings().iris
    wanted = set()
    for graph in world.manifest["counts"]["graphs"]:
        path = world.folder / "dumps" / "graphs" / f"{graph}.nt"
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
            wanted.add(ox.Quad(*quad.triple, iris.graph(graph)))
    row = by_name(name.rpartition(".")[2])
    found = ox.Dataset(ox.parse(path=str(world.folder / "dumps" / name), format=row.rdf))
    expected = ox.Dataset(wanted)
    for dataset in (found, expected):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert found == expected


@pytest.mark.parametrize(("name", "form"), [("citygraph.ttl", "turtle"), ("citygraph.rdf", "xml")])
def test_dumps_without_graphs_hold_the_union(world, name, form):
    """Turtle and RDF/XML, read by rdflib, are the union of all graphs."""
    found = rdflib.Graph().parse(world.folder / "dumps" / name, format=form)
    union = rdflib.Graph()
    for graph in world.manifest["counts"]["graphs"]:
        union.parse(world.folder / "dumps" / "graphs" / f"{graph}.nt", format="nt")
    assert len(found) == len(union) > 0
    assert found.isomorphic(union)


def test_the_manifest_counts_what_the_store_holds(world):
    """The number of things of a class, which pages show, is the number that a query finds."""
    (row,) = world.store.select(
        "SELECT (COUNT(DISTINCT ?thing) AS ?n) { ?thing a <https://w3id.org/citygraph/ontology#Partnership> }"
    )
    assert world.manifest["counts"]["things"]["Partnership"] == int(row["n"].value) > 0


def test_the_tables_have_a_row_per_thing(world):
    """Each table for people without RDF has a head and rows."""
    for name in ("partnerships", "parties", "signatories", "focus-areas"):
        assert len((world.folder / "dumps" / f"{name}.csv").read_text("utf-8").splitlines()) > 1


def test_another_base_names_everything_under_it(world_repository, tmp_path):
    """With another base IRI, nothing in the release mentions the canonical one."""
    release = build(world_repository, tmp_path, Settings(base_iri="https://example.org/x/"))
    for path in release.folder.rglob("*.nq"):
        assert "w3id.org/citygraph" not in path.read_text("utf-8")


def _edit(name, pattern, replacement):
    def plant(repository):
        path = repository.data / name
        text = path.read_text("utf-8")
        changed = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert changed != text, "the fault was not planted"
        path.write_text(changed, "utf-8")

    return plant


def _bytes(name, change):
    def plant(repository):
        path = repository.data / name
        path.write_bytes(change(path.read_bytes()))

    return plant


def _unreadable(repository):
    (repository.data / "sources" / "lost.ttl").symlink_to("nowhere.ttl")


GAZETTE = "sources/gazette-en.ttl"
FAULTS = {
    "missing-party": (_edit(GAZETTE, "city:hilltop, city:lakeview", "city:hilltop"), "gazette-en.ttl", "part"),
    "self-partnership": (
        _edit(GAZETTE, "city:hilltop, city:lakeview", "city:hilltop, city:hilltop"),
        "gazette-en.ttl",
        "part",
    ),
    "partner-of-itself": (
        _edit("places.ttl", r"(city:hilltop a [^;]*;)", r"\1 cg:partnerOf city:hilltop ;"),
        "places.ttl",
        "partnerOf",
    ),
    "reversed-dates": (_edit("sources/rivermouth-en.ttl", '"2001"', '"1984"'), "rivermouth-en.ttl", "end"),
    "unknown-focus-area": (
        _edit("sources/rivermouth-en.ttl", "focus-area:tourism", "focus-area:juggling"),
        "rivermouth-en.ttl",
        "focus",
    ),
    "wrong-datatype": (_edit(GAZETTE, r'"1999-05"\^\^xsd:gYearMonth', '"May 1999"'), "gazette-en.ttl", "date"),
    "wrong-lexical-form": (_edit(GAZETTE, '"1999-05"', '"1999-15"'), "gazette-en.ttl", "date"),
    "duplicate-label": (
        _edit("places.ttl", r"(city:hilltop a .*?skos:prefLabel )", r'\1"Another name"@en, '),
        "places.ttl",
        "language",
    ),
    "evidence-without-source": (_edit(GAZETTE, "oa:hasSource source:gazette-en ;", ""), "gazette-en.ttl", "source"),
    "broken-turtle": (_edit(GAZETTE, r"cg:form form:cooperation ;", "cg:form ;"), "gazette-en.ttl", "Turtle"),
    "wrong-encoding": (_bytes(GAZETTE, lambda data: data + "# Zürich".encode("latin-1")), "gazette-en.ttl", "UTF-8"),
    "unreadable-file": (_unreadable, "lost.ttl", "readable"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_gives_one_finding_that_names_file_and_remedy(copied, tmp_path, name):
    """Each fault stops the build with one clear violation in the file where it was planted."""
    plant, file, word = FAULTS[name]
    plant(copied)
    with pytest.raises(ValidationFailed) as caught:
        build(copied, tmp_path / "releases")
    (finding,) = caught.value.report.violations
    assert finding.file.endswith(file)
    assert word.lower() in str(finding).lower()
    assert Releases(tmp_path / "releases").current() is None


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        *(
            (name, f"{name}.*missing")
            for name in ("ontology", "ontology/concepts", "data", "shapes", "queries", "linking")
        ),
        *((f"data/{name}", f"data: it lacks the folder {name}") for name in ("sources", "links")),
    ],
)
def test_a_missing_folder_is_named(copied, tmp_path, folder, told):
    """A repository without one of its folders is refused by the folder's name."""
    (copied.root / folder).rename(tmp_path / "away")
    with pytest.raises(CitygraphError, match=told):
        build(copied, tmp_path / "releases")


def test_a_file_that_nothing_would_read_is_told(copied, tmp_path):
    """A table of another kind among the sources is not passed over in silence."""
    (copied.data / "sources" / "cities.xlsx").write_text("x")
    with pytest.raises(CitygraphError, match=r"cities\.xlsx.*nothing reads"):
        build(copied, tmp_path / "releases")


def test_evidence_is_compared_with_saved_documents(copied, tmp_path, settings):
    """With the documents at hand, a phrase that stands elsewhere is found, and the finding says where."""
    releases, documents = Releases(tmp_path / "releases"), copied.data / "documents"
    assert not pipeline.check(settings, copied, releases, lambda _: None, documents=documents).violations
    _edit(GAZETTE, r"oa:start (\d+)", "oa:start 0")(copied)
    found = pipeline.check(settings, copied, releases, lambda _: None, documents=documents).violations
    assert any(re.search(r"write oa:start \d+ ; oa:end \d+", finding.message) for finding in found)


_BUILD = """
import os
import sys
from pathlib import Path
from citygraph.build import pipeline
from citygraph.release import Releases
from citygraph.settings import Repository, Settings

root, data, folder = map(Path, sys.argv[1:])
settings = Settings(publisher="somebody else")
tell = lambda stage: os.write(1, f"{stage}\\n".encode())  # at once, since two stages may begin at the same time
pipeline.build(settings, Repository(root, data), Releases(folder), tell)
"""


@pytest.mark.parametrize("moment", ["load", "store", "infer", "dumps", "catalogue", "seal"])
def test_a_build_killed_at_any_moment_leaves_the_release_whole(world, world_repository, tmp_path, moment):
    """SIGKILL in the middle of a stage: the current release is there, whole, and the next build works."""
    releases = copy(world, tmp_path)
    command = [sys.executable, "-c", _BUILD, str(world_repository.root), str(world_repository.data), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert f"{moment}\n" in process.stdout
        time.sleep(random.Random(moment).uniform(0, 0.2))
        process.kill()
    current = releases.current()
    assert current is not None
    assert current.faults() == []
    assert len(current.store) > 0
    assert build(world_repository, tmp_path).version == world.version
