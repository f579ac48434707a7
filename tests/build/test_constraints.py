"""Shapes as SQL: every kind of constraint that is known, on terms chosen for their troubles, judged by pySHACL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph.build.constraints import Compiler, TooRichError
from citygraph.build.shapes import make_shapes, read_shapes
from citygraph.build.validate import validate
from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.findings import Report
    from citygraph.settings import Repository

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes().items())
XSD = "http://www.w3.org/2001/XMLSchema#"
TEXTS = {
    "date": ["2019-02-28", "2019-02-30", "2019-2-3", "2020-02-29", "2019-13-01", "soon"],
    "gYear": ["1999", "12345"],
    "gYearMonth": ["1999-05"],
    "integer": ["5", "-5", "5.0", "five", "0", "9" * 25],
    "nonNegativeInteger": ["0", "7", "-7"],
    "decimal": ["1.0", "1.5", "-0.5", "1.5.2", "1,5"],
    "string": ["", "plain", "5"],
}
"""Texts by datatype; such as rdflib does not respell when it reads them."""
OTHERS = [
    '"plain"',
    '"Basel"@de',
    '"Basle"@en-gb',
    '"a \\"quoted\\" word"@en',
    '"two\\nlines"',
    '"back\\\\slash n\\\\n"',
    '"ends with >"',
    '"like @en"',
    '"like \\"@en"',
    '"ends with a sign that joins the next \u0600"',
    '"Z\u00fcrich"@de-ch',
    "<https://example.org/iri>",
]
"""Terms as N-Triples write them."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thing for each term, with two labels of one language, some links, and a class below another."""
    terms = [f'"{text}"^^<{XSD}{name}>' for name, texts in TEXTS.items() for text in texts] + OTHERS
    terms = [term.replace(f"^^<{XSD}string>", "") for term in terms]
    lines = {f"<x:thing-{number}> <x:p> {term} ." for number, term in enumerate(terms)}
    kind, below = (
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        "<http://www.w3.org/2000/01/rdf-schema#subClassOf>",
    )
    lines |= {f"<x:thing-{number}> {kind} <x:Low> ." for number in range(len(terms))}
    lines |= {f"<x:Low> {below} <x:Middle> .", f"<x:Middle> {below} <x:High> ."}
    lines |= {"<x:thing-0> <x:p> <x:thing-1> .", "<x:thing-1> <x:q> <x:thing-2> .", "<x:thing-3> <x:q> <x:thing-3> ."}
    lines |= {'<x:thing-4> <x:l> "a"@en .', '<x:thing-4> <x:l> "b"@EN .', '<x:thing-5> <x:l> "a"@en .'}
    lines |= {'<x:thing-5> <x:m> "a"@en .', '<x:thing-5> <x:l> "a"@de .', '<x:thing-6> <x:l> "plain" .'}
    numbers = [
        ("integer", "-5"),
        ("integer", "0"),
        ("integer", "5"),
        ("integer", "6"),
        ("decimal", "1.5"),
        ("decimal", "1.25"),
    ]
    lines |= {f'<x:thing-{place}> <x:n> "{text}"^^<{XSD}{name}> .' for place, (name, text) in enumerate(numbers)}
    path = tmp_path_factory.mktemp("terms") / "terms.nt"
    path.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")
    return path


def told(report: Report) -> set[tuple[str, ...]]:
    return {(row.thing, row.path, row.value, row.shape, row.component) for row in report.findings}


