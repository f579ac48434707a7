"""The lane for things: what leads from one to its documents, its page and its data, without Flask's way to an answer.

It answers where address, ``Accept`` and ``Accept-Language`` alone decide, and leaves the rest, and whatever goes wrong,
to the application behind it. That one also makes the headers, once for all things of a kind, with a name in the place
of theirs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flask import g

from citygraph.errors import CitygraphError
from citygraph.formats import HTML, RDF, by_name
from citygraph.settings import LANGUAGES
from citygraph.web import answers, negotiate, resources
from citygraph.web.addresses import ANY
from citygraph.web.describe import describe, known, serialise
from citygraph.web.kept import kept
from citygraph.web.layout import View
from citygraph.web.reader import Reader, reading
from citygraph.web.reply import Head, Reply

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

    from citygraph.formats import Format
    from citygraph.web.current import Current, Served

LEAD, DATA, PAGE = "id", "data", "page"
"""The first parts of the paths that are answered here."""
_PATH = re.compile(rf"/({LEAD}|{DATA}|{PAGE})/(?!graph/)([a-z-]+)/([A-Za-z0-9-]+)(?:\.([a-z0-9]+))?")
"""Things, and no graphs, whose names are others."""
_LEFT = frozenset({"HTTP_ACCEPT_DATETIME", "HTTP_IF_NONE_MATCH"})
_KINDS = 512
"""For how many kinds of answers the headers are kept."""


class Kind(NamedTuple):
    """What the answers about all things of a kind have in common."""

    head: Head
    naming: tuple[tuple[str, str], ...]
    """The headers that name the thing, with another name in its place."""


class Documents:
    """Answers for the things of the release that is served."""

    def __init__(self, app: Flask, current: Current, dress: str) -> None:
        self._app, self._current, self._dress = app, current, dress
        self._kind = lru_cache(maxsize=_KINDS)(self._make_kind)

    def __call__(self, environ: WSGIEnvironment, _start: StartResponse) -> Reply | None:
        """Answer a request, or give None where another has to."""
        path = environ["PATH_INFO"]
        match = _PATH.fullmatch(path)
        plain = not environ.get("QUERY_STRING") and not environ.get("SCRIPT_NAME") and _LEFT.isdisjoint(environ)
        if match is None or not plain or environ["REQUEST_METHOD"] != "GET":
            return None
        lead, kind, own, extension = match.groups()
        try:
            served = self._current.get()
            form = _format(lead, extension, environ.get("HTTP_ACCEPT", ""))
            if form is None:
                return None
            language = negotiate.language(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LANGUAGES) if lead == PAGE else ""
            tag = answers.tag_of(self._dress, served.version, ("", path, ""), form.name, language)
            if lead == PAGE:
                content: bytes | None = self._page(served, (kind, own), language, tag)
            else:
                content = _content(served, lead, served.iris.thing(kind, own), form)
            if content is None:
                return None
            head, naming = self._kind(served.version, lead, kind, form.name, extension, language)
        except CitygraphError:
            return None
        more = [(name, row.replace(ANY, own)) for name, row in naming]
        return Reply(head, content, "" if lead == LEAD else f'"{tag}"', more)

    def _page(self, served: Served, thing: tuple[str, str], language: str, tag: str) -> bytes:
        """The page of a thing, from those that the application keeps where it is there."""
        asked = View(self._app.config["SETTINGS"].page_size)
        iri = served.iris.thing(*thing)
        with self._app.app_context(), reading(Reader(language)):
            g.served = lambda: served
            return kept().take(tag, lambda: resources.written(iri, asked))

    def _make_kind(
        self, version: str, lead: str, kind: str, form_name: str, extension: str | None, language: str
    ) -> Kind:
        """The headers of an answer, as the application makes them, but for those that its content decides."""
        served, form = self._current.at(version), by_name(form_name, resources.OFFERS)
        name, iri = f"{kind}/{ANY}", served.iris.thing(kind, ANY)
        with self._app.test_request_context(f"/{lead}/{name}" + (f".{extension}" if extension else "")):
            g.served, g.dress, g.reader = lambda: served, self._dress, Reader(language)
            make = {
                LEAD: lambda: resources.lead(name, iri, form),
                DATA: lambda: resources.document(name, iri, form, bytes),
                PAGE: lambda: resources.shown(name, iri, str),
            }
            response = make[lead]()
            headers = self._app.process_response(response).headers.to_wsgi_list()
        naming = tuple(row for row in headers if ANY in row[1])
        return Kind(Head(response.status, [row for row in headers if row not in naming]), naming)


def _format(lead: str, extension: str | None, accept: str) -> Format | None:
    if lead == PAGE:
        return None if extension else HTML
    if extension:
        return resources.by_extension(extension, RDF if lead == DATA else resources.OFFERS)
    return negotiate.choose(accept, resources.OFFERS) if lead == LEAD else None


def _content(served: Served, lead: str, iri: str, form: Format) -> bytes | None:
    """What is sent; None where nothing is known of a thing, or too much to be told."""
    if lead == LEAD:
        return b"" if known(served.store, iri) else None
    description = describe(served.store, served.iris, iri)
    return None if description.truncated else serialise(description.quads, form, served.iris.base, iri)
