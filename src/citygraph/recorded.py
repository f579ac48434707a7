"""Answers what is asked of one thing alone from its record, as the engine would: the same rows in the same JSON.

The engine looks up each term by itself, which takes several times as long as all else that an answer takes. Rows come
in the order of the record, so a limit that would leave some out is the engine's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from citygraph.tokens import ADDRESS, NAME, PREFIX, SPACE, VARIABLE, in_turn
from citygraph.vocab import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.statements import Statements

    Cells = tuple[bytes, ...]

# A line of N-Quads as a release writes it. What is escaped in a text is escaped in JSON likewise, but for two signs;
# a name with a sign that JSON would escape is none.
_LINE = re.compile(
    rb'<[^>]*+> <([^>"\\]*+)> (?:<([^>"\\]*+)>|_:([^ "\\]++)|'
    rb'"((?>(?:[^"\\]++|\\.)*))"(?>(?:@([A-Za-z0-9-]++)|\^\^<([^>"\\]*+)>)?)) <[^>]*+> \.\n'
)
_OTHERWISE = re.compile(rb"\\[U']")


def _place(name: str, *more: str) -> str:
    return rf"(?:[?$](?P<{name}>{VARIABLE})|(?P<{name}_given>{'|'.join((f'<{ADDRESS}>', NAME, *more))}))"


_ABOUT = re.compile(
    in_turn(
        "",
        f"(?P<prologue>(?>(?:{in_turn('(?i:PREFIX)', PREFIX, f'<{ADDRESS}>', '', gap=SPACE)})*))",
        r"(?i:SELECT)(?!\w)",
        rf"(?P<names>\*|(?>(?:[?$]{VARIABLE}{SPACE})+))",
        r"(?>(?:(?i:WHERE)(?!\w))?)",
        r"\{",
        f"(?P<thing><{ADDRESS}>|{NAME})",
        _place("term", r"a(?![\w:-])"),
        _place("value"),
        r"\.?+",
        r"\}",
        rf"(?>(?:(?i:LIMIT)(?!\w){SPACE}(?P<limit>[0-9]{{1,9}}+){SPACE})?)",
        gap=SPACE,
    )
)
_PREFIXES = re.compile(f"({PREFIX}){SPACE}<({ADDRESS})>")
_NAMES = re.compile(VARIABLE)


class About(NamedTuple):
    """A triple pattern about one thing, and what is wanted of it by a SELECT."""

    thing: str
    term: str | None
    """The variable in the place of the predicate, or None if an IRI stands there."""
    value: str | None
    """The same in the place of the object."""
    given: tuple[str | None, str | None]
    """The IRIs in these places."""
    names: tuple[str, ...]
    """The variables that are selected."""
    limit: int | None

    @property
    def form(self) -> str:
        """The word that says what it is part of."""
        return "SELECT"

    def text(self, most: int) -> str:
        """A query that asks for no more rows than these."""
        limit = most if self.limit is None else min(most, self.limit)
        chosen = " ".join(f"?{name}" for name in self.names) or "*"
        term, value = (
            f"?{name}" if name else f"<{iri}>" for name, iri in zip((self.term, self.value), self.given, strict=True)
        )
        return f"SELECT {chosen} {{ <{self.thing}> {term} {value} }} LIMIT {limit}"


def read(text: str) -> About | None:
    """Read a query text; None where it asks for anything else, or in other words.

    >>> read("PREFIX x: <http://a/> SELECT ?o WHERE { x:b ?p ?o } LIMIT 9")
    About(thing='http://a/b', term='p', value='o', given=(None, None), names=('o',), limit=9)
    """
    match = _ABOUT.fullmatch(text)
    if match is None:
        return None
    names, term, value, limit = match.group("names", "term", "value", "limit")
    chosen = sorted(filter(None, (term, value))) if names == "*" else _NAMES.findall(names)
    prefixes = dict(_PREFIXES.findall(match["prologue"]))
    thing = _resolved(match["thing"], prefixes)
    first, last = (_resolved(iri, prefixes) if iri else None for iri in match.group("term_given", "value_given"))
    if "" in (thing, first, last) or (term and term == value) or len(set(chosen)) < len(chosen):
        return None
    return About(thing, term, value, (first, last), tuple(chosen), int(limit) if limit else None)


def _resolved(place: str, prefixes: Mapping[str, str]) -> str:
    """The IRI that a term means; nothing where its prefix is not declared."""
    if place == "a":
        return RDF_TYPE.value
    if place[0] == "<":
        return place[1:-1]
    prefix, colon, local = place.partition(":")
    start = prefixes.get(prefix + colon)
    return start + local if start else ""


def answer(statements: Statements, about: About, rows: int, most: int) -> bytes | None:
    """The answer in SPARQL JSON; None where it has more rows or bytes, or has to be the engine's."""
    lines = statements.lines(about.thing)
    if len(lines) > most or _OTHERWISE.search(lines):
        return None
    written = _LINE.findall(lines)
    if len(written) != lines.count(b"\n"):
        return None
    term, value = (iri.encode() if iri else None for iri in about.given)
    # Several graphs may state the same.
    found = [row for row in dict.fromkeys(written) if term in (None, row[0]) and value in (None, row[1])]
    if len(found) > min(rows, about.limit or rows) or about.limit == 0:
        return None
    shown = [(name.encode(), name == about.value) for name in about.names if name in (about.term, about.value)]
    cells = (
        b",".join(
            b'"%s":%s' % (name, _object(row) if last else b'{"type":"uri","value":"%s"}' % row[0])
            for name, last in shown
        )
        for row in found
    )
    head = ",".join(f'"{name}"' for name in about.names).encode()
    body = b'{"head":{"vars":[%s]},"results":{"bindings":[%s]}}' % (head, b",".join(b"{%s}" % row for row in cells))
    return body if len(body) <= most else None


def _object(row: Cells) -> bytes:
    """The object of a statement as SPARQL JSON writes it (SPARQL 1.1 Query Results JSON, section 3.2.2)."""
    _, iri, node, text, language, kind = row
    if iri:
        return b'{"type":"uri","value":"%s"}' % iri
    if node:
        return b'{"type":"bnode","value":"%s"}' % node
    more = b',"xml:lang":"%s"' % language if language else b',"datatype":"%s"' % kind if kind else b""
    return b'{"type":"literal","value":"%s"%s}' % (text, more)
