"""Measures a network with igraph: figures of the whole, figures of each party, and how sure each of them is.

Whatever follows from neighbourhoods is exact at any size. What needs the distances between all pairs (betweenness,
harmonic centrality, mean distance, diameter) costs parties times pairs: exact where that is little, otherwise estimated
from a sample of parties from which all distances are measured (Brandes and Pich, "Centrality estimation in
large networks", 2007). The sample is the first parties in the order of a digest of their names, so it is the same on
every machine, and a few new parties change little of it.

PageRank is not among the figures: igraph's has other last digits in every run, and a release must not.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import igraph  # type: ignore[import-untyped]  # it brings no types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citygraph.network.read import Network

WORK = 15_000_000
"""Nodes and edges that the measuring of distances may visit: a few seconds on one core, whatever the size."""
LEAST = 50
"""The smallest sample."""


@dataclass(frozen=True)
class Figure:
    """One number about the whole network; None where it is not defined."""

    name: str
    value: float | None
    method: str = "exact"


@dataclass(frozen=True)
class Party:
    """The numbers of one party, in the order of the columns of the table."""

    degree: int
    core_number: int
    triangles: int
    clustering: float
    """The share of the pairs of its partners that are partners of each other; 0 with fewer than two partners."""
    harmonic: float
    """The mean of 1/distance to every other party; 0 for those that no way leads to."""
    betweenness: float
    """How many pairs of others have their shortest ways through it; several ways share the pair."""
    component: int
    """The number of its component, 1 being the largest."""
    articulation: bool
    """Whether its component falls apart without it."""
    bridges: int
    """How many of its partnerships are the only connection of two parts of the network."""


@dataclass(frozen=True)
class Figures:
    """Everything that is measured."""

    whole: tuple[Figure, ...]
    parties: tuple[Party, ...]
    """In the order of the network's parties."""
    degrees: tuple[tuple[int, int], ...]
    """The degree distribution: a degree, and how many parties have it."""
    sample: int | None
    """From how many parties distances are measured; None where it is from all."""


@dataclass(frozen=True)
class _Distances:
    """What the distances from some parties tell."""

    harmonic: list[float]
    betweenness: list[float]
    mean: float | None
    longest: int | None


def as_graph(network: Network) -> igraph.Graph:
    """Hand the network to igraph; the numbers of the parties are those of its vertices."""
    return igraph.Graph(n=len(network.parties), edges=network.pairs)


