"""Writes what a release says about its own quality: what is left to do, and how much is covered, source by source.

Pages show it and count nothing; programs get the measures in the terms of the Data Quality Vocabulary (DQV).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.findings import TOLD, Severity
from citygraph.vocab import RDF_TYPE, RDFS_LABEL, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from citygraph.build.shapes import Shapes
    from citygraph.findings import Finding, Report
    from citygraph.iris import Iris
    from citygraph.queries import Query
    from citygraph.store import Store

_DQV = "http://www.w3.org/ns/dqv#"
_VOICES = """SELECT ?source ?party ?imported {
    ?source a cg:Source
    OPTIONAL { ?source cg:publishedFor ?party }
    BIND (EXISTS { ?source a cg:ImportedSource } AS ?imported)
}"""


def quality(
    report: Report, store: Store, measures: Iterable[Query], checks: Iterable[Query], names: Collection[str], iris: Iris
) -> dict[str, Any]:
    """Gather findings and measures.

    ``voices`` tells the party whose voice a source is and whether it was imported, ``measures`` of how many things how
    many are covered,
    ``checks`` the words of each check, ``found`` how often each shape or check was found, and ``findings`` what was
    found where; of what is merely worth knowing the first of each kind and source.
    """
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    rows = []
    for finding in report.findings:
        source = _source(finding, names)
        found[source][finding.shape] += 1
        if finding.severity is not Severity.INFO or found[source][finding.shape] <= TOLD:
            rows.append(_row(finding, source, iris))
    voices = {
        iris.path(row["source"].value).removeprefix("id/source/"): {
            "party": row["party"].value if row["party"] else "",
            "imported": row["imported"].value == "true",
        }
        for row in store.select(_VOICES, prefixes=prefixes(iris.base))
    }
    return {
        "voices": dict(sorted(voices.items())),
        "checks": {row.name: {key: row.head[key] for key in ("title", "problem", "remedy")} for row in checks},
        "found": {source: dict(sorted(kinds.items())) for source, kinds in sorted(found.items())},
        "findings": rows,
        "measures": {
            query.name: {"title": query.title, "summary": query.summary, "by": _measured(query, store, iris)}
            for query in measures
        },
    }


def _source(finding: Finding, names: Collection[str]) -> str:
    """The source in whose file or graph a finding lies; empty for the editors' own files."""
    stem = PurePosixPath(finding.file).stem
    return stem if f"source/{stem}" in names else ""


def _row(finding: Finding, source: str, iris: Iris) -> dict[str, Any]:
    return {
        "source": source,
        "file": finding.file,
        "line": finding.line,
        "severity": finding.severity.name.lower(),
        "thing": finding.thing,
        "check": finding.shape.removeprefix(iris.base),
        "messages": {"en": finding.message, **dict(finding.messages)},
        "values": dict(finding.values),
    }


def _measured(query: Query, store: Store, iris: Iris) -> dict[str, list[int]]:
    return {
        iris.path(row["source"].value).removeprefix("id/source/"): [int(row["of"].value), int(row["have"].value)]
        for row in store.select(query.bound(iris=iris))
    }


def quality_turtle(found: dict[str, Any], iris: Iris) -> bytes:
    """Write the measures as metrics and measurements of the graphs of sources (DQV, section 5)."""
    text = ox.serialize(
        list(_measurements(found, iris)),
        format=ox.RdfFormat.TURTLE,
        prefixes=prefixes(iris.base) | {"dqv": _DQV},
    )
    assert text is not None
    return text


def _measurements(found: dict[str, Any], iris: Iris) -> Iterator[ox.Triple]:
    for name, measure in found["measures"].items():
        metric = ox.NamedNode(f"{iris.base}quality#{name}")
        yield ox.Triple(metric, RDF_TYPE, ox.NamedNode(f"{_DQV}Metric"))
        yield ox.Triple(metric, RDFS_LABEL, ox.Literal(measure["title"], language="en"))
        yield ox.Triple(metric, foreign("skos", "definition"), ox.Literal(measure["summary"], language="en"))
        yield ox.Triple(metric, ox.NamedNode(f"{_DQV}expectedDataType"), foreign("xsd", "decimal"))
        for source, (of, have) in measure["by"].items():
            row, graph = ox.NamedNode(f"{metric.value}/{source}"), iris.graph(f"source/{source}")
            value = ox.Literal(f"{have / of if of else 0:.4f}", datatype=foreign("xsd", "decimal"))
            yield ox.Triple(row, RDF_TYPE, ox.NamedNode(f"{_DQV}QualityMeasurement"))
            yield ox.Triple(row, ox.NamedNode(f"{_DQV}computedOn"), graph)
            yield ox.Triple(row, ox.NamedNode(f"{_DQV}isMeasurementOf"), metric)
            yield ox.Triple(row, ox.NamedNode(f"{_DQV}value"), value)
            yield ox.Triple(graph, ox.NamedNode(f"{_DQV}hasQualityMeasurement"), row)


def shapes_table(shapes: Shapes, iris: Iris) -> list[dict[str, Any]]:
    """The shapes for readers: what each is about, and what it asks for in which words."""
    facts: defaultdict[str, defaultdict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]]
    facts = defaultdict(lambda: defaultdict(list))
    for quad in ox.parse(shapes.text, format=ox.RdfFormat.TURTLE):
        if isinstance(quad.subject, ox.NamedNode):
            facts[quad.subject.value][quad.predicate.value].append(quad.object)
    sh = foreign("sh", "").value
    targets = ("targetClass", "targetSubjectsOf", "targetObjectsOf")

    def values(iri: str, *names: str) -> list[str]:
        return [row.value for name in names for row in facts[iri][sh + name] if isinstance(row, ox.NamedNode)]

    def asked(iri: str) -> dict[str, Any]:
        shape = shapes.of(iri)
        limits = {
            name: row.value
            for name in ("minCount", "maxCount", "datatype", "class", "nodeKind", "pattern")
            for row in facts[iri][sh + name]
            if isinstance(row, (ox.NamedNode, ox.Literal))
        }
        path = shape.path
        return {
            "iri": iri,
            "path": path,
            "severity": shape.severity.name.lower(),
            "messages": dict(shape.messages),
            "limits": limits,
        }

    nodes = [iri for iri in sorted(facts) if foreign("sh", "NodeShape") in facts[iri][RDF_TYPE.value]]
    return [
        {
            "iri": iri,
            "name": iri.removeprefix(f"{iris.base}shapes#"),
            "targets": sorted(values(iri, *targets)),
            "messages": dict(shapes.of(iri).messages),
            "properties": [asked(part) for part in sorted(values(iri, "property"))],
        }
        for iri in nodes
    ]
