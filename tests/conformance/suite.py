"""Reads the manifests of the W3C's SPARQL test suites, and compares answers with what they expect."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Term = ox.NamedNode | ox.BlankNode | ox.Literal
    Answer = bool | frozenset[str] | "Solutions"

SUITES = Path(__file__).parent / "suites"
BASE = "http://w3c.example/"
"""The files of the suites are named as if they stood here."""
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
CSV = ox.QueryResultsFormat.CSV
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
DAWGT = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

ELSEWHERE = ("entailment", "service")
"""Folders about what a plain query service does not do: other entailment regimes, and requests to other services."""
EVALUATION = {f"{MF}{name}" for name in ("QueryEvaluationTest", "CSVResultFormatTest")}
SYNTAX = {
    f"{MF}{sign}SyntaxTest{level}": sign == "Positive" for sign in ("Positive", "Negative") for level in ("", "11")
}


@dataclass(frozen=True)
class Case:
    """One test: a query, the graphs it is put to, and the file with the expected answer."""

    name: str
    query: str
    valid: bool = True
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    result: str | None = None

    @property
    def text(self) -> str:
        """The query, with relative IRIs resolved against its file where it is meant to be evaluated."""
        text = path(self.query).read_bytes().decode("utf-8")
        return f"BASE <{self.query}>\n{text}" if self.result else text


def path(iri: str) -> Path:
    """The file that an IRI of the suites names."""
    return SUITES / iri.removeprefix(BASE).partition("?")[0]


def folders() -> list[str]:
    """Every folder with tests of queries."""
    found = sorted(SUITES.glob("*/*/manifest.ttl"))
    return [row.parent.relative_to(SUITES).as_posix() for row in found if row.parent.name not in ELSEWHERE]


@cache
def cases(folder: str) -> tuple[Case, ...]:
    """The tests of a folder in the order of its manifest."""
    return tuple(_cases(f"{BASE}{folder}/manifest.ttl"))


def _cases(manifest: str) -> Iterator[Case]:
    store = ox.Store()
    store.load(path=path(manifest), format=ox.RdfFormat.TURTLE, base_iri=manifest)

    def values(subject: object, predicate: str) -> list[object]:
        return [quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]

    def one(subject: object, predicate: str) -> str:
        return next((str(getattr(value, "value", "")) for value in values(subject, predicate)), "")

    for quad in store.quads_for_pattern(None, ox.NamedNode(f"{MF}action"), None):
        test, action = quad.subject, quad.object
        if f"{DAWGT}Withdrawn" in {value.value for value in values(test, f"{DAWGT}approval")}:
            continue
        kinds = {value.value for value in values(test, f"{RDF}type")}
        name = test.value.removeprefix("http://www.w3.org/").rpartition("#")[2]
        if kinds & EVALUATION and path(one(action, f"{QT}query")).exists():  # one is missing in the package
            default = tuple(value.value for value in values(action, f"{QT}data"))
            named = tuple(
                value.value if isinstance(value, ox.NamedNode) else one(value, f"{QT}graph")
                for value in values(action, f"{QT}graphData")
            )
            yield Case(name, one(action, f"{QT}query"), True, default, named, one(test, f"{MF}result"))
        elif wanted := kinds & SYNTAX.keys():
            yield Case(name, action.value, SYNTAX[wanted.pop()])


def data() -> set[str]:
    """Every file of data that a test is put to."""
    found = {iri for folder in folders() for case in cases(folder) for iri in (*case.default, *case.named)}
    # Some queries name their dataset themselves, by files beside them.
    return found | {
        f"{BASE}dawg-data-r2/dataset/{row.name}" for row in (SUITES / "dawg-data-r2/dataset").glob("data-*")
    }


def store(folder: Path) -> None:
    """Make a store of all data: each file is a graph of the name of the file."""
    folder.parent.mkdir(parents=True)
    made = ox.Store(folder)
    made.bulk_extend(
        ox.Quad(*quad.triple, ox.NamedNode(iri))
        for iri in sorted(data())
        for quad in ox.parse(path=path(iri), format=form_of(iri), base_iri=iri, rename_blank_nodes=True)
    )
    made.flush()


def form_of(iri: str) -> ox.RdfFormat:
    """The format of a file of data."""
    found = ox.RdfFormat.from_extension(iri.rpartition(".")[2])
    assert found is not None
    return found


@dataclass(frozen=True)
class Solutions:
    """The rows of an answer; in some tests their order matters."""

    rows: list[dict[str, Term]]
    ordered: bool = False

    def cells(self) -> list[list[tuple[str, str]]]:
        """What CSV can tell of the rows: texts without types, and where a blank node stands."""
        found = [[(name, _cell(value)) for name, value in sorted(row.items()) if _cell(value)] for row in self.rows]
        return found if self.ordered else sorted(found)

    def canonical(self, *, ordered: bool) -> frozenset[str]:
        """The rows as a graph in which blank nodes have the same names wherever they came from."""
        quads = []
        for number, row in enumerate(self.rows):
            node = ox.BlankNode()
            quads.append(ox.Quad(node, ox.NamedNode(f"{RS}index"), ox.Literal(number if ordered else 0)))
            quads += [ox.Quad(node, ox.NamedNode(f"{BASE}?{name}"), value) for name, value in row.items()]
        return canonical(quads)


def fits(case: Case, content: bytes, form: ox.QueryResultsFormat | ox.RdfFormat) -> bool:
    """Tell whether an answer is the expected one: the same truth, triples, or solutions."""
    wanted, found = expected(case), read(content, form)
    if not isinstance(wanted, Solutions) or not isinstance(found, Solutions):
        return wanted == found
    if form == CSV or path(case.result or "").suffix == ".csv":
        return wanted.cells() == Solutions(found.rows, wanted.ordered).cells()
    return wanted.canonical(ordered=wanted.ordered) == found.canonical(ordered=wanted.ordered)


@cache
def expected(case: Case) -> Answer:
    """What the suite expects; results may stand in a graph of the result-set vocabulary."""
    assert case.result
    content, extension = path(case.result).read_bytes(), path(case.result).suffix.removeprefix(".")
    if form := ox.QueryResultsFormat.from_extension(extension):
        return read(content, form)
    form = ox.RdfFormat.from_extension(extension)
    triples = [quad.triple for quad in ox.parse(content, form, base_iri=case.result)]
    return _result_set(triples) if any(row.predicate.value.startswith(RS) for row in triples) else canonical(triples)


def read(content: bytes, form: ox.QueryResultsFormat | ox.RdfFormat) -> Answer:
    """Read an answer."""
    if isinstance(form, ox.RdfFormat):
        return canonical(quad.triple for quad in ox.parse(content, form))
    if form == CSV:
        head, *body = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        return Solutions([{name: ox.Literal(cell) for name, cell in zip(head, row, strict=False)} for row in body])
    results = ox.parse_query_results(content, form)
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    names = [variable.value for variable in results.variables]
    return Solutions([{name: value for name in names if (value := row[name]) is not None} for row in results])


def canonical(triples: Iterable[ox.Triple | ox.Quad]) -> frozenset[str]:
    """A graph in canonical form (RDFC-1.0)."""
    made = ox.Dataset([row if isinstance(row, ox.Quad) else ox.Quad(*row) for row in triples])
    made.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, made))


def _cell(value: Term) -> str:
    return "_:" if isinstance(value, ox.BlankNode) or value.value.startswith("_:") else value.value


def _result_set(triples: list[ox.Triple]) -> Answer:
    about: dict[Term, list[tuple[str, Term]]] = {}
    for row in triples:
        about.setdefault(row.subject, []).append((row.predicate.value.removeprefix(RS), row.object))
    facts = [fact for rows in about.values() for fact in rows]
    if truth := next((value.value for name, value in facts if name == "boolean"), None):
        return truth == "true"
    found = []
    for node in (value for name, value in facts if name == "solution"):
        parts = about.get(node, [])
        bindings = [dict(about[part]) for name, part in parts if name == "binding"]
        place = next((int(value.value) for name, value in parts if name == "index"), 0)
        found.append((place, {row["variable"].value: row["value"] for row in bindings}))
    return Solutions([row for _, row in sorted(found, key=lambda pair: pair[0])], any(place for place, _ in found))
