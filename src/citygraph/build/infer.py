"""Draws conclusions: the ontology's OWL 2 RL axioms and the rules of ``queries/rules``, until nothing new appears.

The axioms run in one of the engines of :mod:`citygraph.build.reasoners`, and with them the rules that are plain joins.
The other rules run as SPARQL on the store that holds the graphs, and takes in what follows from them; again only when
something appeared that their WHERE parts mention. What moves between engine, rules and store moves as files of lines,
since there may be millions.
"""

# ruff: noqa: S608 - the parts of a query are names of ours, and paths whose quotes are doubled

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from citygraph.build.axioms import TYPE, Axioms
from citygraph.build.reasoners import reasoner
from citygraph.build.rules import mentioned
from citygraph.build.stages import AT_ONCE
from citygraph.build.tables import connect, copied, lines_of
from citygraph.errors import QueryError, ValidationFailed
from citygraph.findings import Finding, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from citygraph.build.graphs import GraphFiles
    from citygraph.build.origins import Origins
    from citygraph.build.owl import Contradiction
    from citygraph.iris import Iris
    from citygraph.queries import Query
    from citygraph.store import Store

ONTOLOGY = "ontology"
INFERRED = "inferred"
_SIGN: Final = f"""CASE split_part(line, ' ', 2) WHEN '{TYPE}' THEN 'a ' || split_part(line, ' ', 3)
    ELSE split_part(line, ' ', 2) END"""
"""The predicate of a line; rdf:type together with the class."""

_MESSAGES: Final = {
    "disjoint_class": (
        "it follows that this is both a {1} and a {2}, which nothing can be; correct its type or what implies it",
        "es folgt, dass dies zugleich {1} und {2} ist, was nichts sein kann; Typ oder was ihn ergibt berichtigen",
    ),
    "nothing": (
        "it follows that this cannot exist; correct its types",
        "es folgt, dass es dies nicht geben kann; die Typen berichtigen",
    ),
    "irreflexive_property": (
        "it follows that this has itself as {0}; name another thing there",
        "es folgt, dass dies sich selbst als {0} hat; dort etwas anderes nennen",
    ),
    "asymmetric_property": (
        "{0} holds in both directions, which cannot be; keep one",
        "{0} gilt in beide Richtungen, was nicht sein kann; eine davon behalten",
    ),
    "disjoint_property": (
        "{0} and {1} lead to the same thing, which cannot be; keep one",
        "{0} und {1} führen zum selben Ding, was nicht sein kann; eines davon behalten",
    ),
    "owlrl": ("{0}; correct the statements", "{0}; die Aussagen berichtigen"),
}


def infer(  # noqa: PLR0913, PLR0917 - a stage takes what it needs as arguments
    files: GraphFiles,
    names: Sequence[str],
    rules: Sequence[Query],
    iris: Iris,
    engine: str,
    work: Path,
    store: Store,
    origins: Origins,
    master: str = "",
) -> Iterator[bytes]:
    """Conclude what follows from some graphs, and give it as N-Triples lines.

    The store holds these graphs, and in the end a graph of what follows. Whatever the axioms forbid is a
    :class:`ValidationFailed`, raised before anything is given back. What is put aside on the way stands in the working
    folder, and is gone at the end. ``master`` says where Spark runs, if it does.
    """
    with files.path(ONTOLOGY).open(encoding="utf-8") as lines:
        axioms = Axioms.read(lines)
    with TemporaryDirectory(prefix="infer-", dir=work) as folder:
        texts = {rule.name: rule.bound(iris=iris) for rule in rules}
        reasoning = reasoner(engine, axioms, texts, Path(folder), master)
        left = {name: text for name, text in texts.items() if name not in reasoning.takes}
        run = _Run([files.path(name) for name in names], store, iris.graph(INFERRED), left, Path(folder))
        try:
            fresh = run.inputs
            while fresh:
                concluded = run.part()
                reasoning.conclude(fresh, concluded)
                run.add(concluded)
                fresh = run.apply_rules()
            findings = [_finding(found, names) for found in reasoning.contradictions()]
        finally:
            reasoning.close()
            run.close()
        if findings:
            raise ValidationFailed(Report.of(origins.place(findings)))
        for path in run.parts:
            with path.open("rb") as lines:
                yield from lines


