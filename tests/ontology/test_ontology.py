"""The promises of `ontology/`: every term has its words, form and use, and the axioms suit the reasoner.

The folder is walked, so a new term is under test as soon as its file is saved.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from ontology.graphs import BASE, FILES, FOLDER, LANGUAGES, ROOT, graph_of, languages, parents_by, upward

CG = Namespace(f"{BASE}ontology#")
SCHEMA = Namespace("http://schema.org/")
HOME = URIRef(f"{BASE}ontology")

# Terms that others rely on: one that disappears breaks their queries, so it is deprecated instead.
PUBLISHED = (Path(__file__).parent / "published.txt").read_text(encoding="utf-8").split()

# A prefixed name of ours, and not the middle of another word or address.
MENTION = r"(?<![\w:/#-])cg:(\w+)"

# What the OWL 2 RL profile and the reasoner know (https://www.w3.org/TR/owl2-profiles/#OWL_2_RL).
OWL_IN_USE = {
    "AnnotationProperty",
    "Class",
    "DatatypeProperty",
    "IrreflexiveProperty",
    "ObjectProperty",
    "Ontology",
    "Restriction",
    "SymmetricProperty",
    "Thing",
    "TransitiveProperty",
    "deprecated",
    "disjointWith",
    "equivalentClass",
    "hasValue",
    "imports",
    "intersectionOf",
    "inverseOf",
    "onProperty",
    "versionIRI",
    "versionInfo",
}


def name(path: Path) -> str:
    """Give the name by which a test run lists a file."""
    return path.relative_to(FOLDER).as_posix()


ONTOLOGY = graph_of(FOLDER / "citygraph.ttl")


def terms(*kinds: URIRef) -> list[URIRef]:
    """List our terms of some kinds by name."""
    found = {term for kind in kinds for term in ONTOLOGY.subjects(RDF.type, kind)}
    return sorted(term for term in found if isinstance(term, URIRef) and term in CG)


CLASSES = terms(OWL.Class)
PROPERTIES = terms(OWL.ObjectProperty, OWL.DatatypeProperty)
TERMS = [*CLASSES, *PROPERTIES]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_two_parsers_read_the_same_graph(path: Path) -> None:
    """Every file is Turtle that two independent parsers read alike."""
    parsed = pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE)
    text = pyoxigraph.serialize((quad.triple for quad in parsed), format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert isomorphic(graph_of(path), Graph().parse(data=text, format="nt"))


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.fragment)
def test_term_can_be_read_in_every_language(term: URIRef) -> None:
    """Every term has one label and one definition in English, German and French, and names its home."""
    for predicate in (RDFS.label, SKOS.definition):
        assert languages(ONTOLOGY, term, predicate) == LANGUAGES, f"{term}: write one {predicate} per language"
    assert list(ONTOLOGY.objects(term, RDFS.isDefinedBy)) == [HOME], f"{term}: write rdfs:isDefinedBy <{HOME}>"


def test_names_have_their_form() -> None:
    """Classes are UpperCamel, properties lowerCamel, and no name is both."""
    assert [c for c in CLASSES if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", c.fragment)] == []
    assert [p for p in PROPERTIES if not re.fullmatch(r"[a-z][A-Za-z0-9]*", p.fragment)] == []


def test_terms_stand_in_order() -> None:
    """Classes come before properties, alphabetically within each, so that two additions merge."""
    text = (FOLDER / "citygraph.ttl").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^cg:(\w+) a ", text) == [term.fragment for term in TERMS]


def test_labels_name_one_term() -> None:
    """No two classes and no two properties share a label in a language."""
    for terms in (CLASSES, PROPERTIES):
        labels = Counter(label for term in terms for label in ONTOLOGY.objects(term, RDFS.label))
        assert [label for label, count in labels.items() if count > 1] == []


@pytest.mark.parametrize("term", PROPERTIES, ids=lambda term: term.fragment)
def test_property_says_where_it_is_used(term: URIRef) -> None:
    """Every property has a domain and a range, as an axiom or as a note for readers, and is of one kind."""
    assert any(ONTOLOGY.objects(term, p) for p in (RDFS.domain, SCHEMA.domainIncludes))
    ends = {RDFS.domain: SCHEMA.domainIncludes, RDFS.range: SCHEMA.rangeIncludes}
    for axiom, note in ends.items():
        said = [bool(list(ONTOLOGY.objects(term, p))) for p in (axiom, note)]
        assert said.count(True) == 1, f"{term}: write either {axiom} or {note}"
        assert len(list(ONTOLOGY.objects(term, axiom))) <= 1, f"{term}: two {axiom} would mean both at once"
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty} & set(ONTOLOGY.objects(term, RDF.type))
    assert len(kinds) == 1, f"{term}: an object property or a datatype property, not both"


def test_inverses_fit_each_other() -> None:
    """Each pair of inverses is written at both ends."""
    pairs = set(ONTOLOGY.subject_objects(OWL.inverseOf))
    assert {(b, a) for a, b in pairs} == pairs
    assert len(pairs) > 0


def test_no_class_stands_under_itself() -> None:
    """There is no cycle among classes and none among properties."""
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        parents = parents_by(graph_of(*FILES), predicate)
        assert [child for child in parents if child in upward(child, parents)] == []


def test_disjoint_classes_have_no_common_descendant() -> None:
    """No class lies below two classes that exclude each other, which would leave it empty."""
    parents = parents_by(ONTOLOGY, RDFS.subClassOf)
    for term in CLASSES:
        above = {term, *upward(term, parents)}
        clash = [(a, b) for a, b in ONTOLOGY.subject_objects(OWL.disjointWith) if a in above and b in above]
        assert clash == [], f"{term} can have no members"


def test_ontology_stays_in_its_profile() -> None:
    """Only the OWL terms of the RL profile that the reasoner compiles occur."""
    words = {str(term) for triple in graph_of(*FILES) for term in triple if isinstance(term, URIRef)}
    used = {word.removeprefix(str(OWL)) for word in words if word.startswith(str(OWL))}
    assert used - OWL_IN_USE == set()


def test_ontology_says_nothing_about_foreign_terms() -> None:
    """Axioms and labels stand on our own terms; others' terms are at most declared."""
    ours = (HOME, URIRef(f"{BASE}#publisher"))
    for subject, predicate, _ in ONTOLOGY:
        if isinstance(subject, URIRef) and subject not in CG and subject not in ours:
            assert predicate == RDF.type, f"{subject}: move {predicate} to alignments.ttl, on a term of ours"


