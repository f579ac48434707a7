"""The ontology as people read it: classes and properties with definitions, and how they hang together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import FOREIGN, RDF_TYPE, foreign
from citygraph.web.answers import local_url
from citygraph.web.language import gettext, marked
from citygraph.web.listing import CODE_LISTS, Entry
from citygraph.web.names import Name, best
from citygraph.web.terms import compact

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
)
"""What is told about a term, in plain words."""
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


def reference(served: Served, language: str) -> Reference:
    """Read the ontology graph and lay it out, in one pass."""
    about: defaultdict[str, defaultdict[ox.NamedNode, list[ox.NamedNode | ox.Literal]]]
    about = defaultdict(lambda: defaultdict(list))
    for quad in served.store.quads(graph=served.iris.graph("ontology")):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            about[quad.subject.value][quad.predicate].append(quad.object)
    iri = f"{served.iris.base}ontology"
    head = about[iri]

    def text(rows: list[ox.NamedNode | ox.Literal]) -> Name:
        literals = [(0, row) for row in rows if isinstance(row, ox.Literal)]
        return best(literals, language) if literals else Name("")

    def term(name: str) -> Term:
        rows = about[name]
        examples = [
            Name(row.value, row.language or "")
            for row in rows[foreign("skos", "example")]
            if isinstance(row, ox.Literal)
        ]
        links: defaultdict[str, list[Entry]] = defaultdict(list)
        for short, words in _LINKS:
            for value in rows[foreign(*short.split(":"))]:
                if isinstance(value, ox.NamedNode):
                    links[gettext(words)].append(
                        Entry(_term_name(served, value.value, language), local_url(value.value))
                    )
        definition = text(rows[foreign("skos", "definition")])
        return Term(
            name.rpartition("#")[2], name, served.terms.name(name, language), definition, examples, list(links.items())
        )

    ours = sorted(name for name in about if name.startswith(f"{iri}#"))
    versions = head[ox.NamedNode(FOREIGN["owl"] + "versionInfo")]
    return Reference(
        iri,
        text(head[foreign("dct", "title")]),
        text(head[foreign("dct", "description")]),
        versions[0].value if versions else "",
        [term(name) for name in ours if _CLASS in about[name][RDF_TYPE]],
        [term(name) for name in ours if any(kind in about[name][RDF_TYPE] for kind in _PROPERTIES)],
        [
            Entry(served.terms.name(scheme, language), local_url(scheme))
            for scheme in (f"{served.iris.base}id/{name}" for name in CODE_LISTS)
        ],
    )


def _term_name(served: Served, iri: str, language: str) -> Name:
    """A term of ours by its label, any other by its usual short form."""
    return served.terms.name(iri, language) if iri in served.terms.names else Name(compact(iri))
