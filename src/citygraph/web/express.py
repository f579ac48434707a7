"""The express lane: the common ways to ask a query, answered without Flask, which takes longer than most look-ups.

A lane that answers some requests and leaves the rest, and whatever goes wrong, to the application behind it. What it
answers, the other would answer alike.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from citygraph import likeness, lookups, receipts, scanner
from citygraph.errors import CitygraphError, FormatError
from citygraph.formats import HTML
from citygraph.web import citing, clients, negotiate
from citygraph.web.asking import OFFERS
from citygraph.web.front import RAISED
from citygraph.web.reply import Head, Reply
from citygraph.workers import Question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from citygraph.formats import Format
    from citygraph.web.current import Current

PATHS = frozenset({"/sparql", "/sparql/"})
MAX_AGE = 60
"""How long an answer may be kept, in seconds."""
VARY = "Accept, Accept-Language, Accept-Encoding"

_LONGEST = 100_000
_KINDS = 64
_FIELDS = frozenset({"query", *negotiate.OVERRIDES})
_ESCAPE = "\\u00"
_decode = msgspec.json.Decoder(str).decode
_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"


class Kind(NamedTuple):
    """What all answers of a release in one format have in common."""

    mark: str
    """The beginning of their entity tags."""
    head: Head
    unchanged: Head
    """For a client that has the body already."""


class Express:
    """Answers queries from the release that is served."""

    def __init__(self, current: Current, headers: Mapping[str, str], dress: str) -> None:
        self._current, self._headers, self._dress = current, list(headers.items()), dress
        self._kind = lru_cache(maxsize=_KINDS)(self._make_kind)

    def __call__(self, environ: WSGIEnvironment, _start: StartResponse) -> Reply | None:
        """Answer a request, or give None where another has to."""
        if environ["PATH_INFO"] not in PATHS:
            return None
        fields = _fields(environ)
        text = fields.get("query", "")
        if not text:
            return None
        near = lookups.read(text)
        form = _format(near.form if near else scanner.form(text), environ.get("HTTP_ACCEPT", ""), fields)
        if form is None or form is HTML:
            return None
        try:
            served, question = self._current.get(), Question(text)
            lasting = bool(near) or not likeness.is_volatile(text)
            kind = self._kind(served.version, form, lasting)
            query_hash = receipts.digest(text)
            tag = f'"{citing.entity_tag(kind.mark, query_hash)}"' if lasting else ""
            wanted = environ.get("HTTP_IF_NONE_MATCH")
            if tag and wanted and tag in wanted and environ["REQUEST_METHOD"] == "GET":
                return Reply(kind.unchanged, b"", tag)
            found = served.desk.look(near, form) if near else None
            if found is None:
                found = served.desk.work(question, form, clients.known(environ))
        except CitygraphError as error:
            environ[RAISED] = error
            return None
        cited = citing.headers(served, question, found, query_hash, environ.get("QUERY_STRING", ""))
        return Reply(kind.head, found.body, tag, cited)

    def _make_kind(self, version: str, form: Format, lasting: bool) -> Kind:
        told = [("Cache-Control", f"public, max-age={MAX_AGE}" if lasting else "no-store"), ("Vary", VARY)]
        told += [("Citygraph-Release", version), *self._headers]
        return Kind(
            citing.mark(self._dress, version, self._current.limits, form),
            Head("200 OK", [("Content-Type", form.content_type), *told], passing=True),
            Head("304 NOT MODIFIED", told),
        )


def _fields(environ: WSGIEnvironment) -> dict[str, str]:
    """The fields that are sent; none where the request is not of a common kind."""
    asked: str = environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] == "POST" and not asked:
        kind, body = environ.get("CONTENT_TYPE", ""), _body(environ)
        if kind == _QUERY and body is not None:
            return _readable({"query": body.decode("utf-8", "replace")})
        asked = body.decode("latin-1") if kind == _FORM and body is not None else ""
    elif environ["REQUEST_METHOD"] != "GET":
        return {}
    if not asked.isascii() or len(asked) > _LONGEST:
        return {}
    if asked.startswith("query=") and "&" not in asked:
        return _readable({"query": unquoted(asked[6:])})
    fields = parse_qsl(asked, keep_blank_values=True)
    found = dict(fields)
    common = len(found) == len(fields) and found.keys() <= _FIELDS
    return _readable(found) if common else {}


def _readable(fields: dict[str, str]) -> dict[str, str]:
    """The fields; none where the query is not in UTF-8."""
    return {} if "\ufffd" in fields.get("query", "") else fields


def unquoted(asked: str) -> str:
    """What ``unquote_plus`` gives, many times as fast: an escape is one of JSON's, but for its sign.

    >>> unquoted("%7B+%C3%A4%22%7d")
    '{ ä"}'
    """
    if '"' not in asked and "\\" not in asked:
        try:
            return _decode(f'"{asked.replace("+", " ").replace("%", _ESCAPE)}"').encode("latin-1").decode()
        except (msgspec.DecodeError, UnicodeError):
            pass  # an escape that is none
    return unquote_plus(asked)


def _body(environ: WSGIEnvironment) -> bytes | None:
    """The body of a request, which stays there for the next who reads it."""
    length = environ.get("CONTENT_LENGTH", "")
    if not (length.isdecimal() and length.isascii() and int(length) <= _LONGEST):
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _format(form: str | None, accept: str, fields: dict[str, str]) -> Format | None:
    if form not in OFFERS:
        return None
    if len(fields) == 1 and len(accept) <= 200:
        return _usual(form, accept)
    try:
        return negotiate.asked(fields, accept, (*OFFERS[form], HTML))
    except FormatError:
        return None


@lru_cache(maxsize=1024)
def _usual(form: str, accept: str) -> Format | None:
    try:
        return negotiate.choose(accept, (*OFFERS[form], HTML))
    except FormatError:
        return None
