"""The tables that joins run on: what an engine has to offer for them, and DuckDB, which keeps them in a file.

:mod:`citygraph.build.spark` keeps them on many machines.
"""

# ruff: noqa: S608 - the parts of a query are names and numbers of ours, and paths whose quotes are doubled

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MEMORY = "400MB"
"""What DuckDB may hold in memory; beyond that it writes to the working folder."""
_LONGEST = 16 << 20
READ: Final = f"auto_detect = false, max_line_size = {_LONGEST}, buffer_size = {_LONGEST}"
"""How DuckDB reads lines of any length that occurs; unasked it would keep buffers of sixteen times the longest."""

Cells = tuple[object, ...]
TEXTS = frozenset({"term"})
"""The columns that hold texts; all others hold numbers."""


class Tables(Protocol):
    """Tables by name, and what is done with them."""

    numbering: str
    """An expression that numbers the rows ``t``, from 1 on, perhaps with gaps."""

    def fill(self, name: str, columns: Sequence[str], rows: Sequence[Cells]) -> None:
        """Make a table of a few rows."""
        ...

    def put(self, name: str, *queries: str) -> None:
        """Make a table of what queries give, in the place of the one of this name."""
        ...

    def add(self, name: str, query: str) -> None:
        """Add what a query gives, with its columns in the order of the table's."""
        ...

    def lines(self, paths: Sequence[Path], first: int) -> str:
        """Spell a table of the lines of files, each with the number of its file as ``graph``, from ``first`` on."""
        ...

    def rows(self, query: str) -> list[Any]:
        """Ask for a few rows."""
        ...

    def write(self, query: str, target: Path) -> None:
        """Write the lines that a query gives to a file."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


def spelled(rows: Iterable[Cells]) -> str:
    """Spell rows in SQL; of a text only the quote needs care."""
    texts = ((quoted(c) if isinstance(c, str) else str(c) for c in row) for row in rows)
    return ", ".join(f"({', '.join(row)})" for row in texts)


def lines_of(paths: Iterable[Path]) -> str:
    """Spell a table of the lines of files, for DuckDB; control characters are escaped in them, so none separates."""
    names = ", ".join(quoted(str(path)) for path in paths)
    return (
        f"read_csv([{names}], {READ}, header = false, delim = '\x01', quote = '', escape = '',"
        " columns = {'line': 'VARCHAR'}, filename = true)"
    )


def copied(query: str, target: Path) -> str:
    """Spell the writing of a query's lines to a file, for DuckDB."""
    return f"COPY ({query}) TO {quoted(str(target))} (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')"


def connect(work: Path, name: str) -> duckdb.DuckDBPyConnection:
    """Open an empty database in a folder, with bounded memory."""
    path = work / f"{name}.duckdb"
    path.unlink(missing_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "preserve_insertion_order": "false",
        "temp_directory": str(work / f"{name}.spill"),
    }
    return duckdb.connect(str(path), config=config)


def quoted(text: str) -> str:
    """Spell a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


class DuckTables(Tables):
    """Tables in a file of DuckDB."""

    numbering = "row_number() OVER (ORDER BY t)"

    def __init__(self, work: Path) -> None:
        self._database = connect(work, "joins")

    def fill(self, name: str, columns: Sequence[str], rows: Sequence[Cells]) -> None:
        """Make a table of a few rows, in one statement."""
        typed = ", ".join(f"{column} {'VARCHAR' if column in TEXTS else 'INTEGER'}" for column in columns)
        self._database.execute(f"CREATE TABLE {name} ({typed})")
        if rows:
            self._database.execute(f"INSERT INTO {name} VALUES {spelled(rows)}")

    def put(self, name: str, *queries: str) -> None:
        """Make a table of what queries give, one after the other, since each may take the memory there is."""
        first, *others = queries
        self._database.execute(f"CREATE OR REPLACE TABLE {name} AS {first}")
        for query in others:
            self.add(name, query)

    def add(self, name: str, query: str) -> None:
        """Add what a query gives."""
        self._database.execute(f"INSERT INTO {name} {query}")

    def lines(self, paths: Sequence[Path], first: int) -> str:
        """Spell a table of the lines of files."""
        numbers = ", ".join(f"({quoted(str(path))}, {number})" for number, path in enumerate(paths, first))
        return (
            f"(SELECT line, g.graph FROM {lines_of(paths)} l"
            f" JOIN (VALUES {numbers}) g(path, graph) ON g.path = l.filename) n"
        )

    def rows(self, query: str) -> list[Any]:
        """Ask for a few rows."""
        return self._database.execute(query).fetchall()

    def write(self, query: str, target: Path) -> None:
        """Write the lines that a query gives to a file."""
        self._database.execute(copied(query, target))

    def close(self) -> None:
        """Let go of files and memory."""
        self._database.close()
