"""The statements of a release in a SPARQL server, for pages: our own questions, each sent as any client would send it.

Terms stand in the texts as the engine here writes them, never pasted. What a server cuts is an error, since a page must
not tell half of a thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlencode

import pyoxigraph as ox

from citygraph import around
from citygraph.errors import QueryError, QueryTimeout, QueryTooLarge, StoreError
from citygraph.written import named_nodes, write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import IO

    from citygraph.iris import Iris
    from citygraph.release import Release
    from citygraph.remote.http import Reply, Server
    from citygraph.remote.quirks import Engine
    from citygraph.written import Facts, Said

PAGE_SECONDS = 30.0
"""How long a question of a page may take."""
RESULTS, TRIPLES = "application/sparql-results+json", "application/n-triples"

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "citygraph"}
_PREFIX = re.compile(r"(?<![\w:<])([A-Za-z][\w-]*):")
_RELATIVE = re.compile(r"<[^<>\s:]*>")
_TOLD = "SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {things} }} ?s ?p ?o FILTER(?p IN ({properties})) }}"
"""A filter and no second VALUES, beside which engines would walk every statement with such a property."""
_TRUTH = b'{"head":{},"boolean":%b}'
_WORDS = 300
"""How many characters of an engine's message are told."""

Results = ox.QuerySolutions | ox.QueryBoolean
T = TypeVar("T")


@dataclass(frozen=True)
class Asking:
    """Puts questions to one server in the way of its engine."""

    server: Server
    engine: Engine
    iris: Iris
    names: tuple[ox.NamedNode, ...]
    """The graphs of the release."""

    @classmethod
    def of(cls, server: Server, engine: Engine, release: Release, iris: Iris) -> Asking:
        """Ask for the statements of a release."""
        return cls(server, engine, iris, graph_names(release, iris))

    def form(
        self, text: str, default: Iterable[ox.NamedNode] = (), named: Iterable[ox.NamedNode] = ()
    ) -> tuple[bytes, dict[str, str]]:
        """The body and headers of a question; the form's way is the one that every engine takes."""
        fields = self.engine.dataset(text, default, named, union_name(self.iris), self.names)
        return urlencode([("query", self.engine.stored(text)), *fields]).encode(), _HEADERS

    def checked(self, reply: Reply) -> Reply:
        """Refuse an answer that is none, with what the engine says of it."""
        if reply.status == 200:
            return reply
        fault = reply.text()
        if self.engine.ended and self.engine.ended.search(fault):
            raise QueryTimeout(reply.seconds)
        if self.engine.costly and self.engine.costly.search(fault):
            raise QueryTooLarge("the engine expects it to take too long, or too much memory")
        if reply.status in (400, 500):  # the latter where an engine meets what it does not know while it works
            found = self.engine.place.search(fault)
            place = {key: int(value) for key, value in found.groupdict().items() if value} if found else {}
            raise QueryError("query", _first_line(fault), **place)
        raise StoreError(self.server.url, f"it answers {reply.status}: {_first_line(fault)}")

    def results(self, reply: Reply) -> Results:
        """Read solutions, or a yes or no, as they come in."""
        found = ox.parse_query_results(self._plain(reply), format=ox.QueryResultsFormat.JSON)
        column = self.engine.truth
        if column and isinstance(found, ox.QuerySolutions) and [row.value for row in found.variables] == [column]:
            yes = any(cast("ox.Literal", row[column]).value != "0" for row in found)
            text = _TRUTH % (b"true" if yes else b"false")
            return ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
        return found

    def triples(self, reply: Reply) -> Iterator[ox.Triple]:
        """Read triples as they come in."""
        return (quad.triple for quad in ox.parse(self._plain(reply), format=ox.RdfFormat.N_TRIPLES))

    def is_cut(self, reply: Reply) -> bool:
        """Whether the engine says that it has left out rows."""
        return bool(self.engine.cut) and self.engine.cut in reply.headers

    def _plain(self, reply: Reply) -> IO[bytes]:
        """The answer as a file, with the datatypes that were published."""
        return cast("IO[bytes]", _Renaming(reply, self.engine.renamed) if self.engine.renamed else reply)


