"""Compiles SHACL shapes to SQL, so that a million triples are judged in seconds: each constraint is one query on all.

The core constraints that ``shapes/`` uses are known here, by component of SHACL (sections 2 and 4); constraints in
SPARQL (section 5) become one query over all focus nodes. A shape that says anything else makes the whole set too rich,
and :mod:`citygraph.build.validate` gives it to another engine. Terms are texts, as N-Triples write them.
"""

# ruff: noqa: S608 - the parts of a query are terms of the shapes, whose quotes are doubled

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from citygraph.build.shapes import items, spelt
from citygraph.build.tables import quoted
from citygraph.vocab import FOREIGN, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.build.shapes import Term

_SH, _XSD = FOREIGN["sh"], FOREIGN["xsd"]
_TYPE = str(foreign("rdf", "type"))

_SAID: Final = frozenset({"message", "name", "description", "order", "severity"})
"""What a shape says to people, and what is looked up elsewhere."""
_TARGETS: Final = frozenset({"targetClass", "targetSubjectsOf", "targetObjectsOf"})
_FORMS: Final = {
    "integer": "[+-]?[0-9]+",
    "nonNegativeInteger": r"\+?[0-9]+|-0+",
    "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "double": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "boolean": "true|false|0|1",
    "gYear": r"-?([1-9][0-9]{3,}|0[0-9]{3})(Z|[+-][0-9]{2}:[0-9]{2})?",
    "gYearMonth": r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])(Z|[+-][0-9]{2}:[0-9]{2})?",
    "date": r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(Z|[+-][0-9]{2}:[0-9]{2})?",
}
"""What a literal looks like that is well-formed, by the local name of its datatype in XML Schema, part 2."""
_NUMBERS: Final = ("integer", "nonNegativeInteger", "decimal", "double")
_FREE: Final = {f"{_XSD}string", FOREIGN["rdf"] + "langString", FOREIGN["gsp"] + "wktLiteral", f"{_XSD}anyURI"}
"""Datatypes whose literals may look like anything."""

MACROS: Final = f"""
CREATE MACRO tagged(t) AS starts_with(t, '"') AND NOT ends_with(t, '"') AND NOT ends_with(t, '>');
CREATE MACRO typed(t, datatype) AS CASE datatype
    WHEN '{_XSD}string' THEN starts_with(t, '"') AND ends_with(t, '"')
    WHEN '{FOREIGN["rdf"]}langString' THEN tagged(t)
    ELSE ends_with(t, '"^^<' || datatype || '>') END;
CREATE MACRO language(t) AS CASE WHEN tagged(t) THEN lower(split_part(t, '"@', -1)) ELSE '' END;
CREATE MACRO plain(t) AS CASE WHEN contains(t, '\\') THEN replace(replace(replace(replace(replace(replace(
    t, '\\\\', chr(1)), '\\"', '"'), '\\n', chr(10)), '\\r', chr(13)), '\\t', chr(9)), chr(1), '\\') ELSE t END;
CREATE MACRO lexical(t) AS CASE substr(t, 1, 1)
    WHEN '<' THEN substr(t, 2, length(t) - 2)
    WHEN '"' THEN plain(substr(t, 2, length(t) - 2 - length(split_part(t, '"', -1)))) END;
"""
"""Whether a term has a language, or a datatype; its language in lower case, and its text with no escapes."""


class TooRichError(Exception):
    """The shapes say something that has no SQL here."""


class Constraint(NamedTuple):
    """A constraint as a query: SQL, or SPARQL, that gives the focus node and the value of each result."""

    shape: str
    component: str
    query: str
    sparql: bool = False


