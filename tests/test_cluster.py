"""The promises of `cluster.py`: what one machine does, many do with the same outcome; tried in Spark's local mode."""

import bz2
import os
import shutil
import sys
from importlib.util import find_spec

import pyoxigraph as ox
import pytest

from build.test_infer import RICH
from build.test_owl import FOLLOWS, FORBIDDEN, PREFIXES, TERMS
from citygraph.build.axioms import Axioms
from citygraph.build.graphs import GraphFiles
from citygraph.build.owl import CONTRADICTIONS
from citygraph.build.reasoners import reasoner
from citygraph.cluster import open_spark
from citygraph.errors import SettingsError, SourceError
from citygraph.imports import spark
from citygraph.imports.dump import Choice, import_dump
from citygraph.iris import CANONICAL, Iris
from citygraph.queries import read_queries
from citygraph.store import Store
from imports.samples import EXCERPT, about, entity, item, line, statement, troubled

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore::ResourceWarning")]


_SMALL = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
}
"""What Spark does to be fast on large data takes longer than to join a hundred rows."""


@pytest.fixture(scope="session")
def session():
    """A session of Spark on two cores of this machine, with parts so small that there are several."""
    if shutil.which("java") is None or find_spec("pyspark") is None:
        pytest.fail("Spark and Java are wanted: run `make tools`")
    # to compile a second time what runs for seconds would double them
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    session = open_spark("local[2]")
    for name, value in _SMALL.items():
        session.conf.set(name, value)
    session.conf.set("spark.sql.files.maxPartitionBytes", "400000")
    session.conf.set("spark.sql.files.openCostInBytes", "0")
    yield session
    session.stop()


def made_up():
    """Give the lines of a dump with every trouble."""
    lines = [line(entity(n, statement(f"Q{n}$A", item(n + 1)), descriptions="x" * 500)) for n in range(1, 1500)]
    lines[3] = b'{"broken\xff\r\n'
    lines[700] = b'{"id":"Q701","x":"\xff"}\n'
    lines[900] = line({"entity": "Q901", "redirect": "Q3"})
    lines[901:903] = [b"\n", line(troubled()).replace(b"\n", b"\r\n")]
    lines[1400] = lines[1400][:100] + b"\r" + lines[1400][101:]
    return b"\xef\xbb\xbf[\n" + b"".join(lines) + EXCERPT.read_bytes().removeprefix(b"[\n")


