"""Conclusions on whole graphs: the fast engine against the reference, the rules both ways, and contradictions."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from bench.generate import generate

from citygraph.build import load
from citygraph.build.axioms import Axioms
from citygraph.build.graphs import GraphFiles, parsed
from citygraph.build.infer import INFERRED, infer
from citygraph.build.origins import Origins
from citygraph.build.reasoners import reasoner
from citygraph.build.rules import compiled, constants, mentioned
from citygraph.build.sources import Kind, find_sources
from citygraph.errors import QueryError, ValidationFailed
from citygraph.iris import CANONICAL, Iris
from citygraph.queries import Query, read_queries
from citygraph.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.settings import Repository

IRIS = Iris(CANONICAL)
BASE = "https://example.org/"
RICH = {"label-of-a-partnership", "standing-disputed-by-dates", "standing-ended"}
"""The rules that group, or choose among alternatives: the store runs them."""


def read(repository: Repository, folder: Path) -> tuple[GraphFiles, Origins]:
    files, origins = GraphFiles(folder / "graphs"), Origins()
    for source in find_sources(repository):
        if source.kind is Kind.ONTOLOGY:
            files.write(source.name, load.read_ontology(source.paths, source.name, IRIS, origins))
        elif source.kind is Kind.TURTLE:
            files.write(source.name, load.read_turtle(source.paths[0], source.name, IRIS, origins))
    return files, origins


def run(
    files: GraphFiles, rules: Iterable[Query], folder: Path, engine: str = "duckdb", origins: Origins | None = None
) -> set[str]:
    folder.mkdir(exist_ok=True)
    store = Store.create(Path(mkdtemp(dir=folder.parent)) / "store")
    for name in files.names():
        store.load(files.path(name), IRIS.graph(name))
    new = list(infer(files, files.names(), list(rules), IRIS, engine, folder, store, origins or Origins()))
    assert len(new) == len(set(new))
    triples = list(parsed(new))
    kept = {(quad.subject, quad.predicate) for quad in store.quads(graph=IRIS.graph(INFERRED))}
    assert kept == {(triple.subject, triple.predicate) for triple in triples}, "the store holds what follows"
    assert {f"{triple} .\n".encode() for triple in triples} == set(new), "the lines are those that the engine writes"
    return {str(triple) for triple in triples}


def test_world_as_reference(world_repository: Repository, tmp_path: Path) -> None:
    """On the fixture world the joins conclude what owlrl and the store conclude, triple for triple."""
    files, _ = read(world_repository, tmp_path)
    rules = list(read_queries(world_repository.queries("rules"), IRIS))
    fast = run(files, rules, tmp_path / "fast")
    assert fast
    assert fast == run(files, rules, tmp_path / "reference", "owlrl")


def test_nothing_on_a_second_run(world_repository: Repository, tmp_path: Path) -> None:
    """Once the conclusions are stated, nothing more follows."""
    files, _ = read(world_repository, tmp_path)
    rules = list(read_queries(world_repository.queries("rules"), IRIS))
    concluded = run(files, rules, tmp_path / "first")
    files.write_lines("source/all", (f"{line} .\n".encode() for line in concluded))
    assert run(files, rules, tmp_path / "again") == set()


def test_rules_both_ways(world_repository: Repository, tmp_path: Path) -> None:
    """Each rule of the repository but the rich ones is a join, and they yield there what they yield on the store."""
    files, _ = read(world_repository, tmp_path)
    with files.path("ontology").open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)
    joins = [rule for rule in read_queries(world_repository.queries("rules"), IRIS) if rule.name not in RICH]
    asked = []
    for rule in joins:
        text = rule.bound(iris=IRIS)
        assert compiled(text, axioms, axioms.numbered(constants(text))), rule.name
        # a pattern that is always met, but only the store understands
        where = text.index("WHERE")
        rich = Query(rule.name, text[:where] + text[where:].replace("{", "{ OPTIONAL { ?no <urn:no> ?no_ } ", 1))
        assert compiled(rich.text, axioms, axioms.numbered(constants(rich.text))) is None
        asked.append(rich)
    assert run(files, joins, tmp_path / "joined") == run(files, asked, tmp_path / "asked")


@pytest.mark.parametrize("number", range(6))
def test_generated_as_reference(number: int, tmp_path: Path) -> None:
    """On generated ontologies and graphs the joins conclude what owlrl concludes, or both find a contradiction."""
    chance = random.Random(number)
    files = GraphFiles(tmp_path / "graphs")
    for name, text in (("ontology", _ontology(chance)), ("data", _data(chance))):
        files.write(name, (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)))
    found: dict[str, set[str] | None] = {}
    for engine in ("duckdb", "owlrl"):
        try:
            found[engine] = run(files, [], tmp_path / engine, engine)
        except ValidationFailed:
            found[engine] = None
    assert found["duckdb"] == found["owlrl"]


_HEAD = f"""@prefix : <{BASE}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def _ontology(chance: random.Random) -> str:
    """A few random axioms of every kind."""
    classes, properties = [f":C{number}" for number in range(6)], [f":p{number}" for number in range(5)]
    text = _HEAD + "".join(f"{name} a owl:Class .\n" for name in classes)
    text += "".join(f"{name} a owl:ObjectProperty .\n" for name in properties)

    def c() -> str:
        return chance.choice(classes)

    def p() -> str:
        return chance.choice(properties)

    kinds = [
        lambda: f"{c()} rdfs:subClassOf {c()} .",
        lambda: f"{c()} owl:equivalentClass [ owl:intersectionOf ( {c()} {c()} {c()} ) ] .",
        lambda: f"{c()} owl:unionOf ( {c()} {c()} ) .",
        lambda: f"{p()} rdfs:subPropertyOf {p()} .",
        lambda: f"{p()} owl:inverseOf {p()} .",
        lambda: f"{p()} rdfs:domain {c()} .",
        lambda: f"{p()} rdfs:range {c()} .",
        lambda: f"{p()} owl:propertyChainAxiom ( {p()} {p()} {p()} ) .",
        lambda: f"{p()} a {chance.choice(['owl:SymmetricProperty', 'owl:TransitiveProperty'])} .",
        lambda: f"{c()} owl:equivalentClass [ owl:onProperty {p()} ; owl:hasValue :i{chance.randrange(6)} ] .",
        lambda: f"[ owl:onProperty {p()} ; owl:someValuesFrom {c()} ] rdfs:subClassOf {c()} .",
        lambda: f"{c()} rdfs:subClassOf [ owl:onProperty {p()} ; owl:allValuesFrom {c()} ] .",
    ]
    text += "\n".join(kind() for kind in chance.sample(kinds, 8))
    return text + (f"\n{c()} owl:disjointWith {c()} ." if chance.random() < 0.3 else "")


