"""Compares two releases, and tells every difference: in words, as JSON, or as RDF Patch.

Sorted files are walked side by side, so memory does not grow with the releases, only with what differs about one
thing. Blank nodes bear the labels of RDFC-1.0 that the dumps use.
"""

from __future__ import annotations

import heapq
import json
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.history.streams import WHOLE, stream_files
from citygraph.history.subjects import changed, paired
from citygraph.iris import Iris

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citygraph.release import Release


@dataclass(frozen=True, order=True)
class Change:
    """A statement that only one of two releases makes."""

    triple: str
    """Canonical N-Triples, without the full stop."""
    graph: str
    """The short name of the graph."""
    added: bool

    @property
    def thing(self) -> str:
        """The subject, as N-Triples writes it."""
        return self.triple.partition(" ")[0]


@dataclass(frozen=True)
class Difference:
    """What differs between two releases."""

    old: Release
    new: Release

    @cached_property
    def statements(self) -> Counter[str]:
        """How many statements of graphs were ``added`` and ``removed``."""
        return Counter("added" if row.added else "removed" for row in self.changes())

    @cached_property
    def things(self) -> Counter[str]:
        """How many things are ``new``, ``changed`` and ``gone`` in the union of all graphs."""
        old, new = (stream_files(release)[WHOLE] for release in (self.old, self.new))
        return Counter(row.what for row in changed(old, new))

    def changes(self) -> Iterator[Change]:
        """Every statement that differs, in the order of the triples."""
        old, new = stream_files(self.old), stream_files(self.new)
        names = sorted((old.keys() | new.keys()) - {WHOLE})
        return heapq.merge(*(_changes(name, old.get(name), new.get(name)) for name in names))

    def patch(self) -> Iterator[str]:
        """The lines of an RDF Patch that turns the quads of the old release into those of the new one."""
        old, new = Iris(self.old.base_iri), Iris(self.new.base_iri)
        name = f"{new.base} {self.old.version} {self.new.version}"
        yield f"H id <{uuid.uuid5(uuid.NAMESPACE_URL, name).urn}> ."
        yield "TX ."
        for row in self.changes():
            yield (
                f"A {row.triple} {new.graph(row.graph)} ." if row.added else f"D {row.triple} {old.graph(row.graph)} ."
            )
        yield "TC ."

    def json(self) -> Iterator[str]:
        """The lines of one JSON document."""
        counts = {
            "statements": {name: self.statements[name] for name in ("added", "removed")},
            "things": {name: self.things[name] for name in ("new", "changed", "gone")},
        }
        head = {"old": self.old.version, "new": self.new.version, **counts}
        yield f'{json.dumps(head)[:-1]}, "changes": ['
        before = None
        for row in self.changes():
            if before is not None:
                yield f"{json.dumps(asdict(before), ensure_ascii=False)},"
            before = row
        yield f"{json.dumps(asdict(before), ensure_ascii=False) if before else ''}]}}"

    def text(self, name: Callable[[ox.NamedNode], str]) -> Iterator[str]:
        """Lines for people: how much differs, then each thing with what is said of it no longer, and now."""
        if not self.statements:
            return
        yield f"{self.old.version} → {self.new.version}"
        yield f"statements: {self.statements['added']} added, {self.statements['removed']} removed"
        yield f"things: {', '.join(f'{self.things[what]} {what}' for what in ('new', 'changed', 'gone'))}"
        for thing, rows in groupby(self.changes(), key=attrgetter("thing")):
            yield ""
            yield _shown(_term(thing), name) + (f"  {thing}" if thing.startswith("<") else "")
            for row in sorted(rows, key=lambda row: (row.graph, row.added)):
                triple = next(iter(ox.parse(f"{row.triple} .", format=ox.RdfFormat.N_TRIPLES))).triple
                told = f"{_shown(triple.predicate, name)}: {_shown(triple.object, name)}"
                yield f"  {'+' if row.added else '-'} {told}  ({row.graph})"


def _changes(name: str, old: Path | None, new: Path | None) -> Iterator[Change]:
    for was, now in paired(_lines(old), _lines(new), bytes):
        line = was if now is None else now if was is None else None
        if line is not None:
            yield Change(line.decode().removesuffix("\n").removesuffix(" ."), name, was is None)


def _lines(path: Path | None) -> Iterator[bytes]:
    if path is not None:
        with path.open("rb") as lines:
            yield from lines


def _term(text: str) -> ox.NamedNode | ox.BlankNode:
    return ox.NamedNode(text[1:-1]) if text.startswith("<") else ox.BlankNode(text[2:])


def _shown(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, name: Callable[[ox.NamedNode], str]) -> str:
    """A term in words; what could steer a terminal is left out."""
    if isinstance(term, ox.NamedNode):
        text = name(term)
    elif isinstance(term, ox.Literal):
        text = f"{term.value} [{term.language}]" if term.language else term.value
    else:
        text = str(term)
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
