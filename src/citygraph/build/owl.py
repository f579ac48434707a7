"""Compiles the OWL 2 RL axioms of the ontology into small tables and SQL joins, which :mod:`citygraph.build.reasoners` runs.

Each kind of axiom is a table of a few rows, each rule of the profile a join of that table with the triples. Hierarchies
are closed here, so that the joins need few rounds. The names of rules are those of the recommendation, OWL 2 Profiles,
section 4.3. The SQL is plain: integers, joins, no function that one engine alone has.

Terms are texts as N-Triples write them: ``<https://…>``, ``_:c14n0``, ``"…"@de``.
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
    *(
        _term("owl", f"{kind}Property")
        for kind in ("Object", "Datatype", "Annotation", "Symmetric", "Transitive")
    ),
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


@dataclass(frozen=True)
class Rule:
    """A rule as SQL: the table of its axioms, and a query over ``{t}`` and ``{u}``, which are tables of triples."""

    table: str
    sql: str

    @property
    def premises(self) -> tuple[str, ...]:
        """The triples that the rule joins, ``t`` and ``u``."""
        return tuple(name for name in "tu" if f"{{{name}}}" in self.sql)

    def queries(self, delta: str, everything: str) -> Iterator[str]:
        """The query with each premise in turn read from what is new, and the other from everything."""
        for new in self.premises or "-":
            yield self.sql.format(**{name: delta if name == new else everything for name in "tu"})


RULES: Final = (
    # prp-spo1, prp-eqp, prp-inv, prp-symp; what has a positive number is no literal
    Rule(
        "sub_property",
        "SELECT CASE a.swapped WHEN 0 THEN t.s ELSE t.o END, a.super, CASE a.swapped WHEN 0 THEN t.o ELSE t.s END"
        " FROM {t} t JOIN sub_property a ON t.p = a.property WHERE a.swapped = 0 OR t.o > 0",
    ),
    # prp-spo2, prp-trp
    Rule(
        "chain",
        "SELECT t.s, a.super, u.o FROM {t} t JOIN chain a ON t.p = a.first"
        " JOIN {u} u ON u.s = t.o AND u.p = a.second",
    ),
    # prp-dom, cls-svf2
    Rule("domain_of", "SELECT DISTINCT t.s, 0, a.class FROM {t} t JOIN domain_of a ON t.p = a.property"),
    # prp-rng
    Rule(
        "range_of",
        "SELECT DISTINCT t.o, 0, a.class FROM {t} t JOIN range_of a ON t.p = a.property WHERE t.o > 0",
    ),
    # cax-sco, cax-eqc, cls-int2, cls-uni
    Rule("sub_class", "SELECT t.s, 0, a.super FROM {t} t JOIN sub_class a ON t.o = a.class WHERE t.p = 0"),
    # cls-int1, two classes at a time
    Rule(
        "meet",
        "SELECT t.s, 0, a.class FROM {t} t JOIN meet a ON t.o = a.first"
        " JOIN {u} u ON u.s = t.s AND u.o = a.second WHERE t.p = 0 AND u.p = 0",
    ),
    # cls-hv2, cls-hv1
    Rule(
        "has_value",
        "SELECT t.s, 0, a.class FROM {t} t JOIN has_value a ON t.p = a.property AND t.o = a.value",
    ),
    Rule(
        "has_value",
        "SELECT t.s, a.property, a.value FROM {t} t JOIN has_value a ON t.o = a.class WHERE t.p = 0",
    ),
    # cls-svf1
    Rule(
        "some_values",
        "SELECT t.s, 0, a.class FROM {t} t JOIN some_values a ON t.p = a.property"
        " JOIN {u} u ON u.s = t.o AND u.o = a.filler WHERE u.p = 0",
    ),
    # cls-avf
    Rule(
        "all_values",
        "SELECT u.o, 0, a.filler FROM {t} t JOIN all_values a ON t.o = a.class"
        " JOIN {u} u ON u.s = t.s AND u.p = a.property WHERE t.p = 0 AND u.o > 0",
    ),
    # cls-oo
    Rule("one_of", "SELECT a.value, 0, a.class FROM one_of a"),
)
"""What follows: each query gives subject, predicate and object; 0 is the number of rdf:type."""

CONTRADICTIONS: Final = (
    # cax-dw, cax-adc, cls-com
    Rule(
        "disjoint_class",
        "SELECT t.s, 0, a.first, a.second FROM {t} t JOIN disjoint_class a ON t.o = a.first"
        " JOIN {u} u ON u.s = t.s AND u.o = a.second WHERE t.p = 0 AND u.p = 0",
    ),
    # cls-nothing2
    Rule(
        "nothing", "SELECT t.s, 0, a.class, a.class FROM {t} t JOIN nothing a ON t.o = a.class WHERE t.p = 0"
    ),
    # prp-irp
    Rule(
        "irreflexive_property",
        "SELECT t.s, t.p, t.o, t.o FROM {t} t JOIN irreflexive_property a ON t.p = a.property WHERE t.s = t.o",
    ),
    # prp-asyp
    Rule(
        "asymmetric_property",
        "SELECT t.s, t.p, t.o, t.o FROM {t} t JOIN asymmetric_property a ON t.p = a.property"
        " JOIN {u} u ON u.p = t.p AND u.s = t.o AND u.o = t.s",
    ),
    # prp-pdw
    Rule(
        "disjoint_property",
        "SELECT t.s, a.first, a.second, t.o FROM {t} t JOIN disjoint_property a ON t.p = a.first"
        " JOIN {u} u ON u.s = t.s AND u.p = a.second AND u.o = t.o",
    ),
)
"""What must not be: each query gives the thing, the predicate and two more terms that the message names."""

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
    def rules(self) -> list[Rule]:
        """The rules for which there are axioms."""
        return [rule for rule in RULES if self.tables[rule.table]]

    @property
    def contradictions(self) -> list[Rule]:
        """The contradictions for which there are axioms."""
        return [rule for rule in CONTRADICTIONS if self.tables[rule.table]]

    @property
    def premises(self) -> frozenset[str]:
        """The predicates that an axiom mentions; a triple with another one neither leads nor belongs to a conclusion."""
        return frozenset({TYPE, *map(str, _cells(self.tables, classes=False))})

    def useful(self, s: str, p: str, o: str) -> bool:
        """Tell whether a conclusion is worth keeping: about a thing, in a declared property or a named class."""
        if not s.startswith("<") or s in self.terms or o.startswith("_:"):
            return False
        return o in self.classes if p == TYPE else p in self.properties

    def numbered(self) -> dict[str, int]:
        """Number every term of the tables: 0 is rdf:type, and a literal has a negative number."""
        cells = {
            cell for rows in self.tables.values() for row in rows for cell in row if isinstance(cell, str)
        }
        terms = sorted((cells | self.terms) - {TYPE})
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
