"""Compiles the rules of ``queries/rules`` to SQL where they are plain enough, so that a million triples cost seconds.

Plain is a CONSTRUCT whose WHERE part joins triple patterns, with conditions from a short list. Any other rule runs on
the store, with the same result; tests compare the two ways. The compiled query yields texts, as N-Triples write them.
"""

# ruff: noqa: S608 - the parts of a query are names and numbers of ours, and texts whose quotes are doubled

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pyparsing import ParseException, ParseResults
from rdflib import Literal, URIRef, Variable
from rdflib.paths import AlternativePath, MulPath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from citygraph.build.axioms import TYPE, Axioms
from citygraph.build.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_IRI: Final = re.compile("<[^<>]+>")
_ANY: Final = re.compile("[!*?]")


class _TooRichError(Exception):
    """The rule says something that has no SQL here."""


def compiled(text: str, axioms: Axioms, numbers: Mapping[str, int]) -> str | None:
    """Write a rule as SQL over the tables ``triple`` and ``term``; None where it is not plain enough."""
    try:
        return _Compiler(_algebra(text), axioms, numbers).sql()
    except (_TooRichError, ParseException):
        return None


@lru_cache(maxsize=64)
def _algebra(text: str) -> CompValue:
    """Parse a rule, which takes a tenth of a second and is wanted several times."""
    return prepareQuery(text).algebra