def _data(chance: random.Random) -> str:
    """A small random graph, with literals of one value and two spellings."""
    things = [f":i{number}" for number in range(8)]
    values = [*things, '"1"', '"01"^^<http://www.w3.org/2001/XMLSchema#integer>', "1", '"é \\" \'"@fr']
    pairs = chance.sample(list(product(things, values)), 14)
    text = "".join(f"{s} :p{chance.randrange(5)} {o} .\n" for s, o in pairs)
    return _HEAD + text + "".join(f"{s} a :C{chance.randrange(6)} .\n" for s in chance.sample(things, 4))


@pytest.mark.parametrize("engine", ["duckdb", "owlrl"])
def test_contradiction(engine: str, copied: Repository, tmp_path: Path) -> None:
    """A thing that the axioms make two things that exclude each other is a violation that names file and line."""
    path = copied.data / "places.ttl"
    text = path.read_text(encoding="utf-8")
    name = IRIS.thing("city", "confused")
    path.write_text(f"{text}\n<{name}> a cg:City, cg:Person .\n", encoding="utf-8")
    files, origins = read(copied, tmp_path)
    with pytest.raises(ValidationFailed) as failure:
        run(files, [], tmp_path / "work", engine, origins)
    findings = failure.value.report.violations
    assert {finding.thing for finding in findings} == {name}
    assert {(finding.file, finding.line) for finding in findings} == {(str(path), text.count("\n") + 2)}
    assert not list((tmp_path / "work").iterdir())


