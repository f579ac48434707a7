"""The ontology as people read it: classes, properties and shapes in words, how they hang together, and their use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.vocab import FOREIGN, RDF_TYPE, foreign
from citygraph.web.answers import local_url
from citygraph.web.language import gettext, marked
from citygraph.web.listing import CODE_LISTS, Entry
from citygraph.web.names import Name, best, named
from citygraph.web.pictures.vocabulary import Relation, relations, top
from citygraph.web.terms import compact
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from citygraph.web.current import Served

_LINKS = (
    ("rdfs:subClassOf", marked("narrower than")),
    ("rdfs:subPropertyOf", marked("narrower than")),
    ("rdfs:domain", marked("said of")),
    ("schema:domainIncludes", marked("said of")),
    ("rdfs:range", marked("leads to")),
    ("schema:rangeIncludes", marked("leads to")),
    ("owl:inverseOf", marked("read backwards")),
    ("dct:isReplacedBy", marked("use instead")),
)
"""What is told about a term, in plain words."""
_EXAMPLE, _DEPRECATED = foreign("skos", "example"), foreign("owl", "deprecated")
_CLASS = foreign("owl", "Class")
_PROPERTIES = (foreign("owl", "ObjectProperty"), foreign("owl", "DatatypeProperty"))


@dataclass(frozen=True)
class Term:
    """A class or property with what a reader needs."""

    local: str
    iri: str
    name: Name
    definition: Name
    examples: list[Name]
    links: list[tuple[str, list[Entry]]]
    used: int | None
    """How many things are of the class, or how many statements have the property; None where nobody counted."""
    instances: list[tuple[Entry, Entry | None]]
    """Things of the class, or things and values of the property."""
    deprecated: bool


@dataclass(frozen=True)
class Shape:
    """A shape: which things it looks at, and what it asks of them, in words."""

    local: str
    targets: list[Entry]
    asked: list[tuple[Name, str, str]]
    """What to do where it is not so, the property as it is written, and how grave that is."""


@dataclass(frozen=True)
class Reference:
    """What the page of the ontology shows."""

    iri: str
    title: Name
    description: Name
    version: str
    classes: list[Term]
    properties: list[Term]
    code_lists: list[Entry]
    shapes: list[Shape]
    relations: list[Relation]
    broadest: dict[str, str]
    """Of each class the broadest one of ours above it, or itself."""


About = dict[str, defaultdict[ox.NamedNode, list[ox.NamedNode | ox.Literal]]]


def reference(served: Served, language: str) -> Reference:
    """Read the ontology graph and lay it out, in one pass; what it is used for was counted when it was built."""
    about = _ontology(served)
    iri = f"{served.iris.base}ontology"
    writer = _Writer(served, language, about)
    ours = sorted(name for name in about if name.startswith(f"{iri}#"))
    versions = about[iri][ox.NamedNode(FOREIGN["owl"] + "versionInfo")]
    code_lists = (f"{served.iris.base}id/{name}" for name in CODE_LISTS)
    return Reference(
        iri,
        writer.text(iri, "dct:title"),
        writer.text(iri, "dct:description"),
        versions[0].value if versions else "",
        [writer.term(name) for name in ours if _CLASS in about[name][RDF_TYPE]],
        [writer.term(name) for name in ours if any(kind in about[name][RDF_TYPE] for kind in _PROPERTIES)],
        [Entry(served.terms.name(scheme, language), local_url(scheme)) for scheme in code_lists],
        writer.shapes(),
        relations(about, f"{iri}#"),
        {name: top(about, name, f"{iri}#") for name in ours if _CLASS in about[name][RDF_TYPE]},
    )


def _ontology(served: Served) -> About:
    """The statements of the ontology graph by subject and property."""
    about: About = defaultdict(lambda: defaultdict(list))
    for quad in sorted(served.store.quads(graph=served.iris.graph("ontology")), key=str):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            about[quad.subject.value][quad.predicate].append(quad.object)
    return about


class _Writer:
    """Writes terms and shapes in one language."""

    def __init__(self, served: Served, language: str, about: About) -> None:
        self.served, self.language, self.about = served, language, about
        whole = (served.release.figures("statistics") or {}).get("", {})
        properties = {name: row["triples"] for name, row in whole.get("properties", {}).items()}
        self.used: dict[str, int] | None = {**whole["classes"], **properties} if whole else None
        found = served.release.figures("examples") or {"classes": {}, "properties": {}}
        self.instances = {
            name: [[_parsed(part) for part in row] for row in rows]
            for kind in found.values()
            for name, rows in kind.items()
        }
        shown = (part for rows in self.instances.values() for row in rows for part in row)
        self.names = served.names_of({part.value for part in shown if isinstance(part, ox.NamedNode)})

    def text(self, iri: str, short: str) -> Name:
        """A text of the ontology in the reader's language, else in any."""
        literals = [(0, named(row)) for row in self.about[iri][_foreign(short)] if isinstance(row, ox.Literal)]
        return best(literals, self.language) if literals else Name("")

    def term(self, iri: str) -> Term:
        """Tell about a class or property."""
        rows = self.about[iri]
        examples = [Name(row.value, row.language or "") for row in rows[_EXAMPLE] if isinstance(row, ox.Literal)]
        links: defaultdict[str, list[Entry]] = defaultdict(list)
        for short, words in _LINKS:
            for value in rows[_foreign(short)]:
                if isinstance(value, ox.NamedNode):
                    links[gettext(words)].append(self.entry(value.value))
        return Term(
            iri.rpartition("#")[2],
            iri,
            self.served.terms.name(iri, self.language),
            self.text(iri, "skos:definition"),
            examples,
            list(links.items()),
            None if self.used is None else self.used.get(iri, 0),
            [(self.shown(row[0]), self.shown(row[1]) if len(row) > 1 else None) for row in self.instances.get(iri, [])],
            any(isinstance(row, ox.Literal) and row.value == "true" for row in rows[_DEPRECATED]),
        )

    def shown(self, part: ox.NamedNode | ox.Literal) -> Entry:
        """A thing or value of an example."""
        if isinstance(part, ox.Literal):
            return Entry(Name(part.value, part.language or ""), None)
        if part.value in self.names:
            return Entry(best(self.names[part.value], self.language), local_url(part.value))
        return self.entry(part.value)

    def entry(self, iri: str) -> Entry:
        """A term of ours by its label, any other IRI by its usual short form or its path."""
        served = self.served
        if iri in served.terms.names:
            return Entry(served.terms.name(iri, self.language), local_url(iri))
        return Entry(Name(short_path(served.iris.base, iri) if served.iris.owns(iri) else compact(iri)), local_url(iri))

    def shapes(self) -> list[Shape]:
        """The shapes of the release."""
        return [
            Shape(
                row["name"],
                [self.entry(target) for target in row["targets"]],
                [self._asked(part) for part in ([row] if row["messages"] else []) + row["properties"]],
            )
            for row in self.served.release.figures("shapes") or []
        ]

    def _asked(self, part: dict[str, Any]) -> tuple[Name, str, str]:
        literals = [(0, Name(text, code)) for code, text in part["messages"].items() if code]
        words = best(literals, self.language) if literals else Name("")
        path = str(part.get("path", "")).replace(self.served.iris.term("").value, "cg:")
        for prefix, space in FOREIGN.items():
            path = path.replace(space, f"{prefix}:")
        return words, path.replace("<", "").replace(">", ""), str(part.get("severity", ""))


def _foreign(short: str) -> ox.NamedNode:
    return foreign(*short.split(":"))


def _parsed(term: str) -> ox.NamedNode | ox.Literal:
    """Read a term of N-Triples."""
    (quad,) = ox.parse(f"<x:s> <x:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    return quad.object
