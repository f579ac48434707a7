"""What all pictures have: a size, words that say what is to be seen, a table of the same, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.errors import NotFound
from citygraph.web.answers import local_url
from citygraph.web.names import Name, best
from citygraph.web.pictures.lettering import clean
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from citygraph.web.current import Served
    from citygraph.web.names import Names


@dataclass(frozen=True)
class Cell:
    """A cell of the table: things that link to their pages, or a date."""

    names: tuple[tuple[Name, str | None], ...] = ()
    date: str = ""
    text: str = ""


@dataclass(frozen=True)
class Table:
    """The twin of a picture, for those who do not see it."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Scene:
    """A picture that needs only to be written down."""

    name: str
    """The template that writes it, and the beginning of its address."""
    title: str
    description: str
    width: int
    height: int
    drawing: object
    table: Table
    notes: tuple[str, ...]
    """What the picture leaves out, and why."""
    records: Callable[[], tuple[tuple[str, ...], ...]]
    """Makes the table for machines, its heads first."""


class Namer:
    """Names things in the reader's language, asking for all of them at once."""

    def __init__(self, served: Served, language: str, things: Iterable[str]) -> None:
        self._served, self._language = served, language
        wanted = [iri for iri in things if iri not in served.terms.names]
        self._names: Names = served.names_of(wanted)

    def name(self, iri: str) -> Name:
        """The name of a thing, safe to stand in a picture."""
        if iri in self._names:
            found = best(self._names[iri], self._language)
        elif iri in self._served.terms.names:
            found = self._served.terms.name(iri, self._language)
        else:
            found = Name(short_path(self._served.iris.base, iri))
        return Name(clean(found.text) or short_path(self._served.iris.base, iri), found.language)

    def text(self, iri: str) -> str:
        """The name without its language."""
        return self.name(iri).text

    def cell(self, iris: Iterable[str]) -> Cell:
        """A cell that names things in the order of their names."""
        rows = ((self.name(iri), local_url(iri)) for iri in iris)
        return Cell(tuple(sorted(rows, key=lambda row: (row[0].text.casefold(), row[1] or ""))))


def title_of(served: Served, thing: str, language: str) -> str:
    """The name of the thing that a picture is about; nothing known of it is a :class:`NotFound`."""
    iri = f"{served.iris.base}id/{thing}"
    found = Namer(served, language, [iri]).name(iri)
    if not found.text:
        raise NotFound(iri)
    return found.text
