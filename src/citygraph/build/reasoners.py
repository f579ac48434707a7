"""The two engines that run OWL 2 RL: joins on DuckDB, which builds use, and owlrl, which judges them.

Both are fed with files of N-Triples lines and give back the useful conclusions as such a file; both keep what they
have seen, so that what the rules of ``queries/rules`` add later costs only what follows from it. Literals are opaque
texts: nothing is concluded about a literal, and ``"01"`` is never taken for ``"1"``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import duckdb
import owlrl
from rdflib import BNode, Graph, URIRef

from citygraph.build.owl import TABLES, Axioms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rdflib.term import Identifier, Node

MEMORY = "400MB"
"""What DuckDB may hold in memory; beyond that it writes to the working folder."""


@dataclass(frozen=True)
class Contradiction:
    """Two statements that an axiom forbids together: the axiom's kind, the thing, and the terms that stand against it."""

    kind: str
    thing: str
    terms: tuple[str, ...]


class Reasoner(Protocol):
    """An engine that keeps what it has seen and draws the conclusions of OWL 2 RL."""

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        ...

    def contradictions(self) -> list[Contradiction]:
        """What the axioms forbid of what is stated and concluded so far, sorted."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


def lines_of(paths: Iterable[Path]) -> str:
    """Spell a table of the lines of files, for DuckDB; control characters are escaped in them, so none separates."""
    names = ", ".join(f"'{_quoted(path)}'" for path in paths)
    return (
        f"read_csv([{names}], auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',"
        " columns = {'line': 'VARCHAR'}, max_line_size = 16777216)"
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

    def __init__(self, axioms: Axioms, work: Path) -> None:
        self._axioms = axioms
        self._round = 0
        self._database = connect(work, "joins")
        self._run = self._database.execute
        numbers = axioms.numbered()
        premises = axioms.premises
        self._run("CREATE TABLE term (id INTEGER, term VARCHAR)")
        self._run("CREATE TABLE triple (s INTEGER, p INTEGER, o INTEGER, round INTEGER)")
        self._run(
            "CREATE TABLE vocabulary (id INTEGER, term VARCHAR, premise INTEGER, about INTEGER, kept INTEGER)"
        )
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
            cells = [
                tuple(numbers[c] if isinstance(c, str) else c for c in row) for row in axioms.tables[name]
            ]
            self._insert(name, cells)

    def _insert(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert a few rows in one statement; a text is a term, in which only the quote needs care."""
        texts = [
            "("
            + ", ".join("'" + c.replace("'", "''") + "'" if isinstance(c, str) else str(c) for c in row)
            + ")"
            for row in rows
        ]
        if texts:
            self._run(f"INSERT INTO {table} VALUES {', '.join(texts)}")

    def _count(self, table: str) -> int:
        row = self._run(f"SELECT count(*) FROM {table}").fetchone()
        assert row
        return int(row[0])

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        since = self._round
        self._take_in(paths)
        everything = not since
        while self._count("delta") or everything:
            self._step(everything=everything)
            everything = False
        self._write(since + 1, target)
        return sum(1 for _ in target.open("rb"))

    def _take_in(self, paths: Sequence[Path]) -> None:
        """Number the terms of the lines that matter, and keep what is new among them as round 0."""
        self._run(
            "CREATE OR REPLACE TABLE incoming AS SELECT s, p, o FROM ("
            " SELECT w.s, v.id AS p, substr(w.line, length(w.s) + length(w.p) + 3,"
            "  length(w.line) - length(w.s) - length(w.p) - 4) AS o"
            " FROM (SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p, line"
            f"  FROM {lines_of(paths)}) w"
            " JOIN vocabulary v ON v.term = w.p AND v.premise = 1) x"
            # a class that no axiom mentions leads nowhere
            " WHERE p <> 0 OR o IN (SELECT term FROM vocabulary)"
        )
        self._run(
            "INSERT INTO term SELECT CASE substr(t, 1, 1) WHEN '\"' THEN -n ELSE n END, t FROM ("
            " SELECT t, row_number() OVER (ORDER BY t) + (SELECT max(abs(id)) FROM term) AS n FROM ("
            "  SELECT s AS t FROM incoming UNION SELECT o AS t FROM incoming) x"
            "  WHERE NOT EXISTS (SELECT 1 FROM term k WHERE k.term = x.t)) y"
        )
        self._run(
            "CREATE OR REPLACE TABLE fresh AS SELECT a.id AS s, i.p AS p, b.id AS o FROM incoming i"
            " JOIN term a ON a.term = i.s JOIN term b ON b.term = i.o"
        )
        self._run("DROP TABLE incoming")
        self._keep(0)

    def _keep(self, number: int) -> None:
        """Move what is new among the fresh triples into the graph, and make it the next delta."""
        self._run(
            "CREATE OR REPLACE TABLE delta AS SELECT DISTINCT s, p, o FROM fresh f WHERE NOT EXISTS"
            " (SELECT 1 FROM triple k WHERE k.s = f.s AND k.p = f.p AND k.o = f.o)"
        )
        self._run(f"INSERT INTO triple SELECT s, p, o, {number} FROM delta")

    def _step(self, *, everything: bool) -> None:
        """Apply every rule once; in the first round, where all is new, a join of two premises needs one query only."""
        self._round += 1
        queries: list[str] = []
        for rule in self._axioms.rules:
            found = list(rule.queries("delta", "triple"))
            queries += found[:1] if everything else found
        self._run("CREATE OR REPLACE TABLE fresh (s INTEGER, p INTEGER, o INTEGER)")
        if queries:
            self._run(f"INSERT INTO fresh {' UNION ALL '.join(queries)}")
        self._keep(self._round)

    def _write(self, since: int, target: Path) -> None:
        """Write what is useful of the conclusions; the conditions are those of :meth:`Axioms.useful`."""
        query = (
            "SELECT a.term || ' ' || p.term || ' ' || b.term || ' .' FROM triple t"
            " JOIN term a ON a.id = t.s JOIN vocabulary p ON p.id = t.p JOIN term b ON b.id = t.o"
            " LEFT JOIN vocabulary x ON x.id = t.s LEFT JOIN vocabulary y ON y.id = t.o"
            f" WHERE t.round >= {since} AND t.s > 0 AND coalesce(x.about, 0) = 0 AND substr(b.term, 1, 2) <> '_:'"
            " AND CASE t.p WHEN 0 THEN coalesce(y.kept, 0) ELSE p.kept END = 1"
        )
        self._run(copied(query, target))

    def contradictions(self) -> list[Contradiction]:
        """What the axioms forbid of what is stated and concluded so far, sorted."""
        found = set()
        for rule in self._axioms.contradictions:
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


