"""Runs OWL 2 RL as joins, and the rules that are plain enough to be joins as well.

Terms are numbered, and each round joins only what the round before has found (semi-naive evaluation). The SQL is what
every engine knows; what is an engine's own stands in :mod:`citygraph.build.tables`.
"""

# ruff: noqa: S608 - the parts of a query are names and numbers of ours, and texts whose quotes are doubled

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.build.axioms import TABLES, Axioms
from citygraph.build.owl import CONTRADICTIONS, RULES, Contradiction
from citygraph.build.rules import compiled, constants, mentioned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from citygraph.build.tables import Tables

_STATED, _AXIOM, _RULE = 0, 1, 2
"""Where a triple comes from."""


class Joins:
    """Runs the joins compiled from the axioms, each round on what the round before has found."""

    def __init__(self, axioms: Axioms, rules: Mapping[str, str], tables: Tables) -> None:
        self._joins = [rule for rule in RULES if axioms.tables[rule.table]]
        self._round = self._applied = 0
        self._graph = 1
        self._tables = tables
        numbers = axioms.numbered(term for text in rules.values() for term in constants(text))
        # what an axiom or a rule mentions; any other triple leads to no conclusion, and is none
        premises = axioms.premises.union(*map(constants, rules.values()))
        found = {name: compiled(text, axioms, numbers) for name, text in rules.items()}
        self._rules = {name: sql for name, sql in found.items() if sql}
        self._mentioned = {name: mentioned(rules[name]) for name in self._rules}
        self._names = {number: term for term, number in numbers.items()}
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
        tables.fill("triple", ("s", "p", "o", "round", "origin"), [])
        tables.fill("placed", ("s", "p", "o", "graph"), [])
        tables.fill("vocabulary", ("id", "term", "premise", "about", "kept"), rows)
        tables.fill("term", ("id", "term"), [row[:2] for row in rows])
        for name, columns in TABLES.items():
            cells = [tuple(numbers[c] if isinstance(c, str) else c for c in row) for row in axioms.tables[name]]
            tables.fill(name, columns, cells)

    @property
    def takes(self) -> frozenset[str]:
        """The rules that are joins as well, so that nobody else has to run them."""
        return frozenset(self._rules)

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        since = self._round
        everything = not since
        new = self._read(paths) or everything
        while new:
            while new:
                new = self._step(everything=everything)
                everything = False
            new = self._apply_rules()
        self._write(since, target)
        with target.open("rb") as lines:
            return sum(1 for _ in lines)

    def _read(self, paths: Sequence[Path]) -> bool:
        """Read the lines that matter, remember in which graph each stands, and tell whether any is new."""
        self._tables.put(
            "incoming",
            "SELECT w.s, v.id AS p, substr(w.line, length(w.s) + length(w.p) + 3,"
            "  length(w.line) - length(w.s) - length(w.p) - 4) AS o, w.graph"
            " FROM (SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p, line, graph"
            f"  FROM {self._tables.lines(paths, self._graph)}) w"
            " JOIN vocabulary v ON v.term = w.p AND v.premise = 1",
        )
        self._graph += len(paths)
        self._number_incoming()
        self._tables.add("placed", "SELECT s, p, o, graph FROM fresh")
        return self._keep(_STATED)

    def _number_incoming(self) -> None:
        """Number the terms of what came in."""
        self._tables.add(
            "term",
            "SELECT CASE substr(t, 1, 1) WHEN '\"' THEN -n ELSE n END AS id, t AS term FROM ("
            f" SELECT t, {self._tables.numbering} + (SELECT max(abs(id)) FROM term) AS n FROM ("
            "  SELECT s AS t FROM incoming UNION SELECT o AS t FROM incoming) x"
            "  WHERE NOT EXISTS (SELECT 1 FROM term k WHERE k.term = x.t)) y",
        )
        self._tables.put(
            "fresh",
            "SELECT a.id AS s, i.p AS p, b.id AS o, i.graph AS graph"
            " FROM incoming i JOIN term a ON a.term = i.s JOIN term b ON b.term = i.o",
        )

    def _keep(self, origin: int) -> bool:
        """Move what is new among the fresh triples into the graph, make it the next delta, and tell if it is any."""
        self._round += 1
        self._tables.put(
            "delta",
            "SELECT DISTINCT s, p, o FROM fresh f WHERE NOT EXISTS"
            " (SELECT 1 FROM triple k WHERE k.s = f.s AND k.p = f.p AND k.o = f.o)",
        )
        if not self._tables.rows("SELECT 1 FROM delta LIMIT 1"):
            return False
        self._tables.add("triple", f"SELECT s, p, o, {self._round} AS round, {origin} AS origin FROM delta")
        if origin != _STATED:
            self._tables.add("placed", "SELECT s, p, o, 0 AS graph FROM delta")
        return True

    def _apply_rules(self) -> bool:
        """Apply the rules to everything, but for those that mention nothing new, and tell whether anything follows."""
        signs: set[str] = set()
        new = f"SELECT DISTINCT p, CASE p WHEN 0 THEN o ELSE 0 END FROM triple WHERE round > {self._applied}"
        for p, o in self._tables.rows(new):
            signs |= {self._names[p], f"a {self._names.get(o)}"} if p == 0 else {self._names[p]}
        due = [
            f"SELECT s, p, o, 0 AS graph FROM ({query}) f(s, p, o)"
            for name, query in self._rules.items()
            if not self._applied or (mentions := self._mentioned[name]) is None or mentions & signs
        ]
        self._applied = self._round
        if not due:
            return False
        self._tables.put("incoming", *due)
        self._number_incoming()
        return self._keep(_RULE)

    def _step(self, *, everything: bool) -> bool:
        """Apply every axiom once; in the first round, where all is new, a join of two premises needs one query only."""
        queries = ["SELECT s, p, o FROM delta WHERE 1 = 0"]
        for rule in self._joins:
            found = list(rule.queries("delta", "triple"))
            queries += found[:1] if everything else found
        self._tables.put("fresh", " UNION ALL ".join(queries))
        return self._keep(_AXIOM)

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
        self._tables.write(query, target)

    def contradictions(self) -> list[Contradiction]:
        """What the axioms forbid of what is stated and concluded so far, sorted."""
        found = set()
        for rule in CONTRADICTIONS:
            query = next(rule.queries("triple", "triple"))
            rows = self._tables.rows(
                f"SELECT a.term, p.term, b.term, c.term FROM ({query}) f(s, p, b, c) JOIN term a ON a.id = f.s"
                " JOIN term p ON p.id = f.p JOIN term b ON b.id = f.b JOIN term c ON c.id = f.c"
            )
            found |= {Contradiction(rule.table, row[0], row[1:]) for row in rows}
        return sorted(found, key=lambda row: (row.thing, row.kind, row.terms))

    def close(self) -> None:
        """Let go of files and memory."""
        self._tables.close()