def test_single_valued_properties_are_not_functional() -> None:
    """Sources may disagree, so a single-valued property must not make the reasoner equate two values."""
    single = set(ONTOLOGY.subjects(RDF.type, CG.SingleValued))
    assert {CG.date, CG.startDate, CG.endDate, CG.cooperationSince, CG.targetDate} <= single
    assert single <= set(PROPERTIES)
    assert set(ONTOLOGY.subjects(RDF.type, OWL.FunctionalProperty)) == set()


@pytest.mark.parametrize("term", PUBLISHED)
def test_published_term_is_still_there(term: str) -> None:
    """A term that others rely on keeps its name; one that is withdrawn stays and is marked deprecated."""
    assert CG[term] in TERMS


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes", "queries"])
def test_mentioned_terms_exist(folder: str) -> None:
    """Every cg: name that a file mentions is a term of the ontology."""
    declared = {term.fragment for term in TERMS}
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix in {".ttl", ".rq", ".trig"}:
            mentioned = set(re.findall(MENTION, path.read_text(encoding="utf-8")))
            unknown = sorted(mentioned - declared)
            assert unknown == [], f"{path.relative_to(ROOT)}: declare these terms or mend their names"


def test_every_term_is_used() -> None:
    """Every term earns its place: a record, shape, query or import uses it, or it follows from one that is used."""
    files = [path for folder in ("data", "shapes", "queries") for path in (ROOT / folder).rglob("*.*")]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in {".ttl", ".rq"}]
    used = {CG[word] for text in texts for word in re.findall(MENTION, text)}
    # The readers of imported data spell terms out by their local names.
    readers = [path.read_text(encoding="utf-8") for path in (ROOT / "src/citygraph/build").glob("*.py")]
    used |= {CG[word] for text in readers for word in re.findall(r'term\("(\w+)"', text)}
    ways = (RDFS.subClassOf, OWL.inverseOf, RDFS.range)
    inferred = {o for way in ways for s, o in ONTOLOGY.subject_objects(way) if s in used}
    defined = set(ONTOLOGY.subjects(OWL.equivalentClass))
    unused = set(TERMS) - used - inferred - defined
    assert unused == set(), "use these terms in a record, shape or query, or withdraw them"


def test_header_says_what_a_reuser_needs() -> None:
    """The ontology has titles, descriptions, a version, a licence, a creator and its prefix."""
    dct, vann = Namespace("http://purl.org/dc/terms/"), Namespace("http://purl.org/vocab/vann/")
    assert languages(ONTOLOGY, HOME, dct.title) == languages(ONTOLOGY, HOME, dct.description) == LANGUAGES
    version = str(ONTOLOGY.value(HOME, OWL.versionInfo))
    assert ONTOLOGY.value(HOME, OWL.versionIRI) == URIRef(f"{HOME}/{version}")
    assert str(ONTOLOGY.value(HOME, vann.preferredNamespaceUri)) == str(CG)
    assert None not in {ONTOLOGY.value(HOME, p) for p in (dct.creator, dct.license, dct.created, dct.modified)}
