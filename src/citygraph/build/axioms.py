"""Reads the OWL 2 RL axioms of the ontology into small tables, with both hierarchies closed.

Terms are texts as N-Triples write them: ``<https://…>``, ``_:c14n0``, ``"…"@de``. What the tables mean is said by the
joins of :mod:`citygraph.build.owl`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from citygraph.errors import SourceError
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Row = tuple[str | int, ...]


def _term(prefix: str, name: str) -> str:
    return f"<{FOREIGN[prefix]}{name}>"


TYPE: Final = _term("rdf", "type")
_THING: Final = _term("owl", "Thing")
_NOTHING: Final = _term("owl", "Nothing")
_SCHEMA: Final = tuple(f"<{FOREIGN[prefix]}" for prefix in ("owl", "rdf", "rdfs", "xsd"))
_PROPERTY_TYPES: Final = (
    *(_term("owl", f"{kind}Property") for kind in ("Object", "Datatype", "Annotation", "Symmetric", "Transitive")),
    _term("rdf", "Property"),
)
_CLASS_TYPES: Final = (_term("owl", "Class"), _term("rdfs", "Class"))

TABLES: Final = {
    "sub_class": ("class", "super"),
    "sub_property": ("property", "super", "swapped"),
    "domain_of": ("property", "class"),
    "range_of": ("property", "class"),
    "chain": ("first", "second", "super"),
    "meet": ("first", "second", "class"),
    "has_value": ("class", "property", "value"),
    "some_values": ("class", "property", "filler"),
    "all_values": ("class", "property", "filler"),
    "one_of": ("class", "value"),
    "disjoint_class": ("first", "second"),
    "disjoint_property": ("first", "second"),
    "irreflexive_property": ("property",),
    "asymmetric_property": ("property",),
    "nothing": ("class",),
}
"""The tables of axioms and their columns; what ``swapped`` holds is 0 or 1, all else is a term."""

_CLASS_COLUMNS: Final = ("class", "filler")
_CLASS_TABLES: Final = ("sub_class", "meet", "disjoint_class")


_REFUSED: Final = {
    # These equate things, and citygraph keeps disagreement instead of equating (vocabulary, section Graphs).
    "type": ("FunctionalProperty", "InverseFunctionalProperty", "AllDifferent", "NegativePropertyAssertion"),
    "predicate": (
        "sameAs",
        "differentFrom",
        "hasKey",
        "maxCardinality",
        "maxQualifiedCardinality",
        "hasSelf",
    ),
}


@dataclass(frozen=True)
class Axioms:
    """What an ontology says, as tables, and which conclusions are worth keeping."""

    tables: dict[str, list[Row]]
    terms: frozenset[str]
    """The classes and properties: nothing is concluded about them."""
    classes: frozenset[str]
    """The classes by name, ours and those that ours are aligned with."""
    properties: frozenset[str]
    """The declared properties."""

    @classmethod
    def read(cls, lines: Iterable[str]) -> Axioms:
        """Read the axioms out of the lines of an ontology, written as N-Triples."""
        return _Reader(lines).axioms()

    @property
    def premises(self) -> frozenset[str]:
        """The predicates that an axiom mentions; a triple with another one leads to no conclusion, and is none."""
        return frozenset({TYPE, *map(str, _cells(self.tables, classes=False))})

    def useful(self, s: str, p: str, o: str) -> bool:
        """Tell whether a conclusion is worth keeping: about a thing, in a declared property or a named class."""
        if not s.startswith("<") or s in self.terms or o.startswith("_:"):
            return False
        return o in self.classes if p == TYPE else p in self.properties

    def numbered(self, others: Iterable[str]) -> dict[str, int]:
        """Number every term of the tables, and others: 0 is rdf:type, and a literal has a negative number."""
        cells = {cell for rows in self.tables.values() for row in rows for cell in row if isinstance(cell, str)}
        terms = sorted((cells | self.terms | set(others)) - {TYPE})
        return {TYPE: 0} | {term: -n if term.startswith('"') else n for n, term in enumerate(terms, 1)}


def _cells(tables: Mapping[str, Iterable[Row]], *, classes: bool) -> Iterator[str | int]:
    """The classes, or the properties, that stand in the tables."""
    for name, rows in tables.items():
        for place, column in enumerate(TABLES[name]):
            holds_class = name in _CLASS_TABLES or column in _CLASS_COLUMNS
            if column not in ("value", "swapped") and holds_class is classes:
                yield from (row[place] for row in rows)


class _Reader:
    """Reads an ontology once and fills the tables."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for line in lines:
            s, p, rest = line.rstrip("\n").split(" ", 2)
            self._pairs[p].append((s, rest.removesuffix(" .")))
        self._next = dict(self._pairs[_term("rdf", "rest")])
        self._first = dict(self._pairs[_term("rdf", "first")])
        self._tables: dict[str, set[Row]] = {name: set() for name in TABLES}

    def _all(self, prefix: str, name: str) -> list[tuple[str, str]]:
        return self._pairs[_term(prefix, name)]

    def _of_type(self, *names: str) -> list[str]:
        wanted = {_term("owl", name) for name in names}
        return [s for s, o in self._pairs[TYPE] if o in wanted]

    def _items(self, head: str) -> list[str]:
        items = []
        while head in self._first:
            items.append(self._first[head])
            head = self._next[head]
        return items

    def axioms(self) -> Axioms:
        self._refuse()
        self._read_properties()
        self._read_classes()
        self._read_contradictions()
        self._close()
        self._refuse_thing()
        # rdfs:Class and the like are vocabulary of the language, never a class of things.
        classes = set(map(str, _cells(self._tables, classes=True))) | self._declared(_CLASS_TYPES)
        properties = set(map(str, _cells(self._tables, classes=False)))
        declared = self._declared(_PROPERTY_TYPES)
        ontologies = set(self._of_type("Ontology"))
        return Axioms(
            {name: sorted(rows) for name, rows in self._tables.items()},
            frozenset(classes | properties | declared | ontologies),
            frozenset(term for term in classes if term.startswith("<") and not term.startswith(_SCHEMA)),
            frozenset(term for term in declared if term.startswith("<") and not term.startswith(_SCHEMA)),
        )

    def _declared(self, types: tuple[str, ...]) -> set[str]:
        return {s for s, o in self._pairs[TYPE] if o in types}

    def _refuse(self) -> None:
        found = [(name, s) for name in _REFUSED["type"] for s in self._of_type(name)]
        found += [(name, s) for name in _REFUSED["predicate"] for s, _ in self._all("owl", name)]
        for name, about in found:
            fault = f"owl:{name} stands beside {about}, but nothing is equated or counted here"
            raise SourceError("ontology", fault, "state it as a shape or a check instead")

    def _refuse_thing(self) -> None:
        premises = {row[0] for row in self._tables["sub_class"]}
        premises |= {term for row in self._tables["meet"] for term in row[:2]}
        if _THING in premises:
            fault = "an axiom begins from owl:Thing, so that it would hold of everything"
            raise SourceError("ontology", fault, "name the class that is meant")

    def _read_properties(self) -> None:
        edges, chains = self._tables["sub_property"], self._tables["chain"]
        edges |= {(s, o, 0) for s, o in self._all("rdfs", "subPropertyOf")}
        for s, o in self._all("owl", "equivalentProperty"):
            edges |= {(s, o, 0), (o, s, 0)}
        for s, o in self._all("owl", "inverseOf"):
            edges |= {(s, o, 1), (o, s, 1)}
        edges |= {(p, p, 1) for p in self._of_type("SymmetricProperty")}
        chains |= {(p, p, p) for p in self._of_type("TransitiveProperty")}
        for p, head in self._all("owl", "propertyChainAxiom"):
            if len(parts := self._items(head)) == 1:
                edges.add((parts[0], p, 0))
            elif parts:
                self._steps(p, head, chains)
        self._tables["domain_of"] |= set(self._all("rdfs", "domain"))
        self._tables["range_of"] |= set(self._all("rdfs", "range"))

    def _steps(self, whole: str, head: str, rows: set[Row]) -> None:
        """Write a list of parts as steps of two, with names of our own for what stands between."""
        parts = self._items(head)
        steps = [parts[0], *(f"{head}|{number}" for number in range(1, len(parts) - 1)), whole]
        rows |= {(steps[place], part, steps[place + 1]) for place, part in enumerate(parts[1:])}

    def _read_classes(self) -> None:
        edges = self._tables["sub_class"]
        edges |= set(self._all("rdfs", "subClassOf"))
        for s, o in self._all("owl", "equivalentClass"):
            edges |= {(s, o), (o, s)}
        for c, head in self._all("owl", "intersectionOf"):
            parts = self._items(head)
            edges |= {(c, part) for part in parts}
            if len(parts) == 1:
                edges.add((parts[0], c))
            elif parts:
                self._steps(c, head, self._tables["meet"])
        for c, head in self._all("owl", "unionOf"):
            edges |= {(part, c) for part in self._items(head)}
        self._tables["one_of"] |= {(c, i) for c, head in self._all("owl", "oneOf") for i in self._items(head)}
        on_property = defaultdict(list)
        for r, p in self._all("owl", "onProperty"):
            on_property[r].append(p)
        names = {"has_value": "hasValue", "some_values": "someValuesFrom", "all_values": "allValuesFrom"}
        for table, name in names.items():
            self._tables[table] |= {(r, p, o) for r, o in self._all("owl", name) for p in on_property[r]}
        anything = {row for row in self._tables["some_values"] if row[2] == _THING}
        self._tables["domain_of"] |= {(p, r) for r, p, _ in anything}

    def _read_contradictions(self) -> None:
        classes, properties = self._tables["disjoint_class"], self._tables["disjoint_property"]
        classes |= set(self._all("owl", "disjointWith")) | set(self._all("owl", "complementOf"))
        properties |= set(self._all("owl", "propertyDisjointWith"))
        lists = dict(self._all("owl", "members"))
        for kind, rows in (("AllDisjointClasses", classes), ("AllDisjointProperties", properties)):
            for axiom in self._of_type(kind):
                members = self._items(lists.get(axiom, ""))
                rows |= {(a, b) for i, a in enumerate(members) for b in members[i + 1 :]}
        self._tables["irreflexive_property"] |= {(p,) for p in self._of_type("IrreflexiveProperty")}
        self._tables["asymmetric_property"] |= {(p,) for p in self._of_type("AsymmetricProperty")}
        self._tables["nothing"].add((_NOTHING,))

    def _close(self) -> None:
        """Close both hierarchies: scm-sco, scm-spo, and scm-svf, scm-avf, which compare restrictions."""
        properties, classes = self._tables["sub_property"], self._tables["sub_class"]
        _grow(properties, lambda a, b: (a[0], b[1], int(a[2]) ^ int(b[2])))
        properties -= {row for row in properties if row[0] == row[1] and not row[2]}
        below = {(row[0], row[1]) for row in properties if not row[2]}
        while True:
            _grow(classes, lambda a, b: (a[0], b[1]))
            size = len(classes)
            for table in ("some_values", "all_values"):
                for c1, p1, y1 in self._tables[table]:
                    for c2, p2, y2 in self._tables[table]:
                        if p1 == p2 and (y1, y2) in classes:
                            classes.add((c1, c2))
                        if y1 == y2 and (p1, p2) in below:
                            classes.add((c1, c2) if table == "some_values" else (c2, c1))
            if len(classes) == size:
                break
        classes -= {row for row in classes if row[0] == row[1]}


def _grow(rows: set[Row], join: Callable[[Row, Row], Row]) -> None:
    """Join rows end to beginning until nothing new appears."""
    while True:
        beginning = defaultdict(list)
        for row in rows:
            beginning[row[0]].append(row)
        more = {join(a, b) for a in rows for b in beginning[a[1]]} - rows
        if not more:
            return
        rows |= more
