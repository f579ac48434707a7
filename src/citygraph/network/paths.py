"""Answers "how is Lyon linked to Osaka?": finds the parties that are meant, and a shortest way between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.errors import NotFound, ParameterError
from citygraph.network.figures import as_graph
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from citygraph.network.read import Network

_ITEM = re.compile(r"Q[1-9]\d*")
_SHOWN = 10
"""How many candidates an error names."""


@dataclass(frozen=True)
class Way:
    """A shortest way: the parties on it, first and last included, and how many ways are equally short."""

    parties: tuple[int, ...]
    equals: int

    @property
    def steps(self) -> int:
        """How many partnerships the way takes."""
        return len(self.parties) - 1


def find_party(network: Network, text: str) -> int:
    """Find the party that an IRI, its end (``city/lyon``), a QID or a name means; several are an error."""
    wanted = text.strip()
    found = _by_identifier(network, wanted) or _by_name(network, wanted)
    if not found:
        raise NotFound(wanted)
    if len(found) > 1:
        shown = "; ".join(_describe(network, party) for party in _most_partners_first(network, found)[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ParameterError(wanted, f"{len(found)} parties are called so; give the IRI or QID of one: {shown}{more}")
    return found[0]


def _by_identifier(network: Network, wanted: str) -> list[int]:
    item = wanted.removeprefix("wd:").removeprefix(FOREIGN["wd"])
    if _ITEM.fullmatch(item):
        same = [party for party, items in network.items.items() if item in items]
        return same or [place for place, iri in enumerate(network.parties) if iri.endswith(f"/{item}")]
    iri = wanted.strip("<>")
    return [place for place, known in enumerate(network.parties) if known == iri or known.endswith(f"/id/{iri}")]


def _by_name(network: Network, wanted: str) -> list[int]:
    """The parties of a name; where there is none, those with a name that begins so."""
    folded = fold(wanted)
    names = {party: {fold(name.text) for name in names} for party, names in network.names.items()}
    exact = [party for party, known in names.items() if folded in known]
    begun = [party for party, known in names.items() if folded and any(name.startswith(folded) for name in known)]
    return sorted(exact or begun)


def fold(text: str) -> str:
    """A name without case and diacritics, so that ``Zurich`` finds Zürich."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in parts if not unicodedata.combining(sign)).split())


def _most_partners_first(network: Network, parties: list[int]) -> list[int]:
    wanted = set(parties)
    ends = [end for pair in network.pairs for end in pair if end in wanted]
    return sorted(parties, key=lambda party: (-ends.count(party), party))


def _describe(network: Network, party: int) -> str:
    items = ", ".join(network.items.get(party, ()))
    return f"{network.name(party)} <{network.parties[party]}>" + (f" {items}" if items else "")


def shortest_way(network: Network, start: int, goal: int) -> Way | None:
    """Find a shortest way, the same on every machine; None where no way leads from one to the other.

    Of equally short ways it takes, at each step, the party whose IRI comes first.
    """
    graph = as_graph(network)
    (left,) = graph.distances(source=[goal])
    if left[start] == float("inf"):
        return None
    # The parties that lie on some shortest way, nearest to the start first, and how many ways lead to each.
    ways, edge = {start: 1}, [start]
    way = [start]
    for _ in range(int(left[start])):
        reached: dict[int, int] = {}
        for party in edge:
            for near in graph.neighbors(party):
                if left[near] == left[party] - 1:
                    reached[near] = reached.get(near, 0) + ways[party]
        ways, edge = reached, sorted(reached)
        way.append(min(near for near in graph.neighbors(way[-1]) if left[near] == left[way[-1]] - 1))
    return Way(tuple(way), ways[goal])
