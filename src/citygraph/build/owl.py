"""The rules of OWL 2 RL as SQL joins of triples with the small tables of :mod:`citygraph.build.axioms`.

Names of rules are those of the recommendation, OWL 2 Profiles, section 4.3. The SQL is plain, integers and joins, so
that another engine can run it; 0 is the number of rdf:type, and a literal has a negative number. On the way a literal
may be a subject, as in the recommendation and in owlrl (generalised RDF); such triples are left out in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Contradiction:
    """What an axiom forbids: the kind of the axiom, the thing, and the terms that a message names."""

    kind: str
    thing: str
    terms: tuple[str, ...]


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
    # prp-spo1, prp-eqp, prp-inv, prp-symp
    Rule(
        "sub_property",
        "SELECT CASE a.swapped WHEN 0 THEN t.s ELSE t.o END, a.super, CASE a.swapped WHEN 0 THEN t.o ELSE t.s END"
        " FROM {t} t JOIN sub_property a ON t.p = a.property",
    ),
    # prp-spo2, prp-trp
    Rule(
        "chain",
        "SELECT t.s, a.super, u.o FROM {t} t JOIN chain a ON t.p = a.first JOIN {u} u ON u.s = t.o AND u.p = a.second",
    ),
    # prp-dom, cls-svf2
    Rule("domain_of", "SELECT DISTINCT t.s, 0, a.class FROM {t} t JOIN domain_of a ON t.p = a.property"),
    # prp-rng
    Rule(
        "range_of",
        "SELECT DISTINCT t.o, 0, a.class FROM {t} t JOIN range_of a ON t.p = a.property",
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
        " JOIN {u} u ON u.s = t.s AND u.p = a.property WHERE t.p = 0",
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
    Rule("nothing", "SELECT t.s, 0, a.class, a.class FROM {t} t JOIN nothing a ON t.o = a.class WHERE t.p = 0"),
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
