"""The fast lane: queries that are short scans of an index, which need no worker since they cost next to nothing.

A text is let in only where it is, to the letter, of one of three forms: one triple pattern without a repeated variable;
the values of one property of one thing, in a language; or DESCRIBE with one name. In these is no join, path, order or
expression of a stranger's making, and nothing that nests: the engine reads row after row and writes each at once.
After some rows it is stopped, and a worker begins again. All other texts go to a worker, those with an error too.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from citygraph import recorded
from citygraph.answerer import Writer
from citygraph.formats import JSON
from citygraph.recorded import About
from citygraph.tokens import GAP, IRI, NAME, PREFIX, STRING, VARIABLE, in_turn
from citygraph.workers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from citygraph.statements import Statements
    from citygraph.workers import Forms, Limits

    Lookup: TypeAlias = About | "Scan"

BYTES = 64_000
"""How many bytes are answered here at most."""
ROWS = 400
"""How many rows are; whether there are more is asked for, so that the engine reads no further."""
LENGTH = 2_000
"""The longest text that is looked at, in characters."""
_BETWEEN = {b"srj": b"},{", b"srx": b"<result>", b"csv": b"\n", b"tsv": b"\n"}
"""What stands between two rows or before one, by formats; the text of a cell may hold it too, which costs a worker."""


_GIVEN = f"(?:<{IRI}>|{NAME})"
_LITERAL = rf"{STRING}(?>(?:@[A-Za-z]++(?>(?:-[A-Za-z0-9]++)*)(?![\w-])|\^\^{_GIVEN})?)"


def _place(name: str, *others: str) -> str:
    """A place in the pattern: a variable, whose name the match tells, or another term."""
    return f"(?:{'|'.join((f'[?$](?P<{name}>{VARIABLE})', *others))})"


_PATTERN = in_turn(
    _place("subject", _GIVEN), _place("predicate", _GIVEN, r"a(?![\w:-])"), _place("object", _GIVEN, _LITERAL)
)
_LANGUAGE = in_turn("(?i:LANG)", r"\(", rf"[?$]{VARIABLE}", r"\)")
_MATCHES = in_turn("(?i:LANGMATCHES)", r"\(", _LANGUAGE, ",", STRING, r"\)")
_CONDITION = in_turn(r"\(", rf"(?:{_MATCHES}|{in_turn(_LANGUAGE, '=', STRING)})", r"\)")
_CHOSEN = in_turn(_GIVEN, _GIVEN, rf"[?$]{VARIABLE}", r"\.?+", "(?i:FILTER)", f"(?:{_MATCHES}|{_CONDITION})")
_WHERE = in_turn(r"(?>(?:(?i:WHERE)(?!\w))?)", r"\{", f"(?:{_PATTERN}|{_CHOSEN})", r"\.?+", r"\}")
_SELECT = in_turn(r"(?i:SELECT)(?!\w)", rf"(?:\*|(?>(?:[?$]{VARIABLE}{GAP})+))", _WHERE)
_LIMIT = in_turn(r"(?i:LIMIT)(?!\w)", "(?P<limit>[0-9]{1,9}+)")
_LOOKUP = re.compile(
    in_turn(
        "",
        rf"(?>(?:{in_turn('(?i:PREFIX)', PREFIX, f'<{IRI}>', '')})*)",
        rf"(?:{in_turn('(?P<described>(?i:DESCRIBE))', _GIVEN)}|{in_turn(_SELECT, f'(?>(?:{_LIMIT})?)')})",
        "",
    )
)


class Scan(NamedTuple):
    """A text that is a short scan of an index."""

    form: str
    """The word that says what it is: SELECT or DESCRIBE."""
    whole: str
    limit: tuple[int, int] | None = None
    """Where in it the number of a limit stands."""

    def text(self, most: int) -> str:
        """The same for no more rows than these; a description has none."""
        if self.form == "DESCRIBE":
            return self.whole
        if self.limit is None:
            return f"{self.whole}\nLIMIT {most}"
        start, end = self.limit
        return f"{self.whole[:start]}{min(most, int(self.whole[start:end]))}{self.whole[end:]}"


def read(text: str) -> Lookup | None:
    """Read a text; None where it is more than a short scan, or none that is surely one.

    >>> read("PREFIX x: <http://x/> SELECT ?b { ?b x:knows x:a } LIMIT 1000").text(401)
    'PREFIX x: <http://x/> SELECT ?b { ?b x:knows x:a } LIMIT 401'
    >>> read("SELECT ?a { ?a ?p ?a }")
    """
    return (recorded.read(text) or _read_scan(text)) if len(text) <= LENGTH else None


def _read_scan(text: str) -> Scan | None:
    match = _LOOKUP.fullmatch(text)
    if match is None:
        return None
    one, two, three = match.group("subject", "predicate", "object")
    if (one and one in (two, three)) or (two and two == three):
        return None
    if match["described"]:
        return Scan("DESCRIBE", text)
    return Scan("SELECT", text, match.span("limit") if match["limit"] else None)


class Lookups:
    """Answers from a store in this process."""

    def __init__(
        self,
        store: ox.Store,
        limits: Limits,
        prefixes: Mapping[str, str],
        base: str,
        statements: Statements | None = None,
    ) -> None:
        self._store, self._base, self._statements = store, base, statements
        self._rows, self._most = min(ROWS, limits.rows), min(BYTES, limits.answer_bytes)
        self._writer = Writer(rows=self._rows, most=self._most, prefixes=dict(prefixes))

    def ask(self, lookup: Lookup, forms: Forms) -> Answer | None:
        """Answer as a worker would; None where a worker has to."""
        began = time.perf_counter()
        if self._statements and forms.solutions is JSON and isinstance(lookup, About):
            found = recorded.answer(self._statements, lookup, self._rows, self._most)
            if found is not None:
                return Answer(JSON, found, False, time.perf_counter() - began)
        try:
            results = self._store.query(lookup.text(ROWS + 1), base_iri=self._base)
            if isinstance(results, ox.QuerySolutions):
                form = forms.solutions
                body = results.serialize(format=form.engine) or b""  # type: ignore[arg-type]  # it is one of results
                cut = body.count(_BETWEEN[form.tag]) >= self._rows
            else:
                form = forms.triples
                cut, written = self._writer.triples(results, form.tag)  # type: ignore[arg-type]
                body = bytes(written)
        except (SyntaxError, RuntimeError, ValueError, OSError):
            return None
        return None if cut or len(body) > self._most else Answer(form, body, False, time.perf_counter() - began)
