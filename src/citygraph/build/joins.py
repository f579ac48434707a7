"""Runs OWL 2 RL as joins on DuckDB, and the rules that are plain enough to be joins as well.

Terms are numbered, and each round joins only what the round before has found (semi-naive evaluation). Only reading
lines, writing them and the limit of memory are DuckDB's own; all other SQL is what every engine knows.
"""

# ruff: noqa: S608 - the parts of a query are names and numbers of ours, and texts whose quotes are doubled

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from citygraph.build.axioms import TABLES, Axioms
from citygraph.build.owl import CONTRADICTIONS, RULES, Contradiction
from citygraph.build.rules import compiled, constants, mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MEMORY = "400MB"
"""What DuckDB may hold in memory; beyond that it writes to the working folder."""

_STATED, _AXIOM, _RULE = 0, 1, 2
"""Where a triple comes from."""


def lines_of(paths: Iterable[Path]) -> str:
    """Spell a table of the lines of files, for DuckDB; control characters are escaped in them, so none separates."""
    names = ", ".join(f"'{_quoted(path)}'" for path in paths)
    return (
        f"read_csv([{names}], auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',"
        " columns = {'line': 'VARCHAR'}, max_line_size = 16777216, filename = true)"
    )


def copied(query: str, target: Path) -> str:
    """Spell the writing of a query's lines to a file, for DuckDB."""
    return f"COPY ({query}) TO '{_quoted(target)}' (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')"


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


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