class _Compiler:
    """Gathers the patterns, conditions and bindings of one rule."""

    def __init__(self, algebra: CompValue, axioms: Axioms, constants: Mapping[str, int]) -> None:
        self._constants = constants
        self._transitive = {row[0] for row in axioms.tables["chain"] if row[0] == row[1] == row[2]}
        self._tables: list[str] = []
        self._conditions: list[str] = []
        self._numbers: dict[Variable, str] = {}
        """Which column holds the number of a variable."""
        self._subjects: set[Variable] = set()
        self._texts: dict[Variable, str] = {}
        """The text of a variable that BIND has made."""
        if algebra.name != "ConstructQuery" or algebra.datasetClause or algebra.p.name != "Project":
            raise _TooRichError
        self._gather(algebra.p.p)
        self._template = algebra.template

    def sql(self) -> str:
        """Put the query together: one SELECT for each triple of the template."""
        return " UNION ALL ".join(self._select(*triple) for triple in self._template)

    def _select(self, s: Any, p: Any, o: Any) -> str:
        if isinstance(p, Variable):
            raise _TooRichError
        tables, conditions = list(self._tables), list(self._conditions)
        cells = []
        for term in (s, o):
            if isinstance(term, Variable) and term in self._numbers:
                name = f"k{len(tables)}"
                tables.append(f"term {name}")
                conditions.append(f"{name}.id = {self._numbers[term]}")
                cells.append(f"{name}.term")
            elif isinstance(term, Variable) and term in self._texts:
                cells.append(f"'\"' || {self._texts[term]} || '\"'")
            elif isinstance(term, (URIRef, Literal)):
                cells.append(quoted(term.n3()))
            else:
                raise _TooRichError
        # a literal can be no subject
        conditions.append(f"substr({cells[0]}, 1, 1) = '<'")
        where = " AND ".join(conditions)
        return f"SELECT DISTINCT {cells[0]}, {self._number(p)}, {cells[1]} FROM {', '.join(tables)} WHERE {where}"

    def _gather(self, part: CompValue, graph: Any = None) -> None:
        match part.name:
            case "BGP":
                for s, p, o in sorted(part.triples, key=_is_path):
                    self._subjects.add(s)
                    self._conditions += self._pattern((s, p, o), self._tables, self._numbers, graph)
            # a condition or a binding sees its own group only, so that it may not stand within a join
            case "Join" if _names(part) <= {"Join", "BGP", "Graph"}:
                self._gather(part.p1, graph)
                self._gather(part.p2, graph)
            case "Filter":
                self._gather(part.p, graph)
                self._conditions.append(self._truth(part.expr))
            case "Extend":
                self._gather(part.p, graph)
                self._texts[part.var] = self._text(part.expr)
            case "Graph" if graph is None and isinstance(part.term, Variable):
                self._gather(part.p, part.term)
            case _:
                raise _TooRichError

    def _pattern(
        self, pattern: tuple[Any, Any, Any], tables: list[str], numbers: dict[Variable, str], graph: Any = None
    ) -> Iterator[str]:
        """Join one more copy of the triples, or of the placed ones within GRAPH."""
        s, p, o = pattern
        name = f"t{len(self._tables)}_{len(tables)}"
        # the axioms have been applied before the rules, and have closed what is transitive
        closed = isinstance(p, MulPath) and p.path.n3() in self._transitive and graph is None
        if closed and p.mod == "*" and s in numbers and o in numbers:
            here, there = numbers[s], numbers[o]
            yield (
                f"({here} = {there} OR EXISTS (SELECT 1 FROM triple {name} WHERE {name}.s = {here}"
                f" AND {name}.p = {self._number(p.path)} AND {name}.o = {there}))"
            )
            return
        if closed and p.mod == "+":
            p = p.path
        if not isinstance(p, URIRef):
            raise _TooRichError
        tables.append(f"{'triple' if graph is None else 'placed'} {name}")
        yield f"{name}.p = {self._number(p)}"
        yield f"{name}.s > 0"  # the axioms may have made a literal a subject, which no store holds
        cells = [(f"{name}.s", s), (f"{name}.o", o)] + ([(f"{name}.graph", graph)] if graph is not None else [])
        for column, term in cells:
            if not isinstance(term, Variable):
                yield f"{column} = {self._number(term)}"
            elif term in self._texts:
                raise _TooRichError
            elif numbers.setdefault(term, column) != column:
                yield f"{column} = {numbers[term]}"

    def _truth(self, expr: Any) -> str:
        """Write a condition."""
        match getattr(expr, "name", ""):
            case "ConditionalAndExpression":
                return " AND ".join(self._truth(each) for each in (expr.expr, *expr.other))
            case "RelationalExpression" if expr.op in ("=", "!="):
                # two literals are compared as terms, where SPARQL would compare their values
                sign = "<>" if expr.op == "!=" else "="
                return f"{self._number_of(expr.expr)} {sign} {self._number_of(expr.other)}"
            case "UnaryNot":
                return f"NOT ({self._truth(expr.expr)})"
            case "Builtin_STRSTARTS":
                start = self._text(expr.arg2)
                return f"substr({self._text(expr.arg1)}, 1, length({start})) = {start}"
            case "Builtin_CONTAINS":
                return f"instr({self._text(expr.arg1)}, {self._text(expr.arg2)}) > 0"
            case "Builtin_NOTEXISTS":
                return self._absence(expr.graph)
        raise _TooRichError

    def _absence(self, group: CompValue) -> str:
        """Write a NOT EXISTS of triple patterns alone."""
        if not _names(group) <= {"GroupGraphPatternSub", "TriplesBlock", "Join", "BGP"}:
            raise _TooRichError
        tables: list[str] = []
        numbers = dict(self._numbers)
        conditions: list[str] = []
        for s, p, o in patterns(group):
            conditions += self._pattern((s, p, o), tables, numbers)
        return f"NOT EXISTS (SELECT 1 FROM {', '.join(tables)} WHERE {' AND '.join(conditions)})"

    def _number_of(self, term: Any) -> str:
        if isinstance(term, Variable) and term in self._numbers:
            return self._numbers[term]
        raise _TooRichError

    def _number(self, term: Any) -> int:
        if not isinstance(term, (URIRef, Literal)):
            raise _TooRichError
        return self._constants[term.n3()]

    def _text(self, expr: Any) -> str:
        """Write an expression that makes a plain text."""
        if isinstance(expr, Literal) and not expr.language and not expr.datatype:
            return quoted(str(expr))
        if isinstance(expr, Variable) and expr in self._texts:
            return self._texts[expr]
        match getattr(expr, "name", ""):
            case "Builtin_STR" if isinstance(expr.arg, URIRef):
                return quoted(str(expr.arg))
            case "Builtin_STR" if expr.arg in self._subjects:
                return self._text_of_subject(expr.arg)
            case "Builtin_STRAFTER":
                text, mark = self._text(expr.arg1), self._text(expr.arg2)
                found = f"instr({text}, {mark})"
                return f"CASE WHEN {found} > 0 THEN substr({text}, {found} + length({mark})) ELSE '' END"
        raise _TooRichError

    def _text_of_subject(self, variable: Variable) -> str:
        """Look a subject's text up; a blank node has none, so that whatever asks for it does not hold."""
        name = f"s_{variable}"
        if f"term {name}" not in self._tables:
            self._tables.append(f"term {name}")
            self._conditions += [f"{name}.id = {self._numbers[variable]}", f"substr({name}.term, 1, 1) = '<'"]
        return f"substr({name}.term, 2, length({name}.term) - 2)"


