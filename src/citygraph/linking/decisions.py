"""Remembers what people decided about links: an SSSOM table of accepted and of rejected rows.

``data/links/reviewed.sssom.tsv`` is written by ``citygraph link``; the other tables of the folder are read beside it,
so that no thing gets a second item and no item a second thing. A rejected row has the ``predicate_modifier`` ``Not``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from citygraph.errors import SourceError
from citygraph.iris import CANONICAL
from citygraph.linking.countries import ITEM
from citygraph.linking.sssom import read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

FILE = "reviewed.sssom.tsv"
REJECTED = "Not"
_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "author_label",
    "mapping_date",
    "comment",
)
_HEAD = f"""\
#mapping_set_id: {CANONICAL}graph/links#reviewed
#mapping_set_title: What curators accepted and rejected
#license: http://creativecommons.org/publicdomain/zero/1.0/
#mapping_date: {{date}}
#curie_map:
{{prefixes}}#  owl: http://www.w3.org/2002/07/owl#
#  semapv: https://w3id.org/semapv/vocab/
#  wd: http://www.wikidata.org/entity/
"""


@dataclass(frozen=True)
class Decision:
    """A row: whether a thing is an item, who says so, and how surely."""

    subject: str
    """Kind and name of the thing: ``city/basel``."""
    item: str
    """The id of the item: ``Q78``."""
    accepted: bool
    curator: str
    date: dt.date
    confidence: float = 1.0
    """From 0 to 1."""
    labels: tuple[str, str] = ("", "")
    """What the thing and the item are called."""
    comment: str = ""


class Decisions:
    """The tables of a folder of links."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / FILE

    @cached_property
    def _rows(self) -> list[tuple[Path, dict[str, str]]]:
        return [(path, row) for path in sorted(self._folder.glob("*.sssom.tsv")) for row in _read(path)]

    def _items(self, *, rejected: bool) -> Iterator[tuple[Path, str, str]]:
        """Give file, thing and item of every accepted or rejected row that names an item of Wikidata."""
        for path, row in self._rows:
            if (row.get("predicate_modifier") == REJECTED) is rejected and (match := ITEM.fullmatch(row["object_id"])):
                yield path, row["subject_id"], match[1]

    @property
    def rejected(self) -> frozenset[tuple[str, str]]:
        """The pairs of thing and item that somebody rejected; they are proposed no more."""
        return frozenset((subject, item) for _, subject, item in self._items(rejected=True))

    @property
    def accepted(self) -> dict[str, str]:
        """The item of each thing."""
        return {subject: item for _, subject, item in self._items(rejected=False)}

    def add(self, decision: Decision) -> None:
        """Write a decision; an earlier one of ours about the same pair gives way, another's link is an error."""
        if decision.accepted:
            self._refuse_a_second(decision)
        kept = [row for path, row in self._rows if path == self._path]
        kept = [row for row in kept if (row["subject_id"], row["object_id"]) != _pair(decision)]
        rows = sorted([*kept, _row(decision)], key=lambda row: (row["subject_id"], row["object_id"]))
        kinds = sorted({row["subject_id"].partition("/")[0] for row in rows})
        prefixes = "".join(f"#  {kind}: {CANONICAL}id/{kind}/\n" for kind in kinds)
        newest = max(row["mapping_date"] for row in rows)
        aside = self._path.with_suffix(".new")
        self._folder.mkdir(parents=True, exist_ok=True)
        with aside.open("w", encoding="utf-8", newline="") as target:
            target.write(_HEAD.format(date=newest, prefixes=prefixes))
            table = csv.DictWriter(target, _COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
            table.writeheader()
            for row in rows:
                item = row["object_id"].rpartition("/")[2]
                table.writerow(row | {"subject_id": row["subject_id"].replace("/", ":", 1), "object_id": f"wd:{item}"})
        aside.replace(self._path)  # a reader sees the old table or the new one
        del self._rows

    def _refuse_a_second(self, decision: Decision) -> None:
        for path, subject, item in self._items(rejected=False):
            if (subject == decision.subject) is not (item == decision.item):
                fault = f"{subject} is linked to {item} already"
                raise SourceError(path, fault, "decide which of the two is meant, and remove or reject the other row")


def _pair(decision: Decision) -> tuple[str, str]:
    return decision.subject, f"http://www.wikidata.org/entity/{decision.item}"


def _row(decision: Decision) -> dict[str, str]:
    subject, item = _pair(decision)
    values = (
        subject,
        decision.labels[0],
        "owl:sameAs",
        "" if decision.accepted else REJECTED,
        item,
        decision.labels[1],
        "semapv:ManualMappingCuration",
        f"{decision.confidence:.2f}",
        decision.curator,
        decision.date.isoformat(),
        decision.comment,
    )
    return {name: " ".join(value.split()) for name, value in zip(_COLUMNS, values, strict=True)}


def _read(path: Path) -> Iterator[dict[str, str]]:
    """Read a table: things by kind and name, objects spelled out, all else as it stands."""
    head, rows = read_table(path, path.read_text("utf-8"))
    known = head.get("curie_map") or {}
    for _, row in rows:
        for column in ("subject_id", "object_id"):
            prefix, _, local = (row[column] or "").partition(":")
            row[column] = known[prefix] + local if prefix in known else row[column]
        yield row | {"subject_id": row["subject_id"].removeprefix(f"{CANONICAL}id/")}
