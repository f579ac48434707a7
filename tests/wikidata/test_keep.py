"""The kept lines of a release: what was left so is shown only if wanted, and hostile names do no harm."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from citygraph.iris import CANONICAL, Iris
from citygraph.wikidata import keep
from citygraph.wikidata.agreed import agree, read_agreed, write_agreed
from citygraph.wikidata.desk import Desk
from citygraph.wikidata.keep import Kept, Wanted
from wikidata.small import claim, compared, iri, stated

if TYPE_CHECKING:
    from pathlib import Path

OURS = [stated("basel", "lyon"), stated("basel", "o'x")]
THEIRS = [claim("basel", "Q90")]
ITEMS = {"basel": "Q78", "lyon": "Q456", "o'x": "Q9"}


def test_what_was_left_so_waits(tmp_path: Path) -> None:
    """A line that somebody agreed to is kept, is not open, and no longer makes its party one that differs."""
    states = [row for row in compared(OURS, THEIRS, ITEMS).states() if "Q456" in row[0]]
    write_agreed(tmp_path / "agreed.tsv", agree({}, states, "me", dt.date(2026, 1, 1)))
    agreed = read_agreed(tmp_path / "agreed.tsv")
    desk = Desk(compared(OURS, THEIRS, ITEMS, agreed=agreed), Iris(CANONICAL))
    keep.write(tmp_path / "lines.sqlite", desk.head, desk.lines)
    kept = Kept(tmp_path / "lines.sqlite")
    assert (kept.count(Wanted()), kept.count(Wanted(known=True))) == (2, 3)
    assert kept.differing() == {iri("basel"), iri("o'x"), iri("Q90")}
    (left,) = kept.page(Wanted(party=iri("lyon"), known=True), 0, 9)
    assert left.base is not None
    assert (left.changed, left.base.date, left.proposals) == ("agreed", "2026-01-01", ())
    assert kept.page(Wanted(party=iri("lyon")), 0, 9) == []
    assert kept.count(Wanted(party="' OR 1=1 --")) == 0
    assert kept.parties(f"{CANONICAL}id/", 9) == [(iri("basel"), 2), (iri("o'x"), 1)]
    assert kept.head() == desk.head
