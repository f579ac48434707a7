"""What an archive, a table reader or a network tool takes from a release, read by their own programs."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import warnings
from typing import TYPE_CHECKING

import networkx as nx
import pytest
import rdflib
import yaml
import zstandard
from csvw import CSVW
from datacite import schema45
from rdflib.namespace import VOID
from rocrate.rocrate import ROCrate

from citygraph.build import sitemap
from citygraph.build.archive import LEAST, SUMS
from citygraph.build.csvw import schema
from citygraph.iris import Iris
from citygraph.network.read import read_network
from citygraph.release import File

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release

BASE = "https://w3id.org/citygraph/"
UNPACK = {
    ".gz": gzip.decompress,
    ".zst": lambda content: zstandard.ZstdDecompressor().decompress(content),
}


@pytest.fixture(scope="module")
def dumps(world: Release) -> Path:
    """The folder of the dumps."""
    return world.folder / "dumps"


def test_compressed_files_hold_what_stands_beside_them(dumps: Path) -> None:
    """Each compressed file is the file beside it, and each large file of the whole graph has one of both kinds."""
    packed = [path for path in dumps.rglob("*") if path.suffix in UNPACK]
    for path in packed:
        assert UNPACK[path.suffix](path.read_bytes()) == path.with_suffix("").read_bytes()
    whole = [path for path in dumps.glob("citygraph.*") if path.suffix not in UNPACK]
    assert {path.suffix[1:] for path in whole} == {"jsonld", "nq", "nt", "rdf", "trig", "ttl"}
    assert {f"{path.name}{suffix}" for path in whole for suffix in UNPACK} <= {path.name for path in packed}
    assert all(path.with_suffix("").stat().st_size >= LEAST for path in packed)


def test_compressed_files_tell_no_time(dumps: Path) -> None:
    """The head of a gzip file names neither a time nor a file, so that the same content gives the same bytes."""
    for path in dumps.rglob("*.gz"):
        head = path.read_bytes()[:10]
        assert (head[3], head[4:8]) == (0, b"\0\0\0\0")


def test_files_per_kind_hold_the_statements_of_its_things(dumps: Path) -> None:
    """Each statement whose subject is a thing of ours is in the file of the thing's kind, and in no other."""
    lines = (dumps / "citygraph.nt").read_text("utf-8").splitlines()
    for path in (dumps / "kinds").glob("*.nt"):
        wanted = [line for line in lines if line.startswith(f"<{BASE}id/{path.stem}/")]
        assert path.read_text("utf-8").splitlines() == wanted
        assert wanted
    kinds = set(re.findall(f"^<{BASE}id/([a-z-]+)/", "\n".join(lines), re.MULTILINE))
    assert {path.stem for path in (dumps / "kinds").glob("*.nt")} == kinds


def test_checksums_are_those_of_all_files(dumps: Path) -> None:
    """The list of checksums names every file of the dumps but itself, with its SHA-256, as sha256sum reads it."""
    rows = dict(reversed(line.split("  ", 1)) for line in (dumps / SUMS).read_text().splitlines())
    paths = {path.relative_to(dumps).as_posix(): path for path in dumps.rglob("*") if path.is_file()}
    assert set(rows) == set(paths) - {SUMS}
    for name, digest in rows.items():
        assert hashlib.sha256(paths[name].read_bytes()).hexdigest() == digest


