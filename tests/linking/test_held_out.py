"""Names in several languages and spellings find the right items through the service, in the repository's own data."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from citygraph.release import Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

with (Path(__file__).parent / "held-out.tsv").open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t"))
ROUNDS = sorted({row["round"] for row in ROWS})
WANTED = 0.95
BATCH = 50


@pytest.fixture(scope="module")
def client(seed: Release, settings: Settings, repository: Repository) -> FlaskClient:
    """A client of the repository's own data: 10,000 places."""
    return create_app(settings, Releases(seed.folder.parent), repository).test_client()


@pytest.mark.parametrize("which", ROUNDS)
def test_with_a_country_the_right_item_comes_first(client: FlaskClient, which: str) -> None:
    """Of names with their country at least 95 % get the right item first, and no namesake stands above it."""
    rows = [row for row in ROWS if row["round"] == which]
    missed = [
        row for row, found in zip(rows, _asked(client, rows, country=True), strict=True) if row["item"] not in found[:1]
    ]
    assert len(missed) <= (1 - WANTED) * len(rows), missed


@pytest.mark.parametrize("which", ROUNDS)
def test_without_a_country_the_right_item_is_among_three(client: FlaskClient, which: str) -> None:
    """Of the names alone at least 95 % have the right item among the first three."""
    rows = [row for row in ROWS if row["round"] == which]
    found = _asked(client, rows, country=False)
    missed = [row for row, items in zip(rows, found, strict=True) if row["item"] not in items[:3]]
    assert len(missed) <= (1 - WANTED) * len(rows), missed


def _asked(client: FlaskClient, rows: list[dict[str, str]], *, country: bool) -> list[list[str]]:
    """The items of the candidates for each row, best first."""
    found = []
    for start in range(0, len(rows), BATCH):
        batch = {}
        for number, row in enumerate(rows[start : start + BATCH]):
            place = [{"pid": "country", "v": row["country"]}] if country else []
            batch[str(number)] = {"query": row["name"], "limit": 3, "properties": place}
        results = client.post("/reconcile", data={"queries": json.dumps(batch)}).json
        ids = [[candidate["id"] for candidate in results[key]["result"]] for key in batch]
        wanted = {"ids": sorted({one for row in ids for one in row}), "properties": [{"id": "wikidata"}]}
        cells = client.post("/reconcile", data={"extend": json.dumps(wanted)}).json["rows"]
        found += [[cell["str"] for one in row for cell in cells[one]["wikidata"]] for row in ids]
    return found
