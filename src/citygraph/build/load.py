"""Streams each source into triples of its graph, and remembers the file, in which things are looked up.

A file that cannot be read, decoded or parsed is a :class:`~citygraph.errors.SourceError` with file, line and remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import as_file
from citygraph.build.texts import read_lines
from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.build.origins import Origins
    from citygraph.iris import Iris


def read_turtle(path: Path, graph: str, iris: Iris, origins: Origins) -> Iterator[ox.Triple]:
    """Read a Turtle file of data; blank nodes are refused, since releases could not be compared with them."""
    for triple in _parse(path, graph, iris, origins):
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            about = triple.object if isinstance(triple.subject, ox.BlankNode) else triple.subject
            line = origins.of(getattr(about, "value", ""), [graph])[1] or None
            fault = f"a blank node stands beside {triple.predicate.value}"
            raise SourceError(path, fault, "give the thing an IRI under id/", line=line)
        yield triple


def read_ontology(paths: Iterable[Path], graph: str, iris: Iris, origins: Origins) -> Iterator[ox.Triple]:
    """Read the ontology; its blank nodes get the labels of RDFC-1.0, so that they are the same in every build."""
    dataset = ox.Dataset(
        ox.Quad(_rename(triple.subject, number), triple.predicate, _rename(triple.object, number))
        for number, path in enumerate(paths)
        for triple in _parse(path, graph, iris, origins)
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return (quad.triple for quad in dataset)


def _rename(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, number: int) -> ox.NamedNode:
    """Keep the blank nodes of two files apart."""
    # a subject or an object alike
    return ox.BlankNode(f"f{number}x{term.value}") if isinstance(term, ox.BlankNode) else term  # type: ignore[return-value]


def _parse(path: Path, graph: str, iris: Iris, origins: Origins) -> Iterator[ox.Triple]:
    parser = ox.parse(as_file(line.encode() for line in read_lines(path, iris)), format=ox.RdfFormat.TURTLE)
    try:
        for quad in parser:
            yield quad.triple
    except SyntaxError as error:
        fault = str(error.msg).partition(": ")[2] or str(error.msg)
        remedy = "mend the Turtle there or in the line before"
        raise SourceError(path, fault, remedy, line=error.lineno, column=error.offset) from None
    finally:
        origins.remember(graph, path, iris, parser.prefixes)