def measure(network: Network, *, exact: bool = False, work: int = WORK) -> Figures:
    """Measure a network; ``exact`` measures every distance, however long it takes."""
    graph = as_graph(network)
    size = graph.vcount() + graph.ecount()
    wanted = max(LEAST, work // max(size, 1))
    sample = None if exact or wanted >= graph.vcount() else wanted
    starts = list(range(graph.vcount())) if sample is None else _sample(network.parties, sample)
    distances = _distances(graph, starts)
    triangles = _triangles(graph)
    components, bridges, cuts = graph.connected_components(), graph.bridges(), set(graph.articulation_points())
    order = sorted(components, key=lambda members: (-len(members), members[0]))
    number = {party: place for place, members in enumerate(order, 1) for party in members}
    ends = Counter(end for edge in bridges for end in graph.es[edge].tuple)
    clustering, cores = graph.transitivity_local_undirected(mode="zero"), graph.coreness()
    parties = tuple(
        Party(
            degree,
            cores[party],
            triangles[party],
            clustering[party],
            distances.harmonic[party],
            distances.betweenness[party],
            number[party],
            party in cuts,
            ends[party],
        )
        for party, degree in enumerate(graph.degree())
    )
    method = "exact" if sample is None else f"estimated from {sample} of {graph.vcount()} parties"
    bound = method if sample is None else f"at least; longest distance from {sample} of {graph.vcount()} parties"
    whole = (
        Figure("parties", graph.vcount()),
        Figure("pairs", graph.ecount()),
        Figure("density", _number(graph.density())),
        Figure("mean_degree", fmean(graph.degree()) if parties else None),
        Figure("highest_degree", max(graph.degree(), default=None)),
        Figure("highest_core_number", max(cores, default=None)),
        Figure("components", len(order)),
        Figure("largest_component", len(order[0]) if order else None),
        Figure("triangles", sum(triangles) // 3),
        Figure("transitivity", _number(graph.transitivity_undirected())),
        Figure("mean_clustering", fmean(clustering) if parties else None),
        Figure("degree_assortativity", _number(graph.assortativity_degree(directed=False)) if parties else None),
        *_by_country(network, graph),
        *_statements(network),
        Figure("bridges", len(bridges)),
        Figure("articulation_points", len(cuts)),
        Figure("mean_distance", distances.mean, method),
        Figure("diameter", distances.longest, bound),
    )
    return Figures(whole, parties, tuple(sorted(Counter(graph.degree()).items())), sample)


def _sample(parties: Sequence[str], size: int) -> list[int]:
    """Choose parties as if at random; what stands before the kind and name, which installations set, has no say."""

    def digest(party: int) -> bytes:
        return hashlib.sha256("/".join(parties[party].rsplit("/", 2)[-2:]).encode()).digest()

    return sorted(sorted(range(len(parties)), key=digest)[:size])


def _distances(graph: igraph.Graph, starts: Sequence[int]) -> _Distances:
    """Measure all distances from some parties, and estimate what they would be from all."""
    count = graph.vcount()
    sums, seen = [0.0] * count, Counter[float]()
    # The unreachable are infinitely far: they count nothing, as oneself does.
    closeness: dict[float, float] = {0: 0.0, math.inf: 0.0}
    closeness.update((steps, 1 / steps) for steps in range(2, count))
    closeness[1] = 0.0  # neighbours are known exactly, so the sample is asked about the others only
    measured = [len(starts)] * count
    for start in starts:
        (row,) = graph.distances(source=[start])
        seen.update(row)
        sums = [total + closeness[steps] for total, steps in zip(sums, row, strict=True)]
        for near in (start, *graph.neighbors(start)):
            measured[near] -= 1
    degrees = graph.degree()
    others = [max(count - 1 - degree, 0) for degree in degrees]
    harmonic = [
        (degree + (total * rest / asked if asked else 0.0)) / (count - 1)
        for degree, total, rest, asked in zip(degrees, sums, others, measured, strict=True)
    ]
    passing = graph.betweenness(directed=False, sources=starts) if count else []
    # A party is on no way of its own: of it, only the other starts tell.
    own = set(starts)
    betweenness = [value * (count - 1) / max(len(starts) - (party in own), 1) for party, value in enumerate(passing)]
    ways = {steps: times for steps, times in seen.items() if 0 < steps < math.inf}
    mean = sum(steps * times for steps, times in ways.items()) / sum(ways.values()) if ways else None
    return _Distances(harmonic, betweenness, mean, int(max(ways)) if ways else None)


def _triangles(graph: igraph.Graph) -> list[int]:
    """In how many triangles each party is."""
    found = Counter(party for triangle in graph.list_triangles() for party in triangle)
    return [found[party] for party in range(graph.vcount())]


def _by_country(network: Network, graph: igraph.Graph) -> tuple[Figure, Figure]:
    """Whether partners lie in one country more often than chance would have it (Newman 2003, equation 2)."""
    known = [party for party in range(graph.vcount()) if network.country(party)]
    inner = graph.induced_subgraph(known)
    kinds = {country: kind for kind, country in enumerate(sorted({network.country(party) or "" for party in known}))}
    types = [kinds[network.country(party) or ""] for party in known]
    value = _number(inner.assortativity_nominal(types, directed=False)) if inner.ecount() else None
    method = f"exact, among the {len(known)} parties with one known country"
    return Figure("pairs_of_known_countries", inner.ecount()), Figure("country_assortativity", value, method)


def _statements(network: Network) -> tuple[Figure, ...]:
    """How many directed statements there are, and how many of them have their reverse."""
    said = network.statements
    mutual = sum((of, by) in said for by, of in said)
    return (
        Figure("statements", len(said)),
        Figure("one_sided_statements", len(said) - mutual),
        Figure("reciprocity", mutual / len(said) if said else None),
    )


def _number(value: float) -> float | None:
    """A figure that is a number; igraph gives NaN where one is not defined."""
    return None if math.isnan(value) else value
