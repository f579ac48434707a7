"""Proposes items for things that have none, and for the rows of a table of names.

Proposed are items that an import brought and that no thing of ours is linked to, but not pairs that somebody rejected.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from citygraph.errors import SourceError
from citygraph.linking.score import GENERAL, Candidate, Query, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from citygraph.linking.index import Named
    from citygraph.linking.matcher import Matcher

    Ask = Callable[[Sequence[Query]], list[list[Candidate]]]

_LOOKED_AT = 50
"""How many candidates are looked at for one name before those that cannot be meant are left out."""
_COLUMNS = ("name", "kind", "country", "lat", "long", "within")


@dataclass(frozen=True)
class Proposal:
    """What is looked for, and the candidates, best first."""

    subject: str
    """Kind and name of a thing of ours, or the number of the row."""
    query: Query
    candidates: tuple[Candidate, ...]


def for_things(
    matcher: Matcher, base: str, rejected: Collection[tuple[str, str]], limit: int, ask: Ask | None = None
) -> Iterator[Proposal]:
    """Propose items for every party of ours that has none, from what is imported or from another place to ask."""
    imported = f"{base}id/wikidata/"

    def is_free(row: Candidate) -> bool:
        """Whether a candidate is an item that no thing of ours is linked to."""
        if row.iri.startswith(base):
            return row.iri.startswith(imported)
        return all(iri.startswith(imported) for iri in matcher.same(row.entry.item))

    for thing in matcher.unlinked(imported):
        subject = thing.entry.iri.removeprefix(f"{base}id/")
        found: dict[str, Candidate] = {}
        queries = list(_queries(thing))
        for row in chain.from_iterable((ask or matcher.match_all)(queries)):
            free = (subject, row.entry.item) not in rejected and is_free(row)
            if free and (row.iri not in found or rank(row) < rank(found[row.iri])):
                found[row.iri] = row
        yield Proposal(subject, queries[0], tuple(sorted(found.values(), key=rank)[:limit]))


def _queries(thing: Named) -> Iterator[Query]:
    """A query for each name of a thing, with all that is known of it."""
    entry = thing.entry
    kind = next(iter(sorted(entry.kinds - GENERAL)), None)
    for text in dict.fromkeys(name.text for name in thing.names):
        yield Query(text, kind, entry.country or None, entry.coordinates, None, _LOOKED_AT)


def for_rows(ask: Ask, queries: Iterable[Query]) -> Iterator[Proposal]:
    """Propose an item for each query."""
    for number, query in enumerate(queries, 1):
        (rows,) = ask([replace(query, limit=_LOOKED_AT)])
        found = [row for row in rows if row.entry.item]
        yield Proposal(str(number), query, tuple(found[: query.limit]))


def read_queries(path: Path, limit: int) -> Iterator[Query]:
    """Read a table of names, comma- or tab-separated; a row that cannot be read is an error with its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            delimiter = "\t" if "\t" in lines.readline() else ","
            lines.seek(0)
            rows = csv.DictReader(lines, delimiter=delimiter)
            names = rows.fieldnames or []
            if "name" not in names:
                remedy = f"write the names of the columns into the first line: {', '.join(_COLUMNS)}"
                raise SourceError(path, "there is no column called name", remedy, line=1)
            for row in rows:
                yield _query(row, limit, path, rows.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path, f"the table cannot be read ({error})", "save it as CSV in UTF-8") from None


def _query(row: dict[str, str], limit: int, path: Path, line: int) -> Query:
    texts = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    try:
        point = (float(texts["lat"]), float(texts["long"])) if texts["lat"] and texts["long"] else None
    except ValueError as error:
        raise SourceError(path, f"lat and long are no decimal degrees ({error})", "write 47.56", line=line) from None
    return Query(texts["name"], texts["kind"] or None, texts["country"] or None, point, texts["within"] or None, limit)
