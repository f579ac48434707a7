"""Lists: the things of a kind, the statements of a graph, the partnerships of the home page, what a search finds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import NotFound
from citygraph.vocab import KINDS, prefixes
from citygraph.web.answers import document_name, local_url
from citygraph.web.graphs import subjects
from citygraph.web.names import NAMING, Name, best, named
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from citygraph.web.current import Served
    from citygraph.web.names import Names, Naming

_CONCEPTS = "SELECT ?thing WHERE {{ ?thing skos:inScheme <{scheme}> }} ORDER BY ?thing LIMIT {limit} OFFSET {offset}"
_SUBJECTS = """SELECT DISTINCT ?thing WHERE {{ GRAPH <{graph}> {{ ?thing ?property ?value }} }}
ORDER BY ?thing LIMIT {limit} OFFSET {offset}"""
_SOURCES = """SELECT ?thing ?property ?name WHERE {{
    {{ SELECT DISTINCT ?thing WHERE {{ ?thing a cg:Source FILTER(STRSTARTS(STR(?thing), "{start}")) }}
      ORDER BY ?thing LIMIT {limit} }}
    OPTIONAL {{ VALUES ?property {{ {properties} }} ?thing ?property ?name }}
}} ORDER BY ?thing"""
_STATEMENTS = "SELECT * WHERE {{ VALUES ?thing {{ {things} }} GRAPH <{graph}> {{ ?thing ?property ?value }} }}"
CODE_LISTS = (
    *("agreement-form", "characteristic", "focus-area", "form", "rank", "role", "standing", "status", "value-kind"),
)


@dataclass(frozen=True)
class Entry:
    """A thing in a list."""

    name: Name
    url: str | None
    kind: str = ""


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    title: Name
    entries: list[Entry]
    number: int
    following: bool
    """Whether there are more pages."""


@dataclass(frozen=True)
class Row:
    """A statement of a graph: a property and a value."""

    property: Entry
    value: Entry


@dataclass(frozen=True)
class GraphPage:
    """One page of the statements of a graph."""

    title: Name
    iri: str
    document: str | None
    """The page of the document whose statements these are."""
    about: list[tuple[Entry, list[Row]]]
    number: int
    following: bool


def browse(served: Served, kind: str, language: str, number: int, size: int) -> Listing:
    """One page of the things of a kind, or of the concepts of a code list."""
    if kind not in KINDS:
        raise NotFound(f"{served.iris.base}id/{kind}")
    number = clamp(number)
    skip, most = (number - 1) * size, size + 1
    if kind in CODE_LISTS:
        scheme = f"{served.iris.base}id/{kind}"
        found = _things(served, _CONCEPTS.format(scheme=scheme, limit=most, offset=skip))
    else:
        found = subjects(served, f"kinds/{kind}", skip, most, served.iris.term(class_of(kind))) or []
    return Listing(
        kind_name(served, kind, language), entries(served, found[:size], language), number, len(found) > size
    )


def kind_name(served: Served, kind: str, language: str) -> Name:
    """Name a kind: by its code list or by its class."""
    if kind in CODE_LISTS:
        return served.terms.name(f"{served.iris.base}id/{kind}", language)
    return served.terms.name(served.iris.term(class_of(kind)).value, language)


def class_of(kind: str) -> str:
    """The local name of the class of a kind: ``FocusArea`` of ``focus-area``."""
    return kind.title().replace("-", "")


def graph_page(served: Served, iri: str, language: str, number: int, size: int) -> GraphPage:
    """One page of the statements of a graph, by subject."""
    number = clamp(number)
    skip, most = (number - 1) * size, size + 1
    found = subjects(served, f"graphs/{served.iris.graph_name(iri)}", skip, most)
    if found is None:
        found = _things(served, _SUBJECTS.format(graph=iri, limit=most, offset=skip))
    things = " ".join(f"<{thing}>" for thing in found[:size])
    rows = list(served.store.select(_STATEMENTS.format(things=things, graph=iri))) if things else []
    document = iri.replace(f"{served.iris.base}graph/source/", f"{served.iris.base}id/source/")
    values = [row["value"].value for row in rows if isinstance(row["value"], ox.NamedNode)]
    names = served.names_of([*found[:size], *values, iri, document])
    about: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        property_ = row["property"].value
        term = Entry(served.terms.name(property_, language), local_url(property_))
        about[row["thing"].value].append(Row(term, _value(served, row["value"], names, language)))
    return GraphPage(
        _name(served, iri, names, language),
        iri,
        local_url(document) if document != iri and document in names else None,
        [
            (
                _entry(served, thing, names, language),
                sorted(about[thing], key=lambda row: str((row.property, row.value))),
            )
            for thing in found[:size]
        ],
        number,
        len(found) > size,
    )


def counts(served: Served) -> dict[str, int]:
    """How many things there are of each class of ours, by its local name; an import is no document that was read."""
    found: dict[str, int] = dict(served.release.manifest["counts"]["things"])
    return found | {"Source": found.get("Source", 0) - found.get("ImportedSource", 0)}


def sources(served: Served, language: str, limit: int) -> list[Entry]:
    """The documents that the graph rests on, with their names, by one question."""
    found: dict[str, list[Naming]] = {}
    text = _SOURCES.format(start=served.iris.base, limit=limit, properties=" ".join(map(str, NAMING)))
    for row in served.store.select(text, prefixes=prefixes(served.iris.base)):
        names = found.setdefault(row["thing"].value, [])
        if isinstance(row["name"], ox.Literal):
            names.append((NAMING.index(row["property"]), named(row["name"])))
    return [_entry(served, thing, {thing: names} if names else {}, language) for thing, names in found.items()]


def _things(served: Served, text: str) -> list[str]:
    rows = served.store.select(text, prefixes=prefixes(served.iris.base))
    return [row["thing"].value for row in rows if isinstance(row["thing"], ox.NamedNode)]


def entries(served: Served, things: list[str], language: str) -> list[Entry]:
    """Name things, for a list."""
    names = served.names_of(things)
    return [_entry(served, thing, names, language) for thing in things]


def _entry(served: Served, iri: str, names: Names, language: str) -> Entry:
    kind = (document_name(iri) or "").partition("/")[0]
    return Entry(_name(served, iri, names, language), local_url(iri), kind)


def _name(served: Served, iri: str, names: Names, language: str) -> Name:
    if iri in names:
        return best(names[iri], language)
    return served.terms.name(iri, language) if iri in served.terms.names else Name(short_path(served.iris.base, iri))


def _value(served: Served, value: ox.NamedNode | ox.Literal, names: Names, language: str) -> Entry:
    if isinstance(value, ox.NamedNode):
        return _entry(served, value.value, names, language)
    if isinstance(value, ox.Literal):
        return Entry(Name(value.value, value.language or ""), None)
    return Entry(Name(str(value)), None)


def clamp(number: int) -> int:
    """A page number from outside: from 1, and not beyond what a store can count to."""
    return min(max(number, 1), 10**9)
