"""The rules of OWL 2 RL, one by one, in both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build.axioms import Axioms
from citygraph.build.graphs import GraphFiles
from citygraph.build.reasoners import reasoner
from citygraph.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.build.owl import Contradiction

PREFIXES = """
@prefix : <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
TERMS = """
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty .
:A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class .
"""

FOLLOWS = {
    "cax-sco through two steps": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", ":x a :A .", ":x a :B, :C ."),
    "cax-eqc both ways": (":A owl:equivalentClass :B .", ":x a :A . :y a :B .", ":x a :B . :y a :A ."),
    "prp-dom": (":p rdfs:domain :A .", ":x :p :y .", ":x a :A ."),
    "prp-rng, and nothing of a literal": (":p rdfs:range :A .", ':x :p :y, "1" .', ":y a :A ."),
    "prp-spo1, of literals too": (":p rdfs:subPropertyOf :q .", ':x :p "01" .', ':x :q "01" .'),
    "prp-eqp": (":p owl:equivalentProperty :q .", ":x :p :y . :y :q :z .", ":x :q :y . :y :p :z ."),
    "prp-inv both ways": (":p owl:inverseOf :q .", ":x :p :y . :y :q :z .", ":y :q :x . :z :p :y ."),
    "an inverse below": (":p owl:inverseOf :q . :q rdfs:subPropertyOf :r .", ":x :p :y .", ":y :q :x ; :r :x ."),
    "prp-symp": (":p a owl:SymmetricProperty .", ":x :p :y .", ":y :p :x ."),
    "prp-trp": (":p a owl:TransitiveProperty .", ":v :p :w . :w :p :x . :x :p :y .", ":v :p :x, :y . :w :p :y ."),
    "prp-spo2 of three": (
        ":r owl:propertyChainAxiom ( :p :q :p ) .",
        ":w :p :x . :x :q :y . :y :p :z .",
        ":w :r :z .",
    ),
    "cls-int and cls-hv": (
        """:S a owl:Class ; owl:equivalentClass [
            owl:intersectionOf ( :A [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ) ] .""",
        ":x a :A ; :p :v . :y a :A ; :p :w . :z a :S .",
        ":x a :S . :z a :A ; :p :v .",
    ),
    "cls-uni": (":A owl:unionOf ( :B :C ) .", ":x a :B . :y a :C .", ":x a :A . :y a :A ."),
    "cls-svf1": (
        "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] rdfs:subClassOf :B .",
        ":x :p :y . :y a :A . :z :p :x .",
        ":x a :B .",
    ),
    "cls-svf2": (
        "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :B .",
        ":x :p :y .",
        ":x a :B .",
    ),
    "cls-avf": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .",
        ":x a :A ; :p :y .",
        ":y a :B .",
    ),
    "cls-oo": (":A owl:oneOf ( :x :y ) .", ":z :p :x .", ":x a :A . :y a :A ."),
    "scm-svf1": (
        """:A rdfs:subClassOf :B .
        :C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] .
        [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] rdfs:subClassOf :D .""",
        ":x a :C .",
        ":x a :D .",
    ),
    "no word on terms or foreign vocabulary": (":A rdfs:subClassOf :B . :p rdfs:range :A .", ":x :other :A .", ""),
}

FORBIDDEN = {
    "disjoint classes": (":A owl:disjointWith :B . :C rdfs:subClassOf :B .", ":x a :A, :C ."),
    "classes all disjoint": ("[ a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ] .", ":x a :A, :C ."),
    "a complement": (":A owl:complementOf :B .", ":x a :A, :B ."),
    "a class of nothing": (":A rdfs:subClassOf owl:Nothing .", ":x a :A ."),
    "an irreflexive property": (":p a owl:IrreflexiveProperty .", ":x :p :x ."),
    "an asymmetric property": (":p a owl:AsymmetricProperty .", ":x :p :y . :y :p :x ."),
    "disjoint properties": (":p owl:propertyDisjointWith :q .", ":x :p :y ; :q :y ."),
}


def conclude(engine: str, ontology: str, data: str, folder: Path) -> tuple[set[str], list[Contradiction]]:
    files = GraphFiles(folder / engine)
    for name, text in (("ontology", PREFIXES + TERMS + ontology), ("data", PREFIXES + data)):
        files.write(name, (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)))
    with files.path("ontology").open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)
    engine_ = reasoner(engine, axioms, {}, folder)
    try:
        engine_.conclude([files.path(name) for name in files.names()], folder / "new.nt")
        return set((folder / "new.nt").read_text(encoding="utf-8").splitlines()), engine_.contradictions()
    finally:
        engine_.close()


def lines(turtle: str) -> set[str]:
    parsed = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return {f"{quad.triple} ." for quad in parsed}


@pytest.mark.parametrize("engine", ["duckdb", "owlrl"])
@pytest.mark.parametrize("case", FOLLOWS)
def test_rule(engine: str, case: str, tmp_path: Path) -> None:
    """Both engines draw exactly the conclusions that a rule of the profile gives, and no others."""
    ontology, data, expected = FOLLOWS[case]
    new, contradictions = conclude(engine, ontology, data, tmp_path)
    assert new == lines(expected)
    assert not contradictions


@pytest.mark.parametrize("engine", ["duckdb", "owlrl"])
@pytest.mark.parametrize("case", FORBIDDEN)
def test_contradiction(engine: str, case: str, tmp_path: Path) -> None:
    """What an axiom forbids is found by both engines; the joins name the thing."""
    _, found = conclude(engine, *FORBIDDEN[case], tmp_path)
    assert found
    if engine == "duckdb":
        assert {contradiction.thing for contradiction in found} <= {
            "<https://example.org/x>",
            "<https://example.org/y>",
        }


@pytest.mark.parametrize(
    "axiom",
    [
        ":p a owl:FunctionalProperty .",
        ":p a owl:InverseFunctionalProperty .",
        ":A owl:hasKey ( :p ) .",
        ":x owl:sameAs :y .",
        "owl:Thing rdfs:subClassOf :A .",
    ],
)
def test_refusal(axiom: str, tmp_path: Path) -> None:
    """An axiom that would equate things, or hold of everything, is refused rather than passed over in silence."""
    with pytest.raises(SourceError, match="ontology"):
        conclude("duckdb", axiom, "", tmp_path)
