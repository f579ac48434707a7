"""Reads the catalogue as a portal has it out of the release, and cuts data sets, pages and changes out of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.release import VIEWS
from citygraph.vocab import RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from citygraph.history.log import History, Published
    from citygraph.release import Release

WHOLE = "citygraph"
"""The data set that is the union of all graphs."""
_DATASET, _CATALOG = foreign("dcat", "Dataset"), foreign("dcat", "Catalog")
_HYDRA = (
    ("first", "firstPage"),
    ("previous", "previousPage"),
    ("next", "nextPage"),
    ("last", "lastPage"),
)
"""The links of a page: as a view of a collection, and as older harvesters know them."""


@dataclass(frozen=True)
class Portfolio:
    """A catalogue: its statements by subject, and its data sets in order."""

    about: dict[str, tuple[ox.Triple, ...]]
    catalog: str
    datasets: tuple[str, ...]

    def values(self, subject: str, prefix: str, name: str) -> list[ox.NamedNode | ox.Literal]:
        """What is said of a thing by a property."""
        wanted = foreign(prefix, name)
        return [
            row.object
            for row in self.about.get(subject, ())
            if row.predicate == wanted and isinstance(row.object, (ox.NamedNode, ox.Literal))
        ]

    def first(self, subject: str, prefix: str, name: str) -> str:
        """One value as text; empty where there is none."""
        return next((row.value for row in self.values(subject, prefix, name)), "")

    def describe(self, start: str, among: Collection[str] = ()) -> Iterator[ox.Triple]:
        """The statements about a thing and whatever it leads to; of data sets only itself and the given ones."""
        seen, waiting = {start}, [start]
        while waiting:
            for row in self.about.get(waiting.pop(), ()):
                target = row.object
                if isinstance(target, ox.NamedNode) and target.value in self.about:
                    known = target.value == self.catalog or target.value in self.datasets
                    if known and target.value != start and target.value not in among:
                        continue
                    if target.value not in seen:
                        seen.add(target.value)
                        waiting.append(target.value)
                yield row


def portfolio(release: Release, profile: str) -> Portfolio | None:
    """The catalogue of a profile; None where the release has none of the name."""
    path = release.folder / VIEWS / f"{profile}.nt"
    return _read(path) if profile.isalpha() and path.is_file() else None


@lru_cache(maxsize=8)
def _read(path: Path) -> Portfolio:
    about: defaultdict[str, list[ox.Triple]] = defaultdict(list)
    datasets, catalog = [], ""
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
        if isinstance(quad.subject, ox.NamedNode):
            about[quad.subject.value].append(quad.triple)
            if quad.predicate == RDF_TYPE and quad.object == _DATASET:
                datasets.append(quad.subject.value)
            if quad.predicate == RDF_TYPE and quad.object == _CATALOG:
                catalog = quad.subject.value
    # The whole goes first.
    order = sorted(datasets, key=lambda iri: (not iri.endswith(f"/{WHOLE}"), iri))
    return Portfolio({name: tuple(rows) for name, rows in about.items()}, catalog, tuple(order))


def page(found: Portfolio, shown: tuple[str, ...], address: str, number: int, size: int) -> Iterator[ox.Triple]:
    """The catalogue with one page of its data sets; ``address`` is its own without a number (Hydra, section 5.4)."""
    last = max(1, -(-len(shown) // size))
    yield from found.describe(found.catalog, shown[(number - 1) * size : number * size])
    node = ox.NamedNode(f"{address}page={number}")
    numbers = {"first": 1, "previous": number - 1, "next": number + 1, "last": last}
    for kind in ("PartialCollectionView", "PagedCollection"):
        yield ox.Triple(node, RDF_TYPE, foreign("hydra", kind))
    for name, older in _HYDRA:
        if 1 <= numbers[name] <= last:
            target = ox.NamedNode(f"{address}page={numbers[name]}")
            yield ox.Triple(node, foreign("hydra", name), target)
            yield ox.Triple(node, foreign("hydra", older), ox.Literal(target.value))
    for name, count in (("totalItems", len(shown)), ("itemsPerPage", size)):
        yield ox.Triple(node, foreign("hydra", name), ox.Literal(count))


def changed_since(found: Portfolio, history: History, day: str) -> tuple[str, ...]:
    """The data sets that changed on a day or later: by their own dates, and by the releases that changed them."""
    late = [row.number for row in history.releases() if row.published[:10] >= day]
    kept = []
    for dataset in found.datasets:
        graph = graph_of(dataset.rpartition("/")[2])
        altered = late and (graph is None or any(history.pages(graph, number) for number in late))
        if altered or found.first(dataset, "dct", "modified")[:10] >= day:
            kept.append(dataset)
    return tuple(kept)


def graph_of(name: str) -> str | None:
    """The short name of the graph that a data set holds; None for one that is made of several."""
    if name.startswith("source-"):
        return f"source/{name.removeprefix('source-')}"
    return {WHOLE: None, "quality": None, "code-lists": "ontology"}.get(name, name)


def chain(found: Portfolio, dataset: str, releases: list[Published]) -> Iterator[ox.Triple]:
    """The versions of a data set, one for each release in the log, and which came before which (DCAT 3, section 11).

    A version is a data set itself, and must have a title and a description (DCAT-AP 3, section 7.3).
    """
    node, before = ox.NamedNode(dataset), None
    for row in releases:
        version = version_node(dataset, row.version)
        yield ox.Triple(node, foreign("dcat", "hasVersion"), version)
        yield ox.Triple(version, RDF_TYPE, _DATASET)
        yield ox.Triple(version, RDF_TYPE, foreign("prov", "Entity"))
        for name in ("title", "description"):
            for text in found.values(dataset, "dct", name):
                yield ox.Triple(version, foreign("dct", name), text)
        yield ox.Triple(version, foreign("dcat", "isVersionOf"), node)
        yield ox.Triple(version, foreign("dcat", "version"), ox.Literal(row.version))
        published = ox.Literal(row.published, datatype=foreign("xsd", "dateTime"))
        yield ox.Triple(version, foreign("dct", "issued"), published)
        if before is not None:
            yield from _after(version, before)
        before = version
    if before is not None:
        yield ox.Triple(node, foreign("dcat", "hasCurrentVersion"), before)


def previous(shown: Collection[str], releases: list[Published], version: str) -> Iterator[ox.Triple]:
    """Which version came before the one that is described."""
    versions = [row.version for row in releases]
    if version in versions[1:]:
        before = versions[versions.index(version) - 1]
        for dataset in shown:
            yield from _after(ox.NamedNode(dataset), version_node(dataset, before))


def version_node(dataset: str, version: str) -> ox.NamedNode:
    """The name of a version of a data set."""
    return ox.NamedNode(f"{dataset}/{version}")


def _after(later: ox.NamedNode, earlier: ox.NamedNode) -> Iterator[ox.Triple]:
    yield ox.Triple(later, foreign("dcat", "previousVersion"), earlier)
    yield ox.Triple(later, foreign("prov", "wasRevisionOf"), earlier)
