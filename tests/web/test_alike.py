"""What stands in front of Flask answers as Flask does: lanes, and what is kept."""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from citygraph.release import Releases
from citygraph.web import front
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

    Answer = tuple[str, Counter[tuple[str, str]], object]

NAMES = ("city/rivermouth", "city/obersoed", "partnership/rivermouth-twinham-east", "form/twinning", "city/nobody")
KINDS = (
    *("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml", "text/html", "text/csv"),
    *("application/sparql-results+json", "application/sparql-results+xml", "application/json", "text/plain"),
    *("*/*", "text/*", "application/*", "image/png", "garbage", "", "TEXT/HTML", ",,"),
)
QUALITIES = ("", "", ";q=0.9", "; q=0.1", ";q=0", ";Q=0.3", ";charset=utf-8", ";q=x", ";q=1.5")
CODINGS = (
    *("gzip", "br", "zstd", "gzip, deflate, br, zstd", "identity", "identity;q=0", "*;q=0", "*", "gzip;q=0", "x-gzip"),
    *("br;q=0, *", "identity;q=0.5, gzip;q=0.1", "gzip;q=1.0;x=y", "garbage;;;", ""),
)
HEADERS = {
    "Accept-Language": ("de", "fr", "de-CH, fr;q=0.5", "*", "zh", "de;q=0, fr", "", "x" * 2_000),
    "Accept-Encoding": CODINGS,
    "Range": ("bytes=0-9", "bytes=-5", "bytes=0-0,2-3", "bytes=0-1,1-2", "bytes=99999999-", "bytes=5-2", "items=0-3"),
    "Accept-Datetime": ("Sun, 22 Nov 2099 00:00:00 GMT", "nonsense"),
    "Host": ("evil.example", "[::1]", "x,y", "a b", "", "evil.example/../"),
    "X-Forwarded-Host": ("evil.example",),
    "X-Forwarded-Prefix": ("/evil",),
    "Origin": ("https://evil.example", "null"),
    "Cookie": ("lang=de",),
    "If-Modified-Since": ("Sun, 22 Nov 2099 00:00:00 GMT", "0"),
    "Prefer": ("return=minimal",),
}
PARAMETERS = (
    *("lang=de", "lang=xx", "lang=", "lang=fr&lang=de", "format=ttl", "format=json&output=json&results=json"),
    *("format=", "format=ttl&format=nt", "accept=text/html", "asof=2099-01-01", "asof=x", "release=x", "page=2", "x"),
    *("&", "%ff=%ff", "default-graph-uri=", "default-graph-uri=http://a/", "default-graph-uri=x y", "update=x"),
)  # fmt: skip
ESCAPES = ("%2F", "%2e", "%00", "%ff", "%C3%A9", "/", "//", "/../", "/./", "%252e", ";", "\\", "%20", ".", "<")
BROKEN = ("%", "%zz", "%ff", "%c3%28", "%00", "+", '"', "\\", "&", "=", "#", "%ED%A0%80", "%EF%BF%BD")
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
BODIES = (FORM, FORM, f"{FORM}; charset=utf-8", QUERY, QUERY, f"{QUERY}; charset=latin1", "text/plain", QUERY.upper())


