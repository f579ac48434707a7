"""Walks ``data/links/``: each row is a decision that can be traced, and no two decisions contradict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from data.records import ID, LINKS, each, known, links, no_fault, short

if TYPE_CHECKING:
    from pathlib import Path


@each(LINKS)
def test_links_start_at_things_and_are_justified(file: Path) -> None:
    """Each link starts at a thing of ours and says why, and how sure we are."""
    justification = "https://w3id.org/semapv/vocab/"
    rows = links(file)
    unknown = [row for row in rows if row.subject not in known()]
    reasons = [row for row in rows if not row.justification.startswith(justification)]
    unsure = [row for row in rows if not 0 < float(row.confidence) <= 1]
    no_fault(
        [f"{file.name}: {short(row.subject)}: describe it in data/ or drop the row" for row in unknown]
        + [f"{file.name}: {short(row.subject)}: give a justification of semapv" for row in reasons]
        + [f"{file.name}: {short(row.subject)}: give a confidence above 0, up to 1" for row in unsure]
    )


@each(LINKS)
def test_no_link_is_asserted_twice_or_contradicted(file: Path) -> None:
    """In a table a thing has one counterpart and a counterpart one thing: no two things share an item."""
    starts = Counter(short(row.subject) for row in links(file))
    ends = Counter(row.object for row in links(file))
    no_fault(
        [f"{file.name}: {name}: keep one of its {n} rows" for name, n in starts.items() if n > 1]
        + [f"{file.name}: {name}: keep the right one of {n} things" for name, n in ends.items() if n > 1]
    )


def test_link_tables_are_licensed() -> None:
    """Each table says under which licence and since when its rows hold."""
    heads = {file.name: file.read_text(encoding="utf-8") for file in LINKS}
    assert heads, "data/links holds no table"
    keys = ("mapping_set_id", "license", "mapping_date", "curie_map")
    missing = [(f, key) for f, text in heads.items() for key in keys if f"#{key}:" not in text]
    no_fault([f"{f}: add #{key} to its head" for f, key in missing])


def test_namesakes_keep_apart() -> None:
    """Namesakes keep apart: canton and city, prefecture and city, province and city, Halle and Halle."""
    (table,) = (file for file in LINKS if file.name.startswith("wikidata"))
    items = {row.subject.removeprefix(ID): row.object.rsplit("/", 1)[1] for row in links(table)}
    expected = {
        "canton/basel-stadt": "Q12172",
        "city/basel": "Q78",
        "city/halle-saale": "Q2814",
        "prefecture/toyama": "Q132929",
        "province/quebec": "Q176",
    }
    assert expected == {name: items[name] for name in expected}