class Compiler:
    """Reads the shapes once, and writes each constraint as a query over the tables ``t`` and ``kind``."""

    def __init__(self, text: str) -> None:
        self._facts: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for quad in ox.parse(text, format=ox.RdfFormat.TURTLE):
            self._facts[quad.subject][quad.predicate.value].append(quad.object)
        self._copies = 0

    def constraints(self) -> list[Constraint]:
        """Every constraint of every shape that has targets."""
        found = []
        for node in list(self._facts):
            row = self._facts[node]
            if any(f"{_SH}{name}" in row for name in _TARGETS):
                focus = self._focus(node)
                found += list(self._of_node(node, focus))
                for each in row.get(f"{_SH}property", []):
                    found += list(self._of_property(each, focus, self._targets(node)))
            elif f"{_SH}targetNode" in row or f"{_SH}target" in row:
                raise TooRichError
        return found

    def _row(self, node: Term, *extra: str) -> dict[str, list[Term]]:
        """The constraints of a shape, by the local name of their parameter."""
        row = {key.removeprefix(_SH): values for key, values in self._facts[node].items() if key.startswith(_SH)}
        return {key: values for key, values in row.items() if key not in _SAID | _TARGETS | {*extra}}

    def _focus(self, node: Term) -> str:
        """The focus nodes of a shape (SHACL, section 2.1.3), as a table with the column ``f``."""
        parts = []
        for name in sorted(_TARGETS):
            values = self._facts[node].get(f"{_SH}{name}", [])
            if values and name == "targetClass":
                parts.append(f"SELECT s AS f FROM kind WHERE c IN ({_texts(values)})")
            elif values:
                column = "s" if name == "targetSubjectsOf" else "o"
                parts.append(f"SELECT {column} AS f FROM t WHERE p IN ({_texts(values)})")
        return f"({' UNION '.join(parts)})" if len(parts) > 1 else f"(SELECT DISTINCT f FROM ({parts[0]}))"

    def _targets(self, node: Term) -> str:
        """The same in SPARQL."""
        row, below = self._facts[node], f"{_TYPE}/{foreign('rdfs', 'subClassOf')}*"
        parts = [f"{{ ?this {below} {each} }}" for each in row.get(f"{_SH}targetClass", [])]
        parts += [f"{{ ?this {each} ?any }}" for each in row.get(f"{_SH}targetSubjectsOf", [])]
        parts += [f"{{ ?any {each} ?this }}" for each in row.get(f"{_SH}targetObjectsOf", [])]
        return f"{{ SELECT DISTINCT ?this WHERE {{ {' UNION '.join(parts)} }} }}"

    def _of_node(self, node: Term, focus: str) -> Iterator[Constraint]:
        for name, values in self._row(node, "property").items():
            for value in values:
                wrong = f"SELECT a.f, a.f AS v FROM {focus} a WHERE NOT ({self._test(name, value, 'a.f')})"
                yield Constraint(_name(node), _component(name), wrong)

    def _of_property(self, node: Term, focus: str, targets: str) -> Iterator[Constraint]:
        path, row = self._facts[node][f"{_SH}path"][0], self._row(node, "path", "qualifiedMinCount")
        values = f"(SELECT f, v FROM {focus} JOIN {self._pairs(path)} ON x = f)"
        for name, given in row.items():
            for value in given:
                shape, component = _name(node), _component(name)
                if name == "sparql":
                    yield Constraint(shape, component, self._sparql(value, path, targets), sparql=True)
                elif name == "disjoint":
                    other = f"SELECT 1 FROM t WHERE t.s = a.f AND t.p = {_text(value)} AND t.o = a.v"
                    yield Constraint(shape, component, f"SELECT a.f, a.v FROM {values} a WHERE EXISTS ({other})")
                elif (test := self._test_of_set(node, name, value, "a.f")) is not None:
                    yield Constraint(shape, component, f"SELECT a.f, '' AS v FROM {focus} a WHERE NOT ({test})")
                else:
                    wrong = f"NOT ({self._test(name, value, 'a.v')})"
                    yield Constraint(shape, component, f"SELECT a.f, a.v FROM {values} a WHERE {wrong}")

    def _sparql(self, constraint: Term, path: Term, targets: str) -> str:
        """One query over all focus nodes: the targets stand where an engine would bind ``$this`` (section 5.3.1)."""
        row = self._row(constraint)
        if not {"select"} <= set(row) <= {"select", "prefixes"}:
            raise TooRichError
        prefixes = "".join(
            f"PREFIX {_said(name)}: <{_said(space)}> "
            for ontology in row.get("prefixes", [])
            for each in self._facts[ontology][f"{_SH}declare"]
            for name in self._facts[each][f"{_SH}prefix"]
            for space in self._facts[each][f"{_SH}namespace"]
        )
        text = _said(row["select"][0]).replace("$PATH", spelt(path, self._facts)).replace("$this", "?this")
        return prefixes + re.sub(r"WHERE\s*\{", lambda found: f"{found[0]} {targets} ", text, count=1)

    def _test(self, name: str, value: Term, x: str) -> str:  # noqa: C901, PLR0911 - a case for each component
        """Say in SQL that one term meets one constraint."""
        match name:
            case "class":
                return f"EXISTS (SELECT 1 FROM kind WHERE kind.s = {x} AND kind.c = {_text(value)})"
            case "datatype":
                return self._datatype(_said(value), x)
            case "nodeKind" if _said(value) in {f"{_SH}IRI", f"{_SH}Literal"}:
                return f"substr({x}, 1, 1) = '{'<' if _said(value) == f'{_SH}IRI' else chr(34)}'"
            case "pattern":
                return f"substr({x}, 1, 1) <> '_' AND regexp_matches(lexical({x}), {quoted(_said(value))})"
            case "minInclusive" | "maxInclusive" | "minExclusive" | "maxExclusive":
                sign = (">" if name.startswith("min") else "<") + ("=" if name.endswith("Inclusive") else "")
                number = f"TRY_CAST(lexical({x}) AS DOUBLE) {sign} {float(_said(value))}"
                kinds = " OR ".join(self._datatype(f"{_XSD}{kind}", x) for kind in _NUMBERS)
                return f"(({kinds}) AND {number})"
            case "languageIn":
                tags = [_said(tag).lower() for tag in items(value, self._facts)]
                tests = (f"language({x}) = '{tag}' OR language({x}) LIKE '{tag}-%'" for tag in tags)
                return f"({' OR '.join(tests)})"
            case "in":
                return f"{x} IN ({_texts(items(value, self._facts))})"
            case "hasValue":
                return f"{x} = {_text(value)}"
            case "node":
                return self._conforms(value, x)
            case "not":
                return f"NOT ({self._conforms(value, x)})"
            case "or":
                return "(" + " OR ".join(self._conforms(each, x) for each in items(value, self._facts)) + ")"
            case "property":
                return self._conforms(value, x)
        raise TooRichError

    def _conforms(self, shape: Term, x: str) -> str:
        """Say in SQL that one term meets a whole shape."""
        paths = self._facts[shape].get(f"{_SH}path")
        row = self._row(shape, "path", "qualifiedMinCount")
        if any(f"{_SH}{name}" in self._facts[shape] for name in ("deactivated", "closed", "sparql")):
            raise TooRichError
        tests = []
        for name, values in row.items():
            for value in values:
                if not paths:
                    tests.append(self._test(name, value, x))
                elif (test := self._test_of_set(shape, name, value, x)) is not None:
                    tests.append(test)
                else:
                    pairs, y = self._pairs(paths[0]), self._copy()
                    wrong = f"NOT ({self._test(name, value, f'{y}.v')})"
                    tests.append(f"NOT EXISTS (SELECT 1 FROM {pairs} {y} WHERE {y}.x = {x} AND {wrong})")
        return "(" + (" AND ".join(tests) or "true") + ")"

    def _test_of_set(self, shape: Term, name: str, value: Term, x: str) -> str | None:
        """Say in SQL that all values of a term together meet a constraint; None where each is looked at alone."""
        pairs, y = self._pairs(self._facts[shape][f"{_SH}path"][0]), self._copy()
        those = f"FROM {pairs} {y} WHERE {y}.x = {x}"
        match name:
            case "minCount":
                # a look-up of one is cheaper than a count
                found = f"EXISTS (SELECT 1 {those})"
                return found if _said(value) == "1" else f"(SELECT count(*) {those}) >= {int(_said(value))}"
            case "maxCount":
                return f"(SELECT count(*) {those}) <= {int(_said(value))}"
            case "hasValue":
                return f"EXISTS (SELECT 1 {those} AND {y}.v = {_text(value)})"
            case "qualifiedValueShape":
                least = int(_said(self._facts[shape][f"{_SH}qualifiedMinCount"][0]))
                return f"(SELECT count(*) {those} AND {self._conforms(value, f'{y}.v')}) >= {least}"
            case "uniqueLang":
                tags = f"SELECT language({y}.v) AS tag {those} AND substr({y}.v, -1) NOT IN ('\"', '>')"
                return f"(SELECT count(*) FROM ({tags})) = (SELECT count(DISTINCT tag) FROM ({tags}))"
        return None

    def _datatype(self, datatype: str, x: str) -> str:
        """A literal is of a datatype if it says so and is well-formed (section 4.1.2)."""
        said = f"typed({x}, '{datatype}')"
        if datatype in _FREE:
            return said
        name = datatype.removeprefix(_XSD)
        if name not in _FORMS:
            raise TooRichError
        formed = f"regexp_full_match(lexical({x}), '{_FORMS[name]}')"
        day = f" AND TRY_CAST(regexp_extract(lexical({x}), '[0-9]+-[0-9]+-[0-9]+') AS DATE) IS NOT NULL"
        return f"({said} AND {formed}{day if name == 'date' else ''})"

    def _pairs(self, path: Term) -> str:
        """The nodes and their values along a path, as a table of ``x`` and ``v``."""
        if isinstance(path, ox.NamedNode):
            return f"(SELECT s AS x, o AS v FROM t WHERE p = {_text(path)})"
        row = self._facts[path]
        if f"{_SH}inversePath" in row:
            return f"(SELECT v AS x, x AS v FROM {self._pairs(row[f'{_SH}inversePath'][0])})"
        if f"{_SH}alternativePath" in row:
            choices = items(row[f"{_SH}alternativePath"][0], self._facts)
            return f"({' UNION '.join(f'SELECT x, v FROM {self._pairs(each)}' for each in choices)})"
        steps = items(path, self._facts)
        if not steps:
            raise TooRichError
        tables = [f"{self._pairs(step)} p{place}" for place, step in enumerate(steps)]
        joined = " AND ".join(f"p{place}.v = p{place + 1}.x" for place in range(len(steps) - 1))
        where = f" WHERE {joined}" if joined else ""
        return f"(SELECT DISTINCT p0.x AS x, p{len(steps) - 1}.v AS v FROM {', '.join(tables)}{where})"

    def _copy(self) -> str:
        self._copies += 1
        return f"y{self._copies}"


def _said(term: Term) -> str:
    """The text of a term of the shapes."""
    assert isinstance(term, (ox.NamedNode, ox.Literal)), "a shape says this with an IRI or a literal"
    return term.value


def _name(node: Term) -> str:
    return node.value if isinstance(node, ox.NamedNode) else ""


def _component(name: str) -> str:
    """The IRI of the kind of constraint that a parameter makes."""
    short = {"qualifiedValueShape": "QualifiedMinCount", "sparql": "SPARQL"}.get(name, name[0].upper() + name[1:])
    return f"{_SH}{short}ConstraintComponent"


def _text(term: Term) -> str:
    return quoted(str(term))


def _texts(terms: list[Term]) -> str:
    return ", ".join(map(_text, terms))