CONSTRAINTS = [
    *(f"sh:path <x:p> ; sh:datatype xsd:{name}" for name in TEXTS),
    "sh:path <x:p> ; sh:datatype rdf:langString",
    "sh:path <x:p> ; sh:nodeKind sh:IRI",
    "sh:path <x:p> ; sh:nodeKind sh:Literal",
    'sh:path <x:p> ; sh:pattern "^[a-z ]+$"',
    'sh:path <x:p> ; sh:pattern "next .$"',
    'sh:path <x:p> ; sh:pattern "\\"quoted\\"|slash|\\\\n"',
    "sh:path <x:n> ; sh:minInclusive 1",
    "sh:path <x:n> ; sh:maxInclusive 5",
    "sh:path <x:n> ; sh:minExclusive 0",
    "sh:path <x:n> ; sh:maxExclusive 1.5",
    'sh:path <x:p> ; sh:languageIn ( "en" "de-CH" )',
    'sh:path <x:p> ; sh:in ( <https://example.org/iri> "plain" "Basel"@de )',
    "sh:path <x:p> ; sh:class <x:High>",
    "sh:path <x:p> ; sh:not [ sh:datatype xsd:integer ]",
    "sh:path <x:p> ; sh:or ( [ sh:datatype xsd:date ] [ sh:class <x:Low> ] [ sh:nodeKind sh:IRI ] )",
    "sh:path <x:p> ; sh:node [ sh:property [ sh:path <x:q> ; sh:minCount 1 ] ]",
    "sh:path <x:p> ; sh:maxCount 1",
    "sh:path <x:q> ; sh:minCount 1",
    "sh:path <x:q> ; sh:hasValue <x:thing-2>",
    "sh:path <x:l> ; sh:uniqueLang true",
    "sh:path <x:l> ; sh:disjoint <x:m>",
    'sh:path <x:l> ; sh:qualifiedValueShape [ sh:languageIn ( "de" ) ] ; sh:qualifiedMinCount 1',
    "sh:path [ sh:inversePath <x:q> ] ; sh:minCount 1",
    "sh:path [ sh:alternativePath ( <x:p> <x:q> ) ] ; sh:minCount 2",
    "sh:path ( <x:p> <x:q> ) ; sh:maxCount 0",
    'sh:path <x:q> ; sh:sparql [ sh:select "SELECT $this ?value { $this $PATH ?value FILTER($this = ?value) }" ]',
]


@pytest.mark.parametrize("constraint", CONSTRAINTS)
@pytest.mark.parametrize("target", ["sh:targetClass <x:High>", "sh:targetSubjectsOf <x:q> , <x:l> , <x:n>"])
def test_a_constraint_finds_what_the_reference_finds(data: Path, tmp_path: Path, constraint: str, target: str) -> None:
    """One constraint, on whatever may stand in its place: the results are pySHACL's, with value and component."""
    copy = tmp_path / "data.nt"
    copy.write_bytes(data.read_bytes())
    text = (
        f'{HEAD} shape:S a sh:NodeShape ; {target} ; sh:property shape:P . shape:P {constraint} ; sh:message "M"@en .'
    )
    shapes = make_shapes(text)
    assert Compiler(text).constraints()
    assert told(validate(copy, shapes, "duckdb")) == told(validate(copy, shapes, "pyshacl"))


@pytest.mark.parametrize(
    ("text", "datatype"), [("99", "gYear"), ("1999-05", "gYear"), ("1999-13", "gYearMonth"), ("1e5", "decimal")]
)
def test_an_ill_formed_literal_is_of_no_datatype(tmp_path: Path, text: str, datatype: str) -> None:
    """XML Schema says how a literal looks, and SHACL (section 4.1.2) wants it so; rdflib is more lenient here."""
    data = tmp_path / "data.nt"
    data.write_text(f'<x:thing> <x:p> "{text}"^^<{XSD}{datatype}> .\n', "utf-8")
    shapes = f"{HEAD} shape:S a sh:NodeShape ; sh:targetSubjectsOf <x:p> ; sh:property shape:P . "
    report = validate(data, make_shapes(f"{shapes} shape:P sh:path <x:p> ; sh:datatype xsd:{datatype} ."))
    assert [f'"{text}"^^<{XSD}{datatype}>'] == [row.value for row in report.findings]


def test_every_shape_of_the_repository_has_its_sql(repository: Repository) -> None:
    """No shape of ours is too rich, so that a build never falls back on a slower engine."""
    for folder in (repository.shapes, repository.shapes / "imported"):
        assert Compiler(read_shapes(folder, Iris(CANONICAL)).text).constraints()


def test_a_shape_that_is_too_rich_is_judged_by_another_engine(data: Path, tmp_path: Path) -> None:
    """What has no SQL here is judged all the same: the whole set goes to shifty."""
    copy = tmp_path / "data.nt"
    copy.write_bytes(data.read_bytes())
    text = f"{HEAD} shape:S a sh:NodeShape ; sh:targetSubjectsOf <x:q> ; sh:property shape:P ."
    text += ' shape:P sh:path <x:q> ; sh:equals <x:p> ; sh:message "M"@en .'
    with pytest.raises(TooRichError):
        Compiler(text).constraints()
    found = told(validate(copy, make_shapes(text), "duckdb"))
    assert found == told(validate(copy, make_shapes(text), "pyshacl"))
    assert found
