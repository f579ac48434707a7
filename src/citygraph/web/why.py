"""Why a fact is to be believed: who states it, on which words, what other sources say, and by which rule it follows.

An inferred fact is followed back to its premises: the rule whose conclusion it is, a term that is read backwards, or a
narrower term. The premises are statements like any other and lead further back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

import pyoxigraph as ox

from citygraph.errors import QueryError
from citygraph.vocab import RDF_TYPE, foreign, prefixes
from citygraph.web.describe import graph_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.queries import Query
    from citygraph.web.current import Served

_EVIDENCE = """SELECT ?graph ?node ?selector ?source ?exact ?start ?end WHERE {{
    GRAPH ?graph {{ <{subject}> cg:evidence ?node . ?node oa:hasSource ?source ; oa:hasSelector ?selector .
                    ?selector oa:exact ?exact ; oa:start ?start ; oa:end ?end }}
}} ORDER BY ?graph ?start"""
_HEAD = re.compile(r"CONSTRUCT\s*\{\s*\?(?P<subject>\w+)\s+(?P<term>[\w:]+)\s+\?(?P<value>\w+)\s*\}")
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>")
_UNREPEATABLE = re.compile(r"^\s*(#|FILTER|BIND|GRAPH|OPTIONAL|\})|[*+|^]|\?graph\b")
_PREMISES = 30
"""How many premises of a conclusion are told."""

Statement = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]


@dataclass(frozen=True)
class Phrase:
    """Words of a document that the thing rests on."""

    graph: str
    node: str
    source: str
    exact: ox.Literal
    start: int
    end: int


@dataclass
class Reason:
    """Why one statement is to be believed."""

    statement: Statement
    graphs: list[str]
    """The graphs that state it."""
    phrases: list[Phrase]
    """The words in those of these graphs that are sources."""
    rivals: list[tuple[ox.NamedNode | ox.Literal, list[str]]] = field(default_factory=list)
    """What others say instead."""
    rule: str = ""
    """The name of the rule that it follows by: a query of ``queries/rules``, or ``inverse`` or ``narrower``."""
    premises: list[tuple[Statement, list[str]]] = field(default_factory=list)

    def quads(self) -> Iterator[ox.Quad]:
        """The same as statements, each in the graphs that hold it."""
        rows = [(self.statement, self.graphs), *self.premises]
        rows += [((*self.statement[:2], value), graphs) for value, graphs in self.rivals]
        for statement, graphs in rows:
            yield from (ox.Quad(*statement, ox.NamedNode(graph)) for graph in graphs)


def reason(served: Served, statement: Statement, rules: Iterable[Query]) -> Reason | None:
    """Find out why a statement is to be believed; None where nobody states it."""
    subject, term, _ = statement
    graphs = _stated(served, statement)
    if not graphs:
        return None
    found = Reason(statement, graphs, [row for row in _phrases(served, subject) if row.graph in graphs])
    if term.value in served.terms.single_valued:
        found.rivals = _rivals(served, statement, graphs)
    if served.iris.graph("inferred").value in graphs:
        found.rule, premises = _conclusion(served, statement, rules)
        found.premises = [(row, _stated(served, row)) for row in premises[:_PREMISES]]
    return found


def _stated(served: Served, statement: Statement) -> list[str]:
    return sorted({graph_of(quad) for quad in served.store.quads(*statement)})


def _phrases(served: Served, subject: ox.NamedNode) -> Iterator[Phrase]:
    for row in served.store.select(_EVIDENCE.format(subject=subject.value), prefixes=prefixes(served.iris.base)):
        if isinstance(row["exact"], ox.Literal):
            places = (int(row["start"].value), int(row["end"].value))
            yield Phrase(row["graph"].value, row["node"].value, row["source"].value, row["exact"], *places)


def _rivals(
    served: Served, statement: Statement, graphs: list[str]
) -> list[tuple[ox.NamedNode | ox.Literal, list[str]]]:
    """The values of other sources that neither are coarser than this one nor finer."""
    subject, term, value = statement
    others: dict[ox.NamedNode | ox.Literal, set[str]] = {}
    for quad in served.store.quads(subject, term):
        other, graph = quad.object, graph_of(quad)
        if not isinstance(other, (ox.NamedNode, ox.Literal)) or graph in graphs:
            continue
        if not (other.value.startswith(value.value) or value.value.startswith(other.value)):
            others.setdefault(other, set()).add(graph)
    return sorted(((other, sorted(where)) for other, where in others.items()), key=lambda row: row[0].value)


def _conclusion(served: Served, statement: Statement, rules: Iterable[Query]) -> tuple[str, list[Statement]]:
    """The rule that a statement follows by, and its premises."""
    subject, term, value = statement
    for rule in rules:
        found = _by_rule(served, statement, rule)
        if found:
            return rule.name, found
    for other in served.terms.inverses.get(term.value, ()):
        if isinstance(value, ox.NamedNode):
            back = (value, ox.NamedNode(other), subject)
            if _stated(served, back):
                return "inverse", [back]
    premises: list[Statement] = []
    if term == RDF_TYPE:
        kinds = {quad.object for quad in served.store.quads(subject, RDF_TYPE)}
        premises = [(subject, RDF_TYPE, kind) for kind in kinds if _narrower(kind, served, value)]
    else:
        terms = {quad.predicate for quad in served.store.quads(subject, None, value)}
        premises = [(subject, other, value) for other in terms if _narrower(other, served, term)]
    return ("narrower", sorted(premises, key=str)) if premises else ("", [])


def _narrower(term: object, served: Served, above: ox.NamedNode | ox.Literal) -> TypeGuard[ox.NamedNode]:
    """Whether the ontology calls one term narrower than another."""
    if not isinstance(term, ox.NamedNode) or not isinstance(above, ox.NamedNode) or term == above:
        return False
    names = (foreign("rdfs", "subPropertyOf"), foreign("rdfs", "subClassOf"))
    return any(next(iter(served.store.quads(term, name, above, most=1)), None) for name in names)


def _by_rule(served: Served, statement: Statement, rule: Query) -> list[Statement]:
    """The premises of a rule that concludes the statement; none where it does not.

    They are the patterns of its WHERE, as far as a CONSTRUCT can repeat them: one line each, no paths, no filters.
    """
    head = _HEAD.search(rule.text)
    if head is None:
        return []
    spaces = dict(_PREFIX.findall(rule.text))
    prefix, _, local = head["term"].partition(":")
    if spaces.get(prefix, "") + local != statement[1].value:
        return []
    where = rule.text[head.end() :].strip().removeprefix("WHERE").strip()
    lines = [line for line in where[1:-1].splitlines() if not _UNREPEATABLE.search(line)]
    values = f"VALUES (?{head['subject']} ?{head['value']}) {{ ({statement[0]} {statement[2]}) }}"
    text = f"{rule.text[: head.start()]} CONSTRUCT {{ {' '.join(lines)} }} WHERE {{ {values} {where} }}"
    try:
        triples = list(served.store.construct(text))
    except QueryError:
        return []
    return sorted(
        {
            (row.subject, row.predicate, row.object)
            for row in triples
            if isinstance(row.subject, ox.NamedNode) and isinstance(row.object, (ox.NamedNode, ox.Literal))
        },
        key=str,
    )
