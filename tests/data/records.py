"""Reads the files of ``data/`` for the tests that walk them: triples per file, rows of links, dates."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from citygraph.iris import CANONICAL

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
SOURCES = sorted((DATA / "sources").glob("*.ttl"))
TURTLE = [*SOURCES, DATA / "labels.ttl", DATA / "places.ttl"]
LINKS = sorted((DATA / "links").glob("*.sssom.tsv"))

CG = f"{CANONICAL}ontology#"
ID = f"{CANONICAL}id/"
DCT = "http://purl.org/dc/terms/"
OA = "http://www.w3.org/ns/oa#"
PREF_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def each(files: list[Path]) -> pytest.MarkDecorator:
    """Run a test once per file, named after it."""
    return pytest.mark.parametrize("file", files, ids=lambda file: file.name)


@cache
def triples(file: Path) -> tuple[ox.Quad, ...]:
    """Parse one Turtle file."""
    return tuple(ox.parse(path=file, format=ox.RdfFormat.TURTLE))


def subjects(file: Path) -> set[str]:
    """Name everything that a file makes a statement about."""
    return {_text(quad.subject) for quad in triples(file)}


def values(file: Path, subject: str, predicate: str) -> list[str]:
    """Give what a file says of one thing with one property, as text."""
    found = (q for q in triples(file) if _text(q.subject) == subject and q.predicate.value == predicate)
    return [_text(quad.object) for quad in found]


def pairs(file: Path, predicate: str) -> list[tuple[str, str]]:
    """Give every subject and value of one property in a file."""
    return [(_text(q.subject), _text(q.object)) for q in triples(file) if q.predicate.value == predicate]


def short(iri: str) -> str:
    """Say an IRI of ours as it is spoken of: kind and name."""
    return iri.removeprefix(ID)


@cache
def concepts() -> frozenset[str]:
    """Name every concept and scheme of the code lists."""
    return frozenset(name for file in (ROOT / "ontology/concepts").glob("*.ttl") for name in subjects(file))


@cache
def known() -> frozenset[str]:
    """Name everything that some file of the data, or a code list, describes."""
    return concepts().union(*(subjects(file) for file in TURTLE))


class Link(NamedTuple):
    """One row of a table of links, spelled out."""

    file: str
    subject: str
    predicate: str
    object: str
    justification: str
    confidence: str


def links(file: Path) -> list[Link]:
    """Read a table of links, each compact name spelled out by the table's own prefixes."""
    lines = file.read_text(encoding="utf-8").splitlines()
    curies = dict(re.findall(r"^#  ([a-z]+): (\S+)$", "\n".join(lines), re.MULTILINE))
    keys = ("subject_id", "predicate_id", "object_id", "mapping_justification")

    def spell(curie: str) -> str:
        prefix, _, name = curie.partition(":")
        assert prefix in curies, f"{file.name}: {curie}: add its prefix to curie_map"
        return str(curies[prefix]) + name

    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    kept = (row for row in rows if row.get("predicate_modifier") != "Not")
    return [Link(file.name, *(spell(row[key]) for key in keys), row["confidence"]) for row in kept]


def no_fault(faults: list[str]) -> None:
    """Fail with all faults at once, each on its line."""
    assert not faults, "\n" + "\n".join(sorted(faults))


def before(first: str, second: str) -> bool:
    """Tell whether a date does not lie after another, compared at the coarser of the two precisions."""
    length = min(len(first), len(second))
    return first[:length] <= second[:length]


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value
