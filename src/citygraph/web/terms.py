"""What the ontology says of the terms that pages show: their names, inverses, and which have a single value.

It is read once per release, so that no page asks for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import FOREIGN, PREF_LABEL, RDF_TYPE, RDFS_LABEL, foreign
from citygraph.web.language import editorial, marked, spoken
from citygraph.web.names import Name, best, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from citygraph.backend import Graphs
    from citygraph.iris import Iris
    from citygraph.web.names import Naming

_INVERSE = foreign("owl", "inverseOf")
_SUBCLASS = foreign("rdfs", "subClassOf")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_]")

_KEPT = 4_096
"""How many names of terms are kept, in one language or another."""
_FOREIGN_NAMES = {
    "dct:issued": marked("published on"),
    "dct:modified": marked("read on"),
    "dct:isReferencedBy": marked("mentioned by"),
    "geo:lat": marked("latitude"),
    "geo:long": marked("longitude"),
    "gsp:asWKT": marked("point"),
    "gsp:hasGeometry": marked("geometry"),
    "oa:end": marked("ends at character"),
    "oa:exact": marked("phrase"),
    "oa:hasSelector": marked("place in the document"),
    "oa:hasSource": marked("document"),
    "oa:start": marked("begins at character"),
    "owl:sameAs": marked("the same as"),
    "rdf:type": marked("kind"),
    "schema:name": marked("called in the documents"),
    "skos:altLabel": marked("also called"),
    "skos:closeMatch": marked("close to"),
    "skos:exactMatch": marked("matches"),
    "skos:hasTopConcept": marked("top concept"),
    "skos:inScheme": marked("code list"),
    "skos:notation": marked("code"),
    "skos:prefLabel": marked("called here"),
    "skos:topConceptOf": marked("top concept of"),
}
"""Plain words for terms of others, where the words of their own names would not do."""


@dataclass(frozen=True)
class Terms:
    """The names and habits of terms."""

    names: Mapping[str, tuple[Naming, ...]]
    inverses: Mapping[str, frozenset[str]]
    single_valued: frozenset[str]
    parents: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, store: Graphs, iris: Iris) -> Terms:
        """Read the ontology graph of a release."""
        names: defaultdict[str, list[Naming]] = defaultdict(list)
        inverses: defaultdict[str, set[str]] = defaultdict(set)
        parents: defaultdict[str, set[str]] = defaultdict(set)
        single = set()
        for quad in store.quads(graph=iris.graph("ontology")):
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            subject, value = quad.subject.value, quad.object
            if isinstance(value, ox.Literal):
                if quad.predicate in (RDFS_LABEL, PREF_LABEL):
                    names[subject].append((0, named(value)))
            elif isinstance(value, ox.NamedNode):
                if quad.predicate == _INVERSE:
                    inverses[subject].add(value.value)
                    inverses[value.value].add(subject)
                elif quad.predicate == _SUBCLASS:
                    parents[subject].add(value.value)
                elif quad.predicate == RDF_TYPE and value == iris.term("SingleValued"):
                    single.add(subject)
        return cls(
            {iri: tuple(rows) for iri, rows in names.items()},
            {iri: frozenset(rows) for iri, rows in inverses.items()},
            frozenset(single),
            {iri: frozenset(rows) for iri, rows in parents.items()},
        )

    def name(self, iri: str, language: str) -> Name:
        """Name a term for people: by its label, else by the words of its own name."""
        return self._named(iri, language, spoken())

    @cached_property
    def _named(self) -> Callable[[str, str, str], Name]:
        return lru_cache(maxsize=_KEPT)(self._name)

    def _name(self, iri: str, language: str, _spoken: str) -> Name:
        if rows := self.names.get(iri):
            return best(rows, language)
        short = compact(iri)
        if words := _FOREIGN_NAMES.get(short):
            return editorial(words)
        return Name(_CAMEL.sub(" ", short.rpartition(":")[2]).lower(), "en")

    def most_specific(self, classes: set[str]) -> set[str]:
        """Leave out the classes that follow from others of the set."""
        return classes - self.above(classes)

    def above(self, classes: set[str]) -> set[str]:
        """The classes that follow from those of a set."""
        above: set[str] = set()
        waiting = [parent for iri in classes for parent in self.parents.get(iri, ())]
        while waiting:
            iri = waiting.pop()
            if iri not in above:
                above.add(iri)
                waiting.extend(self.parents.get(iri, ()))
        return above


def compact(iri: str) -> str:
    """Shorten the IRI of somebody else's term by its usual prefix; others are given back."""
    for prefix, namespace in FOREIGN.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


@lru_cache(maxsize=_KEPT)
def key_of(base: str, iri: str) -> str:
    """The local name of a term of ours, and the short name of one of others."""
    ontology = f"{base}ontology#"
    return iri.removeprefix(ontology) if iri.startswith(ontology) else compact(iri)