class RemoteStore:
    """What pages ask of a server (:class:`citygraph.backend.Graphs`)."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def select(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> ox.QuerySolutions:
        """Ask a SELECT query."""
        results = self._ask(with_prefixes(text, prefixes or {}), RESULTS, self._read)
        assert isinstance(results, ox.QuerySolutions), "a SELECT query is wanted here"
        return results

    def construct(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> list[ox.Triple]:
        """Ask a CONSTRUCT query."""
        asking = self._asking
        return self._ask(with_prefixes(text, prefixes or {}), TRIPLES, lambda reply: list(asking.triples(reply)))

    def quads(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.Literal | None = None,
        graph: ox.NamedNode | None = None,
        *,
        most: int | None = None,
    ) -> Iterator[ox.Quad]:
        """Statements of named graphs that fit a pattern, at most so many; None fits all."""
        given = {"s": subject, "p": predicate, "o": value, "g": graph}
        s, p, o, g = (f"?{name}" if term is None else str(term) for name, term in given.items())
        wanted = " ".join(f"?{name}" for name, term in given.items() if term is None)
        pattern = f"{{ GRAPH {g} {{ {s} {p} {o} }} }}"
        if not wanted:
            there = self._truth(f"ASK {pattern}")
            return iter([ox.Quad(*given.values())] if there else [])  # type: ignore[arg-type]
        limit = "" if most is None else f" LIMIT {most}"
        rows = self.select(f"SELECT {wanted} WHERE {pattern}{limit}")
        terms = ((row[name] if term is None else term for name, term in given.items()) for row in rows)
        return (ox.Quad(*quad) for quad in terms)  # type: ignore[arg-type]

    def told(self, things: Iterable[str], properties: Collection[str]) -> list[Said]:
        """What some graph or other says of things by some properties, each statement once, by one question."""
        subjects = " ".join(str(node) for _, node in named_nodes(dict.fromkeys(things)))
        text = _TOLD.format(things=subjects, properties=", ".join(f"<{name}>" for name in properties))
        rows = self.select(text) if subjects else ()
        return [(row["s"].value, row["p"].value, write(row["o"])) for row in rows]

    def mentions(self, node: ox.NamedNode) -> bool:
        """Tell whether some statement is about a node or points to it, or some graph has this name."""
        patterns = (f"{node} ?p ?o", f"GRAPH {node} {{ ?s ?p ?o }}", f"?s ?p {node}")
        return self._truth(f"ASK {{ {' UNION '.join(f'{{ {row} }}' for row in patterns)} }}")

    def around(self, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
        """The statements about a thing and what its data tell along with it, by one question."""
        return around.ask(self, iris, node)

    def gathered(self, iris: Iris, iri: str) -> dict[str, Facts]:
        """What is said of a thing and of what its page tells along with it, by one question."""
        return around.ask_for_page(self, iris, ox.NamedNode(iri))

    def pointing(self, iri: str, most: int) -> list[tuple[str, str]]:
        """What points to a thing, as written, and by which property: a pair for each statement, at most so many."""
        return around.pairs(self.quads(value=ox.NamedNode(iri), most=most))

    def graphs(self) -> list[ox.NamedNode]:
        """The names of the graphs, sorted; they are those of the release, for which no engine need be searched."""
        return sorted(self._asking.names, key=str)

    def _truth(self, text: str) -> bool:
        return bool(self._ask(text, RESULTS, self._asking.results))

    def _read(self, reply: Reply) -> Results:
        """Read all rows before the connection is given back, as bytes, which take least room."""
        results = self._asking.results(reply)
        form = ox.QueryResultsFormat.JSON
        content = results.serialize(format=form)
        assert content is not None
        return ox.parse_query_results(content, format=form)

    def _ask(self, text: str, accept: str, read: Callable[[Reply], T]) -> T:
        asking = self._asking
        body, headers = asking.form(text)
        with asking.server.ask("POST", body, headers | {"Accept": accept}, PAGE_SECONDS) as reply:
            try:
                found = read(asking.checked(reply))
            except SyntaxError as error:
                fault = f"what it answers is not what was asked for ({error.msg})"
                raise StoreError(asking.server.url, fault) from None
            if asking.is_cut(reply):
                raise StoreError(asking.server.url, "it has cut the answer to a page's question; let it give more rows")
            return found


class _Renaming:
    """An answer in which some datatypes are written otherwise; a pattern may lie across two blocks."""

    def __init__(self, reply: Reply, renamed: tuple[tuple[bytes, bytes], ...]) -> None:
        self._reply, self._renamed = reply, renamed
        self._overlap = max(len(old) for old, _ in renamed) - 1
        self._raw, self._ready = b"", b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, never more than wanted."""
        while not self._ready:
            block = self._reply.read()
            self._raw += block
            for old, new in self._renamed:
                self._raw = self._raw.replace(old, new)
            keep = self._overlap if block else 0
            cut = max(0, len(self._raw) - keep)
            self._ready, self._raw = self._raw[:cut], self._raw[cut:]
            if not block:
                break
        taken = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(taken) :]
        return taken


DESCRIPTIONS = ("catalogue", "void")
"""The graphs that describe the release itself, which dumps hold as Turtle beside the graphs."""


def graph_names(release: Release, iris: Iris) -> tuple[ox.NamedNode, ...]:
    """The graphs that a release has in a store."""
    return tuple(iris.graph(name) for name in sorted(chain(release.manifest["counts"]["graphs"], DESCRIPTIONS)))


def union_name(iris: Iris) -> ox.NamedNode:
    """The graph of the union, in engines that have no default graph to fill; it is none of the release's graphs."""
    return ox.NamedNode(f"{iris.base}sparql#union")


def _first_line(fault: str) -> str:
    """What an engine says; further lines repeat the query with what was added to it."""
    return fault.partition("\n")[0][:_WORDS]


def with_base(text: str, base: str) -> str:
    """Say on the first line what relative IRIs are resolved against, if there may be some."""
    return f"BASE <{base}> {text}" if _RELATIVE.search(text) else text


def with_prefixes(text: str, prefixes: Mapping[str, str]) -> str:
    """Declare the prefixes that a text may use, on its first line."""
    used = sorted(prefixes.keys() & set(_PREFIX.findall(text)))
    return "".join(f"PREFIX {name}: <{prefixes[name]}> " for name in used) + text
