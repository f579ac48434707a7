"""Terms as N-Triples writes them, taken apart: pages hold statements as text, since most of it goes on as text.

>>> term('"Genf"@de')
Term(iri='', text='Genf', language='de', datatype='')
>>> term("<https://e.org/>").iri
'https://e.org/'
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Facts: TypeAlias = dict[str, dict[str, set[str]]]
"""What is said of one thing: by the IRI of a property its values as written, by value the IRIs of the graphs."""
Said: TypeAlias = tuple[str, str, str]
"""A thing's IRI, a property's IRI, and a value as written."""

_LITERAL = re.compile(r'"([^"\\]*+)"(?>(?:@([A-Za-z0-9]++(?>(?:-[A-Za-z0-9]++)*))|\^\^<([^>\\]*+)>)?)')
"""A literal in which nothing is escaped."""
_KEPT = 16_384
"""How many terms are kept apart."""


class Term(NamedTuple):
    """The parts of a term."""

    iri: str
    """Empty for all but IRIs."""
    text: str
    """The lexical form of a literal; any other term as it is, an IRI without its brackets."""
    language: str = ""
    datatype: str = ""
    """The IRI of the datatype, where one is written."""


@lru_cache(maxsize=_KEPT)
def term(written: str) -> Term:
    """Take a term apart."""
    if is_iri(written):
        iri = written[1:-1]
        return Term(iri, iri)
    if match := _LITERAL.fullmatch(written):
        text, language, datatype = match.groups("")
        return Term("", text, language, datatype)
    if not written.startswith('"'):
        return Term("", written)
    literal = next(iter(ox.parse(f"<x:x> <x:x> {written} .", format=ox.RdfFormat.N_TRIPLES, lenient=True))).object
    assert isinstance(literal, ox.Literal)
    return Term("", literal.value, literal.language or "", literal.datatype.value)


def write(node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """Write a term."""
    return f"<<( {node} )>>" if isinstance(node, ox.Triple) else str(node)


def is_iri(written: str) -> bool:
    """Whether a term is an IRI; a triple, which holds spaces, is none."""
    return written.startswith("<") and " " not in written


def named_nodes(iris: Iterable[str]) -> Iterator[tuple[str, ox.NamedNode]]:
    """Make nodes of IRIs; what is none has nothing said about it."""
    for iri in iris:
        with suppress(ValueError):
            yield iri, ox.NamedNode(iri)


def facts(quads: Iterable[ox.Quad]) -> Facts:
    """Put statements about one thing together; those of the default graph are left out."""
    found: Facts = {}
    for _, name, value, graph in quads:
        if isinstance(graph, ox.NamedNode):
            found.setdefault(name.value, {}).setdefault(write(value), set()).add(graph.value)
    return found
