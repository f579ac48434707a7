"""The properties of the service: each is a query of ``queries/columns/`` that gives its values for many things at once.

A column whose head says ``aligned`` has one value for each partner of each partnership, in the same order as its
neighbours, and a gap where there is none: so that partner, beginning and end stand in one row of a table.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import current_app

from citygraph.errors import ParameterError
from citygraph.queries import Query, read_queries
from citygraph.search import fold
from citygraph.settings import LANGUAGES
from citygraph.web.answers import served
from citygraph.web.language import catalogue, editorial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from citygraph.iris import Iris
    from citygraph.settings import Repository
    from citygraph.web.names import Name

Term = ox.NamedNode | ox.Literal


@dataclass(frozen=True)
class Column:
    """A property of the service."""

    query: Query

    @property
    def id(self) -> str:
        """Its identifier: the name of the query's file."""
        return self.query.name

    @property
    def name(self) -> Name:
        """Its name in the reader's language."""
        return editorial(self.query.title)

    @property
    def summary(self) -> Name:
        """What it tells, in the reader's language."""
        return editorial(self.query.summary)

    @property
    def head(self) -> Mapping[str, Any]:
        """What the file says of it: of which classes it is, in which order it comes, of which kind its values are."""
        return self.query.head

    @property
    def classes(self) -> set[str]:
        """The local names of the classes whose things have it."""
        found = self.head["of"]
        return {found} if isinstance(found, str) else set(found)

    @property
    def spellings(self) -> set[str]:
        """Everything that it may be called: its identifier, and its name in every language of the site."""
        names = {catalogue(language).gettext(self.query.title) for language in LANGUAGES}
        return {fold(name) for name in (self.id, *names)}


@lru_cache(maxsize=4)
def _read(repository: Repository, iris: Iris) -> tuple[Column, ...]:
    found = map(Column, read_queries(repository.queries("columns"), iris))
    return tuple(sorted(found, key=lambda column: (column.head["order"], column.id)))


def columns() -> tuple[Column, ...]:
    """Every property, in the order that the heads give."""
    return _read(current_app.config["REPOSITORY"], served().iris)


def column(name: str) -> Column:
    """A property by its identifier or its name; one that there is not is an error that lists those that there are."""
    wanted = fold(name)
    for row in columns():
        if wanted in row.spellings:
            return row
    known = ", ".join(row.id for row in columns())
    raise ParameterError("property", f"there is none called {name[:80]!r}; choose one of {known}")


def proposed(kind: str) -> list[Column]:
    """The properties that things of a class can have, or all where the class is not given."""
    if not kind:
        return list(columns())
    iris, terms = served().iris, served().terms
    term = iris.term(kind).value
    above = {term} | terms.above({term})

    def fits(name: str) -> bool:
        own = iris.term(name).value
        return own in above or term in terms.above({own})

    return [row for row in columns() if any(map(fits, row.classes))] if kind in types() else []


def types() -> list[str]:
    """The local names of the classes that the release has things of which have names."""
    counts = served().release.manifest["counts"]["things"]
    return sorted(name for name in counts if name not in _NAMELESS)


_NAMELESS = ("Claim", "Evidence", "Participation", "Signatory", "Reference", "Mapping", "ImportedSource")
"""Classes whose things nobody looks for by name."""


def values(row: Column, things: Sequence[str]) -> dict[str, list[Term | None]]:
    """The values of a property for many things, by one question; a gap is None."""
    if not things:
        return {}
    text = row.query.bound({"thing": sorted(set(things))}, served().iris)
    found: defaultdict[str, dict[object, Term | None]] = defaultdict(dict)
    is_aligned = bool(row.head.get("aligned"))
    for solution in served().store.select(text):
        value = solution["value"]
        kept = value if isinstance(value, (ox.NamedNode, ox.Literal)) else None
        place = solution["key"].value if is_aligned else str(value)
        found[solution["thing"].value].setdefault(place, kept)
    return {thing: list(cells.values()) for thing, cells in found.items()}


def things_among(cells: Iterable[Term | None]) -> set[str]:
    """The things among some values."""
    return {cell.value for cell in cells if isinstance(cell, ox.NamedNode)}
