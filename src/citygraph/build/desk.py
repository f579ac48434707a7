"""Compares a release with the snapshots of Wikidata that it holds: files to take away, and one that pages read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.release import ENGINE
from citygraph.wikidata import keep
from citygraph.wikidata.desk import FILES, open_desk

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.iris import Iris
    from citygraph.settings import Repository
    from citygraph.store import Store


def write_desk(store: Store, repository: Repository, iris: Iris, work: Path) -> None:
    """Write the comparison in every form into the folder ``wikidata`` of a release, and for pages beside its engine."""
    desk = open_desk(store, iris, repository)
    folder = work / "wikidata"
    folder.mkdir()
    for form, name in FILES.items():
        (folder / name).write_bytes(desk.write(form, [line for line in desk.lines if form == "json" or line.open]))
    keep.write(work / ENGINE / keep.FILE, desk.head, desk.lines)
