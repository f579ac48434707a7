"""Proposals come from what is imported, and what was rejected is proposed no more."""

import pytest

from citygraph.errors import SourceError
from citygraph.linking import proposals
from citygraph.linking.score import Query
from linking.small import E, matcher, thing

THINGS = (
    thing("city/geneva", "City", "CH", "Geneva", "Genf", point=(46.2, 6.15)),
    thing("canton/geneva", "Canton", "CH", "Canton of Geneva", item="Q11917"),
    thing("wikidata/Q71", "City", "CH", "Genève", "Genf", item="Q71", point=(46.2, 6.15)),
    thing("wikidata/Q1", "City", "US", "Geneva", item="Q1"),
    thing("wikidata/Q2", "Canton", "CH", "Genf", item="Q2"),
)


def asked(tmp_path, rejected=()):
    """Items proposed for each thing, with whether they may be linked."""
    found = proposals.for_things(matcher(tmp_path, THINGS), E.removesuffix("id/"), rejected, 3)
    return {row.subject: [(one.entry.item, one.linkable) for one in row.candidates] for row in found}


def test_a_party_without_an_item_is_proposed_one(tmp_path):
    """The city of the country comes first; neither its namesake abroad nor the canton may be linked."""
    assert asked(tmp_path) == {"city/geneva": [("Q71", True), ("Q2", False), ("Q1", False)]}


def test_a_rejected_item_is_not_proposed_again(tmp_path):
    """Nobody is asked twice."""
    assert [item for item, _ in asked(tmp_path, {("city/geneva", "Q71")})["city/geneva"]] == ["Q2", "Q1"]


def test_a_table_of_names_is_read_with_what_it_knows(tmp_path):
    """Columns may be missing, commas or tabs separate, and a byte order mark is no fault."""
    path = tmp_path / "names.csv"
    path.write_text("\ufeffname\tcountry\tlat\tlong\nGenf\tCH\t46.2\t6.1\nBasel\t\t\t\n", "utf-8")
    assert list(proposals.read_queries(path, 3)) == [
        Query("Genf", None, "CH", (46.2, 6.1), None, 3),
        Query("Basel", None, None, None, None, 3),
    ]


@pytest.mark.parametrize(
    ("text", "fault"), [("place\nBasel\n", "names.csv:1: .*column called name"), ("name,lat,long\nBasel,x,y\n", ":2: ")]
)
def test_a_table_that_cannot_be_read_names_its_line(tmp_path, text, fault):
    """A missing column and a broken number are told with line and remedy."""
    path = tmp_path / "names.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match=fault):
        list(proposals.read_queries(path, 3))
