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
    assert (sorted(number for number, _ in faults), counts.broken) == ([4, 5], 2)
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
