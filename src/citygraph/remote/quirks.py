"""The one table of what engines do in ways of their own, each row tried against the engine that it names.

An engine that is not in the table is taken at the word of SPARQL 1.1: its default graph can be filled, several updates
in one request are allowed, and answers are in the standard's own forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from citygraph import scanner
from citygraph.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyoxigraph as ox

NOWHERE = "urn:x-citygraph:nowhere"
"""A graph that does not exist: named where the protocol means none, and the engine would take all."""


@dataclass(frozen=True)
class Engine:
    """What one engine does in a way of its own."""

    name: str
    server: str = ""
    """How its ``Server`` header begins."""
    union_graph: bool = False
    """Whether it has no default graph to fill: the union stands in a graph, and each question names its data set."""
    all_or_nothing: bool = True
    """Whether the updates of one request happen together or not at all."""
    cut: str = ""
    """The header by which it tells that it has left out rows."""
    truth: str = ""
    """The column by which it answers ASK, where it gives a table with 1 or 0 instead of yes or no."""
    renamed: tuple[tuple[bytes, bytes], ...] = ()
    """What stands in its answers, and what should."""
    altered: str = ""
    """A datatype whose literals it alters: they are published, and asked for, under another that it does not know."""
    refused: re.Pattern[str] | None = None
    """What calls functions of the database; it is refused wherever it stands, since some stand in strings alone."""
    place: re.Pattern[str] = re.compile(r"\b(?P<line>\d+):(?P<column>\d+)\b")
    """Where an error's text says its line, and its column if it does."""
    costly: re.Pattern[str] | None = None
    """What an error says of a query that takes too much."""
    ended: re.Pattern[str] | None = None
    """What an error says of a query that the engine has ended for its time."""

    def check(self, text: str, services: Collection[str] = ()) -> None:
        """Refuse what the engine would take for more than a query; escapes count as what they stand for."""
        for reading in {text, _unescaped(text)}:
            scanner.check(reading, services)
            if scanner.form(reading) not in scanner.QUERIES:
                raise QueryError("query", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
            if "DEFINE" in takewhile(lambda word: word not in scanner.QUERIES, scanner.words(reading)):
                raise QueryError("query", "DEFINE is no SPARQL 1.1")  # such pragmas make an engine fetch from others
            if self.refused and (found := self.refused.search(reading)):
                raise scanner.refusal(reading, found.start(), f"{found[0]} is not answered here, not even in a string")

    def stored(self, text: str) -> str:
        """A query, or lines of N-Triples, with the datatypes under which the literals stand in the store."""
        return text.replace(f"^^<{self.altered}>", f"^^<{_UNKNOWN}{self.altered}>") if self.altered else text

    def dataset(
        self,
        text: str,
        default: Iterable[ox.NamedNode],
        named: Iterable[ox.NamedNode],
        union: ox.NamedNode,
        graphs: Iterable[ox.NamedNode],
    ) -> list[tuple[str, str]]:
        """The protocol's parameters (section 2.1.4) by which the engine asks the data set that the standard means."""
        defaults, names = [row.value for row in default], [row.value for row in named]
        if self.union_graph:
            if defaults or names or "FROM" in scanner.words(text):
                defaults, names = defaults or [NOWHERE], names or [NOWHERE]
            else:
                defaults, names = [union.value], [row.value for row in graphs]
        return [("default-graph-uri", iri) for iri in defaults] + [("named-graph-uri", iri) for iri in names]


_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})")

_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_UNKNOWN = "urn:x-citygraph:datatype:"

ENGINES = (
    Engine("oxigraph", server="Oxigraph"),
    Engine(
        "virtuoso",
        server="Virtuoso",
        union_graph=True,
        all_or_nothing=False,
        cut="X-SPARQL-MaxRows",
        truth="__ASK_RETVAL",
        renamed=(
            (b'"type": "bnode", "value": "nodeID://', b'"type": "bnode", "value": "'),
            (b'"datatype": "urn:x-citygraph:datatype:', b'"datatype": "'),
            (b'"^^<urn:x-citygraph:datatype:', b'"^^<'),
        ),
        altered=_WKT,  # it keeps coordinates in 32 bits
        refused=re.compile(r"(?<![\w-])(?:bif|sql|java|clr):|openlinksw\.com/schemas/(?:bif|sql)#", re.IGNORECASE),
        place=re.compile(r"\bline (?P<line>\d+)"),
        costly=re.compile(r"estimated execution time|memory", re.IGNORECASE),
        ended=re.compile(r"\bS1T(?:00|AT)\b"),
    ),
    Engine("sparql"),
)
"""The last row is for all others."""


def by_server(header: str) -> Engine:
    """The engine that a ``Server`` header tells of."""
    return next(row for row in ENGINES if header.startswith(row.server))


def by_name(name: str) -> Engine:
    """The engine that a setting names."""
    return next(row for row in ENGINES if row.name == name)


def _unescaped(text: str) -> str:
    r"""Replace ``\u0041`` and ``\U00000041`` as an engine does before it reads a query (SPARQL 1.1, section 19.2)."""
    return _ESCAPE.sub(lambda row: chr(int(row[1] or row[2], 16)), text)
