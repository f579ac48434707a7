"""Mapping tables become links, and contradictions are refused."""

import pytest

from citygraph.build.link import contradictions, links, read_mappings
from citygraph.build.origins import Origins
from citygraph.errors import SourceError
from citygraph.iris import CANONICAL, Iris

PREFIXES = {
    "city": f"{CANONICAL}id/city/",
    "wd": "http://www.wikidata.org/entity/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "semapv": "https://w3id.org/semapv/vocab/",
}
HEAD = "#curie_map:\n" + "".join(f"#  {prefix}: {iri}\n" for prefix, iri in PREFIXES.items())
COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\n"


def table(tmp_path, *rows):
    path = tmp_path / "x.sssom.tsv"
    path.write_text(
        HEAD + COLUMNS + "".join("\t".join([*row, "semapv:ManualMappingCuration", "1.0"]) + "\n" for row in rows)
    )
    return path


def read(path):
    return list(read_mappings(path, Iris(CANONICAL)))


def test_a_row_becomes_the_link_and_what_is_known_of_it(tmp_path):
    """The link stands as a triple, and a node says how it was verified and how surely."""
    rows = read(table(tmp_path, ("city:one", "owl:sameAs", "wd:Q1")))
    found = list(links(rows, Iris(CANONICAL), Origins()))
    assert (
        str(found[0])
        == f"<{CANONICAL}id/city/one> <http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q1>"
    )
    assert {t.predicate.value.rpartition("/")[2] for t in found} >= {"confidence", "mapping_justification"}


@pytest.mark.parametrize(
    "second",
    [("city:one", "owl:sameAs", "wd:Q1"), ("city:one", "owl:sameAs", "wd:Q2"), ("city:two", "owl:sameAs", "wd:Q1")],
    ids=["twice", "two-objects", "two-subjects"],
)
def test_rows_that_contradict_each_other_are_found_with_their_line(tmp_path, second):
    """A row that stands twice, or gives one thing two identities, is one finding that names the line."""
    (finding,) = contradictions(read(table(tmp_path, ("city:one", "owl:sameAs", "wd:Q1"), second)))
    assert finding.line == 8
    assert "remove" in finding.message


@pytest.mark.parametrize(
    "row",
    [("town:one", "owl:sameAs", "wd:Q1"), ("city:one", "", "wd:Q1"), ("city:one", "owl:sameAs", "http://e.org/a b")],
)
def test_a_row_that_cannot_be_read_is_an_error_with_its_line(tmp_path, row):
    """An unknown prefix, an empty column and a broken IRI name file and line."""
    with pytest.raises(SourceError, match=r"x\.sssom\.tsv:7: "):
        read(table(tmp_path, row))