@pytest.mark.parametrize(
    ("name", "pack", "end", "broken"),
    [("d.json", bytes, b"]\n", 2), ("d.json.bz2", bz2.compress, b"]\n", 2), ("cut.json", bytes, b"\n", 3)],
)
def test_a_cluster_filters_as_one_machine_does(session, tmp_path, name, pack, end, broken):
    """The files are the same, byte for byte, with the numbers of broken lines, however the dump was split."""
    dump = tmp_path / name
    dump.write_bytes(pack(made_up().removesuffix(b"]\n") + end))
    choice = Choice(("en", "de"), complete=pack is bytes)
    counts = import_dump(dump, tmp_path / "one", about(), choice)
    assert spark.import_dump(str(dump), tmp_path / "many", about(), choice) == counts
    assert counts.broken == broken
    found = {path.name: path.read_bytes() for path in (tmp_path / "many").iterdir()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert {"broken.tsv", "entities.ndjson", "redirects.tsv", "source.toml"} == found.keys()


def test_a_dump_that_is_not_there_is_told(session, tmp_path):
    """An address that leads nowhere is an error with a remedy, and so is a finished import in the folder."""
    with pytest.raises(SourceError, match=r"cannot be read.*check its address"):
        spark.import_dump(str(tmp_path / "absent.json"), tmp_path / "out", about(), Choice())


ONTOLOGY = """
cg:within a owl:ObjectProperty, owl:TransitiveProperty .
:quoted a owl:Class ; owl:equivalentClass [ owl:onProperty :p ; owl:hasValue "it's \\"so\\" \\\\ là" ] .
"""
DATA = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rank: <BASEid/rank/> .
@prefix role: <BASEid/role/> .
@prefix schema: <http://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix value-kind: <BASEid/value-kind/> .
:evidence a cg:Evidence ; oa:hasSelector [ oa:exact "phrase" ] .
<BASEid/city/bonn> a cg:City ; schema:name "Bonn" ; cg:within :land .
:land cg:within :state .
:oxford a cg:City ; skos:prefLabel "Oxford"@en .
:import a cg:ImportedSource ; dct:title "Twins" .
:source a cg:Source ; cg:publishedFor :state .
:both a cg:Partnership ; cg:party <BASEid/city/bonn>, :oxford .
:one a cg:Partnership ; cg:party :oxford, :zug .
:none a cg:Partnership ; cg:party :zug, :ghent .
:said cg:claimOf :both ; cg:claimedBy <BASEid/city/bonn> .
:answered cg:claimOf :both ; cg:claimedBy :oxford .
:alone cg:claimOf :one ; cg:claimedBy :oxford .
:still a cg:Partnership ; cg:party :oxford, :ghent .
:unanswered cg:claimOf :still ; cg:claimedBy :oxford .
:taken-back cg:claimOf :both ; cg:claimedBy :oxford ; cg:rank rank:deprecated .
:denial cg:valueKind value-kind:none ; cg:claimedBy :zug .
:agreement a cg:Agreement ; cg:event :signing .
:signing a cg:Signing ; cg:participation :part .
:part cg:role role:signatory ; cg:person :mayor .
:x :p "it's \\"so\\" \\\\ là" .
"""
QUOTING = """CONSTRUCT { ?s <urn:quoted> "it's \\"so\\" \\\\ là" } WHERE { ?s a <https://example.org/quoted> }"""


def conclude(engine, files, rules, folder):
    """Give what an engine concludes, what it finds forbidden, and which rules it takes."""
    with files.path("ontology").open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)
    folder.mkdir()
    engine_, target = reasoner(engine, axioms, rules, folder), folder / "new.nt"
    try:
        size = engine_.conclude([files.path(name) for name in files.names()], target)
        found = target.read_text("utf-8").splitlines()
        assert size == len(found) == len(set(found))
        return set(found), engine_.contradictions(), engine_.takes
    finally:
        engine_.close()


def test_a_cluster_concludes_what_one_machine_does(session, repository, tmp_path):
    """Where each axiom, each rule and each contradiction has its case, Spark finds what DuckDB finds, term for term."""
    iris = Iris(CANONICAL)
    rules = {rule.name: rule.bound(iris=iris) for rule in read_queries(repository.queries("rules"), iris)}
    axioms, cases = ("".join(f"{case[n]}\n" for case in [*FOLLOWS.values(), *FORBIDDEN.values()]) for n in (0, 1))
    files, store = GraphFiles(tmp_path / "graphs"), Store.memory()
    texts = {"ontology": TERMS + axioms + ONTOLOGY, "data": cases + DATA.replace("BASE", CANONICAL)}
    for name, text in texts.items():
        turtle = f"{PREFIXES}@prefix cg: <{CANONICAL}ontology#> .\n{text}"
        files.write(name, (quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)))
        store.load(files.path(name), iris.graph(name))
    one = conclude("duckdb", files, rules | {"quoting": QUOTING}, tmp_path / "one")
    assert conclude("spark", files, rules | {"quoting": QUOTING}, tmp_path / "many") == one
    new, contradictions, takes = one
    assert {found.kind for found in contradictions} == {rule.table for rule in CONTRADICTIONS}
    assert takes == (rules.keys() | {"quoting"}) - RICH
    store.load(written(new, tmp_path / "all.nt"), iris.graph("inferred"))
    assert not [name for name in takes - {"quoting"} if not list(store.construct(rules[name]))]
    assert any(" <urn:quoted> " in line for line in new)
    assert not list((tmp_path / "many").glob("tables*"))


def written(lines, path):
    path.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")
    return path


def test_without_java_the_remedy_is_told(monkeypatch):
    """Where Spark cannot start, the error says what to install."""
    monkeypatch.setattr("pyspark.sql.SparkSession.Builder.getOrCreate", _fail)
    with pytest.raises(SettingsError, match="install Java"):
        open_spark("local[1]")


def test_without_pyspark_the_remedy_is_told(monkeypatch):
    """Where the extra is not installed, the error says how it is."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(SettingsError, match=r"pip install citygraph\[spark\]"):
        open_spark("local[1]")


def _fail(*_):
    from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra

    raise PySparkRuntimeError("no Java")
