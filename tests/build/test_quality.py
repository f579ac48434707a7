"""A release says what is left to do, and how much is covered, source by source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rdflib

if TYPE_CHECKING:
    from citygraph.release import Release
    from citygraph.settings import Repository

DQV = rdflib.Namespace("http://www.w3.org/ns/dqv#")


def test_findings_lie_with_their_source(world: Release) -> None:
    """Each finding names file, line and what to do, and lies with the source whose file it is in."""
    found = world.figures("quality")
    assert found["findings"]
    for row in found["findings"]:
        assert row["messages"]["en"]
        assert row["source"] == "" or f"{row['source']}.ttl" in row["file"]
        assert row["line"] > 0
    disagreements = [row for row in found["findings"] if row["check"] == "sources-disagree"]
    assert [row["values"]["value"] for row in disagreements] == ["2018-08-24"]
    assert found["found"]["rivermouth-en"]["sources-disagree"] == 1
    assert found["voices"]["rivermouth-en"]["party"].endswith("id/city/rivermouth")
    assert not any(row["imported"] for row in found["voices"].values())


def test_measures_count_what_is_there(world: Release, repository: Repository) -> None:
    """Each file of queries/quality is a measure; of so many things so many are covered, never more."""
    measures = world.figures("quality")["measures"]
    assert set(measures) == {path.stem for path in repository.queries("quality").glob("*.rq")}
    for measure in measures.values():
        assert measure["by"]
        assert all(0 <= have <= of for of, have in measure["by"].values())
    assert (
        measures["with-evidence"]["by"]["rivermouth-en"][0] == measures["with-evidence"]["by"]["rivermouth-en"][1] > 0
    )


def test_measures_as_data(world: Release) -> None:
    """Programs get each measure as a metric, and its value for the graph of each source between nought and one."""
    graph = rdflib.Graph().parse(world.folder / "dumps" / "quality.ttl")
    rows = list(graph.subjects(rdflib.RDF.type, DQV.QualityMeasurement))
    by = [source for measure in world.figures("quality")["measures"].values() for source in measure["by"]]
    assert len(rows) == len(by)
    for row in rows:
        assert 0 <= graph.value(row, DQV.value).toPython() <= 1
        assert (graph.value(row, DQV.isMeasurementOf), rdflib.RDF.type, DQV.Metric) in graph
        assert "graph/source/" in graph.value(row, DQV.computedOn)


def test_shapes_are_told(world: Release, repository: Repository) -> None:
    """Every shape of the repository stands in the release: for readers, and as Turtle that whoever has data can use."""
    rows = world.figures("shapes")
    graph = rdflib.Graph().parse(world.folder / "dumps" / "shapes.ttl")
    assert {row["iri"] for row in rows} == set(map(str, graph.subjects(rdflib.RDF.type, rdflib.SH.NodeShape)))
    parties = next(part for row in rows for part in row["properties"] if part["iri"].endswith("#Partnership-parties"))
    assert parties["limits"] == {"minCount": "2"}
    assert "two parties" in parties["messages"]["en"]
