"""Writes the tables for people without RDF: a CSV file (RFC 4180) for each query in ``queries/tables/``.

A graph engine looks every term up again for each comparison, so that most of a query's time would be its sorting. An
ORDER BY of variables at the very end is therefore done here, by the texts of the cells and in bounded memory; any
other stays with the engine.
"""

# ruff: noqa: S608 - the parts of a query are names of columns, and a path whose quotes are doubled

from __future__ import annotations

import csv
import re
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citygraph.build.tables import READ, connect, quoted
from citygraph.formats import by_name
from citygraph.queries import read_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citygraph.iris import Iris
    from citygraph.store import Store

_ORDER = re.compile(r"\bORDER\s+BY((?:\s+\?\w+)+)\s*\Z", re.IGNORECASE)
_BATCH = 10_000


def write_tables(store: Store, queries: Path, iris: Iris, folder: Path, work: Path) -> None:
    """Write the file of each query of a folder; what is put aside to be sorted stands in the working folder."""
    for query in read_queries(queries, iris):
        write_table(store, query.bound(iris=iris), folder / f"{query.name}.csv", work)


def write_table(store: Store, text: str, target: Path, work: Path) -> None:
    """Write what a SELECT query finds as CSV, in its order."""
    order = _ORDER.search(text)
    found = store.select(text[: order.start()] if order else text)
    columns = [variable.value for variable in found.variables]
    if order is None:
        found.serialize(str(target), format=by_name("csv").results)
        return
    with TemporaryDirectory(prefix="rows-", dir=work) as aside:
        path = Path(aside) / "rows.csv"
        found.serialize(str(path), format=by_name("csv").results)
        with target.open("w", encoding="utf-8", newline="") as written:
            rows = csv.writer(written)  # which ends lines as the engine does
            rows.writerow(columns)
            rows.writerows(_sorted(path, columns, order[1].replace("?", "").split()))


def _sorted(path: Path, columns: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The rows of a CSV file by the texts of some of its columns; nothing goes before anything."""
    typed = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in columns)
    rows = (
        f"read_csv({quoted(str(path))}, {READ}, header = true, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {{{typed}}}, parallel = false)"
    )
    order = ", ".join(f'"{name}" NULLS FIRST' for name in keys if name in columns)
    with closing(connect(path.parent, "sorting")) as database:
        found = database.execute(f"SELECT * FROM {rows} ORDER BY {order or 1}")
        while batch := found.fetchmany(_BATCH):
            yield from batch
