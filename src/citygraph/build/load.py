"""Streams each source into triples of its graph, and remembers file and line of each thing it meets.

A file that cannot be read, decoded or parsed is a :class:`~citygraph.errors.SourceError` with file, line and remedy.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from citygraph.iris import Iris

_SUBJECT = re.compile(r"^(?:<([^<>\s]+)>|([^\s:@#\"'<>]*):([^\s;,\"'<>]+?))\s", re.MULTILINE)


class Origins:
    """Remembers where the block of each thing begins: which graph, file and line (from 1)."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._places: dict[str, list[tuple[str, str, int]]] = {}

    def show(self, path: Path | str) -> str:
        """Name a file as people and reports see it: below the repository, wherever that lies."""
        inside = self._root is not None and Path(path).is_relative_to(self._root)
        return str(Path(path).relative_to(self._root)) if inside and self._root else str(path)

    def remember(self, graph: str, path: Path, text: str, prefixes: Mapping[str, str]) -> None:
        """Note each subject that begins a line of a Turtle text."""
        line, seen, shown = 1, 0, self.show(path)
        for match in _SUBJECT.finditer(text):
            line += text.count("\n", seen, match.start())
            seen = match.start()
            full, prefix, local = match.groups()
            if full or prefix in prefixes:
                iri = full or prefixes[prefix] + local.replace("\\", "")
                self._places.setdefault(iri, []).append((graph, shown, line))

    def note(self, iri: str, graph: str, path: Path | str, line: int) -> None:
        """Note one thing."""
        self._places.setdefault(iri, []).append((graph, self.show(path), line))

    def of(self, iri: str, graphs: Iterable[str] = ()) -> tuple[str, int]:
        """Give file and line of a thing; ("", 0) when unknown.

        A given graph goes before a source, and a source before the gazetteer and the labels.
        """
        wanted, known = set(graphs), self._places.get(iri, [("", "", 0)])
        best = max(known, key=lambda place: (place[0] in wanted, place[0].startswith("source/")))
        return best[1], best[2]


def read_text(path: Path) -> str:
    """Read a text file; a file that is absent, unreadable or not UTF-8 is an error that names the place."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(
            path, f"the file cannot be read ({error.strerror})", "check that it is there and readable"
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise SourceError(path, fault, "save the file in the encoding UTF-8", line=line) from None


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
    text = iris.rebase(read_text(path))
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE)
    try:
        for quad in parser:
            yield quad.triple
    except SyntaxError as error:
        fault = str(error.msg).partition(": ")[2] or str(error.msg)
        remedy = "mend the Turtle there or in the line before"
        raise SourceError(path, fault, remedy, line=error.lineno, column=error.offset) from None
    finally:
        origins.remember(graph, path, text, parser.prefixes)
