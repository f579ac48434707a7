"""Names find their things, and namesakes in another country or of another level never come first."""

import pytest

from citygraph.linking.score import Query
from linking.small import E, matcher


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return matcher(tmp_path_factory.mktemp("linking"))


def first(places, *args, **more):
    return places.match(Query(*args, **more))[0].iri.removeprefix(E)


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("Zuerich", {"country": "CH"}, "zurich"),
        ("ZURICH", {"country": "Suisse"}, "zurich"),
        ("Zurigo", {}, "zurich"),
        ("Zurich", {"country": "NL"}, "zurich-nl"),
        ("Zürich", {"kind": "Canton"}, "zh"),
        ("Canton de Zurich", {}, "zh"),
        ("Stadt Zürich", {"country": "https://example.org/id/ch"}, "zurich"),
        ("Zürich", {"coordinates": (47.3, 8.5)}, "zurich"),
        ("Zurich", {"coordinates": (53.1, 5.4)}, "zurich-nl"),
        ("Zürich", {"within": "Q11943"}, "zurich"),
        ("Zurich, Niederlande", {}, "zurich-nl"),
        ("Halle", {"country": "Germany"}, "halle-saale"),
        ("Halle/Saale", {"country": "DE"}, "halle-saale"),
        ("Halle", {"country": "Q31"}, "halle-be"),
        ("Toyama-ken", {}, "toyama"),
        ("Toyama", {"kind": "Prefecture"}, "toyama"),
        ("Toyama", {"kind": "City"}, "toyama-city"),
        ("富山県", {}, "toyama"),
        ("Sankt Gallen", {}, "st-gallen"),
        ("Koeln", {}, "koeln"),
        ("Bienne", {}, "biel"),
        ("Moskva", {}, "moscow"),
        ("Victoria", {"country": "Kanada"}, "victoria-bc"),
    ],
)
def test_a_spelling_finds_its_place(places, name, more, expected):
    """Languages, scripts, spellings with errors, words for kinds and what stands in brackets find their place."""
    assert first(places, name, **more) == expected


@pytest.mark.parametrize(
    "query",
    [Query("Zürich", country="AT"), Query("Toyama", kind="Country"), Query("Halle", coordinates=(0.0, 0.0))],
)
def test_a_namesake_elsewhere_is_contradicted(places, query):
    """What lies in another country, is of another level or far away is never to be linked, however equal its name."""
    found = [row for row in places.match(query) if None not in row.parts.values()]
    assert all(row.contradicted and not row.linkable for row in found if row.entry.coordinates or not query.coordinates)


def test_nothing_is_linkable_by_its_name_alone(places):
    """An equal name does not do; a country that agrees besides does."""
    assert not places.match(Query("Köln"))[0].linkable
    assert places.match(Query("Köln", country="DE"))[0].linkable


def test_the_score_shows_its_parts_and_what_nobody_knows(places):
    """Parts that were not asked for are absent; what nobody knows is None and costs less than a fault."""
    rows = {row.iri.removeprefix(E): row for row in places.match(Query("Victoria", country="CA"))}
    assert rows["victoria-bc"].parts == {"name": 1.0, "country": 1.0}
    assert rows["unknown"].parts == {"name": 1.0, "country": None}
    assert rows["victoria-bc"].score > rows["unknown"].score


@pytest.mark.parametrize("name", ["", " ", "(", "()", "a", '"', "*", "%", "\x00", "🏙", "x" * 1_000_000, "' OR 1=1 --"])
def test_a_strange_name_finds_little_and_breaks_nothing(places, name):
    """Names of nothing, of signs or of a megabyte are answered at once."""
    assert len(places.match(Query(name, country=name, within=name))) <= 5


def test_a_limit_is_kept(places):
    """As many candidates come as are wanted, and none for a limit of nothing."""
    assert [len(places.match(Query("Zürich", limit=limit))) for limit in (0, 1, 2)] == [0, 1, 2]
