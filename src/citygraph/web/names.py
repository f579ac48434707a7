"""Chooses the name of a thing in the reader's language, and says in which language it is.

>>> best([(0, Name("Genf", "de")), (0, Name("Geneva", "en"))], "de").text
'Genf'
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from citygraph.settings import LANGUAGES
from citygraph.vocab import DCT_TITLE, FOREIGN, PREF_LABEL, RDFS_LABEL, SCHEMA_NAME
from citygraph.written import term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from citygraph.backend import Graphs
    from citygraph.written import Facts, Said

    Naming: TypeAlias = "tuple[int, Name]"
    """The rank of the property that gives a name, and the name."""
    Names: TypeAlias = Mapping[str, Sequence[Naming]]
    """The names of things by their IRIs."""

NAMING = (PREF_LABEL, RDFS_LABEL, DCT_TITLE, SCHEMA_NAME, ox.NamedNode(FOREIGN["foaf"] + "name"))
"""The properties that name things, the first being the best."""
RANKS = {name.value: rank for rank, name in enumerate(NAMING)}
"""Their IRIs."""


class Name(NamedTuple):
    """A name with the language it is in; the language is empty where nobody says."""

    text: str
    language: str = ""


def named(literal: ox.Literal) -> Name:
    """The name that a literal gives."""
    return Name(literal.value, literal.language or "")


def names_of(store: Graphs, things: Iterable[str]) -> Names:
    """Ask for the names of many things at once."""
    return names_among(store.told(dict.fromkeys(things), RANKS))


def names_among(said: Iterable[Said]) -> Names:
    """Take the names out of statements about things, each of which stands there once."""
    names: defaultdict[str, list[Naming]] = defaultdict(list)
    for thing, name, value in said:
        if (rank := RANKS.get(name)) is not None and (found := _written(value)):
            names[thing].append((rank, found))
    return names


def names_in(facts: Facts) -> list[Naming]:
    """Take the names out of what is said of one thing."""
    rows = ((rank, value) for name, rank in RANKS.items() for value in facts.get(name, ()))
    return [(rank, found) for rank, value in rows if (found := _written(value))]


def _written(value: str) -> Name | None:
    """The name that a value gives, if it is a literal."""
    if not value.startswith('"'):
        return None
    text, mark, language = value[1:].rpartition('"@')
    if mark and "\\" not in text and "-" not in language and '"' not in language:  # as nearly all names are written
        return Name(text, language)
    literal = term(value)
    return Name(literal.text, literal.language)


def best(names: Collection[Naming], language: str) -> Name:
    """Choose among names with the ranks of their properties.

    The chain: the reader's language, the languages of the site, any other, none; within one, by rank and alphabet.
    """
    found = [name for rank, name in names if not rank and name.language == language]
    if found:  # as nearly always
        return found[0] if len(found) == 1 else min(found)
    return min([(_place(name.language, language), rank, name) for rank, name in names])[-1]


@lru_cache(maxsize=1024)
def _place(tag: str, language: str) -> int:
    chain = (language, *LANGUAGES)
    first = tag.partition("-")[0]
    return chain.index(first) if first in chain else len(chain) + (not first)