class Reference:
    """Runs owlrl on a graph in memory: the reference, for small graphs only."""

    def __init__(self, axioms: Axioms) -> None:
        self._axioms = axioms
        self._graph = Graph()
        self._known: set[str] = set()
        self._literals: dict[str, URIRef] = {}
        self._texts: dict[URIRef, str] = {}
        self._errors: list[str] = []

    def _read(self, text: str) -> Identifier:
        """Make a term; a literal becomes a name, since owlrl would compare values and drop spellings."""
        if text.startswith("<"):
            return URIRef(text[1:-1])
        if text.startswith("_:"):
            return BNode(text[2:])
        name = self._literals.setdefault(text, URIRef(f"urn:literal:{len(self._literals)}"))
        self._texts[name] = text
        return name

    def _text(self, term: Node) -> str:
        if isinstance(term, URIRef):
            return self._texts.get(term) or f"<{term}>"
        return f"_:{term}"

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        for path in paths:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    s, p, rest = line.rstrip("\n").split(" ", 2)
                    self._known.add(line)
                    self._graph.add((self._read(s), self._read(p), self._read(rest.removesuffix(" ."))))
        closure = owlrl.OWLRL_Semantics(self._graph, False, False)
        closure.closure()
        self._errors += closure.error_messages
        new = {" ".join(triple) + " .\n" for triple in self._useful()} - self._known
        self._known |= new
        target.write_text("".join(sorted(new)), encoding="utf-8")
        return len(new)

    def _useful(self) -> Iterator[tuple[str, str, str]]:
        for triple in self._graph:
            s, p, o = map(self._text, triple)
            if self._axioms.useful(s, p, o):
                yield s, p, o

    def contradictions(self) -> list[Contradiction]:
        """What owlrl complains of; its message is all there is, and the last thing it names is what is meant."""
        found = set()
        for message in self._errors:
            terms = [f"<{iri}>" for iri in re.findall(r"https?://[^\s,()]+", message)]
            things = [term for term in terms if term not in self._axioms.terms]
            found.add(Contradiction("owlrl", things[-1] if things else "", (message,)))
        return sorted(found, key=lambda row: (row.thing, row.kind, row.terms))

    def close(self) -> None:
        """Let go of files and memory."""
        self._graph = Graph()


def reasoner(engine: str, axioms: Axioms, work: Path) -> Reasoner:
    """Choose the engine that the setting names."""
    return Reference(axioms) if engine == "owlrl" else Joins(axioms, work)