class Joins:
    """Runs the joins compiled from the axioms, each round on what the round before has found."""

    def __init__(self, axioms: Axioms, rules: Mapping[str, str], work: Path) -> None:
        self._joins = [rule for rule in RULES if axioms.tables[rule.table]]
        self._round = self._applied = 0
        self._graph = 1
        self._database = connect(work, "joins")
        self._run = self._database.execute
        numbers = axioms.numbered(term for text in rules.values() for term in constants(text))
        # what an axiom or a rule mentions; any other triple leads to no conclusion, and is none
        premises = axioms.premises.union(*map(constants, rules.values()))
        found = {name: compiled(text, axioms, numbers) for name, text in rules.items()}
        self._rules = {name: sql for name, sql in found.items() if sql}
        self._mentioned = {name: mentioned(rules[name]) for name in self._rules}
        self._names = {number: term for term, number in numbers.items()}
        self._run("CREATE TABLE term (id INTEGER, term VARCHAR)")
        self._run("CREATE TABLE triple (s INTEGER, p INTEGER, o INTEGER, round INTEGER, origin INTEGER)")
        self._run("CREATE TABLE incoming (s VARCHAR, p INTEGER, o VARCHAR, graph INTEGER)")
        self._run("CREATE TABLE file (path VARCHAR, graph INTEGER)")
        self._run("CREATE TABLE placed (s INTEGER, p INTEGER, o INTEGER, graph INTEGER)")
        self._run("CREATE TABLE vocabulary (id INTEGER, term VARCHAR, premise INTEGER, about INTEGER, kept INTEGER)")
        kept = axioms.classes | axioms.properties
        rows = [
            (
                number,
                term,
                int(term in premises),
                int(term in axioms.terms or term.startswith("_:")),
                int(term in kept),
            )
            for term, number in numbers.items()
        ]
        self._insert("vocabulary", rows)
        self._insert("term", [row[:2] for row in rows])
        for name, columns in TABLES.items():
            self._run(f"CREATE TABLE {name} ({', '.join(f'{column} INTEGER' for column in columns)})")
            cells = [tuple(numbers[c] if isinstance(c, str) else c for c in row) for row in axioms.tables[name]]
            self._insert(name, cells)

    def _insert(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert a few rows in one statement; a text is a term, in which only the quote needs care."""
        texts = [
            "(" + ", ".join("'" + c.replace("'", "''") + "'" if isinstance(c, str) else str(c) for c in row) + ")"
            for row in rows
        ]
        if texts:
            self._run(f"INSERT INTO {table} VALUES {', '.join(texts)}")

    def _count(self, table: str) -> int:
        row = self._run(f"SELECT count(*) FROM {table}").fetchone()
        assert row
        return int(row[0])

    @property
    def takes(self) -> frozenset[str]:
        """The rules that are joins as well, so that nobody else has to run them."""
        return frozenset(self._rules)

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        since = self._round
        self._read(paths)
        everything = not since
        while self._count("delta") or everything:
            while self._count("delta") or everything:
                self._step(everything=everything)
                everything = False
            self._apply_rules()
        self._write(since, target)
        with target.open("rb") as lines:
            return sum(1 for _ in lines)

    def _read(self, paths: Sequence[Path]) -> None:
        """Read the lines that matter, and remember in which graph each stands."""
        self._insert("file", [(str(path), number) for number, path in enumerate(paths, self._graph)])
        self._graph += len(paths)
        self._run(
            "INSERT INTO incoming SELECT w.s, v.id, substr(w.line, length(w.s) + length(w.p) + 3,"
            "  length(w.line) - length(w.s) - length(w.p) - 4), g.graph"
            " FROM (SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p, line, filename"
            f"  FROM {lines_of(paths)}) w"
            " JOIN vocabulary v ON v.term = w.p AND v.premise = 1 JOIN file g ON g.path = w.filename"
        )
        self._number_incoming()
        self._run("INSERT INTO placed SELECT s, p, o, graph FROM fresh")
        self._keep(_STATED)

    def _number_incoming(self) -> None:
        """Number the terms of what came in."""
        self._run(
            "INSERT INTO term SELECT CASE substr(t, 1, 1) WHEN '\"' THEN -n ELSE n END, t FROM ("
            " SELECT t, row_number() OVER (ORDER BY t) + (SELECT max(abs(id)) FROM term) AS n FROM ("
            "  SELECT s AS t FROM incoming UNION SELECT o AS t FROM incoming) x"
            "  WHERE NOT EXISTS (SELECT 1 FROM term k WHERE k.term = x.t)) y"
        )
        self._run(
            "CREATE OR REPLACE TABLE fresh AS SELECT a.id AS s, i.p AS p, b.id AS o, i.graph AS graph"
            " FROM incoming i JOIN term a ON a.term = i.s JOIN term b ON b.term = i.o"
        )
        self._run("TRUNCATE incoming")

    def _keep(self, origin: int) -> None:
        """Move what is new among the fresh triples into the graph, and make it the next delta."""
        self._round += 1
        self._run(
            "CREATE OR REPLACE TABLE delta AS SELECT DISTINCT s, p, o FROM fresh f WHERE NOT EXISTS"
            " (SELECT 1 FROM triple k WHERE k.s = f.s AND k.p = f.p AND k.o = f.o)"
        )
        self._run(f"INSERT INTO triple SELECT s, p, o, {self._round}, {origin} FROM delta")
        if origin != _STATED:
            self._run("INSERT INTO placed SELECT s, p, o, 0 FROM delta")

    def _apply_rules(self) -> None:
        """Apply the rules to everything, but for those that mention nothing of what is new since the last time."""
        signs: set[str] = set()
        rows = self._run(
            "SELECT DISTINCT p, CASE p WHEN 0 THEN o ELSE 0 END FROM triple WHERE round > ?", [self._applied]
        ).fetchall()
        for p, o in rows:
            signs |= {self._names[p], f"a {self._names.get(o)}"} if p == 0 else {self._names[p]}
        for name, query in self._rules.items():
            mentions = self._mentioned[name]
            if not self._applied or mentions is None or mentions & signs:
                self._run(f"INSERT INTO incoming SELECT s, p, o, 0 FROM ({query}) f(s, p, o)")
        self._applied = self._round
        self._number_incoming()
        self._keep(_RULE)

    def _step(self, *, everything: bool) -> None:
        """Apply every rule once; in the first round, where all is new, a join of two premises needs one query only."""
        queries: list[str] = []
        for rule in self._joins:
            found = list(rule.queries("delta", "triple"))
            queries += found[:1] if everything else found
        self._run("CREATE OR REPLACE TABLE fresh (s INTEGER, p INTEGER, o INTEGER)")
        if queries:
            self._run(f"INSERT INTO fresh {' UNION ALL '.join(queries)}")
        self._keep(_AXIOM)

    def _write(self, since: int, target: Path) -> None:
        """Write what is useful of the conclusions; the conditions are those of :meth:`Axioms.useful`."""
        query = (
            "SELECT a.term || ' ' || p.term || ' ' || b.term || ' .' FROM triple t"
            " JOIN term a ON a.id = t.s JOIN vocabulary p ON p.id = t.p JOIN term b ON b.id = t.o"
            " LEFT JOIN vocabulary x ON x.id = t.s LEFT JOIN vocabulary y ON y.id = t.o"
            f" WHERE t.round > {since} AND (t.origin = {_RULE} OR (t.origin = {_AXIOM} AND t.s > 0"
            " AND coalesce(x.about, 0) = 0 AND substr(b.term, 1, 2) <> '_:'"
            " AND CASE t.p WHEN 0 THEN coalesce(y.kept, 0) ELSE p.kept END = 1))"
        )
        self._run(copied(query, target))

    def contradictions(self) -> list[Contradiction]:
        """What the axioms forbid of what is stated and concluded so far, sorted."""
        found = set()
        for rule in CONTRADICTIONS:
            query = next(rule.queries("triple", "triple"))
            rows = self._run(
                f"SELECT a.term, p.term, b.term, c.term FROM ({query}) f(s, p, b, c) JOIN term a ON a.id = f.s"
                " JOIN term p ON p.id = f.p JOIN term b ON b.id = f.b JOIN term c ON c.id = f.c"
            ).fetchall()
            found |= {Contradiction(rule.table, row[0], row[1:]) for row in rows}
        return sorted(found, key=lambda row: (row.thing, row.kind, row.terms))

    def close(self) -> None:
        """Let go of files and memory."""
        self._database.close()
