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


def read_network(graphs: Path, iris: Iris, source: str | None = None) -> Network:
    """Read the network of a release from its folder ``dumps/graphs``, or what one imported source alone states."""
    paths = sorted(graphs.rglob("*.nt"))
    if source is None:
        bare, spoken = Network.of(_partners(graphs / INFERRED, iris)), paths
    else:
        spoken = [graphs / "source" / f"{source}.nt"]
        bare = Network.of(_claims(spoken, iris))
    number = {party: place for place, party in enumerate(bare.parties)}
    if source is not None and not number:
        raise ReleaseError(f"the release holds no claims of a source {source!r}; only imported sources make claims")
    arcs = {(number.get(by, -1), number.get(of, -1)) for by, of in _claims(spoken, iris) if by != of}
    statements = frozenset(arc for arc in arcs if min(arc) >= 0)

    country, same = str(iris.term("country")).encode(), str(foreign("owl", "sameAs")).encode()
    ranks = {str(predicate).encode(): rank for rank, predicate in enumerate(_NAMES)}
    names, countries, items = defaultdict(set), defaultdict(set), defaultdict(set)
    for path in paths:
        for subject, predicate, value in _lines(path, {country, same, *ranks}):
            if (party := number.get(subject)) is None:
                continue
            if predicate == country:
                countries[party].add(_iri(value))
            elif predicate == same:
                if _iri(value).startswith(FOREIGN["wd"]):
                    items[party].add(_iri(value).removeprefix(FOREIGN["wd"]))
            elif name := _name(value, ranks[predicate]):
                names[party].add(name)
    return Network(bare.parties, bare.pairs, statements, _sorted(names), _sorted(countries), _sorted(items))


def _partners(path: Path, iris: Iris) -> Iterator[tuple[str, str]]:
    """Who is partner of whom, as the build concludes."""
    if not path.is_file():
        raise ReleaseError(f"{path} is missing, so there is no network; build the release again")
    return ((subject, _iri(value)) for subject, _, value in _lines(path, {str(iris.term("partnerOf")).encode()}))


def _claims(paths: Iterable[Path], iris: Iris) -> Iterator[tuple[str, str]]:
    """Who claims to be partner of whom, in files of sources; a claim that names only one of the two is left out."""
    by, of = (str(iris.term(name)).encode() for name in ("claimedBy", "claimedOf"))
    for path in paths:
        half: dict[str, tuple[bytes, str]] = {}
        for claim, predicate, value in _lines(path, {by, of}) if path.is_file() else ():
            # Lines are sorted, so the two of a claim stand close together and little is waiting.
            waiting = half.pop(claim, None)
            if waiting is None or waiting[0] == predicate:
                half[claim] = (predicate, _iri(value))
            else:
                yield (waiting[1], _iri(value)) if predicate == of else (_iri(value), waiting[1])


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
