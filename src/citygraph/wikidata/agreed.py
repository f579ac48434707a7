"""Remembers what both sides said when somebody last compared them: ``data/links/agreed.tsv``, one row a field.

So a change on one side is told from a contradiction, what Wikidata has removed is not offered again, and a difference
that somebody looked at and left is shown apart. Without the file nothing is agreed yet.
"""

from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING

from citygraph.errors import SourceError
from citygraph.wikidata.lines import Base

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE = "agreed.tsv"
"""The table, within the folder ``wikidata`` of the data."""
FOLDER = "wikidata"
_COLUMNS = ("one", "other", "field", "ours", "theirs", "date", "curator", "comment")
_FIELDS = ("stated", "start", "end", "level")
Key = tuple[str, str, str]
"""Both parties, each by its item or by what we call it, and the field."""


def read_agreed(path: Path) -> dict[Key, Base]:
    """Read the table, if there is one; a row that is not whole is an error with its line."""
    if not path.exists():
        return {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"the table cannot be read ({error})", "save it as UTF-8") from None
    body = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not body:
        return {}
    number, head = body[0]
    if tuple(head.split("\t")) != _COLUMNS:
        raise SourceError(path, "the columns are not those of this table", f"write {' '.join(_COLUMNS)}", line=number)
    found: dict[Key, Base] = {}
    for number, line in body[1:]:
        cells = line.split("\t")
        if len(cells) != len(_COLUMNS) or cells[2] not in _FIELDS or not _is_day(cells[5]):
            remedy = f"{len(_COLUMNS)} cells between tabs; field is one of {', '.join(_FIELDS)}; date as 2026-11-22"
            raise SourceError(path, "the row is not whole", remedy, line=number)
        one, other, field, ours, theirs, *rest = cells
        if (one, other, field) in found:
            raise SourceError(
                path, f"{one}, {other} and {field} stand here twice", "remove one of the rows", line=number
            )
        found[one, other, field] = Base(_split(ours), _split(theirs), *rest)
    return found


def write_agreed(path: Path, table: Mapping[Key, Base]) -> None:
    """Write the table, sorted; a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8", newline="") as target:
        rows = csv.writer(target, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        rows.writerow(_COLUMNS)
        for key in sorted(table):
            base = table[key]
            texts = (" | ".join(base.ours), " | ".join(base.theirs), base.date, base.curator, base.comment)
            rows.writerow([*key, *(" ".join(text.split()) for text in texts)])
    aside.replace(path)


def agree(
    table: Mapping[Key, Base],
    states: Iterable[tuple[Key, tuple[tuple[str, ...], tuple[str, ...]]]],
    curator: str,
    day: dt.date,
    comment: str = "",
) -> dict[Key, Base]:
    """Let what both sides say be what was last agreed; a row that says so already keeps its day."""
    found = dict(table)
    for key, (ours, theirs) in states:
        old = found.get(key)
        if old is None or (old.ours, old.theirs) != (ours, theirs):
            found[key] = Base(ours, theirs, day.isoformat(), curator, comment)
    return found


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | ")) if text else ()


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
