"""Reads what experts keep in ``profiles/``, and turns the one catalogue into the view of each portal.

A profile is a SPARQL update over the catalogue, since no single catalogue suits two portals; ``every.ru`` is run after
each of them. An update finds the concepts of others in the graph ``<authorities>`` and the settings in ``<settings>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import QueryError, SourceError
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from citygraph.iris import Iris
    from citygraph.settings import Settings

Terms = dict[ox.NamedNode, list[ox.NamedNode | ox.Literal]]
"""What is said of a data set: by property the values."""
AFTER = "every"
"""The update that every profile ends with."""
SOURCE = "source"
"""The data set that is a pattern: there is one for each source."""
_SETTINGS = ("organisation", "contributor_id")


@dataclass(frozen=True)
class Profiles:
    """The folder of profiles."""

    folder: Path
    iris: Iris

    @cached_property
    def datasets(self) -> dict[str, Terms]:
        """What is written of each data set, by the last part of its IRI."""
        start, found = f"{self.iris.base}dataset/", dict[str, Terms]()
        for triple in self._read("datasets.ttl"):
            if not isinstance(triple.subject, ox.NamedNode) or not triple.subject.value.startswith(start):
                raise SourceError(self.folder / "datasets.ttl", f"{triple.subject} is no data set", f"name it {start}…")
            terms = found.setdefault(triple.subject.value.removeprefix(start), {})
            if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
                terms.setdefault(triple.predicate, []).append(triple.object)
        return found

    @cached_property
    def authorities(self) -> list[ox.Triple]:
        """The concepts of other people's code lists."""
        return self._read("authorities.ttl")

    @cached_property
    def formats(self) -> dict[str, ox.NamedNode]:
        """The European name of a format, by the ending of its files."""
        return self._by_text(self._own("extension"))

    @cached_property
    def countries(self) -> dict[str, ox.NamedNode]:
        """The European name of a country, by its code of ISO 3166-1."""
        return self._by_text(foreign("skos", "notation"))

    def _by_text(self, property_: ox.NamedNode) -> dict[str, ox.NamedNode]:
        rows = (row for row in self.authorities if row.predicate == property_)
        return {row.object.value: row.subject for row in rows if isinstance(row.object, ox.Literal)}  # type: ignore[misc]

    def names(self) -> list[str]:
        """The profiles, by the names of their files."""
        return sorted(path.stem for path in self.folder.glob("*.ru") if path.stem != AFTER)

    def home(self, path: str, names: Iterable[str]) -> str | None:
        """The data set that a download belongs to, by its path below ``dumps/``; the longest pattern that fits counts.

        ``names`` are the short names of the sources; the data set of a source is called ``source-<name>``.
        """
        found = [
            (len(pattern), name)
            for dataset, terms in self.datasets.items()
            for text in terms.get(self._own("files"), ())
            for name, pattern in _spelled(dataset, text.value, names)
            if fnmatchcase(path, pattern)
        ]
        return max(found)[1] if found else None

    def view(self, name: str, triples: Iterable[ox.Triple], settings: Settings) -> list[ox.Triple]:
        """The catalogue as a profile has it, sorted."""
        store, base = ox.Store(), self.iris.base
        originals = {_as_stored(triple): triple for triple in triples}
        store.extend(ox.Quad(*triple) for triple in originals)
        apart = ox.NamedNode(f"{base}authorities")
        store.extend(ox.Quad(row.subject, row.predicate, row.object, apart) for row in self.authorities)
        node = ox.NamedNode(f"{base}settings")
        for key in _SETTINGS:
            if text := getattr(settings, key):
                store.add(ox.Quad(node, ox.NamedNode(f"{base}settings#{key}"), ox.Literal(text), node))
        for part in (name, AFTER):
            path = self.folder / f"{part}.ru"
            try:
                store.update(path.read_text("utf-8"), base_iri=base)
            except (SyntaxError, OSError) as error:
                raise QueryError(str(path), str(error)) from None
        found = (quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
        return sorted((originals.get(triple, triple) for triple in found), key=str)

    def _own(self, name: str) -> ox.NamedNode:
        return ox.NamedNode(f"{self.iris.base}profiles#{name}")

    def _read(self, name: str) -> list[ox.Triple]:
        path = self.folder / name
        try:
            text = self.iris.rebase(path.read_text("utf-8"))
            return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
        except (OSError, SyntaxError) as error:
            raise SourceError(path, str(error), "mend the file") from None


def source_dataset(name: str) -> str:
    """The last part of the IRI of a source's data set."""
    return f"{SOURCE}-{name}"


def _spelled(dataset: str, pattern: str, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    if dataset != SOURCE:
        return [(dataset, pattern)]
    return [(source_dataset(name), pattern.replace("{name}", name)) for name in names]


def _as_stored(triple: ox.Triple) -> ox.Triple:
    """The triple as the engine gives it back, which writes some literals anew."""
    if not isinstance(triple.object, ox.Literal) or triple.object.language:
        return triple
    store = ox.Store()
    store.add(ox.Quad(*triple))
    (stored,) = store.quads_for_pattern(None, None, None)
    return stored.triple


def first(terms: Mapping[ox.NamedNode, list[ox.NamedNode | ox.Literal]], prefix: str, name: str) -> str:
    """One value of a property as text; empty where there is none."""
    return next((value.value for value in terms.get(foreign(prefix, name), ())), "")
