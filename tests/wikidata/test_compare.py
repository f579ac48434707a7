"""Both sides are laid beside each other pair by pair, and beside what was agreed; each difference is told once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from citygraph.wikidata.agreed import agree
from citygraph.wikidata.sides import Source, newest_holders
from wikidata.small import OURS, WIKIDATA, claim, commands, compared, iri, sides, stated, told

if TYPE_CHECKING:
    from citygraph.wikidata.sides import Claim

TWO = {"basel": "Q78", "lyon": "Q456"}
BOTH = [claim("basel", "lyon"), claim("lyon", "basel")]
TABLE = replace(WIKIDATA, whole=False)


def test_what_both_state_is_no_difference() -> None:
    """A pair that we state and both items state is told nowhere, whatever the precision of its dates."""
    dated = [claim("basel", "lyon", start="2009"), claim("lyon", "basel", date="2009-10-26")]
    assert told([stated("basel", "lyon")], BOTH, TWO) == []
    assert told([stated("basel", "lyon", "2009-10-26")], dated, TWO) == []


def test_each_direction_is_missing_by_itself() -> None:
    """An item that does not state its partner is told and proposed, though the partner states it."""
    given = ([stated("basel", "lyon", "1999 1999-05", "2010")], BOTH[1:], TWO)
    assert commands(*given)[0] == ("Q78", "Q456", (("P580", "1999-05"), ("P582", "2010")))
    assert [row[:3] for row in told(*given)] == [
        ("missing-there", "stated", "basel lyon"),
        ("missing-there", "start", "basel lyon"),
        ("contradiction", "end", "basel lyon"),
    ]
    assert [row[:2] for row in commands([stated("basel", "lyon")], [], TWO)] == [("Q78", "Q456"), ("Q456", "Q78")]


def test_what_only_wikidata_states() -> None:
    """A twin that no source of ours states is missing here, once for both directions; so are dates that we lack."""
    assert told([], BOTH, TWO) == [("missing-here", "stated", "basel lyon", "new", ())]
    assert told([], [claim("basel", "Q90")], TWO) == [("missing-here", "stated", "basel Q90", "new", ())]
    dated = [claim("basel", "lyon", start="1999"), claim("lyon", "basel")]
    assert [row[:2] for row in told([stated("basel", "lyon")], dated, TWO)] == [("missing-here", "start")]


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        (("1999", ""), {"start": "2001"}, ("contradiction", "start", ("dates",))),
        (("1999", ""), {"date": "2001"}, ("contradiction", "start", ("dates",))),
        (("1999-05-01", ""), {"start": "1999-06"}, ("contradiction", "start", ("dates",))),
        (("1999 2001", ""), {"start": "2001"}, None),
        (("1999", ""), {}, ("missing-there", "start", ())),
        (("", "2020"), {}, ("contradiction", "end", ())),
        (("", "2030"), {}, ("missing-there", "end", ())),
        (("", "2026"), {}, ("missing-there", "end", ())),
        (("", "2020"), {"end": "2019"}, ("contradiction", "end", ("dates",))),
        (("", ""), {"end": "2019"}, ("contradiction", "end", ("dates",))),
        (("", ""), {"end": "2040"}, ("missing-here", "end", ())),
        (("1999", ""), {"odd": frozenset({"P580"})}, None),
    ],
)
def test_dates(ours: tuple[str, str], theirs: dict[str, object], wanted: tuple[object, ...] | None) -> None:
    """Dates contradict unless one is a coarser form of the other; over for one side and going on for the other too."""
    both = [claim("basel", "lyon", **theirs), claim("lyon", "basel", **theirs)]
    rows = told([stated("basel", "lyon", *ours)], both, TWO)
    assert [(kind, field, reasons) for kind, field, _, _, reasons in rows] == ([wanted] if wanted else [])


def test_a_table_without_qualifiers_contradicts_no_date() -> None:
    """A snapshot that holds pairs alone tells nothing about dates."""
    rows = [replace(row, rank="") for row in BOTH]
    assert told([stated("basel", "lyon", "1999", "2001")], rows, TWO, sources=(OURS, TABLE)) == []


def test_levels_are_told_apart() -> None:
    """The city's twinning is told beside the canton's as a contradiction of levels, once, and nothing is proposed."""
    items = {"basel-stadt": "Q12172", "basel": "Q78", "shanghai": "Q8686"}
    near = {"basel-stadt": {"basel"}}
    given = ([stated("basel-stadt", "shanghai")], [claim("basel", "shanghai"), claim("shanghai", "basel")], items)
    assert told(*given, near=near) == [("contradiction", "level", "shanghai basel-stadt", "new", ("level",))]
    (line,) = compared(*given, near=near).lines()
    assert (line.ours, line.theirs) == (("stated",), ("Q78 Q8686",))
    own = [*given[0], stated("basel", "shanghai")]
    assert [row[:3] for row in told(own, given[1], items, near=near)] == [
        ("missing-there", "stated", "shanghai basel-stadt")
    ]


def test_ranks_and_denials() -> None:
    """What Wikidata deprecates or denies is a contradiction, and is not proposed again."""
    ours = [stated("basel", "lyon")]
    assert told(ours, [claim("basel", "lyon", rank="deprecated")], TWO)[0][1::3] == ("rank", ("rank",))
    old = claim("basel", "lyon", rank="deprecated", start="1066")
    assert told(ours, [*BOTH, old], TWO) == []  # beside a statement that stands, one is only out of date
    assert told(ours, [claim("basel")], TWO)[0][1::3] == ("denied", ("denied",))
    assert told(ours, [claim("basel"), claim("lyon", "basel")], TWO) == [
        ("missing-there", "stated", "basel lyon", "new", ("denied",))
    ]


def test_what_is_no_twinning_is_left_aside() -> None:
    """A cooperation is neither missing on Wikidata nor, where Wikidata calls it twinned, missing here."""
    ours = [stated("basel", "lyon", "1999", twinned=False)]
    assert told(ours, [], TWO) == []
    assert [row.partnership for row in compared(ours, [], TWO).asides()] == [ours[0].partnership]
    assert told(ours, BOTH, TWO) == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sources": (replace(OURS, page=""), WIKIDATA)}, "no-page"),
        ({"sources": (replace(OURS, page="javascript:alert(1)"), WIKIDATA)}, "no-page"),
        ({"absent": ("basel", "lyon")}, "not-held"),
    ],
)
def test_why_nothing_is_proposed(more: dict[str, object], reason: str) -> None:
    """Without the address of a page there is no reference, and of an item that nobody holds nothing is known."""
    ((_, _, _, _, reasons),) = told([stated("basel", "lyon")], [], TWO, **more)
    assert reasons == (reason,)
    assert told([stated("basel", "lyon")], [], {"basel": "Q78"})[0][4] == ("no-item",)


@pytest.mark.parametrize(
    ("starts", "theirs", "reasons", "proposed"),
    [
        ("1999 2001", BOTH, ("our-dates",), 0),
        ("-0044", BOTH, ("date-form",), 0),
        ("1999", [*BOTH, claim("basel", "lyon", end="1950")], ("several",), 1),
        ("1999", [BOTH[0], replace(BOTH[1], rank="")], ("undated",), 1),
    ],
)
def test_why_a_qualifier_is_not_proposed(
    starts: str, theirs: list[Claim], reasons: tuple[str, ...], proposed: int
) -> None:
    """A date goes to the one statement that stands for it, in a form that can be written, if we agree about it."""
    (line,) = [row for row in compared([stated("basel", "lyon", starts)], theirs, TWO).lines() if row.field == "start"]
    assert (line.kind, line.reasons, len(line.proposals)) == ("missing-there", reasons, proposed)


def test_what_wikidata_removed_is_not_proposed_again() -> None:
    """Neither what an older snapshot states, nor what was there when both were last compared."""
    old = Source("older", snapshot=True, whole=True, read="2016-09-12")
    given = ([stated("basel", "lyon")], [claim("basel", "lyon", source="older")], TWO)
    assert [row[0] for row in commands(*given, sources=(OURS, WIKIDATA, old))] == ["Q456"]
    before = dict(compared([stated("basel", "lyon")], BOTH, TWO).states())
    agreed = agree({}, before.items(), "me", dt.date(2026, 1, 1))
    assert told([stated("basel", "lyon")], [], TWO, agreed=agreed) == [
        ("missing-there", "stated", "basel lyon", "there", ("removed",))
    ]


def test_three_ways() -> None:
    """Beside what was agreed it is told which side has changed; what neither changed was left so."""
    both = [claim("basel", "lyon", start="2001"), claim("lyon", "basel", start="2001")]
    ours = [stated("basel", "lyon", "1999")]
    agreed = agree({}, compared(ours, both, TWO).states(), "me", dt.date(2026, 1, 1))
    changed = [replace(row, start="2002") for row in both]

    def state(*given: object) -> list[str]:
        return [row[3] for row in told(*given, TWO, agreed=agreed)]

    assert state(ours, both) == ["agreed"]
    assert state([stated("basel", "lyon", "1998")], both) == ["here"]
    assert state(ours, changed) == ["there"]
    assert state([stated("basel", "lyon", "1998")], changed) == ["both"]
    assert state([stated("basel", "lyon", "2002")], changed) == []
    assert commands(ours, both, TWO, agreed=agreed) == []


def test_the_newest_that_holds_an_item_speaks_for_it() -> None:
    """An older snapshot speaks for what a newer one lacks; of an item that none holds only a whole one knows."""
    old, new = replace(TABLE, name="old", read="2016-01-01"), replace(WIKIDATA, name="new")
    holding: dict[str, set[str]] = {"a": {"old", "new"}, "b": {"old"}, "c": set()}
    assert newest_holders([old, new], holding) == {"a": "new", "b": "old", "c": "new"}
    assert newest_holders([old], holding) == {"a": "old", "b": "old"}


def test_pairs_are_in_one_order() -> None:
    """Whichever side names first, a pair is one: items by number, then names."""
    found = sides([], [], {"basel": "Q78", "lyon": "Q456", "alm": ""})
    assert found.pair(iri("lyon"), iri("basel")) == (iri("basel"), iri("lyon"))
    assert found.pair(iri("alm"), iri("lyon")) == (iri("lyon"), iri("alm"))
