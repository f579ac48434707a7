"""Describes the tables by CSVW: their columns, what is written in them, and where they come from.

One document describes every table beside it. It is called ``csv-metadata.json``, which is where readers look for it
(Metadata Vocabulary for Tabular Data, section 5; Model for Tabular Data, section 5.4).
"""

from __future__ import annotations

import csv
import json
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from citygraph.queries import Query

METADATA = "csv-metadata.json"
_KINDS = (
    ("boolean", re.compile(r"true|false")),
    ("integer", re.compile(r"-?(0|[1-9]\d*)")),
    ("decimal", re.compile(r"-?\d+(\.\d+)?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("anyURI", re.compile(r"https?://\S+")),
)
"""Datatypes and what their values look like, the narrowest first; what is none of them is text."""


def tables(folder: Path, queries: Iterable[Query], titles: Mapping[str, str], licence: str) -> dict[str, Any]:
    """Describe each CSV file of a folder as a group of tables; titles are those of tables that no query makes."""
    known = {query.name: query for query in queries}
    found = []
    for path in sorted(folder.glob("*.csv")):
        table: dict[str, Any] = {"url": path.name, "dc:title": titles.get(path.stem, path.stem)}
        if query := known.get(path.stem):
            table |= {"dc:title": query.title, "dc:description": query.summary}
        found.append(table | {"tableSchema": schema(path)})
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:license": {"@id": licence},
        "tables": found,
    }


def schema(path: Path) -> dict[str, Any]:
    """Describe the columns of a table by reading it once, row by row."""
    csv.field_size_limit(sys.maxsize)  # our own table, in which a name is as long as its source has it
    with path.open(encoding="utf-8", newline="") as content:
        rows = csv.reader(content)
        names = next(rows, [])
        fitting = [dict(_KINDS) for _ in names]
        filled, empty = [False] * len(names), [False] * len(names)
        for row in rows:
            for place, value in enumerate(row):
                filled[place] |= value != ""
                empty[place] |= value == ""
                if value and fitting[place]:
                    fitting[place] = {kind: form for kind, form in fitting[place].items() if form.fullmatch(value)}
    columns = [
        {"name": name, "titles": name, "datatype": next(iter(kinds), "string") if some else "string"}
        | ({} if lacking or not some else {"required": True})
        for name, kinds, some, lacking in zip(names, fitting, filled, empty, strict=True)
    ]
    about = {"aboutUrl": f"{{+{names[0]}}}"} if columns and columns[0]["datatype"] == "anyURI" else {}
    return about | {"columns": columns}


def write_metadata(folder: Path, queries: Iterable[Query], titles: Mapping[str, str], licence: str) -> None:
    """Write the description beside the tables."""
    described = tables(folder, queries, titles, licence)
    (folder / METADATA).write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
