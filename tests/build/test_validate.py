"""The validation stage on a handful of triples: where a finding points to, what it weighs, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDF, SH

from citygraph.build.graphs import GraphFiles
from citygraph.build.load import read_turtle
from citygraph.build.origins import Origins
from citygraph.build.report import report_turtle
from citygraph.build.shapes import make_shapes, read_shapes
from citygraph.build.validate import check_queries, check_shapes, validate
from citygraph.errors import QueryError, SourceError
from citygraph.findings import Finding, Report, Severity
from citygraph.iris import CANONICAL, Iris
from citygraph.store import Store
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.settings import Repository

IRIS = Iris(CANONICAL)
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes().items())
FIRST = HEAD.count("\n") + 1
"""The line after the prefixes."""
PARTIES = """
shape:Partnership a sh:NodeShape ; sh:targetClass cg:Partnership ; sh:property shape:Partnership-parties .
shape:Partnership-parties sh:path cg:party ; sh:minCount 2 ; sh:message "Name two."@en, "Zwei nennen."@de .
"""
LENGTH = """
shape:Work a sh:NodeShape ; sh:targetClass cg:Initiative ; sh:property shape:Work-length .
shape:Work-length sh:path cg:lengthInMetres ; sh:datatype xsd:decimal ; sh:minExclusive 0 ; sh:severity sh:Warning ;
    sh:message "Write metres."@en .
"""


class Repo:
    """Graphs written as Turtle into files, loaded as a build loads them."""

    def __init__(self, folder: Path, iris: Iris = IRIS) -> None:
        self.folder, self.iris = folder, iris
        self.files, self.origins = GraphFiles(folder / "graphs"), Origins()

    def write(self, graph: str, turtle: str) -> str:
        """Fill a graph and return the path of its file."""
        path = self.folder / f"{graph.replace('/', '-')}.ttl"
        path.write_text(HEAD + turtle, encoding="utf-8")
        self.files.write(graph, read_turtle(path, graph, self.iris, self.origins))
        return str(path)

    def check(self, shapes: str, engine: str = "duckdb") -> Report:
        """Run shapes, written as Turtle without prefixes, on all graphs."""
        made = make_shapes(self.iris.rebase(HEAD + shapes))
        return check_shapes(self.files, self.files.names(), made, self.origins, engine)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository of graphs."""
    return Repo(tmp_path)


def test_a_finding_names_file_and_line_of_its_thing(repo: Repo) -> None:
    """Whoever has to mend a fault is led to the block where the thing is described."""
    repo.write("places", "city:basel a cg:City .")
    path = repo.write("source/a", "\npartnership:p a cg:Partnership ;\n    cg:party city:basel .")
    (finding,) = repo.check(PARTIES).findings
    assert (path, FIRST + 1) == (finding.file, finding.line)
    assert (Severity.VIOLATION, IRIS.thing("partnership", "p")) == (finding.severity, finding.thing)
    assert (IRIS.term("party").value, "") == (finding.path, finding.value)
    assert (finding.message, finding.messages) == ("Name two.", (("de", "Zwei nennen."),))
    assert f"{CANONICAL}shapes#Partnership-parties" == finding.shape


def test_a_finding_points_to_the_graph_where_the_value_stands(repo: Repo) -> None:
    """Of several files that speak of a thing, the one with the wrong value is named."""
    repo.write("labels", "initiative:i a cg:Initiative ; cg:lengthInMetres 5.0 .")
    path = repo.write("source/b", 'initiative:i cg:lengthInMetres "five" .')
    (finding,) = repo.check(LENGTH).findings
    assert (path, FIRST, '"five"') == (finding.file, finding.line, finding.value)