def _names(part: object) -> set[str]:
    """Name every node of an algebra."""
    if isinstance(part, CompValue):
        return {part.name}.union(*map(_names, part.values()))
    return set().union(*map(_names, part)) if isinstance(part, (list, tuple)) else set()


def _is_path(pattern: tuple[Any, Any, Any]) -> bool:
    return isinstance(pattern[1], MulPath)


def constants(text: str) -> frozenset[str]:
    """Name the terms that a rule's patterns and template hold."""
    try:
        algebra = _algebra(text)
    except ParseException:
        return frozenset()
    triples = [*patterns(algebra["p"]), *algebra.template]
    terms = (term.path if isinstance(term, MulPath) else term for triple in triples for term in triple)
    return frozenset(term.n3() for term in terms if isinstance(term, (URIRef, Literal)))


def mentioned(text: str) -> frozenset[str] | None:
    """Name the predicates of a rule's WHERE part, rdf:type with its class; None where it may be any."""
    try:
        algebra = _algebra(text)
    except ParseException:
        return None  # the store's own parser knows more than this one
    signs: set[str] = set()
    for _, p, o in patterns(algebra["p"]):
        # a variable, a negated path, and a path of no steps, which leads from anything to itself
        if _ANY.search(_IRI.sub("", p.n3())):
            return None
        to_class = p.n3() == TYPE and isinstance(o, URIRef)
        signs |= {f"a {o.n3()}"} if to_class else set(_IRI.findall(p.n3()))
    return frozenset(signs)


def patterns(part: object, known: Mapping[Any, Any] = MappingProxyType({})) -> Iterator[tuple[Any, Any, Any]]:
    """Find the triple patterns anywhere in an algebra; those within FILTER stand in flat lists.

    A predicate that VALUES chooses for the whole group is given as an alternative of what it may be.
    """
    if isinstance(part, CompValue):
        known = {} if part.name in _APART else {**known, **_chosen(part)}
        for key, value in part.items():
            if key == "triples":
                terms = list(_flat(value))
                for s, p, o in zip(terms[::3], terms[1::3], terms[2::3], strict=True):
                    yield s, known.get(p, p), o
            elif key != "_vars":
                # a condition sees what its own group chooses, not what the group is joined with
                yield from patterns(value, _chosen(part.p) if (part.name, key) == ("Filter", "expr") else known)
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from patterns(item, known)


_APART: Final = {"LeftJoin", "Minus", "MinusGraphPattern", "OptionalGraphPattern", "SubSelect", "ToMultiSet"}
"""What VALUES chooses outside of these has no say within."""


def _chosen(part: object) -> dict[Any, Any]:
    """The variables to which VALUES gives nothing but IRIs in a group, each with these as a path."""
    match getattr(part, "name", ""), part:
        case "ToMultiSet", CompValue(p=CompValue(name="values", res=[first, *_] as rows)):
            columns = {variable: [row.get(variable) for row in rows] for variable in first}
            chosen = {variable: terms for variable, terms in columns.items() if set(map(type, terms)) == {URIRef}}
            return {variable: AlternativePath(*terms) for variable, terms in chosen.items()}
        case "Join", CompValue(p1=one, p2=other):
            return _chosen(one) | _chosen(other)
        case "Filter" | "Extend" | "Graph", CompValue(p=inner):
            return _chosen(inner)
    return {}


def _flat(items: Iterable[object]) -> Iterator[object]:
    for item in items:
        if isinstance(item, (list, tuple, ParseResults)):
            yield from _flat(item)
        else:
            yield item
