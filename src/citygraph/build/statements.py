"""Writes the statements of a release once more, by what they are about and by what they point to, for pages."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph import records, statements
from citygraph.build.graphs import sorted_unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyoxigraph as ox


def write_statements(
    graphs: Mapping[ox.NamedNode, Path | Iterable[bytes]], base: str, path: Path, version: str = ""
) -> int:
    """Write the file of :class:`citygraph.statements.Statements` from graphs, each given as lines or as their file.

    Returns how many records it holds. A statement stands once in the lines of a graph. The version is that of the
    release, which alone may use the file.
    """
    marked = (row for graph, lines in graphs.items() for row in statements.marked(_opened(lines), graph, base))
    with sorted_unique(chain(statements.versioned(version), marked)) as rows:
        return records.write(path, rows)


def _opened(lines: Path | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(lines, Path):
        with lines.open("rb") as file:
            yield from file
    else:
        yield from lines
