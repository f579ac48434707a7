"""The express lane: the common ways to ask a query, answered without Flask, which takes longer than most look-ups.

A WSGI application that answers some requests and leaves the rest, and whatever goes wrong, to the one behind it. What
it answers, the other would answer alike.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from citygraph import likeness, scanner
from citygraph.errors import CitygraphError, FormatError
from citygraph.formats import HTML
from citygraph.web import citing, clients, negotiate
from citygraph.web.asking import OFFERS
from citygraph.web.front import RAISED
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
_FIELDS = frozenset({"query", *negotiate.OVERRIDES})
_ESCAPE = "\\u00"
_decode = msgspec.json.Decoder(str).decode
_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"


class Express:
    """Answers queries from the release that is served."""

    def __init__(self, current: Current, headers: Mapping[str, str], dress: str) -> None:
        self._current, self._headers, self._dress = current, list(headers.items()), dress

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes] | None:
        """Answer a request, or give None where another has to."""
        asked, fields = _fields(environ)
        text = fields.get("query", "")
        form = _format(scanner.form(text), environ.get("HTTP_ACCEPT", ""), fields) if text else None
        if form is None or form is HTML:
            return None
        try:
            served, question = self._current.get(), Question(text)
            tag = citing.entity_tag(self._dress, served, question, form)
            lasting = not likeness.is_volatile(text)
            head = [("Cache-Control", f"public, max-age={MAX_AGE}" if lasting else "no-store"), ("Vary", VARY)]
            if lasting:
                head.append(("ETag", f'"{tag}"'))
                if environ["REQUEST_METHOD"] == "GET" and f'"{tag}"' in environ.get("HTTP_IF_NONE_MATCH", ""):
                    start("304 NOT MODIFIED", [*head, ("Citygraph-Release", served.version), *self._headers])
                    return []
            found = served.desk.ask(question, form, clients.known(environ))
        except CitygraphError as error:
            environ[RAISED] = error
            return None
        told = citing.headers(served, question, found, asked)
        kind = ("Content-Type", found.form.content_type)
        length = ("Content-Length", str(len(found.body)))
        start("200 OK", [kind, length, *head, *told, *self._headers])
        return [found.body]


def _fields(environ: WSGIEnvironment) -> tuple[str | None, dict[str, str]]:
    """The query string as it was sent, and its fields; none where the request is not of a common kind."""
    if environ["PATH_INFO"] not in PATHS:
        return None, {}
    asked: str = environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] == "POST" and not asked:
        kind, body = environ.get("CONTENT_TYPE", ""), _body(environ)
        if kind == _QUERY and body is not None:
            text = body.decode("utf-8", "replace")
            return None, {} if "\ufffd" in text else {"query": text}
        asked = body.decode("latin-1") if kind == _FORM and body is not None else ""
    elif environ["REQUEST_METHOD"] != "GET":
        return None, {}
    if not asked.isascii() or len(asked) > _LONGEST:
        return None, {}
    if asked.startswith("query=") and "&" not in asked:
        fields = [("query", unquoted(asked[6:]))]
    else:
        fields = parse_qsl(asked, keep_blank_values=True)
    found = dict(fields)
    common = len(found) == len(fields) and found.keys() <= _FIELDS and "\ufffd" not in found.get("query", "")
    return (asked, found) if common else (None, {})


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
