"""The tables that joins run on, kept by Spark, for a graph that one machine is too small for.

A table is a folder of Parquet files, which every machine sees under the same path. What a query gives is written
before the next one is asked, so that no query carries those of the rounds before it, and a lost machine costs its share
of one query.
"""

# ruff: noqa: S608 - the parts of a query are names and numbers of ours

from __future__ import annotations

import shutil
from functools import reduce
from typing import TYPE_CHECKING, Any

from citygraph.build.tables import TEXTS, Cells, Tables, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


class SparkTables(Tables):
    """Tables of Spark in a folder that all its machines see."""

    # no sort of all rows, for which they would have to come to one machine; the numbers have gaps
    numbering = "monotonically_increasing_id() + 1"

    def __init__(self, session: SparkSession, work: Path) -> None:
        self._session, self._folder = session, work.resolve() / "tables"
        self._places: dict[str, tuple[Path, StructType]] = {}
        self._parts = session.sparkContext.defaultParallelism
        """How many files a query writes at most: it may join as many queries as there are rules, each with its own."""
        self._made = 0

    def fill(self, name: str, columns: Sequence[str], rows: Sequence[Cells]) -> None:
        """Make a table of a few rows, which stand in the plan of each query until more are added."""
        typed = ", ".join(f"CAST({c} AS {'STRING' if c in TEXTS else 'BIGINT'}) AS {c}" for c in columns)
        some = spelled(rows or [(0,) * len(columns)])
        query = f"SELECT {typed} FROM VALUES {some} t({', '.join(columns)}) WHERE {len(rows)} > 0"
        self._asked(query).createOrReplaceTempView(name)

    def put(self, name: str, *queries: str) -> None:
        """Make a table of what queries give."""
        self._write(name, reduce(lambda one, other: one.union(other), map(self._asked, queries)))

    def add(self, name: str, query: str) -> None:
        """Add what a query gives."""
        if name not in self._places:
            self._write(name, self._session.table(name))
        place, schema = self._places[name]
        rows = self._asked(query).toDF(*schema.names).to(schema)
        rows.coalesce(self._parts).write.parquet(place.as_uri(), mode="append")
        self._show(name, place, schema)

    def lines(self, paths: Sequence[Path], first: int) -> str:
        """Spell a table of the lines of files."""
        for number, path in enumerate(paths, first):
            read = self._session.read.option("lineSep", "\n").text(path.resolve().as_uri())
            read.selectExpr("value AS line", f"{number} AS graph").createOrReplaceTempView(f"lines_{number}")
        numbers = range(first, first + len(paths))
        return "(" + " UNION ALL ".join(f"SELECT line, graph FROM lines_{number}" for number in numbers) + ") n"

    def rows(self, query: str) -> list[Any]:
        """Ask for a few rows."""
        return [tuple(row) for row in self._asked(query).collect()]

    def write(self, query: str, target: Path) -> None:
        """Write the lines that a query gives to a file: each machine its part, which this one puts together."""
        folder = self._place()
        self._asked(query).write.text(folder.as_uri())
        with target.open("wb") as whole:
            for part in sorted(folder.glob("part-*")):
                with part.open("rb") as lines:
                    shutil.copyfileobj(lines, whole)
        shutil.rmtree(folder)

    def close(self) -> None:
        """Forget the tables; the session may serve others."""
        for name in self._places:
            self._session.catalog.dropTempView(name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _asked(self, query: str) -> DataFrame:
        """Ask in Spark's SQL, where a backslash in a text wants another; ours stand nowhere else."""
        return self._session.sql(query.replace("\\", "\\\\"))

    def _place(self) -> Path:
        self._made += 1
        return self._folder / str(self._made)

    def _write(self, name: str, rows: DataFrame) -> None:
        """Compute rows now, and let them take the place of the table of this name."""
        place, before = self._place(), self._places.get(name)
        rows.coalesce(self._parts).write.parquet(place.as_uri())
        self._show(name, place, rows.schema)
        if before:
            shutil.rmtree(before[0])

    def _show(self, name: str, place: Path, schema: StructType) -> None:
        rows = self._session.read.schema(schema).parquet(place.as_uri())
        rows.createOrReplaceTempView(name)
        self._places[name] = place, rows.schema  # what comes from a file may be null
