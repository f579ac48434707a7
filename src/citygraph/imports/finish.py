"""Closes an import: what it is about, its counts, and the label that says it is whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from citygraph.errors import SourceError
from citygraph.imports.journal import Journal
from citygraph.imports.manifest import Manifest, digests
from citygraph.imports.rows import BROKEN, COMPLETE, ENTITIES, REDIRECTS, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZERO = "http://creativecommons.org/publicdomain/zero/1.0/"
MERGED = ".redirects.tsv"
"""Every redirect met; those that lead from an item that a statement names stay, as ``redirects.tsv``."""


@dataclass(frozen=True)
class About:
    """What a reader has to know of an import; the day is the one on which it was received."""

    title: dict[str, str]
    publisher: str
    licence: str
    origin: str
    date: dt.date

    def manifest(self, folder: Path, kind: str, names: list[str], /, **options: str | bool) -> Manifest:
        """Make the label of a folder with these files."""
        given = {key: getattr(self, key) for key in ("title", "publisher", "licence", "origin", "date")}
        return Manifest(folder=folder, kind=kind, files=digests(folder, names), options=options, **given)


@dataclass(frozen=True)
class Counts:
    """What an import has read and kept."""

    lines: int = 0
    kept: int = 0
    broken: int = 0
    manifest: Manifest | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.lines} read, {self.kept} kept, {self.broken} broken"


@dataclass(frozen=True)
class Fault:
    """A row that nothing will read: of which table, its number, and what to mend."""

    path: Path
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.number}: {self.text}"


def noting(faults: list[Fault], path: Path) -> Callable[[int, str], None]:
    """Note the faults of a table."""
    return lambda number, text: faults.append(Fault(path, number, text))


def new_journal(folder: Path, task: dict[str, object], about: About, *, restart: bool) -> Journal:
    """Open the journal of an import of Wikidata items; one that goes on keeps the day on which it began."""
    names = (ENTITIES, MERGED, BROKEN)
    return Journal(folder, names, task | {"date": about.date.isoformat()}, restart=restart)


def finish(journal: Journal, about: About, *, complete: bool = False) -> Manifest:
    """Keep the redirects that matter, drop empty files and write the label; then the import is whole."""
    journal.save(journal.position)
    folder = journal.folder
    if not (folder / ENTITIES).stat().st_size:
        journal.finish()
        remedy = (
            f"give one of Wikidata's form, with statements of P190; if lines were broken, {BROKEN} there names them"
        )
        raise SourceError(folder, f"nothing was imported: no item of {about.origin} is twinned", remedy)
    (folder / REDIRECTS).write_text("".join(f"{old}\t{new}\n" for old, new in _redirects(folder)), "utf-8")
    for name in (REDIRECTS, BROKEN):
        if not (folder / name).stat().st_size:
            (folder / name).unlink()
    names = [name for name in (ENTITIES, REDIRECTS, BROKEN) if (folder / name).exists()]
    begun = dt.date.fromisoformat(journal.task["date"])
    told = About(about.title, about.publisher, about.licence, about.origin, begun)
    manifest = told.manifest(folder, "wikidata-entities", names, **({COMPLETE: True} if complete else {}))
    manifest.write()
    journal.finish()
    (folder / MERGED).unlink()
    return manifest


def _redirects(folder: Path) -> list[tuple[str, str]]:
    """List the redirects that lead from an item that is named, however many steps they take."""
    rows = read_rows(folder / ENTITIES)
    named = {item for row in rows for item in (*row.targets(), *row.countries)}
    merged: dict[str, str] = {}
    with (folder / MERGED).open(encoding="utf-8") as lines:
        for line in lines:
            old, new = line.rstrip("\n").split("\t")
            merged.setdefault(old, new)
    kept: dict[str, str] = {}
    while found := named & merged.keys() - kept.keys():
        kept |= {old: merged[old] for old in found}
        named = set(kept.values())
    return sorted(kept.items())