def test_blank_nodes_refused(world_repository: Repository, tmp_path: Path) -> None:
    """A rule that would make new blank nodes for ever is refused by name."""
    files, _ = read(world_repository, tmp_path)
    rule = Query("endless", "CONSTRUCT { ?s <urn:p> [] } WHERE { ?s ?p ?o }")
    with pytest.raises(QueryError, match="endless"):
        run(files, [rule], tmp_path / "work")


def test_rules_feed_each_other(tmp_path: Path) -> None:
    """A rule runs again when another rule or an axiom has found what it mentions."""
    files = GraphFiles(tmp_path / "graphs")
    axiom = "<urn:b> a owl:ObjectProperty . <urn:c> a owl:ObjectProperty . <urn:b> rdfs:subPropertyOf <urn:c> ."
    files.write("ontology", (quad.triple for quad in ox.parse(_HEAD + axiom, format=ox.RdfFormat.TURTLE)))
    files.write("data", [ox.Triple(ox.NamedNode("urn:x"), ox.NamedNode("urn:a"), ox.NamedNode("urn:y"))])
    first = "CONSTRUCT { ?s <urn:d> ?o } WHERE { ?s <urn:c> ?o }"
    second = "CONSTRUCT { ?s <urn:b> ?o } WHERE { ?s <urn:a> ?o }"
    rich = [Query(f"q{n}", text.replace("WHERE {", "WHERE { OPTIONAL {} ")) for n, text in enumerate((first, second))]
    expected = {f"<urn:x> <urn:{name}> <urn:y>" for name in "bcd"}
    assert run(files, [Query("q0", first), Query("q1", second)], tmp_path / "joined") == expected
    assert run(files, rich, tmp_path / "asked") == expected
    assert run(files, [Query("q0", first), rich[1]], tmp_path / "mixed") == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("?s <urn:p>/^<urn:q>+ ?o", {"<urn:p>", "<urn:q>"}),
        ("?s <urn:p>/^<urn:q>* ?o", None),
        ("VALUES ?any { <urn:p> <urn:q> } ?s ?any ?o FILTER NOT EXISTS { ?o ?any ?s }", {"<urn:p>", "<urn:q>"}),
        ("VALUES ?any { <urn:p> } { ?s ?any ?o } UNION { ?o ?any ?s }", {"<urn:p>"}),
        ("{ VALUES ?any { <urn:p> } ?s ?any ?o } UNION { ?s ?any ?o }", None),
        ("VALUES ?any { <urn:p> UNDEF } ?s ?any ?o", None),
        ("VALUES ?any { <urn:p> } ?s <urn:q> ?o OPTIONAL { ?o ?any ?s }", None),
        ("VALUES ?any { <urn:p> } { ?s <urn:q> ?o FILTER NOT EXISTS { ?o ?any ?s } }", None),
        ("?s a <urn:C> FILTER NOT EXISTS { ?s <urn:r> ?o }", {"a <urn:C>", "<urn:r>"}),
        ("?s <urn:p> ?o . ?s ?any ?o", None),
        ("?s !<urn:p> ?o", None),
    ],
)
def test_mentioned(where: str, expected: set[str] | None) -> None:
    """What a rule mentions is known from its text, and all is mentioned where a variable stands for the property."""
    assert mentioned(f"CONSTRUCT {{ ?s <urn:x> ?o }} WHERE {{ {where} }}") == expected


def test_ten_thousand_triples_conclude_what_owlrl_concludes(repository: Repository, tmp_path: Path) -> None:
    """On a generated graph of some size the joins draw every conclusion of the reference, and no other."""
    files = GraphFiles(tmp_path / "graphs")
    for source in find_sources(repository):
        if source.kind is Kind.ONTOLOGY:
            files.write(source.name, load.read_ontology(source.paths, source.name, IRIS, Origins()))
    for name, triples in generate(400):
        files.write(name, triples)
    assert sum(files.counts.values()) >= 10_000
    with files.path("ontology").open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)
    found = {}
    for engine in ("duckdb", "owlrl"):
        reasoning, target = reasoner(engine, axioms, {}, tmp_path), tmp_path / f"{engine}.nt"
        reasoning.conclude([files.path(name) for name in files.names()], target)
        reasoning.close()
        found[engine] = set(target.read_text("utf-8").splitlines())
    assert len(found["owlrl"]) > 2_000
    assert found["duckdb"] == found["owlrl"]
