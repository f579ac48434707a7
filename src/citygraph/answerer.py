"""How a query worker answers from its store: the dataset a query is put to, and answers cut at the limits.

Worker processes import this with the standard library and the engine only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.merge import Merger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOLUTIONS, BOOLEAN, GRAPH = b"s", b"b", b"g"
"""The kinds of an answer."""

_LINE = 64_000
"""How many bytes come in between two counts of the rows."""
ROOM = 1_000_000
"""By how much triples may pass the limit of bytes, since they are cut between two and not within one."""
_RESULTS = {row.file_extension.encode(): row for row in (
    ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV
)}  # fmt: skip
_RDF = {row.file_extension.encode(): row for row in (
    ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD, ox.RdfFormat.TRIG,
    ox.RdfFormat.N_QUADS, ox.RdfFormat.N3
)}  # fmt: skip

# Where a complete row ends and another begins. In JSON a quotation mark within a string follows a backslash, and one
# that ends a string is followed by a comma, brace or bracket; in CSV a line may end within a quoted field.
_ROW_END = {
    b"srj": re.compile(rb'\},(?=\{"[^",}\]\\])'),
    b"srx": re.compile(rb"</result>(?=<result>)"),
    b"csv": re.compile(rb'"[^"]*(?:"|\Z)|\n(?=[\s\S])'),
    b"tsv": re.compile(rb"\n(?=[\s\S])"),
}
_REMARK = {b"ttl": b"# truncated\n", b"nt": b"# truncated\n", b"nq": b"# truncated\n", b"trig": b"# truncated\n",
           b"n3": b"# truncated\n", b"rdf": b"\n<!-- truncated -->\n"}  # fmt: skip


_UNKNOWN = re.compile(r"The custom function <(.*)> is not supported")


class Full(Exception):  # noqa: N818 - it ends an answer, and is no error
    """The answer has reached a limit."""


class _Body:
    """Gathers an answer up to a limit of bytes."""

    def __init__(self, most: int) -> None:
        self.content, self.most = bytearray(), most

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        if len(self.content) > self.most:
            raise Full
        return len(chunk)

    def flush(self) -> None:
        """Nothing is held back."""


class _Rows(_Body):
    """Gathers solutions, and cuts them between two rows where there are too many."""

    seen = cut = 0
    next = _LINE

    def __init__(self, form: bytes, rows: int, most: int) -> None:
        super().__init__(most)
        self.form, self.rows = form, rows
        self.count = -1 if form in (b"csv", b"tsv") else 0  # the first line is the head

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        if len(self.content) > min(self.next, self.most):
            if self.full():
                raise Full
            self.next = len(self.content) + max(
                _LINE, len(self.content) - self.seen
            )  # a long row is not read again and again
        return len(chunk)

    def full(self) -> bool:
        """Count the rows that have come in since, and tell whether there are more rows or bytes than wanted."""
        last_byte = 1 if self.form == b"srj" else 0  # the comma is not wanted
        for match in _ROW_END[self.form].finditer(self.content, self.seen):
            if match[0][:1] == b'"':
                if match.end() == len(self.content):
                    break  # the field may go on
            elif match.end() > self.most:
                return True
            else:
                self.count += 1
                self.cut = match.end() - last_byte
                if self.count >= self.rows:
                    return True
            self.seen = match.end()
        return len(self.content) > self.most

    def close(self) -> None:
        """Cut behind the last row that fits, and end the document as its format asks."""
        if self.form == b"srj":
            self.cut = self.cut or self.content.index(b'"bindings":[') + len(b'"bindings":[')
            self.content[self.cut :] = b"]}}"
            self.content[(end := self.content.index(b'},"results":')) : end] = b',"truncated":true'
        elif self.form == b"srx":
            self.cut = self.cut or self.content.index(b"<results>") + len(b"<results>")
            self.content[self.cut :] = b"</results><!-- truncated --></sparql>"
        else:
            del self.content[self.cut or self.content.index(b"\n") + 1 :]


def _names(graphs: str, sign: str) -> list[Any]:
    """The names of one kind, each once; a graph that is named twice is one graph."""
    return [ox.NamedNode(line[1:]) for line in dict.fromkeys(graphs.split("\n")) if line.startswith(sign)]


def _nothing(*_: object) -> None:
    """The value of a function that nobody knows."""


class Writer:
    """Writes answers in their formats, up to a number of rows and bytes."""

    def __init__(self, *, rows: int, most: int, prefixes: dict[str, str]) -> None:
        self.rows, self.most, self.prefixes = rows, most, prefixes

    def solutions(self, results: ox.QuerySolutions, form: bytes) -> tuple[bool, bytearray]:
        """Write solutions, and tell whether some are left out."""
        body = _Rows(form, self.rows, self.most)
        try:
            results.serialize(body, format=_RESULTS[form])  # type: ignore[arg-type]
            cut = len(body.content) > self.rows and body.full()  # a row has a byte at least
        except Full:
            cut = True
        if cut:
            body.close()
        return cut, body.content

    def triples(self, results: Iterable[ox.Triple], form: bytes) -> tuple[bool, bytearray]:
        """Write triples, and tell whether some are left out."""
        body = _Body(self.most + ROOM)
        cut = False

        def wanted() -> Iterator[ox.Triple]:
            nonlocal cut
            for number, triple in enumerate(results):
                if cut := number >= self.rows or len(body.content) > self.most:
                    return
                yield triple

        ox.serialize(wanted(), body, format=_RDF[form], prefixes=self.prefixes)  # type: ignore[arg-type]
        if cut:
            body.content += _REMARK.get(form, b"")
        return cut, body.content


class Answerer(Writer):
    """Answers requests from a store."""

    def __init__(self, store: ox.Store, *, rows: int, most: int, prefixes: dict[str, str], base: str) -> None:
        super().__init__(rows=rows, most=most, prefixes=prefixes)
        self.store, self.base = store, base
        self.merger = Merger(store)

    def answer(self, text: str, graphs: str, forms: tuple[bytes, bytes, bytes]) -> tuple[bytes, bool, bytearray]:
        """Give the kind of the answer, whether it is cut, and its body."""
        default = _names(graphs, "d") if graphs else None
        named = _names(graphs, "n") if graphs else None
        results = self._query(text, default, named)
        if isinstance(results, ox.QuerySolutions):
            return SOLUTIONS, *self.solutions(results, forms[0])
        if isinstance(results, ox.QueryTriples):
            return GRAPH, *self.triples(results, forms[2])
        body = _Body(self.most)
        results.serialize(body, format=_RESULTS[forms[1]])
        return BOOLEAN, False, body.content

    def _query(self, text: str, default: list[Any] | None, named: list[Any] | None) -> Any:
        store, graphs = self.store, default
        if default and self.merger.wanted(default):
            # Only what the dataset holds is in the merged store, but FROM in the text is to be passed over still.
            store, graphs = self.merger.merged(default, named or []), [ox.DefaultGraph()]
        # A finished store holds the union of its graphs as its default graph; the engine need not make it.
        functions: dict[ox.NamedNode, Any] = {}
        while True:
            try:
                return store.query(
                    text, base_iri=self.base, default_graph=graphs, named_graphs=named, custom_functions=functions
                )
            except RuntimeError as error:
                unknown = _UNKNOWN.fullmatch(str(error))
                name = ox.NamedNode(unknown[1]) if unknown else None
                if name is None or name in functions:
                    raise
                functions[name] = _nothing  # an error of the expression, and not of the query (section 17.6)
