"""The engines that run OWL 2 RL: joins on DuckDB, which builds use, or on Spark, and owlrl, which judges them.

All are fed with files of N-Triples lines and give back the useful conclusions as such a file; all keep what they
have seen, so that what is added later costs only what follows from it. Literals are opaque texts: nothing is concluded
about a literal, and ``"01"`` is never taken for ``"1"``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import owlrl
from rdflib import BNode, Graph, URIRef

from citygraph.build.joins import Joins
from citygraph.build.owl import Contradiction
from citygraph.build.spark import SparkTables
from citygraph.build.tables import DuckTables
from citygraph.cluster import open_spark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rdflib.term import Identifier, Node

    from citygraph.build.axioms import Axioms


class Reasoner(Protocol):
    """An engine that keeps what it has seen and draws the conclusions of OWL 2 RL."""

    @property
    def takes(self) -> frozenset[str]:
        """The names of the rules that it applies by itself."""
        ...

    def conclude(self, paths: Sequence[Path], target: Path) -> int:
        """Take in what stands in files, write what follows newly to a file, and return how much that is."""
        ...

    def contradictions(self) -> list[Contradiction]:
        """What the axioms forbid of what is stated and concluded so far, sorted."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


class Reference:
    """Runs owlrl on a graph in memory: the reference, for small graphs only."""

    def __init__(self, axioms: Axioms) -> None:
        self._axioms = axioms
        self._graph = Graph()
        self._known: set[str] = set()
        self._literals: dict[str, URIRef] = {}
        self._texts: dict[URIRef, str] = {}
        self._errors: list[str] = []

    @property
    def takes(self) -> frozenset[str]:
        """No rule: they all run on the store."""
        return frozenset()

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


def reasoner(engine: str, axioms: Axioms, rules: Mapping[str, str], work: Path, master: str = "") -> Reasoner:
    """Choose the engine that the setting names; ``master`` says where Spark runs."""
    if engine == "owlrl":
        return Reference(axioms)
    return Joins(axioms, rules, SparkTables(open_spark(master), work) if engine == "spark" else DuckTables(work))
