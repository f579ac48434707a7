"""The only door to a graph engine: open, load, query, write out.

The engine rewrites some literals when it stores them (``"01"^^xsd:integer`` becomes ``1``). So dumps never come from
a store: they are written from the sorted files of :mod:`citygraph.build.graphs`.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph import around
from citygraph.errors import QueryError, ReleaseError
from citygraph.written import facts, named_nodes, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from citygraph.iris import Iris
    from citygraph.written import Facts, Said

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""What a query gives: solutions of a SELECT, yes or no of an ASK, triples of a CONSTRUCT or DESCRIBE."""

_FEW = 6
"""Up to how many properties of a thing are looked up one by one."""
_PIECE = 100_000
"""How many statements are loaded at a time."""
_PLACE = re.compile(r"\b(\d+):(\d+)\b")


class Store:
    """A set of named graphs that SPARQL asks; its default graph is the union of all.

    A store in a folder holds that union itself, so that counts are right and queries fast. Of one in memory the engine
    makes it anew for each query, and gives a triple that two graphs state twice.
    """

    def __init__(self, engine: ox.Store, *, united: bool = False) -> None:
        self._engine = engine
        self._united = united

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Make an empty store in a folder that does not exist yet."""
        return cls(ox.Store(folder), united=True)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open a finished store read-only; any number of readers may do so at once."""
        try:
            return cls(ox.Store.read_only(str(folder)), united=True)
        except OSError as error:
            raise ReleaseError(f"{folder} holds no readable store ({error}); build the release again") from None

    @classmethod
    def memory(cls, quads: Iterable[ox.Quad] = ()) -> Store:
        """Make a store that lives as long as its object, for tests and small graphs."""
        store = cls(ox.Store())
        store._engine.extend(quads)
        return store

    @property
    def engine(self) -> ox.Store:
        """The engine's own store, for those who write answers out as it does."""
        return self._engine

    def load(self, path: Path, graph: ox.NamedNode) -> None:
        """Load a file of N-Triples into a graph and, at the same time, into the union if the store holds it.

        The engine takes some memory for each statement of a load, so that there is one for so many lines. A blank node
        has the same name in graph and union, and in the file: where a load would make one up, statements are added.
        """
        places = self._places(graph)
        with path.open("rb") as lines, ThreadPoolExecutor(len(places)) as threads:
            while piece := b"".join(islice(lines, _PIECE)):
                if b"_:" in piece:
                    self.add(graph, (quad.triple for quad in ox.parse(piece, format=ox.RdfFormat.N_TRIPLES)))
                    continue
                load = partial(self._engine.bulk_load, piece, format=ox.RdfFormat.N_TRIPLES)
                for done in [threads.submit(load, to_graph=name) for name in places]:
                    done.result()

    def add(self, graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        """Add triples to a graph, and to the union if the store holds it."""
        places = self._places(graph)
        self._engine.bulk_extend(ox.Quad(s, p, o, name) for s, p, o in triples for name in places)

    def _places(self, graph: ox.NamedNode) -> tuple[ox.NamedNode | ox.DefaultGraph, ...]:
        """Where what is stated in a graph is kept."""
        return (graph, ox.DefaultGraph()) if self._united else (graph,)

    def query(
        self,
        text: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        default_graphs: Sequence[ox.NamedNode] = (),
        named_graphs: Sequence[ox.NamedNode] = (),
    ) -> Answer:
        """Ask a SPARQL 1.1 query; the dataset parameters go before FROM, as the protocol says (section 2.1.4)."""
        given = bool(default_graphs or named_graphs)
        try:
            return self._engine.query(
                text,
                prefixes=dict(prefixes) if prefixes else None,
                use_default_graph_as_union=not (given or self._united),
                default_graph=list(default_graphs) if given else None,
                named_graphs=list(named_graphs) if given else None,
            )
        except SyntaxError as error:
            place = _PLACE.search(str(error))
            raise QueryError(
                "query",
                str(error.msg or error),
                line=int(place[1]) if place else None,
                column=int(place[2]) if place else None,
            ) from None

    def select(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> ox.QuerySolutions:
        """Ask a SELECT query."""
        results = self.query(text, prefixes=prefixes)
        assert isinstance(results, ox.QuerySolutions), "a SELECT query is wanted here"
        return results

    def construct(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> ox.QueryTriples:
        """Ask a CONSTRUCT or DESCRIBE query."""
        results = self.query(text, prefixes=prefixes)
        assert isinstance(results, ox.QueryTriples), "a CONSTRUCT query is wanted here"
        return results

    def quads(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.Literal | None = None,
        graph: ox.NamedNode | None = None,
        *,
        most: int | None = None,
    ) -> Iterable[ox.Quad]:
        """Statements of named graphs that fit a pattern, at most so many; None fits all."""
        found = self._engine.quads_for_pattern(subject, predicate, value, graph)
        return islice((quad for quad in found if isinstance(quad.graph_name, ox.NamedNode)), most)

    def told(self, things: Iterable[str], properties: Collection[str]) -> Iterator[Said]:
        """What some graph or other says of things by some properties, each statement once.

        To look a property up takes as long as to read a statement; so a thing of which much is wanted is read whole.
        """
        few = [ox.NamedNode(name) for name in properties] if len(properties) <= _FEW else [None]
        union = ox.DefaultGraph() if self._united else None
        for iri, thing in named_nodes(things):
            quads = (quad for name in few for quad in self._engine.quads_for_pattern(thing, name, None, union))
            said = ((iri, quad.predicate.value, write(quad.object)) for quad in quads)
            yield from dict.fromkeys(row for row in said if row[1] in properties)

    def mentions(self, node: ox.NamedNode) -> bool:
        """Tell whether some statement is about a node or points to it, or some graph has this name."""
        return around.mentioned(self.quads, node)

    def around(self, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
        """The statements about a thing and what its data tell along with it (:mod:`citygraph.around`), each once."""
        return around.walk(self.quads, iris, node)

    def gathered(self, iris: Iris, iri: str) -> dict[str, Facts]:
        """What is said of a thing and of what its page tells along with it, by the IRIs of these."""
        return around.gather(lambda thing: facts(self.quads(ox.NamedNode(thing))), iris, iri)

    def pointing(self, iri: str, most: int) -> list[tuple[str, str]]:
        """What points to a thing, as written, and by which property: a pair for each statement, at most so many."""
        return around.pairs(self.quads(value=ox.NamedNode(iri), most=most))

    def graphs(self) -> list[ox.NamedNode]:
        """The names of the graphs, sorted."""
        return sorted((name for name in self._engine.named_graphs() if isinstance(name, ox.NamedNode)), key=str)

    def optimize(self) -> None:
        """Bring a filled store into the form that answers fastest, and write it out."""
        self._engine.flush()
        self._engine.optimize()

    def __len__(self) -> int:
        return len(self._engine)
