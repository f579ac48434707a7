"""Writes what tells of a release as a whole, beside its dumps: VoID, citations, RO-Crate and checksums.

The catalogue comes before; the manifest, which seals all of it, comes after.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build import archive, void
from citygraph.build.citation import write_citations
from citygraph.build.crate import write_crate
from citygraph.release import File
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citygraph.build.catalogue import Contents
    from citygraph.settings import Settings
    from citygraph.store import Store

TITLES = {
    "network-degrees": "How many parties have how many partners",
    "network-parties": "Figures of each party in the network of partners",
    "network-summary": "Figures of the network of partners as a whole",
}
"""Titles of the tables that no query makes."""


def write_descriptions(contents: Contents, settings: Settings, links: void.Links, store: Store, work: Path) -> None:
    """Write VoID, in a file and as a graph, and how to cite the release."""
    counted, shown = (json.loads((work / f"{name}.json").read_text("utf-8")) for name in ("statistics", "examples"))
    dumps, iris = work / "dumps", settings.iris
    lines = {str(row): row for row in void.describe(contents, counted, shown, links, settings)}
    triples = [triple for _, triple in sorted(lines.items())]
    store.add(iris.graph(void.GRAPH), triples)
    with (dumps / "void.ttl").open("wb") as target:
        ox.serialize(triples, target, format=ox.RdfFormat.TURTLE, prefixes=prefixes(iris.base))
    write_citations(contents, settings, dumps)


def write_lists(contents: Contents, settings: Settings, files: Iterable[File], work: Path) -> list[File]:
    """Write the lists of all files but themselves, and return these: the RO-Crate's metadata and the checksums."""
    known = [file for file in files if file.path.startswith("dumps/")]
    write_crate(contents.of(known), settings, work / "dumps")
    crate = File.of(work, work / "dumps" / "ro-crate-metadata.json")
    archive.write_sums(sorted([*known, crate], key=lambda file: file.path), work / "dumps")
    return [crate, File.of(work, work / "dumps" / archive.SUMS)]
