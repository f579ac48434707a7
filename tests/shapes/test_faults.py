"""Every fault of every example in one graph: the engines have to find the same, as one build has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build.validate import validate
from citygraph.iris import CANONICAL
from shapes.test_shapes import INVALID, context, shapes, triples

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.findings import Report

PLANTED = 50
"""The least number of faults that make the comparison worth something."""


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with the faults of all examples, whose things are told apart by a number behind their names."""
    shared = {triple.subject for triple in context()}
    rows = list(context())
    for number, example in enumerate(INVALID):
        own = triples(example)
        names = {row.subject for row in own if str(row.subject).startswith(f"<{CANONICAL}id/")} - shared
        new = {name: ox.NamedNode(f"{name.value}-{number}") for name in names}
        rows += [ox.Triple(new.get(s, s), p, new.get(o, o)) for s, p, o in own]
    path = tmp_path_factory.mktemp("faults") / "faults.nt"
    ox.serialize(dict.fromkeys(rows), str(path), format=ox.RdfFormat.N_TRIPLES)
    return path


def told(report: Report) -> set[tuple[object, ...]]:
    """What SHACL says of each result: severity, focus node, path, value, shape and component."""
    return {(row.severity, row.thing, row.path, row.value, row.shape, row.component) for row in report.findings}


def test_every_engine_finds_the_same_planted_faults(faults: Path) -> None:
    """The joins and shifty find what pySHACL finds, finding for finding, and each shape finds something."""
    reference = told(validate(faults, shapes(), "pyshacl"))
    assert len(reference) >= PLANTED
    assert reference == told(validate(faults, shapes(), "duckdb"))
    assert reference == told(validate(faults, shapes(), "shifty"))
    speaking = {iri for iri, shape in shapes().table.items() if shape.messages}
    assert speaking == {row[4] for row in reference}
