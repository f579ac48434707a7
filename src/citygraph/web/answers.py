"""How every answer is dressed: entity tags, links, languages, and addresses within the host that was asked.

The data name things under the base IRI of the release; pages link to the host they are served from, whatever its name
and whatever prefix it is mounted at, so that a copy on a laptop stays on the laptop.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

from flask import Response, g, request, url_for

import citygraph
from citygraph.formats import HTML, RDF, Format
from citygraph.web import negotiate
from citygraph.web.addresses import ANY, is_plain
from citygraph.web.files import Body
from citygraph.web.kept import kept
from citygraph.web.reader import LONGEST, handed, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

    from citygraph.iris import Iris
    from citygraph.web.current import Served
    from citygraph.web.reader import Handed

MAX_AGE = 300
"""How long a page or document may be kept, in seconds, before it is asked for again."""
VARY = "Accept, Accept-Language"
_KEPT = 1_024
"""How many addresses are kept for each kind of reader."""
_READERS = 64
"""For how many kinds of readers, and bases, addresses are kept."""


def served() -> Served:
    """The release that this request is answered from."""
    return cast("Served", g.served())


def language() -> str:
    """The reader's language: by ``?lang=``, else by ``Accept-Language``."""
    return reader().language


def wanted_format(offers: tuple[Format, ...]) -> Format:
    """The format that the client likes best."""
    return negotiate.asked(request.args, request.headers.get("Accept", ""), offers)


def entity_tag(*facts: str) -> str:
    """A strong entity tag: the release, the software that dresses it, the address, and what tells answers apart."""
    address = (request.script_root, request.path, request.query_string.decode("latin-1"))
    return tag_of(g.dress, served().version, address, *facts)


def tag_of(dress: str, version: str, address: tuple[str, str, str], *facts: str) -> str:
    """The same for an address in its parts: where the site is mounted, the path, and the query."""
    key = "\0".join((dress, citygraph.__version__, version, *address, *facts))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def answer(
    form: Format,
    make: Callable[[], str | bytes | Body],
    *,
    links: Iterable[str] = (),
    varies: bool = True,
) -> Response:
    """Answer with a representation, which is made only if the client does not have it yet."""
    chosen = language() if form is HTML else ""
    tag = entity_tag(form.name, chosen)
    facts = {"ETag": f'"{tag}"', "Citygraph-Release": served().version, "Cache-Control": f"public, max-age={MAX_AGE}"}
    if varies or form is HTML:
        facts["Vary"] = VARY if varies else "Accept-Language"
    if form is HTML:
        facts["Content-Language"] = chosen
    headers = [*facts.items(), *(("Link", link) for link in links)]
    if request.if_none_match.contains(tag):
        return Whole(status=304, headers=headers, content_type=form.content_type)
    body = kept().take(tag, lambda: _bytes(make())) if form is HTML else make()
    response = Whole(body, headers=headers, content_type=form.content_type)
    if isinstance(body, Body):
        response.content_length = body.length
    return response


class Whole(Response):
    """An answer whose headers are complete, and checked where they were set."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are, if they tell the length already, or there is none; a 304 loses some in the front."""
        complete = "Content-Length" in self.headers or self.status_code == 304
        return self.headers if complete else super().get_wsgi_headers(environ)


def _bytes(page: str | bytes | Body) -> bytes:
    assert not isinstance(page, Body), "a page is at hand"
    return page.encode() if isinstance(page, str) else page


def see_other(location: str, links: Iterable[str] = ()) -> Response:
    """Answer that a document about the thing is elsewhere (303), without naming a host."""
    response = Response(status=303, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = location
    response.headers["Vary"] = VARY
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    for link in links:
        response.headers.add("Link", link)
    return response


def inline(response: Response, name: str, form: Format) -> Response:
    """Propose a file name to whoever saves the answer."""
    safe = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in name).strip("-") or "citygraph"
    response.headers["Content-Disposition"] = f'inline; filename="{safe}.{form.extension}"'
    return response


def data_url(name: str, form: Format) -> str:
    """The address of a thing's data in a format."""
    return url_for("resources.data", name=name, extension=form.extension)


def data_urls(name: str) -> list[tuple[Format, str]]:
    """The addresses of a thing's data in every format; they differ in the extensions only."""
    path, sign, handed_on = data_url(name, RDF[0]).partition("?")
    stem = path.removesuffix(RDF[0].extension)
    return [(row, f"{stem}{row.extension}{sign}{handed_on}") for row in RDF]


def document_name(iri: str) -> str | None:
    """The name of the documents about an IRI of ours: ``city/basel``, ``graph/places``; None for any other IRI."""
    return _document_name(served().iris, iri)


def _document_name(iris: Iris, iri: str) -> str | None:
    if not iris.owns(iri):
        return None
    path = iris.path(iri).partition("#")[0]
    if path.startswith("graph/"):
        return path
    return path.removeprefix("id/") if path.startswith("id/") else None


def local_url(iri: str) -> str | None:
    """Where a page links to for an IRI: our own pages on this host, other sites by http(s) only, else nowhere."""
    return local_urls()(iri)


def local_urls() -> Callable[[str], str | None]:
    """Where pages link to for IRIs, as long as this request lasts; what many pages link to is found out once."""
    told, iris = handed(), served().iris
    return (_remembered_urls if told.short else _local_urls)(told, iris)


def _local_urls(told: Handed, iris: Iris) -> Callable[[str], str | None]:
    remembered = lru_cache(maxsize=_KEPT)(partial(_local_url, iris))
    things, any_thing = iris.thing("", "").rstrip("/") + "/", f"kind/{ANY}"
    start, _, end = url_for("resources.page", name=any_thing).partition(any_thing)

    def url(iri: str) -> str | None:
        if iri.startswith(things) and is_plain(name := iri.removeprefix(things)):
            return f"{start}{name}{end}"
        return remembered(iri) if len(iri) <= LONGEST and told.short else _local_url(iris, iri)

    return url


_remembered_urls = lru_cache(maxsize=_READERS)(_local_urls)


def _local_url(iris: Iris, iri: str) -> str | None:
    if name := _document_name(iris, iri):
        return url_for("resources.page", name=name)
    if iris.owns(iri) and (found := _own_page(*iris.path(iri).partition("#")[::2])):
        return found
    return iri if iri.startswith(("http://", "https://")) else None


def _own_page(path: str, fragment: str) -> str | None:
    """The page that tells about an IRI of ours that names neither a thing nor a graph."""
    first, _, rest = path.partition("/")
    match first:
        case "ontology":
            return url_for("resources.ontology", _anchor=fragment or None)
        case "shapes":
            return url_for("resources.ontology", _anchor=f"shape-{fragment}" if fragment else "shapes")
        case "quality":
            return url_for("checking.whole", _anchor=fragment.partition("/")[0] or None)
        case "queries":
            return url_for("pages.query", name=rest) if rest else url_for("pages.queries")
        case "catalog" | "dataset" | "build" | "":
            name = rest.partition("/")[0] if first == "dataset" else ""
            return url_for("portal.dataset", name=name) if name else url_for("portal.catalog")
    return None
