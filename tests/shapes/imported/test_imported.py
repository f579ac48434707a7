"""Holds the shapes of imports to their examples: what is right conforms, and each fault is told once.

They stand apart from the other shapes, because they look at one import alone.
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from citygraph.build.shapes import read_shapes
from citygraph.build.validate import validate
from citygraph.iris import CANONICAL, Iris

HERE = Path(__file__).parent
SHAPES = Path(__file__).parents[3] / "shapes" / "imported"
FAULTS = {
    "one-party": "Imported-partnership-party",
    "start-in-words": "Imported-claim-start",
    "end-without-datatype": "Imported-claim-end",
    "rank-of-our-own": "Imported-claim-rank",
    "two-partnerships": "Imported-claim-partnership",
}


def found(example: Path, folder: Path, engine: str) -> list[str]:
    """Name the shapes that an example breaks."""
    data = folder / "data.nt"
    quads = ox.parse(path=str(example), format=ox.RdfFormat.TURTLE)
    ox.serialize(dict.fromkeys(quad.triple for quad in quads), str(data), format=ox.RdfFormat.N_TRIPLES)
    report = validate(data, read_shapes(SHAPES, Iris(CANONICAL)), engine)
    return [finding.shape.rpartition("#")[2] for finding in report.findings]


@pytest.mark.parametrize("engine", ["duckdb", "shifty", "pyshacl"])
@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_a_fault_of_an_import_is_told_once(fault: str | None, engine: str, tmp_path: Path) -> None:
    """What is right conforms, and each fault is told by its own shape alone, whichever engine looks for it."""
    example = HERE / "claim" / (f"invalid.{fault}.ttl" if fault else "valid.minimal.ttl")
    assert found(example, tmp_path, engine) == ([FAULTS[fault]] if fault else [])


def test_each_shape_has_a_fault_and_each_example_a_test() -> None:
    """No shape goes untried, and no example is left lying about."""
    told = {iri.rpartition("#")[2] for iri, row in read_shapes(SHAPES, Iris(CANONICAL)).table.items() if row.messages}
    assert told == set(FAULTS.values())
    assert {path.name for path in (HERE / "claim").iterdir()} == {
        "valid.minimal.ttl",
        *(f"invalid.{fault}.ttl" for fault in FAULTS),
    }