class _Run:
    """One alternation of axioms and rules: the parts of what is new, and what they touch."""

    def __init__(
        self, inputs: list[Path], store: Store, graph: ox.NamedNode, rules: dict[str, str], work: Path
    ) -> None:
        self.inputs = inputs
        self.parts: list[Path] = []
        """Files of what is new; no line stands in two of them, nor in an input."""
        self._store, self._graph, self._work = store, graph, work
        self._texts = rules
        self._mentioned = {name: mentioned(text) for name, text in rules.items()}
        self._due = list(rules)
        self._lines = connect(work, "lines")

    def part(self) -> Path:
        """Name the next file."""
        return self._work / f"part-{len(self.parts)}.nt"

    def add(self, part: Path) -> None:
        """Take in a file of new lines, and note which rules it touches."""
        self._store.load(part, self._graph)
        if self.parts:  # on the first, every rule is due anyhow
            signs = self._signs(part)
            touched = {name for name, signs_of in self._mentioned.items() if signs_of is None or signs_of & signs}
            self._due = [name for name in self._texts if name in touched or name in self._due]
        self.parts.append(part)

    def apply_rules(self) -> list[Path]:
        """Run the rules that are due, and give back the file of what they have found newly, if anything."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(self._apply, self._due))
        for name, path in zip(self._due, found, strict=True):
            self._refuse_blank_nodes(name, path)
        self._due = []
        if not found:
            return []
        part = self.part()
        self._write_new(found, part)
        if not part.stat().st_size:
            return []
        self.add(part)
        return [part]

    def _apply(self, name: str) -> Path:
        """Write what a rule finds, whether it is known or not."""
        path = self._work / f"rule-{name}.nt"
        self._store.construct(self._texts[name]).serialize(output=str(path), format=ox.RdfFormat.N_TRIPLES)
        return path

    def _write_new(self, found: Sequence[Path], target: Path) -> None:
        """Write each line that stands neither in an input nor in a part; only like predicates are compared."""
        self._lines.execute(
            "CREATE OR REPLACE TABLE candidate AS"
            f" SELECT DISTINCT line, split_part(line, ' ', 2) AS p FROM {lines_of(found)}"
        )
        known = lines_of([*self.inputs, *self.parts])
        query = (
            "SELECT c.line FROM candidate c WHERE NOT EXISTS (SELECT 1 FROM"
            f" (SELECT line FROM {known} WHERE split_part(line, ' ', 2) IN (SELECT p FROM candidate)) k"
            " WHERE k.line = c.line)"
        )
        self._lines.execute(copied(query, target))

    def _signs(self, part: Path) -> set[str]:
        """The predicates that occur in a file; rdf:type together with the class."""
        rows = self._lines.execute(f"SELECT DISTINCT {_SIGN} FROM {lines_of([part])}").fetchall()
        return {str(row[0]) for row in rows} | {TYPE for row in rows if str(row[0]).startswith("a ")}

    def _refuse_blank_nodes(self, name: str, path: Path) -> None:
        """A rule that makes blank nodes makes others each time, and there would be no end."""
        query = f"SELECT line FROM {lines_of([path])} WHERE regexp_matches(line, '^_:|> _:[^ ]+ \\.$') LIMIT 1"
        if row := self._lines.execute(query).fetchone():
            raise QueryError(f"queries/rules/{name}.rq", f"the rule makes a blank node ({row[0]}); give it an IRI")

    def close(self) -> None:
        """Let go of files and memory."""
        self._lines.close()


def _finding(found: Contradiction, names: Iterable[str]) -> tuple[Finding, str, list[str]]:
    """Turn a contradiction into a finding at the thing's block, in a source that speaks of it if there is one."""
    thing = found.thing.strip("<>")
    sources = [name for name in names if name.startswith("source/")]
    words = [re.split("[#/]", term.strip("<>"))[-1] if term.startswith("<") else term for term in found.terms]
    english, german = (text.format(*words) for text in _MESSAGES[found.kind])
    path = found.terms[0].strip("<>") if found.terms[0].startswith("<") else ""
    value = found.terms[-1] if path else ""
    finding = Finding(
        "",
        0,
        Severity.VIOLATION,
        thing,
        path,
        value,
        english,
        (("de", german),),
        shape=f"owl:{found.kind}",
    )
    return finding, thing, sources
