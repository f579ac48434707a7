"""Sorts the files of a release by what people want them for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from citygraph.web.language import gettext, marked

if TYPE_CHECKING:
    from citygraph.release import File, Release

PACKED = ("zst", "gz")
"""The extensions of compressed files."""
_GROUPS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "whole",
        marked("The whole graph"),
        (
            ("citygraph.ttl", marked("Turtle: for reading, and for most stores")),
            ("citygraph.nt", marked("N-Triples: a statement a line, for tools that read line by line")),
            ("citygraph.nq", marked("N-Quads: a statement a line, with the source that states it")),
            ("citygraph.trig", marked("TriG: Turtle with the source of each statement")),
            ("citygraph.jsonld", marked("JSON-LD: for programs that read JSON, with sources")),
            ("citygraph.rdf", marked("RDF/XML: for older programs")),
        ),
    ),
    (
        "tables",
        marked("Tables for spreadsheets and statistics"),
        (
            ("partnerships.csv", marked("A row per partnership")),
            ("parties.csv", marked("A row per city, country or institution that has partnerships")),
            ("signatories.csv", marked("A row per signature")),
            ("focus-areas.csv", marked("A row per partnership and what it is about")),
            ("ledger.csv", marked("Which side says what, partnership by partnership")),
            ("network-*.csv", marked("Figures of the network of partners")),
            ("csv-metadata.json", marked("What the columns hold (CSVW)")),
        ),
    ),
    (
        "network",
        marked("The network, for Gephi, igraph or networkx"),
        (
            ("network.graphml", marked("GraphML: parties with names and countries, and who is whose partner")),
            ("network.gexf", marked("GEXF: the same for Gephi")),
            ("network.edges", marked("A pair of partners a line")),
        ),
    ),
    (
        "wikidata",
        marked("Beside Wikidata"),
        (
            ("wikidata/report.txt", marked("What is missing there, what is missing here, and what contradicts")),
            ("wikidata/differences.csv", marked("A row per difference")),
            ("wikidata/differences.json", marked("The same for programs, with the sources of both sides")),
            ("wikidata/quickstatements.txt", marked("What may be proposed to Wikidata, for QuickStatements")),
        ),
    ),
    ("kinds", marked("Only the things of one kind"), (("kinds/*.nt", ""),)),
    ("graphs", marked("Only what one source states, or one step of the build adds"), (("graphs/*.nt", ""),)),
    (
        "about",
        marked("About the release"),
        (
            ("SHA256SUMS", marked("Checksums of all files")),
            ("manifest.json", marked("The list of all files, with sizes and checksums")),
            ("catalogue.*", marked("The catalogue, in DCAT")),
            ("void.ttl", marked("Statistics of classes, properties and links, in VoID")),
            ("shapes.ttl", marked("The rules that the data keep to, in SHACL")),
            ("quality.ttl", marked("What is left to do, and how much is covered")),
            ("ro-crate-metadata.json", marked("For archives: the files as a research object (RO-Crate)")),
            ("datacite.json", marked("For registers of DOIs (DataCite)")),
            ("CITATION.cff", marked("How to cite it, for programs")),
            ("citation.bib", marked("How to cite it, for BibTeX")),
        ),
    ),
)
"""Groups of files with what they are for; a star stands for any name."""


@dataclass(frozen=True)
class Offer:
    """A file, the same compressed, and what it is for."""

    path: str
    words: str
    file: File
    packed: tuple[tuple[str, File], ...]


@dataclass(frozen=True)
class Group:
    """Files for one purpose."""

    key: str
    title: str
    offers: list[Offer]

    @property
    def folded(self) -> bool:
        """Whether there are so many files without words that they are shown only if wanted."""
        return not any(offer.words for offer in self.offers)


def groups(release: Release) -> list[Group]:
    """The files of a release by what they are for, those without a purpose of their own left out."""
    paths = {file.path.removeprefix("dumps/"): file for file in release.files}
    plain = [path for path in sorted(paths) if path.rpartition(".")[2] not in PACKED]
    found = []
    for key, title, rows in _GROUPS:
        offers = [
            Offer(path, gettext(words) if words else "", paths[path], _packed(path, paths))
            for pattern, words in rows
            for path in plain
            if fnmatch(path, pattern)
        ]
        if offers:
            found.append(Group(key, gettext(title), offers))
    return found


def _packed(path: str, paths: dict[str, File]) -> tuple[tuple[str, File], ...]:
    return tuple((name, paths[f"{path}.{name}"]) for name in PACKED if f"{path}.{name}" in paths)
