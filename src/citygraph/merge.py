"""The merge of several graphs as one default graph, in which a triple that stands in two of them counts once.

The engine reads the graphs one after another (SPARQL 1.1 section 13.1 wants their RDF merge), which is the same where
no triple stands in two. Where one does, the graphs are copied into a store in memory; the worker's limits hold for it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEPT = 20_000
"""How many statements a copy may have that is kept for the next query on the same graphs."""


class Merger:
    """Merges graphs of a store that does not change."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._names: frozenset[ox.NamedNode | ox.BlankNode] | None = None
        self._apart: dict[frozenset[ox.NamedNode], bool] = {}
        self._kept: tuple[object, ox.Store] | None = None

    def wanted(self, graphs: Sequence[ox.NamedNode]) -> bool:
        """Tell whether a triple stands in two of the graphs, so that the engine would count it twice."""
        if self._names is None:
            self._names = frozenset(self._store.named_graphs())
        there = [name for name in dict.fromkeys(graphs) if name in self._names]
        return not all(self._are_apart(*pair) for pair in combinations(there, 2))

    def merged(self, default: Sequence[ox.NamedNode], named: Sequence[ox.NamedNode]) -> ox.Store:
        """A store whose default graph is the merge, beside the named graphs."""
        key = (frozenset(default), frozenset(named))
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        self._kept = None
        made = ox.Store()
        made.bulk_extend(ox.Quad(*row.triple) for graph in key[0] for row in self._quads(graph))
        made.bulk_extend(row for graph in key[1] for row in self._quads(graph))
        if len(made) <= _KEPT:
            self._kept = key, made
        return made

    def _quads(self, graph: ox.NamedNode) -> Iterator[ox.Quad]:
        return self._store.quads_for_pattern(None, None, None, graph)

    def _are_apart(self, one: ox.NamedNode, other: ox.NamedNode) -> bool:
        pair = frozenset((one, other))
        if pair not in self._apart:
            both = f"ASK {{ GRAPH {one} {{ ?s ?p ?o }} GRAPH {other} {{ ?s ?p ?o }} }}"
            self._apart[pair] = not self._store.query(both)
        return self._apart[pair]
