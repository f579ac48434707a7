r"""Looks at a stranger's query text before the parser does, without a grammar: words, strings, names and brackets.

The parser's stack overflows on some thousand nested brackets or chained operators, and SERVICE lets a server send
requests of a stranger's choosing. Both are refused with a sentence here; the query workers are the wall behind it.

>>> form("PREFIX ex: <http://example.org/> # SELECT\nASK { ?s ex:SELECT 1 }")
'ASK'
>>> is_update("PREFIX ex: <http://example.org/> LOAD ex:x")
True
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.errors import QueryError, QueryForbidden

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LENGTH = 256_000
"""The longest query text, in characters."""
DEPTH = 64
"""How deep brackets may nest: the planner's time grows with the cube of the depth of nested lists."""
LINKS = 1_000
"""How many operators and joining words a text may hold: the parser nests each in the one before, and its stack bears
some two thousand of the heaviest."""

QUERIES = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH"})

_LINKS = frozenset({"AS", "BIND", "EXISTS", "FILTER", "GRAPH", "IN", "MINUS", "NOT", "OPTIONAL", "SELECT", "UNION"})

# SPARQL 1.1 section 19.8, PN_CHARS_BASE and PN_CHARS; \w would take other letters and leave out combining accents.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\."
_LOCAL = rf"(?:[{_CHARS}:]++|{_ESCAPED})"
# Every quantifier is possessive, bounded or in an atomic group, so that no text takes more than linear time; a string
# without an end reaches to the end of its line, or of the text.
_TOKEN = re.compile(
    rf"""
      (?P<space>[\s.,;]++)
    | (?P<variable>[?$][{_BASE}_0-9][{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040]*+)
    | (?P<prefixed>(?:_|[{_BASE}][{_CHARS}.]{{0,99}}+)?+:
                   (?>(?:(?:[{_BASE}_:0-9]|{_ESCAPED}){_LOCAL}*(?:\.++{_LOCAL}+)*)?))
    | (?P<name>[A-Za-z][A-Za-z0-9_]*+)
    | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*+>)
    | (?P<open>[({{\[])
    | (?P<close>[)}}\]])
    | (?P<link>\|\||&&|[!+*/|^<>=-])
    | (?P<string>\"{{3}}(?>(?:[^"\\]++|\\.|\"(?!\"\"))*)(?:\"{{3}})? | '{{3}}(?>(?:[^'\\]++|\\.|'(?!''))*)(?:'{{3}})?
               | "(?>(?:[^"\\\n\r]++|\\.)*)"? | '(?>(?:[^'\\\n\r]++|\\.)*)'?)
    | (?P<number>\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
    | (?P<tag>@[A-Za-z]++(?>(?:-[A-Za-z0-9]++)*))
    | (?P<comment>\#[^\n\r]*+)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERAND = frozenset({"string", "iri", "variable", "tag", "prefixed", "number", "name", "close"})
_HIDDEN = re.compile(r"\)\.?SERVICE#", re.IGNORECASE)
_QUIET = frozenset({"comment", "space"})
_READ = 20_000_000
"""How many characters are read for SERVICE, again and again; a text made to take more counts as one that hides it."""
_CLAUSE = re.compile(r"SERVICE\s*+(?>(?:SILENT\s*+)?)<([^<>\"{}|^`\\\x00-\x20]*+)>", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u", re.IGNORECASE)


def check(text: str, services: Collection[str] = ()) -> bool:
    """Refuse a text that would harm; the refusal is a :class:`~citygraph.errors.QueryError` with its place.

    Whether the text sends requests to other endpoints is told; it may to those whose IRIs are among the services, each
    written out between ``<`` and ``>`` right behind the word SERVICE.
    """
    if len(text) > LENGTH:
        raise QueryError("query", f"the text has {len(text)} characters; at most {LENGTH} are read")
    if _surely_small(text):
        return False
    depth = links = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        depth += (kind == "open") - (kind == "close")
        links += kind == "link" or (kind == "name" and match[0].upper() in _LINKS)
        if depth > DEPTH:
            raise refusal(text, match.start(), f"brackets nest deeper than {DEPTH}; split the query")
        if links > LINKS:
            raise refusal(text, match.start(), f"more than {LINKS} operators and clauses; use VALUES")
    calls = False
    for place in find_services(text):
        calls, clause = True, _CLAUSE.match(text, place)
        if clause is None or clause[1] not in services or _ESCAPE.search(text):
            raise refusal(text, place, _refused(services), QueryForbidden)
    return calls


def _refused(services: Collection[str]) -> str:
    if not services:
        return "SERVICE is switched off: this endpoint sends no requests to others"
    names = ", ".join(f"SERVICE <{name}>" for name in sorted(services))
    return f"SERVICE is refused: this endpoint sends requests by {names} alone, in a text without \\u"


def _surely_small(text: str) -> bool:
    """Tell in a few microseconds that a text cannot reach any limit, which is so for nearly all."""
    if text.count("(") + text.count("{") + text.count("[") > DEPTH:
        return False
    if len(text) <= LINKS:
        return "service" not in text.lower()
    upper = text.upper()
    most = sum(map(text.count, "|&!+*/^<>=-")) + sum(map(upper.count, _LINKS))
    return most <= LINKS and "SERVICE" not in upper


def find_services(text: str) -> Iterator[int]:
    """Find the word SERVICE wherever it is a clause, not part of a string, comment, IRI or name.

    After an operand, ``<`` begins an IRI or is less-than; which of both, only a grammar tells. Where that decides what
    is a comment or a string, both are tried: a text that hides SERVICE from one reading shows it to the other. Between
    ``<`` and ``>`` the clause fits only behind the bracket that ends an expression, and before a comment.
    """
    if "service" not in text.lower():
        return
    seen: set[tuple[int, bool]] = set()
    left = _READ
    starts = [(0, False)]
    while starts:
        position, operand = starts.pop()
        while match := _TOKEN.search(text, position):
            kind, token, position = match.lastgroup, match[0], match.end()
            left -= len(token)
            if left < 0:
                yield match.start()
                return
            if kind in _QUIET:
                continue
            if (match.start(), operand) in seen:
                break
            seen.add((match.start(), operand))
            if kind == "name" and token.upper() == "SERVICE":
                yield match.start()
            if kind == "iri" and operand and ("#" in token or "'" in token):
                if _HIDDEN.search(token):
                    yield match.start()
                starts.append((match.start() + min(token.find(sign) % len(token) for sign in "#'"), False))
            operand = kind in _OPERAND


def form(text: str) -> str | None:
    """The word that says what a text is, in capitals: SELECT, ASK … or that of an update; None when there is none."""
    return next((word for word in words(text) if word in QUERIES or word in UPDATES), None)


def is_update(text: str) -> bool:
    """Tell whether a text wants to change something (SPARQL 1.1 Update)."""
    return form(text) in UPDATES


def words(text: str) -> Iterator[str]:
    """The words of a text that are no names, strings or comments, in capitals."""
    return (match[0].upper() for match in _TOKEN.finditer(text) if match.lastgroup == "name")


def dataset(text: str, base: str | None) -> tuple[tuple[ox.NamedNode, ...], tuple[ox.NamedNode, ...]]:
    """The graphs that a query names by FROM and by FROM NAMED; what cannot be read is left to the parser.

    >>> dataset("PREFIX e: <http://e/> SELECT * FROM e:a FROM NAMED <b> {}", "http://x/")
    ((<NamedNode value=http://e/a>,), (<NamedNode value=http://x/b>,))
    """
    prologue: list[str] = []
    names: dict[bool, list[str]] = {False: [], True: []}
    depth, before, asked = 0, ("", ""), False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        depth += (kind == "open") - (kind == "close")
        if kind in _QUIET or depth:
            continue
        word = token.upper() if kind == "name" else ""
        asked = asked or word in QUERIES
        if not asked:
            prologue.append(token)
        elif kind in ("iri", "prefixed") and (before[1] == "FROM" or before == ("FROM", "NAMED")):
            names[before[1] == "NAMED"].append(token)
        before = (before[1], word)
    return _resolved(prologue, names[False], base), _resolved(prologue, names[True], base)


def _resolved(prologue: list[str], names: list[str], base: str | None) -> tuple[ox.NamedNode, ...]:
    """Resolve names as Turtle, which has the same prologue as SPARQL."""
    turtle = f"{' '.join(prologue)} <x:> <x:> {', '.join(names)} ."
    try:
        found = [row.object for row in ox.parse(turtle, ox.RdfFormat.TURTLE, base_iri=base)] if names else []
    except SyntaxError:
        return ()
    return tuple(value for value in found if isinstance(value, ox.NamedNode))


def refusal(text: str, position: int, fault: str, kind: type[QueryError] = QueryError) -> QueryError:
    """An error that names the line and column of a position, both counted from one."""
    before = text[:position]
    return kind("query", fault, line=before.count("\n") + 1, column=position - before.rfind("\n"))