def test_a_shape_that_looks_back_leads_to_what_it_found(repo: Repo, real_shapes: str) -> None:
    """Where a source's evidence does not fit, the line is that of the evidence, not of the source."""
    evidence = """source:a a cg:Source ; skos:prefLabel "A"@en, "A"@de, "A"@fr ; dct:title "A"@en ; cg:characters 9 ;
    dct:language <http://publications.europa.eu/resource/authority/language/ENG> ; dct:license <x:licence> ;
    dct:modified "2026-11-22"^^xsd:date ; cg:sha256 "%s" .

evidence:a a cg:Evidence ; oa:hasSource source:a ; oa:hasSelector evidence:b .
evidence:b a oa:TextQuoteSelector ; oa:exact "word"@en ; oa:start 2 ; oa:end 7 ."""
    path = repo.write("source/a", evidence % ("0" * 64))
    (finding,) = check_shapes(repo.files, ["source/a"], make_shapes(real_shapes), repo.origins).findings
    assert (finding.file, finding.line) == (path, FIRST + 5)
    assert finding.value == f"<{IRIS.thing('evidence', 'b')}>"


def test_what_nobody_wrote_a_block_for_is_told_with_its_graph(repo: Repo) -> None:
    """Where no line is known, the name of the graph stands for the file."""
    initiative = ox.NamedNode(IRIS.thing("initiative", "i"))
    kind = ox.Triple(initiative, ox.NamedNode(str(RDF.type)), IRIS.term("Initiative"))
    repo.files.write("source/a", [kind, ox.Triple(initiative, IRIS.term("lengthInMetres"), ox.Literal("five"))])
    (finding,) = repo.check(LENGTH).findings
    assert (finding.file, finding.line) == ("source/a", 0)


def test_two_broken_conditions_of_one_value_are_one_finding(repo: Repo) -> None:
    """A text in the place of a number breaks datatype and range, and is one fault all the same."""
    repo.write("source/a", 'initiative:i a cg:Initiative ; cg:lengthInMetres "five" .')
    for engine in ("duckdb", "shifty", "pyshacl"):
        (finding,) = repo.check(LENGTH, engine).findings
        assert Severity.WARNING is finding.severity
        assert str(SH.DatatypeConstraintComponent) == finding.component


def test_an_ill_formed_literal_makes_no_noise(repo: Repo, caplog: pytest.LogCaptureFixture, real_shapes: str) -> None:
    """A date that does not exist gives a finding and no logged traceback, whichever engine runs."""
    repo.write("source/a", 'partnership:p cg:startDate "2019-02-30"^^xsd:date .')
    for engine in ("duckdb", "shifty", "pyshacl"):
        (finding,) = check_shapes(repo.files, ["source/a"], make_shapes(real_shapes), repo.origins, engine).findings
        assert finding.value == '"2019-02-30"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert not caplog.records


def test_both_engines_say_the_same_of_the_world(tmp_path: Path, world_repository: Repository) -> None:
    """The fast engine and the reference find the same faults in a whole repository, here a slightly damaged one."""
    repo = Repo(tmp_path)
    for path in sorted(world_repository.data.rglob("*.ttl")):
        text = path.read_text(encoding="utf-8").replace('cg:startDate "2', 'cg:startDate "3')
        repo.write(f"source/{path.stem}" if path.parent.name == "sources" else path.stem, text)
    shapes, names = read_shapes(world_repository.shapes, IRIS), repo.files.names()
    first = check_shapes(repo.files, names, shapes, repo.origins, "duckdb")
    assert first == check_shapes(repo.files, names, shapes, repo.origins, "pyshacl")
    assert first.violations


@pytest.fixture(scope="session")
def real_shapes(repository: Repository) -> str:
    """The shapes of the repository."""
    return read_shapes(repository.shapes, IRIS).text


@pytest.mark.parametrize(
    ("start", "end", "severity"), [("2010", "2012", Severity.WARNING), ("2015", "2012", Severity.VIOLATION)]
)
def test_sources_may_disagree_but_none_may_contradict_itself(
    repo: Repo, real_shapes: str, start: str, end: str, severity: Severity
) -> None:
    """An end before another source's start is kept and told; a source with both in the wrong order is refused."""
    repo.write("source/a", 'partnership:p cg:startDate "2020"^^xsd:gYear .')
    repo.write("source/b", f'partnership:p cg:startDate "{start}"^^xsd:gYear ; cg:endDate "{end}"^^xsd:gYear .')
    (finding,) = check_shapes(repo.files, repo.files.names(), make_shapes(real_shapes), repo.origins).findings
    assert severity is finding.severity
    assert ("only several together" in finding.message) is (severity is Severity.WARNING)
    assert ("nur mehrere zusammen" in dict(finding.messages)["de"]) is (severity is Severity.WARNING)