class Chance(random.Random):
    """Makes requests as strangers send them."""

    def odd(self, share: float) -> bool:
        """Whether something is to be odd here."""
        return self.random() < share

    def into(self, text: str, signs: tuple[str, ...]) -> str:
        """A text with some signs in it."""
        place = self.randrange(1, len(text) + 1)
        return text[:place] + self.choice(signs) + text[place:]

    def query(self) -> str:
        """A text that is asked, or none."""
        thing = f"<https://w3id.org/citygraph/id/{self.choice(NAMES)}>"
        forms = ("SELECT ?p ?o {{ {0} ?p ?o }}", "SELECT ?s {{ ?s ?p {0} }}", "DESCRIBE {0}", "ASK {{ {0} ?p ?o }}")
        more = (
            "SELECT ?p {{ {0} ?p ?o }} ORDER BY ?p",
            "SELECT (COUNT(*) AS ?n) {{ ?s a ?c }}",
            "INSERT DATA {{}}",
            " ",
        )
        wrong = ("SELECT", "SELECT ?p {{ <http://a%zz/> ?p ?o }}", "SELECT * {{ SERVICE <http://a/> {{ ?s ?p {0} }} }}")
        return self.choice((*forms, *forms, *more, *wrong)).format(thing)

    def headers(self) -> dict[str, str]:
        """Some headers."""
        ranges = (self.choice(KINDS) + self.choice(QUALITIES) for _ in range(self.randint(1, 4)))
        found = {"Accept": self.choice((",", ", ", " ,")).join(ranges)} if self.odd(0.7) else {}
        return found | {name: self.choice(rows) for name, rows in HEADERS.items() if self.odd(0.12)}

    def request(self, paths: tuple[str, ...]) -> dict[str, Any]:
        """A request: an address, a method, headers and perhaps a body."""
        path = self.choice(("/sparql", "/sparql", "/sparql/", "/query", *paths))
        asked = {"method": "GET", "headers": self.headers(), "query_string": ""}
        escape = self.choice((quote, quote_plus, lambda text: "".join(f"%{sign:02x}" for sign in text.encode())))
        fields = f"query={escape(self.query())}"
        fields = self.into(fields, BROKEN) if self.odd(0.1) else fields
        more = self.choice(PARAMETERS) if self.odd(0.4) else ""
        if path not in paths and self.odd(0.3):
            kind = self.choice(BODIES)
            body = f"{fields}&{more}" if kind.startswith(FORM) else self.query()
            asked |= {"method": self.choice(("POST", "POST", "QUERY")), "data": body.encode(), "content_type": kind}
        else:
            asked["query_string"] = "&".join(filter(None, (more if path in paths else fields, more)))
            asked["method"] = self.choice(("HEAD", "OPTIONS", "PUT", "FOO")) if self.odd(0.15) else "GET"
        return asked | {"path": self.into(path, ESCAPES) if self.odd(0.15) else path}

    def again(self, request: dict[str, Any], tag: str) -> dict[str, Any]:
        """The same by a client that has an answer."""
        tags = (tag, tag, f"W/{tag}", f'"x", {tag}', f"{tag},*", "*", tag.strip('"'), f'{tag[:-1]}-gzip"', f'"{tag}')
        plain = tag.replace('-br"', '"').replace('-gzip"', '"').replace('-zstd"', '"')
        name = self.choice(("If-None-Match", "If-None-Match", "If-None-Match", "If-Match", "If-Range"))
        more = {name: self.choice((*tags, plain))} | ({"Range": "bytes=0-9"} if name == "If-Range" else {})
        return request | {"headers": request["headers"] | more, "method": self.choice((request["method"], "HEAD"))}


def answer(application: WSGIApplication, request: dict[str, Any]) -> Answer:
    """The status, the headers and the body of an answer; rows of a result are in no order."""
    body, status, headers = run_wsgi_app(application, EnvironBuilder(**request).get_environ(), buffered=True)
    whole: object = b"".join(body)
    if b'"bindings"' in whole and "Content-Encoding" not in headers:
        found = json.loads(whole)
        whole = (found["head"], Counter(json.dumps(row) for row in found["results"]["bindings"]))
    return status, Counter((name.lower(), value) for name, value in headers), whole


@pytest.mark.parametrize("number", range(2))
def test_what_stands_before_flask_answers_as_flask_does(
    world: Release, settings: Settings, repository: Repository, number: int
) -> None:
    """Requests made by chance get one status, the same headers and the same body, with lanes and shelves or without."""
    apps = [create_app(settings, Releases(world.folder.parent), repository) for _ in range(2)]
    inner, current = apps[1].wsgi_app._app, apps[1].extensions["citygraph"]  # type: ignore[attr-defined]

    def bare(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return front.Front(inner, current, {})(environ, start)  # a new one, which keeps nothing

    files = [row.path.removeprefix("dumps/") for row in world.files if row.bytes < 50_000][::4]
    leads = (
        "/id/{}",
        "/data/{}.ttl",
        "/data/{}.nt",
        "/data/{}.jsonld",
        "/data/{}",
        "/page/{}",
        "/page/{}",
        "/id/{}.html",
    )
    dumps = ("/dumps/{}", f"/dumps/{world.version}/{{}}", "/dumps/latest/{}")
    paths = tuple(
        chain(
            (lead.format(name) for lead in leads for name in NAMES),
            (lead.format(name) for lead in dumps for name in files),
            (
                "/page/graph/places",
                "/data/graph/places.nt",
                "/id/graph/places",
                "/",
                "/ontology.ttl",
                "/dumps/",
                "/about",
            ),
        )
    )
    chance, known = Chance(number), deque[tuple[dict[str, Any], str]](maxlen=40)
    for _ in range(900):
        request = chance.again(*chance.choice(known)) if known and chance.odd(0.4) else chance.request(paths)
        expected = answer(bare, request)
        for _ in range(chance.randint(1, 3)):
            assert answer(apps[0], request) == expected, request
        if tag := next((value for name, value in expected[1] if name == "etag"), ""):
            known.append((request, tag))
