"""Reads a release's graph files as a network: who is partner of whom, who states it, and what the parties are called.

The files are walked line by line. A first walk through the conclusions finds the parties; a second one keeps, of all
the other graphs, only what concerns them, so that memory follows the network and not the release.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pyoxigraph as ox

from citygraph.errors import ReleaseError
from citygraph.vocab import ALT_LABEL, FOREIGN, PREF_LABEL, SCHEMA_NAME, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from citygraph.iris import Iris

INFERRED = "inferred.nt"
_NAMES = (PREF_LABEL, SCHEMA_NAME, ALT_LABEL)
"""What carries a name, the preferred one first."""
_Item = TypeVar("_Item", str, "Name")
_LANGUAGES = ("en", "de", "fr", "")
"""The languages of names, first choice first; some imported names say no language."""


@dataclass(frozen=True, order=True)
class Name:
    """What a party is called: how good a name it is (0 is best), in which language, and the name."""

    rank: int
    language: str
    text: str


@dataclass(frozen=True)
class Network:
    """Parties as nodes, partners as undirected edges. A party is known by its place in the sorted list."""

    parties: tuple[str, ...]
    """The IRIs, sorted."""
    pairs: tuple[tuple[int, int], ...]
    """Each pair of partners once, the lower number first, sorted."""
    statements: frozenset[tuple[int, int]] = frozenset()
    """Who states to be partner of whom: the directed statements of imported sources."""
    names: Mapping[int, tuple[Name, ...]] = field(default_factory=dict)
    """What each party is called, the best name first."""
    countries: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The IRIs of the countries that the sources give, sorted; most often one."""
    items: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The Wikidata items that are the same thing, as QIDs, sorted."""

    def name(self, party: int, language: str = "en") -> str:
        """What to call a party in a language, or in the next best one; the end of its IRI where it has no name."""
        order = (language, *_LANGUAGES)
        found = {name.language: name.text for name in reversed(self.names.get(party, ()))}
        best = next((found[choice] for choice in order if choice in found), None)
        return best or self.parties[party].rpartition("/")[2]

    def country(self, party: int) -> str | None:
        """The country of a party, where the sources give exactly one."""
        known = self.countries.get(party, ())
        return known[0] if len(known) == 1 else None

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, directed: bool = False) -> Network:
        """Make a network of pairs of names, leaving out pairs of one; directed pairs are statements as well."""
        found = sorted({(one, other) for one, other in pairs if one != other})
        parties = tuple(sorted({party for pair in found for party in pair}))
        number = {party: place for place, party in enumerate(parties)}
        arcs = [(number[one], number[other]) for one, other in found]
        edges = tuple(sorted({(min(arc), max(arc)) for arc in arcs}))
        return cls(parties, edges, frozenset(arcs if directed else ()))


def read_network(graphs: Path, iris: Iris) -> Network:
    """Read the network of a release from its folder ``dumps/graphs``."""
    inferred = graphs / INFERRED
    if not inferred.is_file():
        raise ReleaseError(f"{inferred} is missing, so there is no network; build the release again")
    partner = str(iris.term("partnerOf")).encode()
    bare = Network.of((subject, _iri(value)) for subject, _, value in _lines(inferred, {partner}))
    number = {party: place for place, party in enumerate(bare.parties)}

    term = {name: str(iris.term(name)).encode() for name in ("claimedBy", "claimedOf", "country")}
    same = str(foreign("owl", "sameAs")).encode()
    ranks = {str(predicate).encode(): rank for rank, predicate in enumerate(_NAMES)}
    sides: dict[str, list[int | None]] = defaultdict(lambda: [None, None])
    names, countries, items = defaultdict(set), defaultdict(set), defaultdict(set)
    for path in sorted(graphs.rglob("*.nt")):
        for subject, predicate, value in _lines(path, {*term.values(), same, *ranks}):
            party = number.get(subject)
            if predicate in (term["claimedBy"], term["claimedOf"]):
                sides[subject][predicate == term["claimedOf"]] = number.get(_iri(value))
            elif party is None:
                continue
            elif predicate == term["country"]:
                countries[party].add(_iri(value))
            elif predicate == same:
                if _iri(value).startswith(FOREIGN["wd"]):
                    items[party].add(_iri(value).removeprefix(FOREIGN["wd"]))
            elif name := _name(value, ranks[predicate]):
                names[party].add(name)
    arcs = {(by, of) for by, of in sides.values() if by is not None and of is not None and by != of}
    return Network(bare.parties, bare.pairs, frozenset(arcs), _sorted(names), _sorted(countries), _sorted(items))


def _lines(path: Path, predicates: set[bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    """The subject, predicate and value of the lines of N-Triples that have one of some predicates."""
    with path.open("rb") as lines:
        for line in lines:
            subject, predicate, value = line.split(b" ", 2)
            if predicate in predicates:
                yield _iri(subject), predicate, value.removesuffix(b" .\n")


def _iri(term: bytes) -> str:
    return term[1:-1].decode()


def _name(value: bytes, rank: int) -> Name | None:
    """A name of a literal, in one of the languages that we show."""
    language = value.rpartition(b'"')[2].removeprefix(b"@").decode()
    if language not in _LANGUAGES:
        return None
    (quad,) = ox.parse(b"<x:s> <x:p> " + value + b" .", format=ox.RdfFormat.N_TRIPLES)
    return Name(rank, language, quad.object.value) if isinstance(quad.object, ox.Literal) else None


def _sorted(found: Mapping[int, set[_Item]]) -> dict[int, tuple[_Item, ...]]:
    return {party: tuple(sorted(values)) for party, values in found.items()}
