"""Writes the statements of a release once more, by what they are about and by what they point to, for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph import records, statements
from citygraph.build.graphs import sorted_unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pyoxigraph as ox


def write_statements(graphs: Mapping[ox.NamedNode, Iterable[bytes]], base: str, path: Path) -> int:
    """Write the file of :class:`citygraph.statements.Statements` from the lines of graphs, each once a statement.

    Returns how many records it holds.
    """
    marked = (row for graph, lines in graphs.items() for row in statements.marked(lines, graph, base))
    with sorted_unique(marked) as rows:
        return records.write(path, rows)
