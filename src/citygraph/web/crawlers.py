"""What crawlers look for: which pages there are, and which they may leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from flask import Blueprint, Response, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.web import answers, listing
from citygraph.web.answers import served
from citygraph.web.questions import examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_FOLDER = "sitemap/"

blueprint = Blueprint("crawlers", __name__)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may fetch: everything but the endpoint and what is worked out for one question."""
    closed = ("sparql.endpoint", "reasons.why")
    rows = ["User-agent: *", *(f"Disallow: {url_for(name)}" for name in closed)]
    text = "\n".join([*rows, "", f"Sitemap: {served().iris.base}sitemap.xml", ""])
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The list of the lists of pages."""
    names = ["sitemap-pages.xml", *(f"sitemap-{number}.xml" for number in _numbers())]
    return _answer("sitemapindex", "sitemap", names)


@blueprint.get("/sitemap-pages.xml")
def pages() -> Response:
    """The pages that are about no single thing."""
    return _answer("urlset", "url", _pages())


@blueprint.get("/sitemap-<int:number>.xml")
def things(number: int) -> Response:
    """The pages of things, as the build has listed them."""
    if number not in _numbers():
        raise Absent(f"There is no sitemap {number}.")
    content = (served().release.folder / f"{_FOLDER}{number}.xml").read_bytes()
    return _dressed(Response(content, content_type="application/xml"))


def _numbers() -> list[int]:
    paths = (file.path for file in served().release.files)
    return sorted(int(path.removeprefix(_FOLDER).removesuffix(".xml")) for path in paths if path.startswith(_FOLDER))


def _pages() -> Iterator[str]:
    """Their addresses below the base; the addresses of a site are those that its operator gave it, not the asker."""
    yield from ("", "about", "downloads", "cite", "ontology", "browse", "queries", "quality", "wikidata", "changes")
    yield from (f"queries/{query.name}" for query in examples())
    yield from (f"browse/{kind}" for kind in listing.CODE_LISTS)


def _answer(outer: str, inner: str, names: Iterable[str]) -> Response:
    base, date = served().iris.base, served().release.manifest.get("date", "")
    changed = f"<lastmod>{date}</lastmod>" if date else ""
    rows = "".join(f"<{inner}><loc>{escape(base + name)}</loc>{changed}</{inner}>\n" for name in names)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{outer} xmlns="{_SPACE}">\n{rows}</{outer}>\n'
    return _dressed(Response(text, content_type="application/xml"))


def _dressed(response: Response) -> Response:
    response.set_etag(answers.entity_tag())
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    return response
