"""The promises of `ontology/concepts/`: each code list has its words in three languages and is sound SKOS."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, SKOS, Namespace, URIRef

from ontology.graphs import BASE, CONCEPT_FILES, LANGUAGES, graph_of, languages, parents_by, upward

if TYPE_CHECKING:
    from pathlib import Path

CG = Namespace(f"{BASE}ontology#")
CONCEPTS = graph_of(*CONCEPT_FILES)
SCHEMES = {"form", "agreement-form", "role", "status", "focus-area"}
MAPPINGS = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)


def test_every_scheme_is_there() -> None:
    """Each file of concepts holds one scheme, named like the file, and the promised schemes exist."""
    assert {path.stem for path in CONCEPT_FILES} >= SCHEMES
    for path in CONCEPT_FILES:
        found = list(graph_of(path).subjects(RDF.type, SKOS.ConceptScheme))
        assert found == [URIRef(f"{BASE}id/{path.stem}")], f"{path.name}: one scheme, <{BASE}id/{path.stem}>"


@pytest.mark.parametrize("path", CONCEPT_FILES, ids=lambda path: path.stem)
def test_concepts_can_be_read_in_every_language(path: Path) -> None:
    """Scheme and concepts have one preferred label and one definition per language, and proper names."""
    graph = graph_of(path)
    scheme = URIRef(f"{BASE}id/{path.stem}")
    concepts = sorted(graph.subjects(RDF.type, SKOS.Concept), key=str)
    assert concepts, f"{path.name} is empty"
    for thing, predicate in product((scheme, *concepts), (SKOS.prefLabel, SKOS.definition)):
        assert languages(graph, thing, predicate) == LANGUAGES, f"{thing}: write one {predicate} per language"
    for concept in concepts:
        local = str(concept).removeprefix(f"{scheme}/")
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", local), f"{concept}: name it in lower case with hyphens"
        assert list(graph.objects(concept, SKOS.inScheme)) == [scheme], f"{concept}: write skos:inScheme"


@pytest.mark.parametrize("path", CONCEPT_FILES, ids=lambda path: path.stem)
def test_labels_tell_concepts_apart(path: Path) -> None:
    """No preferred label names two concepts of a scheme, and no concept has a label twice."""
    graph = graph_of(path)
    preferred = Counter(o for s, o in graph.subject_objects(SKOS.prefLabel))
    assert [label for label, count in preferred.items() if count > 1] == []
    kinds = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
    labels = Counter((s, o) for kind in kinds for s, o in graph.subject_objects(kind))
    assert [both for both, count in labels.items() if count > 1] == []
    notations = Counter(graph.objects(None, SKOS.notation))
    assert [notation for notation, count in notations.items() if count > 1] == []


def test_hierarchy_of_concepts_is_sound() -> None:
    """Broader and narrower mirror each other, lead to a top concept, stay in the scheme, never lead back."""
    parents = parents_by(CONCEPTS, SKOS.broader)
    assert set(CONCEPTS.subject_objects(SKOS.broader)) == {(o, s) for s, o in CONCEPTS.subject_objects(SKOS.narrower)}
    for concept in CONCEPTS.subjects(RDF.type, SKOS.Concept):
        above = upward(concept, parents)
        assert concept not in above, f"{concept} is broader than itself"
        for other in above:
            assert CONCEPTS.value(other, SKOS.inScheme) == CONCEPTS.value(concept, SKOS.inScheme), f"{concept}: {other}"
        top = not above
        assert bool(CONCEPTS.value(concept, SKOS.topConceptOf)) is top, f"{concept}: a top concept has nothing above it"
    tops = set(CONCEPTS.subject_objects(SKOS.topConceptOf))
    assert tops == {(o, s) for s, o in CONCEPTS.subject_objects(SKOS.hasTopConcept)}


def test_related_concepts_are_neither_above_nor_below() -> None:
    """`skos:related` goes both ways and never joins what the hierarchy already joins (SKOS S27)."""
    parents = parents_by(CONCEPTS, SKOS.broader)
    pairs = set(CONCEPTS.subject_objects(SKOS.related))
    assert {(b, a) for a, b in pairs} == pairs
    assert [pair for pair in pairs if pair[1] in upward(pair[0], parents)] == []


def test_mappings_do_not_contradict() -> None:
    """A concept is mapped to a foreign concept in one way only (SKOS S46), and the foreign one is foreign."""
    mapped = Counter((s, o) for kind in MAPPINGS for s, o in CONCEPTS.subject_objects(kind))
    assert [pair for pair, count in mapped.items() if count > 1] == []
    assert [o for _, o in mapped if str(o).startswith(BASE)] == []


def test_focus_areas_are_focus_areas() -> None:
    """Every concept of the scheme of focus areas, and no other, has the class that data need."""
    scheme = URIRef(f"{BASE}id/focus-area")
    assert set(CONCEPTS.subjects(RDF.type, CG.FocusArea)) == set(CONCEPTS.subjects(SKOS.inScheme, scheme))
