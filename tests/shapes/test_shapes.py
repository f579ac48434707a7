"""Walks shapes/ and the examples beside this file: what is right conforms, and each fault is told once.

An example is a few triples beside ``context.ttl`` and the class hierarchy of the ontology. What the shapes say of an
invalid one stands in the text file of the same name; ``make approve`` rewrites those files.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from citygraph.build.shapes import Shapes, make_shapes, read_shapes
from citygraph.build.validate import validate
from citygraph.findings import Report, Severity
from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import foreign, prefixes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
APART = {"__pycache__", "imported"}
FOLDERS = sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name not in APART)
VALID = sorted(HERE.glob("*/valid.*.ttl"))
INVALID = sorted(HERE.glob("*/invalid.*.ttl"))
FILES = sorted(path for path in (ROOT / "shapes").glob("*.ttl") if path.stem != "prefixes")
PREFIXES = prefixes()
SHORT = sorted(((iri, prefix) for prefix, iri in PREFIXES.items()), key=lambda row: -len(row[0]))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@cache
def shapes() -> Shapes:
    return read_shapes(ROOT / "shapes", Iris(CANONICAL))


@cache
def own_shapes(folder: str) -> Shapes:
    """The shapes of one file and what it leans on: the other engines take ten times as long for all of them."""
    names = sorted({"prefixes", "dated", folder})
    return make_shapes("\n".join((ROOT / "shapes" / f"{stem}.ttl").read_text("utf-8") for stem in names))


@cache
def context() -> tuple[ox.Triple, ...]:
    """The context and, of the ontology, which class is below which."""
    hierarchy = [
        row
        for path in ("citygraph.ttl", "alignments.ttl")
        for row in triples(ROOT / "ontology" / path)
        if row.predicate == foreign("rdfs", "subClassOf")
    ]
    return (*triples(HERE / "context.ttl"), *hierarchy)


def triples(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]


def report(example: Path, folder: Path, engine: str) -> Report:
    data = folder / "data.nt"
    ox.serialize(dict.fromkeys([*context(), *triples(example)]), str(data), format=ox.RdfFormat.N_TRIPLES)
    return validate(data, shapes() if engine == "shifty" else own_shapes(example.parent.name), engine)


def short(text: str) -> str:
    """Write IRIs with prefixes."""
    for iri, prefix in SHORT:
        text = re.sub(rf"<?{re.escape(iri)}(?=\w)([^>|/)]+)>?", rf"{prefix}:\1", text)
    return text


def lines(found: Report) -> list[str]:
    """Write findings as the approved files do: severity, shape, thing, path, message."""
    return sorted(
        "  ".join(
            (
                row.severity.name.lower(),
                short(row.shape).removeprefix("shape:"),
                short(row.thing),
                short(row.path) or "-",
                row.message,
            )
        )
        for row in found.findings
    )


@pytest.mark.parametrize("engine", ["duckdb", "shifty", "pyshacl"])
@pytest.mark.parametrize("example", VALID, ids=name)
def test_a_valid_example_conforms(example: Path, engine: str, tmp_path: Path) -> None:
    """Nothing is said of an example that is right, not even a warning."""
    assert lines(report(example, tmp_path, engine)) == []


@pytest.mark.parametrize("example", INVALID, ids=name)
def test_a_fault_is_told_once_as_approved(example: Path, tmp_path: Path) -> None:
    """One fault gives one finding, the approved one, whichever engine looks for it."""
    found = lines(report(example, tmp_path, "duckdb"))
    approved = example.with_suffix(".txt")
    if os.environ.get("CITYGRAPH_APPROVE"):
        approved.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    assert approved.is_file(), f"{approved.name} is missing: run `make approve` and review it"
    assert approved.read_text(encoding="utf-8").splitlines() == found
    for engine in ("pyshacl", "shifty"):
        assert lines(report(example, tmp_path, engine)) == found, engine
    assert len(found) == 1


@pytest.mark.parametrize("example", INVALID, ids=name)
def test_an_invalid_example_differs_from_a_valid_one_in_one_fault(example: Path) -> None:
    """A reader sees at a glance what is wrong: some valid example differs in at most three statements."""
    wrong = set(triples(example))
    right = [set(triples(path)) for path in example.parent.glob("valid.*.ttl")]
    assert min(max(len(wrong - other), len(other - wrong)) for other in right) <= 3


@pytest.mark.parametrize("folder", FOLDERS)
def test_examples_belong_to_a_file_of_shapes(folder: str) -> None:
    """An examples folder is named after a file of shapes, and holds both kinds of examples and nothing else."""
    assert (ROOT / "shapes" / f"{folder}.ttl").is_file()
    kinds = {path.name.split(".")[0] for path in (HERE / folder).iterdir()}
    assert kinds == {"valid", "invalid"}
    assert {path.stem for path in (HERE / folder).glob("*.txt")} <= {path.stem for path in INVALID}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_shape_has_an_example_that_triggers_it(path: Path) -> None:
    """A shape that no invalid example of its folder triggers might as well not be there."""
    speaking = {
        short(iri).removeprefix("shape:")
        for iri, shape in make_shapes(path.read_text(encoding="utf-8")).table.items()
        if shape.messages
    }
    approved = (HERE / path.stem).glob("invalid.*.txt")
    triggered = {text.read_text(encoding="utf-8").split("  ")[1] for text in approved}
    assert speaking == triggered & speaking
    assert speaking


@pytest.mark.parametrize("iri", sorted(shapes().table))
def test_a_shape_says_what_to_do_in_each_language(iri: str) -> None:
    """Each property shape, and each node shape that finds something itself, has a message in each language."""
    shape = shapes().table[iri]
    if shape.path or shape.messages:
        assert [language for language, _ in shape.messages] == ["de", "en", "fr"]
        assert shape.severity in {Severity.VIOLATION, Severity.WARNING}
        assert all(text.endswith(".") for _, text in shape.messages)


@pytest.mark.parametrize("path", [*FILES, *VALID, *INVALID, HERE / "context.ttl"], ids=name)
def test_files_use_the_prefixes_of_the_house(path: Path) -> None:
    """Every prefix is one of ours, means what it means elsewhere, and is used."""
    text = path.read_text(encoding="utf-8")
    declared = dict(re.findall(r"@prefix ([a-z-]+): <([^>]+)> \.", text))
    assert declared.items() <= PREFIXES.items()
    assert all(len(re.findall(rf"(?<![\w-]){prefix}:", text)) > 1 for prefix in declared)
