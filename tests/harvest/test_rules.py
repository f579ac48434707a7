"""Every rule of ``profiles/shapes`` finds what breaks it: one thing is made for each, which breaks it and tells so."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from citygraph.harvest.commands import judge
from citygraph.harvest.rules import EVERY, profiles
from citygraph.settings import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

    from citygraph.harvest.finding import Finding

X = Namespace("http://x/")
SHAPES = Repository(Path(__file__).parents[2]).profiles / "shapes"
ELSEWHERE, WORDS = [X.nowhere], [Literal("in words")]
BREAKING: dict[URIRef, list[Node]] = {
    SH.minCount: [],
    SH.qualifiedMinCount: [],
    SH.hasValue: ELSEWHERE,
    SH.maxCount: [Literal("one"), Literal("two")],
    SH.datatype: WORDS,
    SH["or"]: WORDS,
    SH["class"]: ELSEWHERE,
    SH.pattern: ELSEWHERE,
    SH.uniqueLang: [Literal("one", "en"), Literal("two", "en")],
    SH.languageIn: [Literal("een", "nl")],
    SH["not"]: [URIRef("http://dcat-ap.de/def/hashAlgorithms/SHA-256")],
}
"""Values that break a rule, by what it demands; ``sh:nodeKind`` is broken by its opposite."""


@cache
def rules(name: str) -> Graph:
    return Graph().parse(SHAPES / f"{name}.ttl")


RULES = [
    (name, str(rule).rpartition("#")[2])
    for name in (*profiles(SHAPES), EVERY)
    for rule in sorted(rules(name).subjects(RDF.type, SH.PropertyShape))
]


def breaking(shapes: Graph, rule: Node, node: URIRef) -> Iterator[tuple[Node, Node, Node]]:
    """Statements about a thing that break a rule."""
    owner = shapes.value(None, SH.property, rule)
    yield node, RDF.type, shapes.value(owner, SH.targetClass)
    path = shapes.value(rule, SH.path)
    if (several := shapes.value(path, SH.alternativePath)) is not None:
        path = Collection(shapes, several)[0]
    kind = shapes.value(rule, SH.nodeKind)
    demands = next((demand for demand in BREAKING if (rule, demand, None) in shapes), None)
    values = BREAKING[demands] if demands else ELSEWHERE if kind == SH.Literal else WORDS
    for value in values if not isinstance(path, BNode) else []:
        yield node, path, value


@cache
def told(name: str, folder: Path) -> list[Finding]:
    """What is found in a catalogue of things that each break a rule of a profile."""
    data = Graph()
    for rule in rules(name).subjects(RDF.type, SH.PropertyShape):
        for row in breaking(rules(name), rule, X[str(rule).rpartition("#")[2]]):
            data.add(row)
    path = folder / f"{name}.nt"
    data.serialize(path, format="nt", encoding="utf-8")
    return judge(str(path), "eu" if name == EVERY else name, SHAPES, links=False).findings


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_a_rule_finds_what_breaks_it(name: str, rule: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The thing made for the rule is told by it, with what to do."""
    found = [row for row in told(name, tmp_path_factory.getbasetemp()) if row.rule == rule]
    assert str(X[rule]) in {row.subject for row in found}
    assert all(row.remedy for row in found)


def test_no_two_rules_have_one_name() -> None:
    """A rule is known by its name, and every rule belongs to a shape that aims at a class."""
    names = [rule for _, rule in RULES]
    assert len(names) == len(set(names)) > 150
    for name in (*profiles(SHAPES), EVERY):
        for rule in rules(name).subjects(RDF.type, SH.PropertyShape):
            owners = list(rules(name).subjects(SH.property, rule))
            assert len(owners) == 1
            assert rules(name).value(owners[0], SH.targetClass) is not None
