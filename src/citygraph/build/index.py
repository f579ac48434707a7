"""Chooses what is searchable: the names of our things in every language, and writes the search file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import parsed
from citygraph.search import Label, write_index
from citygraph.vocab import ALT_LABEL, PREF_LABEL, SCHEMA_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.build.graphs import GraphFiles
    from citygraph.iris import Iris

_SILENT = ("evidence", "mapping", "participation")
"""Kinds that nobody looks for by name."""


def build_index(files: GraphFiles, iris: Iris, path: Path) -> int:
    """Write the search file from every graph and return how many names it holds."""
    return write_index(path, _labels(files, iris))


def _labels(files: GraphFiles, iris: Iris) -> Iterator[Label]:
    """Every name that some graph gives to a thing of ours; only lines that hold one are parsed."""
    things = iris.base + "id/"
    begin = f"<{things}".encode()
    wanted = {str(predicate).encode() for predicate in (PREF_LABEL, ALT_LABEL, SCHEMA_NAME)}
    with files.union(files.names()) as lines:
        chosen = (line for line in lines if line.startswith(begin) and line.split(b" ", 2)[1] in wanted)
        for subject, predicate, name in parsed(chosen):
            if not isinstance(subject, ox.NamedNode) or not isinstance(name, ox.Literal):
                continue
            iri = subject.value
            kind = iri.removeprefix(things).partition("/")[0]
            if kind not in _SILENT:
                yield Label(iri, kind, name.value, name.language or "", predicate == PREF_LABEL)
