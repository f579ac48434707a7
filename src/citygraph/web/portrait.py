"""Gathers what the page of a thing tells: its statements and those of its parts, what points to it, the names around.

At most three questions to a store elsewhere, whatever the thing; the store at hand reads records or scans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from citygraph import written
from citygraph.errors import NotFound
from citygraph.vocab import DCT_REPLACES, foreign
from citygraph.web.describe import INCOMING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from citygraph.backend import Graphs
    from citygraph.iris import Iris
    from citygraph.web.names import Naming
    from citygraph.written import Facts


@dataclass
class Portrait:
    """What is known of one thing, ready to be laid out."""

    iri: str
    about: Mapping[str, Facts]
    """What is said of the thing and of all its parts."""
    pointing: list[tuple[str, str]]
    """What points to the thing, as written, and by which property: a pair for each statement."""
    truncated: bool
    """Whether more statements point to the thing than are told."""
    names: dict[str, Sequence[Naming]] = field(default_factory=dict)

    @property
    def own(self) -> Facts:
        """What is said of the thing itself."""
        return self.about.get(self.iri, {})


def portray(store: Graphs, iris: Iris, iri: str) -> Portrait:
    """Gather what a page tells of a thing; of which nothing is known, that is a :class:`~citygraph.errors.NotFound`."""
    if not list(written.named_nodes([iri])):
        raise NotFound(iri)
    about, pointing = store.gathered(iris, iri), store.pointing(iri, INCOMING + 1)
    if not about and all(name == DCT_REPLACES.value for _, name in pointing):
        raise NotFound(iri)
    return Portrait(iri, about, pointing[:INCOMING], len(pointing) > INCOMING)


def one(facts: Facts, short: str) -> str:
    """One value of a property, as text; empty where there is none."""
    value = first(facts.get(_spelt(short), ()))
    return written.term(value).text if value else ""


@cache
def _spelt(short: str) -> str:
    return foreign(*short.split(":")).value


def first(values: Collection[str]) -> str:
    """The first of some values, which stand in no order; empty where there is none."""
    return min(values, default="")
