"""Tells whether anything has changed since a release was built, before any work begins.

What a build depends on are the files of the repository, the settings, our code and the engines. Their digest stands
beside the engine's files of a release, so that the same files are never built twice.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import citygraph
from citygraph.release import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.release import Release, Releases
    from citygraph.settings import Repository, Settings

PUBLISHED = (
    *("base_iri", "title", "description", "publisher", "licence", "publisher_url"),
    *("contact_email", "contact_url", "organisation", "contributor_id"),
)
"""The settings that a release's bytes depend on."""
_NOTE = "inputs"
_ENGINES = ("duckdb", "igraph", "owlrl", "pyoxigraph", "pyshacl", "pyshifty", "rdflib", "zstandard")


def digest(settings: Settings, repository: Repository, extra: Iterable[Path] = ()) -> str:
    """Stand for all that a release is made of; every file is read, none is parsed."""
    total = hashlib.sha256()
    names = (*PUBLISHED, "reasoner", "validator")
    engines = {name: version(name) for name in _ENGINES} | {"zlib": zlib.ZLIB_RUNTIME_VERSION}
    facts = [{name: getattr(settings, name) for name in names}, engines]
    total.update(json.dumps(facts, sort_keys=True).encode())
    kept = (repository.ontology, repository.data, repository.profiles, repository.shapes, repository.linking)
    for folder in (*kept, repository.queries("")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            _add(total, path.relative_to(folder), path)
    for path in (*code(), *extra):
        _add(total, Path(path.name), path)
    return total.hexdigest()


def code() -> list[Path]:
    """Every module that has a part in a build."""
    package = Path(citygraph.__file__).parent
    return sorted(
        path
        for wing in ("", "build/", "harvest/", "imports/", "linking/", "network/", "wikidata/")
        for path in package.glob(f"{wing}*.py")
    )


def _add(total: hashlib._Hash, name: Path, path: Path) -> None:
    with path.open("rb") as content:
        total.update(f"\0{name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}".encode())


def note(release: Release, key: str) -> None:
    """Remember what a release was made of."""
    (release.folder / ENGINE / _NOTE).write_text(key, "utf-8")


def unchanged(settings: Settings, repository: Repository, releases: Releases) -> Release | None:
    """Give the current release if a build would make the same again."""
    release = releases.current()
    if release is None:
        return None
    path = release.folder / ENGINE / _NOTE
    same = path.is_file() and path.read_text("utf-8") == digest(settings, repository)
    return release if same else None
