"""Writes all links as one mapping table (SSSOM, https://mapping-commons.github.io/sssom/), for those who want no RDF.

It holds what the tables of ``data/links`` hold, rejected rows too, so that nobody tries again what somebody judged.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import yaml

from citygraph.build.texts import read_text
from citygraph.errors import SourceError
from citygraph.linking.sssom import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.settings import Settings

NAME = "links.sssom.tsv"
_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "author_label",
    "mapping_source",
    "mapping_date",
    "confidence",
    "comment",
)
"""The columns that are published, in the order of the specification; those that no row fills are left out."""
_KEY = ("subject_id", "predicate_id", "object_id", "predicate_modifier")


def write_sssom(tables: Iterable[Path], settings: Settings, target: Path) -> int:
    """Write one table of several, sorted, and return how many rows it has; a day in a head is that of its rows."""
    prefixes: dict[str, str] = {}
    found: list[dict[str, str]] = []
    for path in tables:
        facts, rows = read_table(path, settings.iris.rebase(read_text(path)))
        for prefix, iri in (facts.get("curie_map") or {}).items():
            if prefixes.setdefault(prefix, iri) != iri:
                raise SourceError(path, f"the prefix {prefix} means another thing in another table", "use another name")
        day = str(facts.get("mapping_date") or "")
        found += (row | {"mapping_date": row.get("mapping_date") or day} for _, row in rows)
    found.sort(key=lambda row: [row.get(column) or "" for column in _KEY])
    used = [column for column in _COLUMNS if any(row.get(column) for row in found)]
    head = {
        "mapping_set_id": str(settings.iris.graph("links").value),
        "mapping_set_title": f"Links of {next(iter(settings.title.values()), 'citygraph')}",
        "license": settings.licence,
        "curie_map": dict(sorted(prefixes.items())),
    }
    with target.open("w", encoding="utf-8", newline="") as lines:
        text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=10_000)
        lines.writelines(f"#{line}\n" for line in text.splitlines())
        table = csv.DictWriter(
            lines,
            used or _COLUMNS[:1],
            delimiter="\t",
            lineterminator="\n",
            extrasaction="ignore",
            quoting=csv.QUOTE_NONE,
        )
        table.writeheader()
        table.writerows(found)
    return len(found)
