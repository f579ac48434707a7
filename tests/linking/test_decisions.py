"""What curators decide is kept with its reason, and no thing gets a second item."""

import csv
import datetime as dt
import io

import pytest

from citygraph.build.link import read_mappings
from citygraph.errors import SourceError
from citygraph.iris import CANONICAL, Iris
from citygraph.linking.decisions import FILE, Decision, Decisions

DAY = dt.date(2026, 11, 22)


def decision(subject, item, *, accepted=True, **more):
    return Decision(subject, item, accepted, "A Curator", DAY, **more)


def test_an_accepted_link_is_read_by_the_build(tmp_path):
    """The row that is written is a link with justification, confidence, curator and day."""
    Decisions(tmp_path).add(
        decision("city/basel", "Q78", confidence=0.87, labels=("Basel", "Bâle\t\n"), comment="x\ty")
    )
    (row,) = read_mappings(tmp_path / FILE, Iris(CANONICAL))
    assert (row.subject.value, row.object.value) == (f"{CANONICAL}id/city/basel", "http://www.wikidata.org/entity/Q78")
    told = {predicate.value.rpartition("/")[2].rpartition("#")[2]: value.value for predicate, value in row.details}
    assert told == {
        "mapping_justification": "https://w3id.org/semapv/vocab/ManualMappingCuration",
        "confidence": "0.87",
        "author_label": "A Curator",
        "mapping_date": "2026-11-22",
        "comment": "x y",
    }


def test_a_rejected_pair_is_remembered_and_makes_no_link(tmp_path):
    """Who opens the folder again knows the pair; the build makes nothing of it."""
    Decisions(tmp_path).add(decision("city/basel", "Q12172", accepted=False))
    assert Decisions(tmp_path).rejected == {("city/basel", "Q12172")}
    assert list(read_mappings(tmp_path / FILE, Iris(CANONICAL))) == []


@pytest.mark.parametrize(("subject", "item"), [("city/basel", "Q12172"), ("canton/basel-stadt", "Q78")])
def test_a_second_item_or_thing_is_refused(tmp_path, subject, item):
    """A thing has one item and an item one thing; the error names the file and what stands there."""
    decisions = Decisions(tmp_path)
    decisions.add(decision("city/basel", "Q78"))
    with pytest.raises(SourceError, match=r"reviewed\.sssom\.tsv: city/basel is linked to Q78 already"):
        decisions.add(decision(subject, item))
    assert Decisions(tmp_path).accepted == {"city/basel": "Q78"}


def test_a_later_decision_about_a_pair_replaces_the_earlier(tmp_path):
    """A mind may be changed: one row a pair, and the others stay."""
    decisions = Decisions(tmp_path)
    for row in (
        decision("city/bern", "Q70"),
        decision("city/basel", "Q78"),
        decision("city/basel", "Q78", accepted=False),
    ):
        decisions.add(row)
    text = (tmp_path / FILE).read_text("utf-8")
    body = "".join(line for line in text.splitlines(keepends=True) if line[0] != "#")
    rows = list(csv.DictReader(io.StringIO(body), delimiter="\t"))
    assert [(row["subject_id"], row["object_id"], row["predicate_modifier"]) for row in rows] == [
        ("city:basel", "wd:Q78", "Not"),
        ("city:bern", "wd:Q70", ""),
    ]