def test_tables_are_what_their_metadata_say(dumps: Path) -> None:
    """A CSVW reader finds every table described, and each row fits the description."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        group = CSVW(str(dumps / "csv-metadata.json"), validate=True)
        assert group.is_valid, group.warnings
        tables = {table.url.string: table for table in group.t.tables}
        assert set(tables) == {path.name for path in dumps.glob("*.csv")}
        rows = list(tables["partnerships.csv"])
    assert rows
    assert all(row["partnership"].startswith(BASE) if isinstance(row["partnership"], str) else True for row in rows)


def test_a_name_of_any_length_is_described(tmp_path: Path) -> None:
    """A cell is as long as its source has it."""
    (tmp_path / "names.csv").write_text(f"name,length\n{'M' * 1_000_000},1000000\n", "utf-8")
    assert [column["datatype"] for column in schema(tmp_path / "names.csv")["columns"]] == ["string", "integer"]


def test_a_row_that_breaks_its_description_is_found(dumps: Path, tmp_path: Path) -> None:
    """The description is strict enough for a reader to find a word in a column of numbers."""
    for name in ("csv-metadata.json", "parties.csv"):
        (tmp_path / name).write_bytes((dumps / name).read_bytes())
    described = json.loads((tmp_path / "csv-metadata.json").read_text())
    described["tables"] = [table for table in described["tables"] if table["url"] == "parties.csv"]
    (tmp_path / "csv-metadata.json").write_text(json.dumps(described))
    table = (tmp_path / "parties.csv").read_text("utf-8").splitlines()
    place = table[0].split(",").index("partnerships")
    cells = table[1].split(",")
    cells[place - len(table[0].split(","))] = "many"
    (tmp_path / "parties.csv").write_text("\n".join([table[0], ",".join(cells)]) + "\n", "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert not CSVW(str(tmp_path / "csv-metadata.json"), validate=True).is_valid


def test_network_tools_read_the_network(dumps: Path) -> None:
    """GraphML, GEXF and the list of edges, read by networkx, have the parties and pairs of the graph."""
    network = read_network(dumps / "graphs", Iris(BASE))
    pairs = {frozenset((network.parties[one], network.parties[other])) for one, other in network.pairs}
    assert pairs
    edges = nx.read_edgelist(dumps / "network.edges", comments=None)
    assert {frozenset(edge) for edge in edges.edges} == pairs
    graphml = nx.read_graphml(dumps / "network.graphml")
    names = nx.get_node_attributes(graphml, "iri")
    assert {frozenset((names[one], names[other])) for one, other in graphml.edges} == pairs
    assert {frozenset(edge) for edge in nx.read_gexf(dumps / "network.gexf").edges} == pairs


def test_an_archive_reads_the_crate(dumps: Path, world: Release) -> None:
    """The RO-Crate library reads the folder as a crate with a licence, a version, and every file with its checksum."""
    read = ROCrate(str(dumps))
    root = read.root_dataset
    assert (root["version"], root["license"].id) == (world.version, world.manifest["licence"])
    assert root["datePublished"].startswith(world.manifest["date"])
    files = {entity.id: entity for entity in read.get_entities() if entity.type == "File"}
    left_out = {"ro-crate-metadata.json", SUMS}
    assert set(files) == {path.relative_to(dumps).as_posix() for path in dumps.rglob("*") if path.is_file()} - left_out
    for name, entity in files.items():
        found = File.of(dumps, dumps / name)
        assert (entity["sha256"], int(entity["contentSize"])) == (found.sha256, found.bytes)
        assert "/" in entity["encodingFormat"]


def test_datacite_takes_the_metadata(dumps: Path, world: Release) -> None:
    """The metadata are valid by DataCite's schema, name the release, and invent no DOI."""
    record = json.loads((dumps / "datacite.json").read_text("utf-8"))
    assert [error.message for error in schema45.validator.iter_errors(record)] == []
    assert (record["version"], "doi" in record) == (world.version, False)
    assert world.version.encode() in schema45.tostring(record).encode()


def test_citations_name_the_release(dumps: Path, world: Release) -> None:
    """CITATION.cff and BibTeX name the version and the address whose files do not change."""
    record = yaml.safe_load((dumps / "CITATION.cff").read_text("utf-8"))
    address = f"{BASE}dumps/{world.version}/"
    assert (record["cff-version"], record["type"], record["url"]) == ("1.2.0", "dataset", address)
    text = (dumps / "citation.bib").read_text("utf-8")
    assert text.startswith("@misc{")
    assert f"\\url{{{address}}}" in text
    assert text.count("{") == text.count("}")


