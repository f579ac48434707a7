"""Reads the SHACL shapes of a repository, and what a finding tells of each: path, severity and messages.

An engine's report names the shape; the rest is looked up here, so that all engines
tell a fault in the same words.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.texts import read_text
from citygraph.errors import SourceError
from citygraph.findings import Severity
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from citygraph.iris import Iris

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Facts = Mapping[Term, Mapping[str, list[Term]]]

_SH = foreign("sh", "").value
_FIRST, _REST, _NIL = (foreign("rdf", name).value for name in ("first", "rest", "nil"))
_SEVERITIES = {"Info": Severity.INFO, "Warning": Severity.WARNING, "Violation": Severity.VIOLATION}
_SUFFIXES = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


@dataclass(frozen=True)
class Shape:
    """What a finding tells of the shape that found it."""

    path: str = ""
    """The IRI of the property; a longer way is written as in SPARQL; empty for a node shape."""
    severity: Severity = Severity.VIOLATION
    messages: tuple[tuple[str, str], ...] = ()
    """Language and text, sorted by language."""

    @property
    def message(self) -> str:
        """The message in English, or else in any language."""
        texts = dict(self.messages)
        return texts.get("en") or next(iter(texts.values()), "The thing does not fit its shape: compare the two.")


@dataclass(frozen=True)
class Shapes:
    """All shapes of a repository: the text that engines read, and a row per shape."""

    text: str
    table: Mapping[str, Shape]

    def of(self, iri: str) -> Shape:
        """Give what is known of a shape: nothing if it has no IRI of its own."""
        return self.table.get(iri, Shape())


def read_shapes(folder: Path, iris: Iris) -> Shapes:
    """Read every file of shapes; a broken one is a :class:`~citygraph.errors.SourceError`."""
    texts = []
    for path in sorted(folder.glob("*.ttl")):
        texts.append(iris.rebase(read_text(path)))
        try:
            list(ox.parse(texts[-1], format=ox.RdfFormat.TURTLE))
        except SyntaxError as error:
            fault = str(error.msg).partition(": ")[2] or str(error.msg)
            remedy = "mend the Turtle there or in the line before"
            raise SourceError(path, fault, remedy, line=error.lineno, column=error.offset) from None
    return make_shapes("\n".join(texts))


def make_shapes(text: str) -> Shapes:
    """Make shapes of a Turtle text."""
    facts: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in ox.parse(text, format=ox.RdfFormat.TURTLE):
        facts[quad.subject][quad.predicate.value].append(quad.object)
    named = [node for node in facts if isinstance(node, ox.NamedNode)]
    return Shapes(text, {node.value: _shape(facts[node], facts) for node in named})


def _shape(row: Mapping[str, list[Term]], facts: Facts) -> Shape:
    paths, severities = row.get(f"{_SH}path", []), row.get(f"{_SH}severity", [])
    texts = [text for text in row.get(f"{_SH}message", []) if isinstance(text, ox.Literal)]
    return Shape(
        spelt(paths[0], facts).removeprefix("<").removesuffix(">") if paths else "",
        _SEVERITIES[_name(severities[0])] if severities else Severity.VIOLATION,
        tuple(sorted((text.language or "", text.value) for text in texts)),
    )


def spelt(node: Term, facts: Facts) -> str:
    """Write a property path as SPARQL does (SHACL, section 2.3.1)."""
    if isinstance(node, ox.NamedNode):
        return str(node)
    row = facts[node]
    if _FIRST in row:
        return "/".join(spelt(step, facts) for step in items(node, facts))
    ((key, (value, *_)),) = row.items()
    name = key.removeprefix(_SH)
    if name == "alternativePath":
        return "(" + "|".join(spelt(choice, facts) for choice in items(value, facts)) + ")"
    inner = spelt(value, facts)
    return f"^{inner}" if name == "inversePath" else f"{inner}{_SUFFIXES[name]}"


def items(node: Term, facts: Facts) -> list[Term]:
    """Walk along an RDF list."""
    items = []
    while isinstance(node, ox.BlankNode):
        items.append(facts[node][_FIRST][0])
        node = facts[node][_REST][0]
    return items


def _name(node: Term) -> str:
    return str(getattr(node, "value", "")).removeprefix(_SH)
