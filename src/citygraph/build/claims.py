"""Makes partnerships of pairs, and of each statement that one side makes a claim of its own.

A pair is one partnership, whichever side states it; a claim says who states it, of whom, since when and how surely.
Both sides of a partnership may claim it, in the same words or in others, and each import keeps its own claims.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import KINDS, RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from citygraph.iris import Iris

WIKIDATA = "http://www.wikidata.org/entity/"
SAME_AS = foreign("owl", "sameAs")
_ITEM = re.compile(r"(?:https?://www\.wikidata\.org/(?:entity|wiki)/)?(Q[1-9]\d*)", re.ASCII)
_PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Side:
    """One side of a pair: a thing of ours, or one minted for this import."""

    iri: ox.NamedNode
    local: str
    """What it is called within the IRIs of partnerships and claims."""
    item: str = ""
    """The id of its Wikidata item, if it has one."""
    minted: bool = False


@dataclass(frozen=True)
class Known:
    """What our own sources speak of already, so that an import speaks of the same things."""

    items: Mapping[str, str] = field(default_factory=dict)
    """The IRI of the thing of ours that a Wikidata item is, by the item's id."""
    partnerships: Mapping[frozenset[str], str] = field(default_factory=dict)
    """The IRI of the partnership of two parties, by the IRIs of both."""


class Claims:
    """Mints what one import states."""

    def __init__(self, iris: Iris, source: str, known: Known, redirects: Mapping[str, str] | None = None) -> None:
        """``known`` are the things of ours, ``redirects`` leads to the item that an item was merged into."""
        self._iris, self._source, self._qids, self._redirects = iris, source, known.items, redirects or {}
        self._partnerships = known.partnerships
        self._sides: dict[str, Side] = {}
        self._told: set[tuple[ox.NamedNode, str]] = set()
        self._form = ox.NamedNode(iris.thing("form", "twinning"))
        self._base = iris.thing("claim", f"{source}-")

    def term(self, name: str) -> ox.NamedNode:
        """Spell out a term of the ontology."""
        return self._iris.term(name)

    def side(self, cell: str) -> Side:
        """Find out whom a cell means: a Wikidata id, an identifier of ours such as ``city/basel``, or a name."""
        if (found := self._sides.get(cell)) is None:
            found = self._sides[cell] = self._side(cell)
        return found

    def _side(self, cell: str) -> Side:
        if match := _ITEM.fullmatch(cell):
            item = self.resolve(match[1])
            if (iri := self._qids.get(item)) is not None:
                return Side(ox.NamedNode(iri), item, item)
            return Side(ox.NamedNode(self._iris.thing("wikidata", item)), item, item, minted=True)
        kind, _, name = cell.removeprefix(f"{self._iris.base}id/").partition("/")
        if kind in KINDS and _PLAIN.fullmatch(name):
            return Side(ox.NamedNode(self._iris.thing(kind, name)), f"{kind}-{name}")
        local = _slug(cell)
        return Side(ox.NamedNode(self._iris.thing("imported", f"{self._source}-{local}")), local, minted=True)

    def sides(self) -> Iterator[tuple[str, Side]]:
        """List the cells met so far and whom they mean."""
        yield from self._sides.items()

    def items(self) -> set[str]:
        """The Wikidata items met so far."""
        return {side.item for side in self._sides.values() if side.item}

    def resolve(self, item: str) -> str:
        """Follow redirects to the item that stands; a thing of ours that is linked to the old one keeps it."""
        seen = {item}
        while item not in self._qids and (item_after := self._redirects.get(item)) and item_after not in seen:
            item = item_after
            seen.add(item)
        return item

    def describe(self, side: Side, kind: str = "AdministrativeArea") -> Iterator[ox.Triple]:
        """Say once what a minted side is, and which item it is the same as; things of ours are described elsewhere."""
        if side.minted and (side.iri, kind) not in self._told:
            self._told.add((side.iri, kind))
            yield ox.Triple(side.iri, RDF_TYPE, self.term(kind))
            if side.item:
                yield ox.Triple(side.iri, SAME_AS, ox.NamedNode(WIKIDATA + side.item))

    def partnership(self, one: Side, other: Side) -> ox.NamedNode:
        """Give the partnership of two sides, whichever comes first: the one that our sources speak of, or a new one."""
        if ours := self._partnerships.get(frozenset((one.iri.value, other.iri.value))):
            return ox.NamedNode(ours)
        first, second = sorted((one, other), key=_order)
        scope = "wikidata" if one.item and other.item else self._source
        return ox.NamedNode(self._iris.thing("partnership", f"{scope}-{first.local}-{second.local}"))

    def pair(self, partnership: ox.NamedNode, one: Side, other: Side) -> Iterator[ox.Triple]:
        """State a partnership of two sides."""
        yield ox.Triple(partnership, RDF_TYPE, self.term("Partnership"))
        yield ox.Triple(partnership, self.term("form"), self._form)
        yield ox.Triple(partnership, self.term("party"), one.iri)
        yield ox.Triple(partnership, self.term("party"), other.iri)

    def claim(self, one: str, other: str, count: int = 1) -> ox.NamedNode:
        """Mint a claim of one side about the other, the ``count``-th that it makes."""
        return ox.NamedNode(f"{self._base}{one}-{other}" + (f"-{count}" if count > 1 else ""))


def _order(side: Side) -> tuple[int, int, str]:
    """Order items by number, and whatever else by name behind them."""
    return (0, int(side.item[1:]), "") if side.item else (1, 0, side.local)


def _slug(text: str) -> str:
    """Make a name for IRIs; what it loses of the text is told apart by a checksum at its end."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug == text:
        return slug
    return f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:6]}".lstrip("-")
