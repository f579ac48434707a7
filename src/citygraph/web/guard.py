"""Looks at a stranger's query text before the parser does.

The parser's stack overflows on some thousand nested brackets and ends the process, and nested lists keep it busy for
seconds; SERVICE would let the server send requests of a stranger's choosing. All of these are refused with a sentence.
"""

from __future__ import annotations

import re

from citygraph.errors import QueryError

LENGTH = 256_000
"""The longest query text, in characters."""
DEPTH = 64
"""How deep brackets may nest; the parser takes a fifth of a second for lists nested so deep."""
OPERATORS = 2_000
"""How many operators a text may hold: the parser nests each in the one before."""
_RUN = 64
"""How many signs such as ``!`` may stand in a row."""

_TOKEN = re.compile(
    r"""
      (?P<string>\"{3}(?:[^"\\]|\\.|\"(?!\"\"))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
               | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<comment>\#[^\n\r]*)
    | (?P<variable>[?$@]\w+)
    | (?P<prefixed>(?:[^\W\d][\w.-]*)?:[\w.%\\:-]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<operator>\|\||&&|[!+*/|^<>=-])
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"UNION", "OPTIONAL", "MINUS", "FILTER", "NOT", "IN"}


def check(text: str) -> None:
    """Refuse a text that would harm; the refusal is a :class:`~citygraph.errors.QueryError`."""
    if len(text) > LENGTH:
        raise QueryError("query", f"the text has {len(text)} characters; at most {LENGTH} are read")
    depth = operators = run = 0
    end = -1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "operator" or (kind == "name" and match[0].upper() in _WORDS):
            operators += 1
            run = run + 1 if text[end : match.start()].isspace() or end == match.start() else 1
            end = match.end()
        elif kind == "name" and match[0].upper() == "SERVICE":
            raise _refusal(text, match, "SERVICE is switched off: this endpoint sends no requests to others")
        if depth > DEPTH or operators > OPERATORS or run > _RUN:
            raise _refusal(text, match, "the query nests too deep or holds too many operators; split it")


def _refusal(text: str, match: re.Match[str], fault: str) -> QueryError:
    line = text.count("\n", 0, match.start()) + 1
    return QueryError("query", fault, line=line, column=match.start() - text.rfind("\n", 0, match.start()))
