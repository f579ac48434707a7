"""Writes a comparison as a project of OpenRefine: a table of differences, matched to Wikidata, with a schema of edits.

The archive is what OpenRefine itself exports (version 3.6, and later ones read it): ``metadata.json`` beside
``data.zip``, which holds the rows and the pool of matches. The schema makes edits of the rows that propose something,
by the columns from ``item`` on; OpenRefine uploads them, or writes its own QuickStatements.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

from citygraph.wikidata import words
from citygraph.wikidata.sides import END, START, TWINNED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.wikidata.head import Head
    from citygraph.wikidata.lines import Line, Proposal
    from citygraph.wikidata.sides import Sides

_VERSION = "3.6.2"
_ENTITY, _DIRECT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
_SERVICE = "https://wikidata.reconci.link/en/api"
"""The service that OpenRefine knows Wikidata by."""
_DIFFERENCE = ("kind", "respect", "one", "other", "ours", "theirs", "our sources", "changed", "reasons")
_EDIT = ("item", "value", "start", "end", "page", "title", "language", "read")
COLUMNS = (*_DIFFERENCE, *_EDIT)
_MATCHED = {"one", "other", "item", "value"}
"""Columns whose cells are items."""


def project(head: Head, lines: list[Line], sides: Sides) -> bytes:
    """Write the archive that OpenRefine's "Import project" takes; the same lines make the same bytes."""
    pool: dict[str, dict[str, Any]] = {}
    rows = [_row(cells, sides, pool) for line in lines for cells in _cells(line)]
    written = {
        "data.txt": _data(rows, pool),
        "pool.txt": "\n".join([_VERSION, f"reconCount={len(pool)}", *map(_text, pool.values()), ""]),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", mtime=0, fileobj=target) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name, content in (("metadata.json", _metadata(head, len(rows))), ("data.zip", packed.getvalue())):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _metadata(head: Head, rows: int) -> bytes:
    day = f"{head.date or '1970-01-01'}T00:00:00Z"
    about = f"Compared with Wikidata as of {head.snapshot or 'no day: nothing is imported'}"
    found = {"created": day, "modified": day, "name": "Twinnings beside Wikidata", "description": about}
    return _text(found | {"rowCount": rows, "encoding": "UTF-8", "tags": ["citygraph"], "customMetadata": {}}).encode()


def _cells(line: Line) -> Iterator[dict[str, str]]:
    """The rows of a line: one for each proposal, or one without."""
    found = {
        "kind": words.KINDS[line.kind],
        "respect": words.FIELDS[line.field],
        "one": line.one,
        "other": line.other,
        "ours": " | ".join(line.ours),
        "theirs": " | ".join(line.stated),
        "our sources": " | ".join(line.sources),
        "changed": words.CHANGES[line.changed],
        "reasons": " | ".join(words.REASONS[code] for code in line.reasons),
    }
    for proposal in line.proposals:
        yield found | _edit(proposal, line)
    if not line.proposals:
        yield found


def _edit(proposal: Proposal, line: Line) -> dict[str, str]:
    dates, source = dict(proposal.qualifiers), proposal.reference
    ends = (line.one, line.other) if proposal.direction == "one" else (line.other, line.one)
    found = {"item": ends[0], "value": ends[1], "start": dates.get(START, ""), "end": dates.get(END, "")}
    title = {"title": source.title, "language": source.language} if source.language else {}
    return found | title | {"page": source.page, "read": source.read}


def _row(cells: dict[str, str], sides: Sides, pool: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "starred": False,
        "flagged": False,
        "cells": [_cell(name, cells.get(name, ""), sides, pool) for name in COLUMNS],
    }


def _cell(name: str, text: str, sides: Sides, pool: dict[str, dict[str, Any]]) -> dict[str, str] | None:
    if name not in _MATCHED or not text:
        return {"v": text} if text else None
    party = sides.party(text)
    if not party.item:
        return {"v": party.label}
    key = party.item[1:]
    pool[key] = {
        "id": int(key),
        "judgmentHistoryEntry": 0,
        "j": "matched",
        "m": {"id": party.item, "name": party.label, "types": [], "score": 100.0},
        "f": [None, None, None, None],
        "c": [],
        "service": _SERVICE,
        "identifierSpace": _ENTITY,
        "schemaSpace": _DIRECT,
        "judgmentAction": "mass",
        "judgmentBatchSize": 1,
        "matchRank": -1,
    }
    return {"v": party.label, "r": key}


def _data(rows: list[dict[str, Any]], pool: dict[str, dict[str, Any]]) -> str:
    columns = [{"cellIndex": place, "originalName": name, "name": name} for place, name in enumerate(COLUMNS)]
    for column in columns:
        if column["name"] in _MATCHED:
            column["reconConfig"] = _RECON
            found = [row["cells"][COLUMNS.index(str(column["name"]))] for row in rows]
            matched = sum(bool(cell and cell.get("r") in pool) for cell in found)
            column["reconStats"] = {"nonBlanks": sum(map(bool, found)), "newTopics": 0, "matchedTopics": matched}
    return "\n".join(
        [
            _VERSION,
            "columnModel=",
            f"maxCellIndex={len(COLUMNS) - 1}",
            "keyColumnIndex=0",
            f"columnCount={len(COLUMNS)}",
            *map(_text, columns),
            "columnGroupCount=0",
            "/e/",
            "history=",
            "pastEntryCount=0",
            "futureEntryCount=0",
            "/e/",
            f"overlayModel:wikibaseSchema={_text(_SCHEMA)}",
            f"rowCount={len(rows)}",
            *map(_text, rows),
            "",
        ]
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _snak(name: str, datatype: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"prop": _property(name, datatype), "value": value}


def _property(name: str, datatype: str) -> dict[str, str]:
    return {"type": "wbpropconstant", "pid": name, "label": _LABELS[name], "datatype": datatype}


def _column(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "columnName": name}


_LABELS = {
    TWINNED: "twinned administrative body",
    START: "start time",
    END: "end time",
    "P854": "reference URL",
    "P1476": "title",
    "P813": "retrieved",
}
_RECON = {
    "mode": "standard-service",
    "service": _SERVICE,
    "identifierSpace": _ENTITY,
    "schemaSpace": _DIRECT,
    "autoMatch": False,
    "columnDetails": [],
    "limit": 0,
}
_REFERENCE = [
    _snak("P854", "url", _column("wbstringvariable", "page")),
    _snak(
        "P1476",
        "monolingualtext",
        {
            "type": "wbmonolingualexpr",
            "language": _column("wblanguagevariable", "language"),
            "value": _column("wbstringvariable", "title"),
        },
    ),
    _snak("P813", "time", _column("wbdatevariable", "read")),
]
_STATEMENT = {
    "value": _column("wbentityvariable", "value"),
    "qualifiers": [
        _snak(START, "time", _column("wbdatevariable", "start")),
        _snak(END, "time", _column("wbdatevariable", "end")),
    ],
    "references": [{"snaks": _REFERENCE}],
    "mode": "add_or_merge",
    "mergingStrategy": {"type": "property"},
}
_SCHEMA = {
    "siteIri": _ENTITY,
    "mediaWikiApiEndpoint": "https://www.wikidata.org/w/api.php",
    "entityTypeSiteIRI": {"item": _ENTITY, "property": _ENTITY, "mediainfo": "https://commons.wikimedia.org/entity/"},
    "entityEdits": [
        {
            "type": "wbitemeditexpr",
            "subject": _column("wbentityvariable", "item"),
            "nameDescs": [],
            "statementGroups": [{"property": _property(TWINNED, "wikibase-item"), "statements": [_STATEMENT]}],
        }
    ],
}
"""The edits: the item is twinned with the value, from start to end, by what the page says."""
