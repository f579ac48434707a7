"""The statements of a release once more, by what they are about and by what they point to, as pages ask for them.

The engine looks each term of a statement up by itself; here the statements of a thing stand together, in N-Quads, with
signs that no text holds for what most of them repeat. To read a thing so takes a tenth of the time. Any other pattern,
and every query, is the engine's. A release without the file is asked through the engine alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph import around, records
from citygraph.records import Records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from citygraph.iris import Iris
    from citygraph.store import Store
    from citygraph.written import Facts, Said

FILE = "statements.records"
"""The name of the file, beside the store."""
_BASE, _OWN = b"\xff", b"\xfe"
"""What stands for the base of our IRIs, and for the node that a record is about; no UTF-8 text holds these bytes."""
_VERSION = b"version"
"""The key under which the version of the release stands, which is no term."""
_POINTING = b"^"
"""How the key of what points to a node begins."""
_QUOTE = ord('"')
_VALUED = re.compile(rb'"[^"<]*"\^\^<http://www\.w3\.org/2001/XMLSchema#(?!gYear|anyURI|hexBinary|string)\w+>')
"""A literal that the engine may keep as a value, and not as it was written."""
_VALUE = r'("(?>(?:[^"\\]++|\\.)*)"(?>(?:\^\^<[^>]*+>|@[^ ]++)?)|<[^<>]*+>|_:[^ ]++|<<\(.*\)>>)'
"""A literal, an IRI, a node without a name, or a triple."""
_SAYS = re.compile(rf"<([^>]*+)> {_VALUE} <([^>]*+)> \.\n")
_POINTS = re.compile(r"^(.*) <([^>]*+)>  <[^>]*+> \.$", re.MULTILINE)
"""The lines of a record of what is said of a node, and of what points to it, without the node."""
_LAST = 8
"""How many of the records that were read last are kept: a page looks for several things in the same ones."""
_SETS = 64
"""How many sets of properties are kept."""
_KEPT = 65_536
"""How many beginnings of records are kept while they are written; kinds and sources are pointed to again and again."""


def versioned(version: str) -> Iterator[bytes]:
    """The line of the record that names the release, if there is one."""
    if version:
        yield records.beginning(_VERSION) + f"{version}\n".encode()


def marked(lines: Iterable[bytes], graph: ox.NamedNode, base: str) -> Iterator[bytes]:
    """The lines of records that tell of the statements of a graph, given as lines of N-Triples."""
    start, short = f"<{base}".encode(), b"<" + _BASE
    end = f" {graph} .\n".encode().replace(start, short)
    beginning = lru_cache(maxsize=_KEPT)(records.beginning)
    for line in lines:
        subject, term, value = line[:-3].replace(start, short).split(b" ", 2)
        if value[0] == _QUOTE and _VALUED.fullmatch(value):
            value = _as_kept(value)
        rest = b" ".join((term, value))
        yield b"".join((beginning(subject), _OWN, rest, end))
        if value[0] != _QUOTE and b" " not in value:  # neither a literal nor a triple term
            yield b"".join((beginning(_POINTING + value), subject, b" ", term, b" ", _OWN, end))


@lru_cache(maxsize=_KEPT)
def _as_kept(literal: bytes) -> bytes:
    """A literal as the engine gives it back: of the number ``1.0`` it makes ``1``."""
    store = ox.Store()
    store.load(b"<x:x> <x:x> %s ." % literal, ox.RdfFormat.N_TRIPLES)
    return str(next(iter(store)).object).encode()


class Statements:
    """A store for pages (:class:`citygraph.backend.Graphs`), beside an engine that answers whatever is not here."""

    def __init__(self, store: Store, path: Path, base: str) -> None:
        self._store, self._records = store, Records(path)
        self._start = f"<{base}".encode()
        self._about = lru_cache(maxsize=_LAST)(self._read)
        self._naming = lru_cache(maxsize=_SETS)(self._properties)
        self._said = lru_cache(maxsize=_LAST)(self._read_said)
        self.select, self.construct, self.graphs = store.select, store.construct, store.graphs

    @property
    def version(self) -> str:
        """The version of the release that the file was written for; empty where it names none."""
        return self._records.get(_VERSION).decode().strip()

    def quads(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.Literal | None = None,
        graph: ox.NamedNode | None = None,
        *,
        most: int | None = None,
    ) -> Iterable[ox.Quad]:
        """Statements of named graphs that fit a pattern, at most so many; None fits all."""
        if graph is not None or (subject is None) == (value is None) or isinstance(value, ox.Literal):
            return self._store.quads(subject, predicate, value, graph, most=most)
        found = self._about(subject) if subject is not None else self._about(value, _POINTING)
        quads = _parsed(found)
        return islice(quads if predicate is None else (row for row in quads if row.predicate == predicate), most)

    def told(self, things: Iterable[str], properties: Collection[str]) -> Iterator[Said]:
        """What some graph or other says of things by some properties, each statement once."""
        names = self._naming(frozenset(properties))
        short, start = b"<" + _BASE, self._start
        for thing in things:
            found: dict[tuple[bytes, bytes], None] = {}
            for line in self._records.get(self._key(thing)).split(_OWN):
                name, _, rest = line.partition(b" ")
                if name in names:
                    found[name, rest.rpartition(b" <")[0]] = None  # the graph stands last
            for name, value in found:
                yield thing, names[name], value.replace(short, start).decode()

    def gathered(self, iris: Iris, iri: str) -> dict[str, Facts]:
        """What is said of a thing and of what its page tells along with it, by the IRIs of these."""
        return around.gather(self._facts, iris, iri)

    def pointing(self, iri: str, most: int) -> list[tuple[str, str]]:
        """What points to a thing, as written, and by which property: a pair for each statement, at most so many."""
        found = _POINTS.finditer(self._text(_POINTING, iri))
        return [(match[1], match[2]) for match in islice(found, most)]

    def mentions(self, node: ox.NamedNode) -> bool:
        """Tell whether some statement is about a node or points to it, or some graph has this name."""
        return around.mentioned(self.quads, node)

    def around(self, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
        """The statements about a thing and what its data tell along with it (:mod:`citygraph.around`), each once."""
        return around.walk(self.quads, iris, node)

    def lines(self, iri: str) -> bytes:
        """The statements about a thing, as N-Quads."""
        return self._about(f"<{iri}>")

    def _read(self, node: object, sign: bytes = b"") -> bytes:
        """The statements about a node, or to it, as N-Quads."""
        whole = str(node).encode()
        found = self._records.get(sign + whole.replace(self._start, b"<" + _BASE))
        return found.replace(_OWN, whole + (b"" if sign else b" ")).replace(b"<" + _BASE, self._start)

    def _facts(self, iri: str) -> Facts:
        """What is said of a thing, by property and value."""
        found: Facts = {}
        for name, value, graph in self._said(iri):
            if (values := found.get(name)) is None:
                found[name] = {value: {graph}}
            elif value in values:
                values[value].add(graph)
            else:
                values[value] = {graph}
        return found

    def _read_said(self, iri: str) -> list[tuple[str, str, str]]:
        """What is said of a thing: property, value and graph of each statement."""
        return _SAYS.findall(self._text(b"", iri))

    def _key(self, iri: str) -> bytes:
        return f"<{iri}>".encode().replace(self._start, b"<" + _BASE)

    def _properties(self, properties: frozenset[str]) -> dict[bytes, str]:
        """Some properties by the way that records write them."""
        return {self._key(name): name for name in properties}

    def _text(self, sign: bytes, iri: str) -> str:
        """The lines of a record, without the node that it is about."""
        found = self._records.get(sign + self._key(iri))
        return found.replace(_OWN, b"").replace(b"<" + _BASE, self._start).decode()


def _parsed(lines: bytes) -> Iterable[ox.Quad]:
    return ox.parse(lines, format=ox.RdfFormat.N_QUADS, lenient=True) if lines else ()
