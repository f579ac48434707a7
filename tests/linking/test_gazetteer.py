"""What a gazetteer tells of places whose numbers are known, and what is presumed of others."""

import csv

import pytest

from citygraph.errors import SourceError
from citygraph.linking.gazetteer import Learnt, Place, Sought, learn, read_gazetteer
from citygraph.linking.names import Words
from citygraph.linking.score import Query
from linking.small import TABLES, E, matcher, thing

PLACES = (
    Place("1", "RU", 10_000, ("moscow", "moskau", "mosca")),
    Place("2", "US", 25, ("moscow",)),
    Place("3", "HK", 1_000, ("victoria", "hong kong island")),
    Place("4", "CA", 300, ("victoria",)),
    Place("5", "IT", 900, ("turin", "turi")),
    Place("6", "CH", 0, ("geneva", "genf")),
    Place("7", "AT", 1_700, ("vienna", "wien")),
    Place("8", "AT", 0, ("wien",)),
)


def sought(*keys, **more):
    return Sought(frozenset(keys), **more)


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        ({"a": sought("somewhere", number="2")}, {"a": Learnt(("moscow",), "US")}),
        ({"a": sought("moskau", weight=9)}, {"a": Learnt(PLACES[0].names, "RU")}),
        (
            {"a": sought("moskau", weight=90), "b": sought("moscow", weight=9)},
            {"a": Learnt(PLACES[0].names, "RU"), "b": Learnt(("moscow",), "US")},
        ),
        ({"a": sought("victoria", weight=9)}, {}),
        ({"a": sought("victoria", country="CA")}, {"a": Learnt(("victoria",), "CA")}),
        ({"a": sought("turi", weight=3), "b": sought("turin", weight=1)}, {"b": Learnt(PLACES[4].names, "IT")}),
        ({"a": sought("genf", levels=frozenset({"local"}))}, {}),
        ({"a": sought("genf", levels=frozenset({"region"}))}, {"a": Learnt(PLACES[5].names, "CH")}),
        ({"a": sought("wien")}, {"a": Learnt(("vienna", "wien"), "AT")}),
        ({"a": sought("nowhere")}, {}),
    ],
)
def test_a_place_is_presumed_only_where_no_other_may_be_meant(things, expected):
    """A number proves it; a name alone does where no place of the name is nearly as large, and for one thing only."""
    assert learn(things, PLACES) == expected


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    things = (
        thing("moskau", None, "", "Moskau", learnt=PLACES[0].names, usual="RU"),
        thing("moscow", None, "", "Moscow", learnt=PLACES[1].names, usual="US"),
        thing("basel-stadt", "Canton", "CH", "Basel-Stadt"),
        thing("basel", "City", "CH", "Basel", learnt=("bazel",)),
        thing("halle", "City", "DE", "Halle"),
    )
    return matcher(tmp_path_factory.mktemp("gazetteer"), things)


def test_a_learnt_name_finds_a_thing_and_is_shown_nowhere(places):
    """Who asks by an exonym gets the thing under its own name, and may link it if the country agrees."""
    (found, *_) = places.match(Query("Базель", country="CH"))
    assert (found.iri, found.label, found.labels, found.linkable) == (E + "basel", "Basel", {"": "Basel"}, True)


def test_where_places_of_a_name_lie_decides_and_proves_nothing(places):
    """The right one of two namesakes comes first; nothing is linkable by what follows from its name."""
    for country, expected in (("RU", "moskau"), ("US", "moscow")):
        (first, second) = places.match(Query("Moscow", country=country))
        assert (first.iri, first.linkable) == (E + expected, False)
        assert (first.parts["country"], first.parts["usual"], second.parts["usual"]) == (None, 1, 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Basel-Stadt", "basel-stadt"),
        ("Stadt Basel", "basel"),
        ("Basel (Kanton)", "basel-stadt"),
        ("Basel BS", "basel"),
        ("Halle ST", "halle"),
    ],
)
def test_words_for_kinds_and_codes_of_divisions_are_no_names(places, name, expected):
    """A word for a kind is one unless it is a part of the name; two capitals behind a name say where it lies."""
    assert places.match(Query(name))[0].iri == E + expected


def test_every_row_of_the_gazetteer_is_written_as_it_is_found():
    """The names of the table are keys by the words of today; others would never be found. A number comes once."""
    words = Words.read(TABLES / "words.toml")
    with (TABLES / "gazetteer.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = {name for row in rows for name in row["names"].split("|")}
    assert [
        name for name in sorted(names) if not name.isascii() or not words.same.keys().isdisjoint(name.split())
    ] == []
    assert {words.key("Цюрих"), words.key("Zurigo"), words.key("苏黎世")} <= names
    assert len({row["geonames"] for row in rows}) == len(rows) > 30_000


def test_a_broken_row_names_its_line(tmp_path):
    """Whoever edits the table learns which line is wrong; without the table there is nothing to learn."""
    path = tmp_path / "gazetteer.tsv"
    assert list(read_gazetteer(path, (), ())) == []
    path.write_text("geonames\tcountry\tthousands\tnames\n1\tCH\tmany\tbasel\n")
    with pytest.raises(SourceError, match=r"gazetteer\.tsv:2: "):
        list(read_gazetteer(path, ("basel",), ()))
