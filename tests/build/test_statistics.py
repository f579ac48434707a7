"""What a release counts of itself is what whoever reads its files counts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build import statistics
from citygraph.build.graphs import GraphFiles
from citygraph.vocab import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.release import Release


SPACE = "https://w3id.org/citygraph/id/"
"""How the names of entities begin."""


def counted(triples: Iterable[ox.Triple]) -> dict[str, object]:
    """Count by sets."""
    triples = set(triples)
    classes, properties = defaultdict(set), defaultdict(set)
    for row in triples:
        properties[row.predicate.value].add(row)
        if row.predicate == RDF_TYPE:
            classes[row.object.value].add(row.subject)
    return {
        "triples": len(triples),
        "subjects": len({row.subject for row in triples}),
        "objects": len({row.object for row in triples}),
        "entities": len({row.subject for row in triples if str(row.subject).startswith(f"<{SPACE}")}),
        "classes": {name: len(rows) for name, rows in classes.items()},
        "properties": {
            name: {
                "triples": len(rows),
                "subjects": len({row.subject for row in rows}),
                "objects": len({row.object for row in rows}),
            }
            for name, rows in properties.items()
        },
    }


def test_a_release_counts_its_graphs_and_the_whole(world: Release) -> None:
    """Each graph and their union are counted: a triple that stands in two graphs is one of the whole."""
    folder = world.folder / "dumps" / "graphs"
    files = {path.relative_to(folder).as_posix().removesuffix(".nt"): path for path in folder.rglob("*.nt")}
    found, whole = world.figures("statistics"), []
    assert set(found) == {*files, statistics.WHOLE}
    for name, path in files.items():
        triples = [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)]
        assert found[name] == counted(triples)
        whole += triples
    assert found[statistics.WHOLE] == counted(whole)
    assert found[statistics.WHOLE]["triples"] < len(whole)


@pytest.mark.parametrize("text", ["", "a b", 'quote " and \\ slash', "tab\tline\nfeed", "x" * 100_000, "\u202e"])
def test_any_literal_is_one_object(tmp_path: Path, text: str) -> None:
    """Spaces, quotes, controls and long words in a literal do not mislead the counting."""
    files = GraphFiles(tmp_path / "graphs")
    node, name = ox.NamedNode("https://example.org/a"), ox.NamedNode("https://example.org/p")
    triples = [ox.Triple(node, name, ox.Literal(text, language=tag)) for tag in ("en", "de")]
    files.write("one", triples)
    assert statistics.count(files, tmp_path, SPACE)["one"] == counted(triples)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graphs"]


def test_lines_that_differ_little_are_told_apart(tmp_path: Path) -> None:
    """Names that differ in one digit, over a whole country's numbers, are as many as there are."""
    files = GraphFiles(tmp_path / "graphs")
    name = ox.NamedNode("http://purl.org/dc/terms/identifier")
    things = [f"claim/wikidata-2016-Q{one}-Q{other}" for one in range(1800, 1900) for other in range(2000, 2100)]
    triples = [ox.Triple(ox.NamedNode(SPACE + thing), name, ox.Literal(thing)) for thing in things]
    files.write("one", triples)
    assert statistics.count(files, tmp_path, SPACE)["one"] == counted(triples)


def test_examples_are_in_the_graph(world: Release) -> None:
    """Each class and property in use has a few examples, and each of them is a statement of the release."""
    found, whole = world.figures("examples"), world.figures("statistics")[statistics.WHOLE]
    ours = "https://w3id.org/citygraph/ontology#"
    for kind in ("classes", "properties"):
        assert set(found[kind]) == {name for name in whole[kind] if name.startswith(ours)}
    rows = (path.read_text("utf-8") for path in (world.folder / "dumps" / "graphs").rglob("*.nt"))
    lines = {line for text in rows for line in text.splitlines()}
    for name, examples in found["classes"].items():
        assert all(f"{thing} {RDF_TYPE} <{name}> ." in lines for (thing,) in examples)
    for name, examples in found["properties"].items():
        assert all(f"{thing} <{name}> {value} ." in lines for thing, value in examples)
