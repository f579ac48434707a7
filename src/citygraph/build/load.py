"""Streams each source into triples of its graph, and remembers the file, in which things are looked up.

A file that cannot be read, decoded or parsed is a :class:`~citygraph.errors.SourceError` with file, line and remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import as_file
from citygraph.build.texts import read_lines
from citygraph.characters import beyond_xml
from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from citygraph.build.origins import Origins
    from citygraph.iris import Iris


def read_turtle(path: Path, graph: str, iris: Iris, origins: Origins) -> Iterator[ox.Triple]:
    """Read a Turtle file of data.

    Blank nodes are refused, since releases could not be compared with them, and what not every format can hold.
    """
    triples = _parse(path, graph, iris, origins)
    for triple in triples:
        if found := _fault(triple):
            triples.close()  # the file is remembered then, and can be looked into
            about, fault, remedy = found
            line = origins.of(getattr(about, "value", ""), [graph])[1] or None
            raise SourceError(path, fault, remedy, line=line)
        yield triple


def _fault(triple: ox.Triple) -> tuple[object, str, str] | None:
    """What is wrong with a statement of ours: by which thing it is found, the fault, and the remedy."""
    subject, name, value = triple
    if isinstance(subject, ox.BlankNode) or isinstance(value, ox.BlankNode):
        about = value if isinstance(subject, ox.BlankNode) else subject
        return about, f"a blank node stands beside {name.value}", "give the thing an IRI under id/"
    if isinstance(value, ox.Literal) and (sign := beyond_xml(value.value)):
        return subject, f"a text of {name.value} holds {sign}", "take it out"
    return None


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


def _parse(path: Path, graph: str, iris: Iris, origins: Origins) -> Generator[ox.Triple, None, None]:
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
