"""Turns rows of SSSOM mapping tables into links, and refuses those that contradict each other.

SSSOM (https://mapping-commons.github.io/sssom/) is a table with a YAML head behind ``#``. Each row becomes the link
itself and a node that tells how the link was verified, by whom and how surely. Reasoning never runs over links, so
that a wrong one stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.texts import read_text
from citygraph.errors import SourceError
from citygraph.findings import Finding, Severity
from citygraph.linking.decisions import REJECTED
from citygraph.linking.sssom import read_table
from citygraph.vocab import RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.build.origins import Origins
    from citygraph.iris import Iris

_SSSOM = "https://w3id.org/sssom/"
_NEEDED = ("subject_id", "predicate_id", "object_id", "mapping_justification", "confidence")
_DETAILS = {
    "mapping_justification": (ox.NamedNode(_SSSOM + "mapping_justification"), "iri"),
    "confidence": (ox.NamedNode(_SSSOM + "confidence"), "decimal"),
    "author_label": (ox.NamedNode(_SSSOM + "author_label"), "text"),
    "author_id": (ox.NamedNode(_SSSOM + "author_id"), "iri"),
    "mapping_date": (ox.NamedNode(_SSSOM + "mapping_date"), "date"),
    "mapping_source": (ox.NamedNode(_SSSOM + "mapping_source"), "iri"),
    "comment": (foreign("rdfs", "comment"), "text"),
}
"""The columns that say how a link came about; others are for the curators alone."""


@dataclass(frozen=True)
class Mapping:
    """A row of a mapping table, its CURIEs spelled out."""

    subject: ox.NamedNode
    predicate: ox.NamedNode
    object: ox.NamedNode
    details: tuple[tuple[ox.NamedNode, ox.NamedNode | ox.Literal], ...]
    path: str
    line: int


def read_mappings(path: Path, iris: Iris) -> Iterator[Mapping]:
    """Read a table; a row that lacks a column or names an unknown prefix is an error with its line."""
    head, rows = read_table(path, iris.rebase(read_text(path)))
    known: dict[str, str] = head.get("curie_map") or {}
    for number, row in rows:
        if row.get("predicate_modifier") == REJECTED:  # somebody looked, and it is not the same thing
            continue
        for column in _NEEDED:
            if not row.get(column):
                raise SourceError(path, f"the column {column} is empty or missing", "fill it in", line=number)
        try:
            details = tuple(
                (predicate, _value(row[column], kind, known))
                for column, (predicate, kind) in _DETAILS.items()
                if row.get(column)
            )
            subject, predicate, value = (_iri(row[name], known) for name in ("subject_id", "predicate_id", "object_id"))
            yield Mapping(subject, predicate, value, details, str(path), number)
        except (KeyError, ValueError) as error:
            remedy = "write a whole IRI, or declare the prefix in the head's curie_map"
            raise SourceError(path, f"{error} cannot be spelled out", remedy, line=number) from None


def _iri(text: str, known: dict[str, str]) -> ox.NamedNode:
    if text.startswith(("http://", "https://")):
        return ox.NamedNode(text)
    prefix, _, local = text.partition(":")
    return ox.NamedNode(known[prefix] + local)


def _value(text: str, kind: str, known: dict[str, str]) -> ox.NamedNode | ox.Literal:
    if kind == "iri":
        return _iri(text, known)
    return ox.Literal(text) if kind == "text" else ox.Literal(text, datatype=foreign("xsd", kind))


def links(mappings: Iterable[Mapping], iris: Iris, origins: Origins) -> Iterator[ox.Triple]:
    """Give each link and the node that tells of it."""
    mapping_class = ox.NamedNode(_SSSOM + "Mapping")
    for row in mappings:
        origins.note(row.subject.value, "links", row.path, row.line)
        thing = iris.path(row.subject.value).removeprefix("id/").replace("/", "-")
        node = ox.NamedNode(iris.thing("mapping", f"{thing}-{row.object.value.rstrip('/').rpartition('/')[2]}"))
        yield ox.Triple(row.subject, row.predicate, row.object)
        yield ox.Triple(node, RDF_TYPE, mapping_class)
        for name, term in zip(("Source", "Property", "Target"), (row.subject, row.predicate, row.object), strict=True):
            yield ox.Triple(node, foreign("owl", f"annotated{name}"), term)
        for predicate, value in row.details:
            yield ox.Triple(node, predicate, value)


def contradictions(mappings: Iterable[Mapping]) -> Iterator[Finding]:
    """Find rows that stand twice, and identities of one thing with two others of the same kind or the reverse."""
    rows: dict[tuple[str, str, str], Mapping] = {}
    ends: dict[tuple[str, str, str], Mapping] = {}
    for row in mappings:
        namespace = row.object.value.rpartition("/")[0] if not row.object.value.endswith("/") else "geonames"
        key = (row.subject.value, row.predicate.value, row.object.value)
        if key in rows:
            yield _finding(row, f"the same link stands in line {rows[key].line} already; remove one of the two rows")
            continue
        rows[key] = row
        for end, other in (("subject", row.subject.value), ("object", row.object.value)):
            twin = ends.setdefault((end, other, namespace), row)
            if twin is not row:
                fault = f"line {twin.line} of {twin.path} links the same {end} to another thing"
                yield _finding(row, f"{fault}; decide which of the two is meant and remove the other")


def _finding(row: Mapping, message: str) -> Finding:
    value = str(row.object)
    return Finding(row.path, row.line, Severity.VIOLATION, row.subject.value, row.predicate.value, value, message)
