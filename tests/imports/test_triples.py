"""The promises of `imports/triples.py`: a described table becomes the statements of its description."""

import json

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from citygraph.errors import SourceError
from citygraph.imports.manifest import read_manifest
from citygraph.imports.triples import import_csvw, import_triples
from imports.samples import about

CG = "https://w3id.org/citygraph/ontology#"
ID = "https://w3id.org/citygraph/id/"
DESCRIPTION = {
    "@context": "http://www.w3.org/ns/csvw",
    "url": "own.csv",
    "tableSchema": {
        "aboutUrl": f"{ID}partnership/own-{{one}}-{{other}}",
        "columns": [
            {"name": "one", "propertyUrl": f"{CG}party", "valueUrl": f"{ID}city/{{one}}"},
            {"name": "other", "propertyUrl": f"{CG}party", "valueUrl": f"{ID}city/{{other}}"},
            {"name": "called", "propertyUrl": "http://schema.org/name", "lang": "de"},
            {"name": "since", "propertyUrl": f"{CG}startDate", "datatype": "gYear"},
            {"name": "signed", "propertyUrl": f"{CG}date", "datatype": "date"},
            {"virtual": True, "propertyUrl": "rdf:type", "valueUrl": f"{CG}Partnership"},
        ],
    },
}
TABLE = """one,other,called,since,signed
basel,shanghai,Städtepartnerschaft,2007,2007-11-19
halle,karlsruhe,,,
halle,lima,,19x9,
halle,oslo,,,2007-31-01
"""
EXPECTED = """
@prefix cg: <https://w3id.org/citygraph/ontology#> .
@prefix city: <https://w3id.org/citygraph/id/city/> .
@prefix partnership: <https://w3id.org/citygraph/id/partnership/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
partnership:own-basel-shanghai a cg:Partnership ;
    cg:party city:basel, city:shanghai ;
    <http://schema.org/name> "Städtepartnerschaft"@de ;
    cg:startDate "2007"^^xsd:gYear ;
    cg:date "2007-11-19"^^xsd:date .
partnership:own-halle-karlsruhe a cg:Partnership ; cg:party city:halle, city:karlsruhe .
"""


def test_a_table_becomes_what_its_description_says(tmp_path):
    """Each row states what its columns mean; a row with a wrong cell is told by number and skipped as a whole."""
    (tmp_path / "own.csv").write_text(TABLE, "utf-8")
    (tmp_path / "own.csv-metadata.json").write_text(json.dumps(DESCRIPTION), "utf-8")
    counts, faults = import_csvw(tmp_path / "own.csv-metadata.json", tmp_path / "out", about())
    found = Graph().parse(tmp_path / "out" / "statements.nt", format="nt")
    assert isomorphic(found, Graph().parse(data=EXPECTED, format="turtle"))
    assert (sorted(fault.number for fault in faults), counts.broken) == ([4, 5], 2)
    assert sorted(read_manifest(tmp_path / "out").check().files) == [
        "own.csv",
        "own.csv-metadata.json",
        "statements.nt",
    ]


def test_a_wrong_description_is_refused(tmp_path):
    """A description that cannot be used is an error that says what one looks like."""
    (tmp_path / "m.json").write_text('{"url": "absent.csv"}', "utf-8")
    with pytest.raises(SourceError, match="write the description as"):
        import_csvw(tmp_path / "m.json", tmp_path / "out", about())


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (TABLE.encode("utf-16"), r"own\.csv: the table is not in the encoding.*dialect"),
        (TABLE.encode("latin-1"), r"own\.csv: the table is not in the encoding.*dialect"),
        (TABLE.replace(",", ";").encode(), r"m\.json: no row of its tables states anything \(own\.csv:1: .*called so"),
        (b"one,one,since\na,b,1999\n", r"own\.csv:2: other is empty, and .*\{other\} needs it"),
        (b"one,other,since\n,,\n", "states anything"),
        (b"", "states anything"),
        (b'one,other\n"a,b\n', r"own\.csv: the table cannot be read"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, table, fault):
    """A wrong encoding, separator or header is told by file, row and column, and nothing is taken in."""
    (tmp_path / "own.csv").write_bytes(table)
    (tmp_path / "m.json").write_text(json.dumps(DESCRIPTION), "utf-8")
    with pytest.raises(SourceError, match=fault):
        import_csvw(tmp_path / "m.json", tmp_path / "out", about())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '"own.csv"',
        json.dumps(DESCRIPTION | {"url": "../own.csv"}),
        json.dumps(DESCRIPTION | {"url": "https://elsewhere.example/own.csv"}),
        json.dumps(DESCRIPTION | {"tableSchema": {"columns": [{"name": "one", "datatype": "nonsense"}]}}),
        json.dumps(DESCRIPTION | {"tableSchema": {"columns": [{"name": "one", "lang": "x y"}]}}),
    ],
)
def test_a_description_that_says_nothing_usable_is_refused(tmp_path, text):
    """What is no description, leads away from its folder, or has an unknown type or language is an error."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "own.csv").write_text(TABLE, "utf-8")
    (tmp_path / "own.csv").write_text(TABLE, "utf-8")
    (tmp_path / "in" / "m.json").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"m\.json: the description"):
        import_csvw(tmp_path / "in" / "m.json", tmp_path / "out", about())


def test_faults_of_cells_are_told_in_plain_words(tmp_path):
    """A cell of another form is told with its column, and a row without what its name needs is left out."""
    columns = [*DESCRIPTION["tableSchema"]["columns"][:4]]
    columns.append({"name": "signed", "propertyUrl": f"{CG}date", "datatype": {"base": "date", "format": "d.M.yyyy"}})
    description = DESCRIPTION | {"tableSchema": DESCRIPTION["tableSchema"] | {"columns": columns}}
    (tmp_path / "own.csv").write_text("one,other,called,since,signed\na,b,x,2001,1.2.2001\na,c,,,2001-02-01\na,,,,\n")
    (tmp_path / "m.json").write_text(json.dumps(description), "utf-8")
    counts, faults = import_csvw(tmp_path / "m.json", tmp_path / "out", about())
    assert str(faults[0]) == "own.csv:3: signed: 2001-02-01 is not of the form d.M.yyyy"
    assert str(faults[1]).startswith("own.csv:4: other is empty")
    assert (len(faults), counts.broken, counts.kept) == (2, 2, 5)


def test_statements_of_another_tool_come_with_what_they_are_made_from(tmp_path):
    """N-Triples that an RML engine has made are kept beside mapping and tables."""
    (tmp_path / "made.ttl").write_text(EXPECTED, "utf-8")
    (tmp_path / "map.rml.ttl").write_text("# a mapping", "utf-8")
    import_triples(tmp_path / "made.ttl", tmp_path / "out", about(), [tmp_path / "map.rml.ttl"])
    found = Graph().parse(tmp_path / "out" / "statements.nt", format="nt")
    assert isomorphic(found, Graph().parse(data=EXPECTED, format="turtle"))
    assert sorted(read_manifest(tmp_path / "out").check().files) == ["map.rml.ttl", "statements.nt"]


@pytest.mark.parametrize("text", ["<a:b> <a:c> [] .", "<a:b> <a:c>", None])
def test_statements_that_cannot_be_compared_or_read_are_refused(tmp_path, text):
    """Blank nodes, broken Turtle and a missing file are errors that name the file."""
    if text is not None:
        (tmp_path / "x.ttl").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"x\.ttl"):
        import_triples(tmp_path / "x.ttl", tmp_path / "out", about())