def test_shapes_follow_another_base(tmp_path: Path) -> None:
    """Under another base the same shapes find the same faults."""
    repo = Repo(tmp_path, Iris("https://example.org/graph/"))
    repo.write("source/a", "partnership:p a cg:Partnership .")
    (finding,) = repo.check(PARTIES).findings
    assert finding.thing == "https://example.org/graph/id/partnership/p"


def test_a_shape_without_a_name_is_told_in_general_words(repo: Repo) -> None:
    """A blank shape has no row of its own, and its finding says at least where to look."""
    repo.write("source/a", "partnership:p a cg:Partnership .")
    shapes = (
        "shape:S a sh:NodeShape ; sh:targetClass cg:Partnership ; sh:property [ sh:path cg:party ; sh:minCount 1 ] ."
    )
    (finding,) = repo.check(shapes).findings
    assert "compare the two" in finding.message


def test_a_literal_can_be_at_fault(repo: Repo) -> None:
    """A thing that is no IRI is written as N-Triples and still leads to a report."""
    repo.write("source/a", 'partnership:p cg:office "Mayor"@en .')
    shapes = 'shape:S a sh:NodeShape ; sh:targetObjectsOf cg:office ; sh:nodeKind sh:IRI ; sh:message "No."@en .'
    (finding,) = repo.check(shapes).findings
    assert finding.thing == '"Mayor"@en'
    report = rdflib.Graph().parse(data=report_turtle(Report((finding,)), IRIS))
    assert [rdflib.Literal('"Mayor"@en')] == list(report.objects(None, SH.focusNode))


@pytest.mark.parametrize(
    ("turtle", "path"),
    [
        ("cg:party", "cg:party"),
        ("[ sh:inversePath cg:party ]", "^cg:party"),
        ("( cg:agreement [ sh:zeroOrMorePath cg:event ] )", "cg:agreement/cg:event*"),
        ("[ sh:alternativePath ( cg:party [ sh:oneOrMorePath cg:unit ] ) ]", "(cg:party|cg:unit+)"),
        ("[ sh:zeroOrOnePath cg:party ]", "cg:party?"),
    ],
)
def test_paths_are_written_as_in_sparql(turtle: str, path: str) -> None:
    """A longer way from a thing to the fault is spelt as a query would spell it."""
    table = make_shapes(f"{HEAD} shape:S sh:path {turtle} ; sh:minCount 1 .").table
    base = f"{CANONICAL}ontology#"
    found = table[f"{CANONICAL}shapes#S"].path
    assert path == found.replace(f"<{base}", "cg:").replace(base, "cg:").replace(">", "")


def test_a_broken_file_of_shapes_is_named(tmp_path: Path) -> None:
    """A slip in a file of shapes is told with file and line."""
    (tmp_path / "city.ttl").write_text(f"{HEAD}shape:City a sh:NodeShape ;\n    sh:property .\n", "utf-8")
    with pytest.raises(SourceError, match=rf"city\.ttl:{FIRST + 1}:.*mend the Turtle"):
        read_shapes(tmp_path, IRIS)


CHECK = """#+ title: Alone
#+ problem: The thing has the form {value}, written {path}, in {nowhere}.
#+ remedy: Mend it.
#+ severity: warning
PREFIX cg: <https://w3id.org/citygraph/ontology#>
SELECT ?thing ?path ?value ?graph { GRAPH ?graph { ?thing cg:form|cg:office ?value } BIND(cg:form AS ?path) }
"""


def run_check(repo: Repo, text: str) -> Report:
    """Run one check on the graphs of a repository."""
    store = Store.memory(
        ox.Quad(*row, IRIS.graph(name)) for name in repo.files.names() for row in repo.files.triples(name)
    )
    (repo.folder / "checks").mkdir()
    (repo.folder / "checks" / "alone.rq").write_text(text, "utf-8")
    return check_queries(store, repo.folder / "checks", repo.origins, IRIS)


