"""Names in several languages and spellings find the items that gazetteers verified, in the repository's own data."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citygraph.linking.index import Matcher
from citygraph.linking.score import Query
from citygraph.release import ENGINE

if TYPE_CHECKING:
    from citygraph.release import Release

with (Path(__file__).parent / "held-out.tsv").open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t"))
LABELLED = [row for row in ROWS if row["labelled"] == "yes"]
WANTED = 0.95


@pytest.fixture(scope="module")
def matcher(seed: Release) -> Matcher:
    """The index of the repository's own data: 10,000 names."""
    return Matcher(seed.folder / ENGINE / "names.sqlite")


def test_with_a_country_the_right_item_comes_first(matcher: Matcher) -> None:
    """Of names that some label at hand is like, at least 95 % get the right item first."""
    missed = [row for row in LABELLED if _items(matcher, row, row["country"])[:1] != [row["item"]]]
    assert len(missed) <= (1 - WANTED) * len(LABELLED), missed


def test_without_a_country_the_right_item_is_among_three(matcher: Matcher) -> None:
    """Of the same names, at least 95 % have the right item among the first three."""
    missed = [row for row in LABELLED if row["item"] not in _items(matcher, row, None)]
    assert len(missed) <= (1 - WANTED) * len(LABELLED), missed


def test_what_no_label_is_like_is_never_linked_to_another(matcher: Matcher) -> None:
    """An exonym that nobody has recorded finds nothing that may be linked, rather than something wrong."""
    for row in (row for row in ROWS if row["labelled"] == "no"):
        found = matcher.match(Query(row["name"], kind="City", country=row["country"], limit=20))
        assert [one for one in found if one.linkable and one.entry.item != row["item"]] == [], row


def _items(matcher: Matcher, row: dict[str, str], country: str | None) -> list[str]:
    return [one.entry.item for one in matcher.match(Query(row["name"], country=country, limit=3))]
