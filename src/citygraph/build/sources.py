"""Finds the sources of a repository: each is a set of files that fill one named graph.

A folder stands for a kind of source, and a new file in it is found without any list being edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.settings import Repository


class Kind(Enum):
    """How the files of a source are read, and what may stand in them."""

    ONTOLOGY = "ontology"
    """Turtle with blank nodes, which OWL needs; they get canonical labels."""
    TURTLE = "turtle"
    """Turtle without blank nodes."""
    MAPPINGS = "mappings"
    """SSSOM tables."""


@dataclass(frozen=True)
class Source:
    """Where a set of statements comes from, and the short name of the graph it fills."""

    name: str
    kind: Kind
    paths: tuple[Path, ...]


_FILES, _FOLDERS = ("places", "labels"), ("sources", "links")
"""What a folder of data has, empty or not, so that a name that is misspelt is no silent loss."""


def find_sources(repository: Repository) -> Iterator[Source]:
    """Find every source, in the order in which graphs are filled; missing files and folders are one error."""
    _check(repository.data)
    concepts = _files(repository.ontology / "concepts", ".ttl")
    yield Source("ontology", Kind.ONTOLOGY, (*_files(repository.ontology, ".ttl"), *concepts))
    for name in _FILES:
        yield Source(name, Kind.TURTLE, (repository.data / f"{name}.ttl",))
    for path in _files(repository.data / "sources", ".ttl"):
        yield Source(f"source/{path.stem}", Kind.TURTLE, (path,))
    yield Source("links", Kind.MAPPINGS, tuple(_files(repository.data / "links", ".sssom.tsv")))


def _check(data: Path) -> None:
    """Refuse a folder of data that is not whole, and name all that it lacks."""
    lacking = [f"the file {name}.ttl" for name in _FILES if not (data / f"{name}.ttl").is_file()]
    lacking += [f"the folder {name}" for name in _FOLDERS if not (data / name).is_dir()]
    if lacking:
        raise SourceError(data, f"it lacks {' and '.join(lacking)}", "make or restore them; empty will do")


def _files(folder: Path, ending: str) -> list[Path]:
    """The files of a folder, sorted; one with another ending is an error, since nothing would read it."""
    if not folder.is_dir():
        raise SourceError(folder, "the folder is missing", "restore it; an empty folder will do")
    paths = sorted(path for path in folder.iterdir() if not path.is_dir() and not path.name.startswith("."))
    for path in paths:
        if not path.name.endswith(ending):
            raise SourceError(path, f"nothing reads this file: only *{ending} files belong here", "rename or move it")
    return paths