def test_a_check_tells_each_row_in_its_own_words(repo: Repo) -> None:
    """The words of a check are filled in from the row, and the file is that of the row's graph."""
    repo.write("labels", "partnership:p cg:startDate 5 .")
    path = repo.write("source/a", 'partnership:p cg:form form:twinning ; cg:office "Mayor" .')
    first, second = run_check(repo, CHECK).findings
    assert (path, FIRST, Severity.WARNING, "alone") == (first.file, first.line, first.severity, first.shape)
    assert first.message == "The thing has the form Mayor, written form, in {nowhere}. Mend it."
    assert second.message == "The thing has the form form/twinning, written form, in {nowhere}. Mend it."


def test_a_check_may_speak_of_nothing_in_particular(repo: Repo) -> None:
    """A row without a thing or a graph is told with the file of the check."""
    select = "SELECT ?thing { OPTIONAL { ?thing a <x:nothing> } }"
    (finding,) = run_check(repo, CHECK[: CHECK.index("PREFIX")] + select).findings
    assert (finding.file, finding.line, finding.thing) == ("queries/checks/alone.rq", 0, "")


@pytest.mark.parametrize("line", ["#+ remedy: Mend it.\n", "#+ severity: warning\n"])
def test_a_check_without_its_words_is_refused(repo: Repo, line: str) -> None:
    """A check has to say what is wrong, what to do, and how grave it is."""
    with pytest.raises(QueryError, match=r"alone\.rq: the head of a check needs"):
        run_check(repo, CHECK.replace(line, ""))


FOUND = Report.of(
    [
        Finding(
            "a.ttl", 3, Severity.WARNING, "x:a", "x:p", '"v"@en', "Look.", (("de", "Schau."),), "x:shape", "x:kind"
        ),
        Finding("a.ttl", 4, Severity.VIOLATION, "x:b", "(<x:p>|<x:q>)", "_:b", "Mend.", (), "some-check", "x:kind"),
        Finding("b.ttl", 0, Severity.VIOLATION, "", "", "", "Broken."),
    ]
)


def test_the_report_holds_every_finding_in_the_terms_of_shacl() -> None:
    """A program reads severity, thing, path, value, shape and messages; a person reads file and line in the comment."""
    graph = rdflib.Graph().parse(data=report_turtle(FOUND, IRIS))
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(report, SH.conforms) == rdflib.Literal(False)
    assert len(FOUND.findings) == len(list(graph.objects(report, SH.result)))
    first = rdflib.URIRef(f"{report}#1")
    assert rdflib.URIRef("x:a") == graph.value(first, SH.focusNode)
    assert rdflib.URIRef("x:p") == graph.value(first, SH.resultPath)
    assert rdflib.Literal("v", lang="en") == graph.value(first, SH.value)
    assert rdflib.URIRef("x:shape") == graph.value(first, SH.sourceShape)
    assert {"Look.", "Schau."} == {str(text) for text in graph.objects(first, SH.resultMessage)}
    comments = {str(text) for text in graph.objects(None, rdflib.RDFS.comment)}
    assert {"a.ttl, line 3", "a.ttl, line 4, found by the check some-check", "b.ttl"} == comments


def test_the_report_has_no_blank_nodes_and_always_the_same_bytes() -> None:
    """Two reports of the same findings can be compared byte by byte."""
    text = report_turtle(FOUND, IRIS)
    assert text == report_turtle(FOUND, IRIS)
    assert not any(isinstance(node, rdflib.BNode) for node in rdflib.Graph().parse(data=text).all_nodes())


@pytest.mark.parametrize("findings", [(), (FOUND.findings[0],)])
def test_warnings_do_not_keep_a_report_from_conforming(findings: tuple[Finding, ...]) -> None:
    """What is poor is told, and published all the same."""
    graph = rdflib.Graph().parse(data=report_turtle(Report(findings), IRIS))
    assert [rdflib.Literal(True)] == list(graph.objects(None, SH.conforms))


def test_the_seam_takes_a_file_and_shapes(tmp_path: Path) -> None:
    """Without a build around it, a file of N-Triples and a text of shapes are enough."""
    data = tmp_path / "data.nt"
    data.write_text(f"<x:i> <{RDF.type}> <{CANONICAL}ontology#Partnership> .\n", "utf-8")
    (finding,) = validate(data, make_shapes(HEAD + PARTIES)).findings
    assert (finding.file, finding.line, finding.thing) == ("", 0, "x:i")
