"""Writes a report for programs: as Turtle in the terms of SHACL, the same bytes for the same findings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import RDF_TYPE, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.findings import Finding, Report
    from citygraph.iris import Iris


def report_turtle(report: Report, iris: Iris) -> bytes:
    """Write a report as Turtle in the terms of SHACL, without blank nodes; a comment tells file and line."""
    node = ox.NamedNode(f"{iris.base}report")
    conforms = ox.Literal(not report.violations)
    triples = [
        ox.Triple(node, RDF_TYPE, foreign("sh", "ValidationReport")),
        ox.Triple(node, foreign("sh", "conforms"), conforms),
    ]
    for number, finding in enumerate(report.findings, 1):
        result = ox.NamedNode(f"{node.value}#{number}")
        triples.append(ox.Triple(node, foreign("sh", "result"), result))
        triples.extend(ox.Triple(result, predicate, value) for predicate, value in _result(finding))
    text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes(iris.base))
    assert text is not None
    return text


def _result(finding: Finding) -> Iterator[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]:
    """Give the properties of one result (SHACL, section 3.6.2); what cannot be one stands in the comment."""
    check = "" if ":" in finding.shape or not finding.shape else f", found by the check {finding.shape}"
    place = f"{finding.file}, line {finding.line}" if finding.line else finding.file
    focus = finding.thing or finding.file
    yield RDF_TYPE, foreign("sh", "ValidationResult")
    yield foreign("rdfs", "comment"), ox.Literal(place + check, language="en")
    yield foreign("sh", "focusNode"), ox.NamedNode(focus) if _is_iri(finding.thing) else ox.Literal(focus)
    yield foreign("sh", "resultSeverity"), foreign("sh", finding.severity.name.capitalize())
    yield foreign("sh", "resultMessage"), ox.Literal(finding.message, language="en")
    for language, text in finding.messages:
        yield foreign("sh", "resultMessage"), ox.Literal(text, language=language)
    if _is_iri(finding.path):
        yield foreign("sh", "resultPath"), ox.NamedNode(finding.path)
    if finding.value and not finding.value.startswith("_:"):
        yield foreign("sh", "value"), _parsed(finding.value)
    if _is_iri(finding.shape):
        yield foreign("sh", "sourceShape"), ox.NamedNode(finding.shape)
    if finding.component:
        yield foreign("sh", "sourceConstraintComponent"), ox.NamedNode(finding.component)


def _is_iri(text: str) -> bool:
    return re.match(r"[a-z][a-z0-9+.-]*:[^<>\s]+$", text, re.IGNORECASE) is not None


def _parsed(term: str) -> ox.NamedNode | ox.Literal:
    """Read a term of N-Triples."""
    (quad,) = ox.parse(f"<x:s> <x:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    return quad.object
