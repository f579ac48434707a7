"""What the tests of `ontology/` share: where the files are, and small ways to ask their graphs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib.term import Node

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ontology"
FILES = sorted(FOLDER.rglob("*.ttl"))
CONCEPT_FILES = sorted((FOLDER / "concepts").glob("*.ttl"))
BASE = "https://w3id.org/citygraph/"
LANGUAGES = ["de", "en", "fr"]


def graph_of(*paths: Path) -> Graph:
    """Read some Turtle files into one graph."""
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


def languages(graph: Graph, subject: Node, predicate: URIRef) -> list[str | None]:
    """List the languages in which a subject has a text, one entry per text."""
    texts = [o for o in graph.objects(subject, predicate) if isinstance(o, Literal) and str(o).strip()]
    return sorted((text.language for text in texts), key=str)


def upward(start: Node, parents: Mapping[Node, Iterable[Node]]) -> set[Node]:
    """Collect everything above a thing, itself included only if the way up leads back to it."""
    seen: set[Node] = set()
    open_ = list(parents.get(start, ()))
    while open_:
        node = open_.pop()
        if node not in seen:
            seen.add(node)
            open_.extend(parents.get(node, ()))
    return seen


def parents_by(graph: Graph, predicate: URIRef) -> dict[Node, list[Node]]:
    """Map each thing to what it stands directly under."""
    found: dict[Node, list[Node]] = defaultdict(list)
    for child, parent in graph.subject_objects(predicate):
        found[child].append(parent)
    return found
