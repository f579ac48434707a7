"""What an answer tells of a thing besides its score: its name, its types and what sets it apart from namesakes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import prefixes
from citygraph.web.answers import language, served
from citygraph.web.names import Name, best
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citygraph.web.names import Names

_FACTS = """SELECT ?thing ?type ?country WHERE {{
    VALUES ?thing {{ {things} }} {{ ?thing a ?type }} UNION {{ ?thing cg:country ?country }}
}}"""
_OWN = re.compile(r"[a-z-]{1,40}/[^\s<>\"{}|\\^`/]{1,200}")


@dataclass(frozen=True)
class Fact:
    """What is told of a thing."""

    iri: str
    name: Name
    types: Mapping[str, str]
    """Its most special classes of ours: their local names, with their names in the reader's language."""
    country: Name | None = None
    every: frozenset[str] = frozenset()
    """The local names of all its classes of ours."""

    @property
    def id(self) -> str:
        """Its identifier in the service: ``city/basel``."""
        return served().iris.path(self.iri).removeprefix("id/")

    @property
    def description(self) -> str:
        """What sets it apart from namesakes: what it is, and where."""
        words = list(self.types.values())[:2]
        return ", ".join([*words, self.country.text] if self.country else words)


def type_name(local: str) -> str:
    """The name of a class of ours in the reader's language."""
    return served().terms.name(served().iris.term(local).value, language()).text


def iri_of(identifier: str) -> str | None:
    """The IRI of a thing of ours by its identifier, or by its IRI; None for what is neither."""
    own = identifier.removeprefix(served().iris.base + "id/")
    if not _OWN.fullmatch(own):
        return None
    try:
        return ox.NamedNode(f"{served().iris.base}id/{own}").value
    except ValueError:
        return None


def facts(things: Iterable[str]) -> dict[str, Fact]:
    """What is told of many things, by two questions; what the release does not know is left out."""
    wanted = sorted(set(things))
    if not wanted:
        return {}
    now, start = served(), served().iris.term("").value
    types: defaultdict[str, set[str]] = defaultdict(set)
    countries: dict[str, str] = {}
    text = _FACTS.format(things=" ".join(f"<{iri}>" for iri in wanted))
    for row in now.store.select(text, prefixes=prefixes(now.iris.base)):
        thing, kind, country = (row[name] for name in ("thing", "type", "country"))
        if isinstance(kind, ox.NamedNode):
            types[thing.value].add(kind.value)
        if isinstance(country, ox.NamedNode):
            countries[thing.value] = max(country.value, countries.get(thing.value, ""))
    names = now.names_of({*types, *countries.values()})
    chosen, words, found = language(), dict[str, str](), dict[str, Fact]()
    for iri, classes in types.items():
        own = {name for name in classes if name.startswith(start)}
        special = sorted(name.removeprefix(start) for name in now.terms.most_specific(own))
        for name in special:
            words[name] = words.get(name) or type_name(name)
        found[iri] = Fact(
            iri,
            named(iri, names, chosen),
            {name: words[name] for name in special},
            named(countries[iri], names, chosen) if iri in countries else None,
            frozenset(name.removeprefix(start) for name in own),
        )
    return found


def named(iri: str, names: Names, chosen: str) -> Name:
    """The name of a thing in the language that is chosen, or else its path."""
    return best(names[iri], chosen) if iri in names else Name(short_path(served().iris.base, iri))