def test_void_counts_what_the_dump_holds(dumps: Path) -> None:
    """What VoID says of the whole is what whoever parses the dump counts, partitions and links included."""
    described = rdflib.Graph().parse(dumps / "void.ttl")
    dump = rdflib.Graph().parse(dumps / "citygraph.nt", format="nt")
    whole = rdflib.URIRef(f"{BASE}dataset/citygraph")

    def number(node: rdflib.term.Node | None, term: rdflib.URIRef) -> int:
        (value,) = described.objects(node, term)
        return int(value)

    assert number(whole, VOID.triples) == len(dump)
    assert number(whole, VOID.distinctSubjects) == len(set(dump.subjects()))
    assert number(whole, VOID.distinctObjects) == len(set(dump.objects()))
    assert number(whole, VOID.properties) == len(set(dump.predicates()))
    entities = {row for row in dump.subjects() if row.startswith(f"{BASE}id/")}
    assert number(whole, VOID.entities) == len(entities)
    classes = {described.value(part, VOID["class"]): part for part in described.objects(whole, VOID.classPartition)}
    assert set(classes) == set(dump.objects(None, rdflib.RDF.type))
    for name, part in classes.items():
        assert number(part, VOID.entities) == len(set(dump.subjects(rdflib.RDF.type, name)))
    terms = {described.value(part, VOID.property): part for part in described.objects(whole, VOID.propertyPartition)}
    assert set(terms) == set(dump.predicates())
    for name, part in terms.items():
        assert number(part, VOID.triples) == len(list(dump.triples((None, name, None))))
    sets = list(described.subjects(rdflib.RDF.type, VOID.Linkset))
    assert sets
    for node in sets:
        term = described.value(node, VOID.linkPredicate)
        space = described.value(described.value(node, VOID.objectsTarget), VOID.uriSpace)
        links = [row for row in dump.triples((None, term, None)) if str(row[2]).startswith(str(space))]
        assert number(node, VOID.triples) == len(links) > 0


def test_void_counts_each_graph(dumps: Path, world: Release) -> None:
    """Each named graph is a subset of the whole, with the number of triples of its dump."""
    described = rdflib.Graph().parse(dumps / "void.ttl")
    whole = rdflib.URIRef(f"{BASE}dataset/citygraph")
    for name, count in world.manifest["counts"]["graphs"].items():
        node = rdflib.URIRef(f"{BASE}graph/{name}")
        assert (whole, VOID.subset, node) in described
        assert int(described.value(node, VOID.triples)) == count
        dump = rdflib.URIRef(f"{BASE}dumps/{world.version}/graphs/{name}.nt")
        assert (node, VOID.dataDump, dump) in described


def test_void_names_only_what_there_is(dumps: Path, world: Release) -> None:
    """Each dump that VoID names is a file of the release, each example a thing of the graph."""
    described = rdflib.Graph().parse(dumps / "void.ttl")
    paths = {f"{BASE}dumps/{world.version}/{file.path.removeprefix('dumps/')}" for file in world.files}
    assert {str(row) for row in described.objects(None, VOID.dataDump)} <= paths
    examples = list(described.objects(None, VOID.exampleResource))
    assert len(examples) >= 3
    assert all(list(world.store.select(f"SELECT * {{ <{thing}> ?p ?o }} LIMIT 1")) for thing in examples)


def test_void_stands_in_the_graph(dumps: Path, world: Release) -> None:
    """SPARQL finds in the graph ``void`` what the file says."""
    described = rdflib.Graph().parse(dumps / "void.ttl")
    assert len(list(world.store.quads(graph=Iris(BASE).graph("void")))) == len(described)


def test_a_sitemap_holds_no_more_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number of addresses that a file may hold, there is another file; every thing is in one of them."""
    union = tmp_path / "union.nt"
    rows = (f"<{BASE}id/city/{number:03}> <{BASE}p> {value} .\n" for number in range(25) for value in ('"a&b"', '"c"'))
    union.write_text("".join(rows))
    monkeypatch.setattr(sitemap, "MOST", 10)
    sitemap.write_sitemaps(union, tmp_path, Iris(BASE), "2026-01-01")
    files = sorted((tmp_path / "sitemap").iterdir())
    found = [re.findall("<loc>(.*?)</loc>", path.read_text()) for path in files]
    assert [len(row) for row in found] == [10, 10, 5]
    assert {page for row in found for page in row} == {f"{BASE}page/city/{number:03}" for number in range(25)}
