"""The pages around the things, and what every answer carries."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client
from werkzeug.wrappers import Response

from citygraph.queries import read_queries
from citygraph.vocab import KINDS

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.settings import Repository, Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = (
    "/",
    "/browse/",
    "/browse/city",
    "/search?q=river",
    "/queries/",
    "/about",
    "/sparql",
    "/dumps/",
    "/ontology.html",
)


class Reader(HTMLParser):
    """Reads what a page links to and loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses and names."""
        given = dict(attrs)
        assert tag not in ("style", "iframe")
        assert tag != "script" or (given.get("src") or "").startswith(("/static/", "/cities/static/"))
        assert not any(name.startswith("on") or name == "style" for name in given)
        if tag == "a":
            self.links.append(given["href"] or "")
        if tag in ("img", "script") or (tag == "link" and given.get("rel") in ("stylesheet", "icon")):
            self.loaded.append(given.get("src") or given.get("href") or "")
        if "id" in given:
            self.ids.append(given["id"] or "")


@pytest.mark.parametrize("path", PAGES)
def test_pages(client: FlaskClient, path: str) -> None:
    """A page has a title and landmarks, loads only from its own host, and needs no script."""
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200
    reader = Reader(answer.text)
    assert re.search(r"<title>[^<]+</title>", answer.text)
    assert answer.text.count("<h1") == answer.text.count("<main") == 1
    assert all(urlsplit(address).netloc == "" for address in reader.loaded)
    assert len(set(reader.ids)) == len(reader.ids)


def test_no_link_is_broken(client: FlaskClient) -> None:
    """Every address of ours that can be reached from the home page by three steps answers."""
    seen, waiting = {"/"}, [("/", 0)]
    while waiting:
        path, steps = waiting.pop()
        answer = client.get(path, headers=BROWSER)
        assert answer.status_code in (200, 303), path
        if steps == 2 or answer.mimetype != "text/html":
            continue
        for link in Reader(answer.text).links:
            target = urljoin(path, link).partition("#")[0]
            if not urlsplit(target).netloc and target not in seen:
                seen.add(target)
                waiting.append((target, steps + 1))
    assert len(seen) > 100


@pytest.mark.parametrize("kind", KINDS)
def test_browse(client: FlaskClient, kind: str) -> None:
    """Every kind of things has a list."""
    assert client.get(f"/browse/{kind}").status_code == 200


def test_browse_pages(world_small: FlaskClient) -> None:
    """A long list is told page by page, each thing once."""
    found: list[str] = []
    number = 1
    while True:
        text = world_small.get(f"/browse/city?page={number}").text
        found += re.findall(r'href="(/page/city/[^"]+)"', text)
        if 'rel="next"' not in text:
            break
        number += 1
    assert number > 1
    assert len(found) == len(set(found)) > 5


@pytest.fixture
def world_small(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of the application with lists of three."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    settings: Settings = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, page_size=3))
    return app.test_client()


def test_search(client: FlaskClient) -> None:
    """A name is found with and without its diacritics, by its beginning, and nothing else breaks the search."""
    for text in ("Öbersöd", "obersod", "Obers"):
        assert "/page/city/obersoed" in client.get("/search", query_string={"q": text}).text
    for text in ("", "   ", '"', "* AND (", "<script>", "a" * 10_000, "\x00", "\u202e"):
        answer = client.get("/search", query_string={"q": text})
        assert answer.status_code == 200
        assert "<script>" not in answer.text


def test_questions(client: FlaskClient, repository: Repository, settings: Settings) -> None:
    """Every example query has a page that asks it with its parameters filled in."""
    for query in read_queries(repository.queries("examples"), settings.iris):
        page = client.get(f"/queries/{query.name}")
        assert page.status_code == 200
        assert not any(f"?_{row.name}" in page.text for row in query.parameters)
    assert client.get("/queries/none").status_code == 404


def test_every_answer(client: FlaskClient) -> None:
    """Any page may read our answers, errors included; nothing tells a version of the server's software."""
    for path in ("/", "/id/city/rivermouth", "/nothing", "/sparql?query=x", "/dumps/citygraph.nq", "/static/style.css"):
        answer = client.get(path)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers


def test_methods(client: FlaskClient) -> None:
    """HEAD agrees with GET, OPTIONS says what may be done, and other methods are refused with that list."""
    for path in (
        "/",
        "/page/city/rivermouth",
        "/data/city/rivermouth.ttl",
        "/id/city/rivermouth",
        "/ontology",
        "/dumps/",
    ):
        get, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (get.status_code, b"")
        same = [name for name, _ in get.headers if name != "Date"]
        assert [(name, head.headers[name]) for name in same] == [(name, get.headers[name]) for name in same]
        options = client.options(path)
        assert options.status_code == 204
        assert "GET" in options.headers["Access-Control-Allow-Methods"]
        refused = client.post(path)
        assert refused.status_code == 405
        assert "GET" in refused.headers["Allow"]


def test_prefix(app: Flask) -> None:
    """Behind a prefix every link and redirect keeps it, and the data keep their names."""
    client = Client(DispatcherMiddleware(Response("", 404), {"/cities": app.wsgi_app}))
    lead = client.get("/cities/id/city/rivermouth")
    assert lead.headers["Location"] == "/cities/data/city/rivermouth.ttl"
    assert b"<https://w3id.org/citygraph/id/city/" in client.get("/cities/data/city/rivermouth.nt").data
    reader = Reader(client.get("/cities/page/city/rivermouth").text)
    own = [link for link in reader.links + reader.loaded if link.startswith("/")]
    assert own
    assert all(link.startswith("/cities/") for link in own)


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded"])
def test_host_is_not_believed(client: FlaskClient, name: str) -> None:
    """What a request says about its host stands in no answer."""
    for path in ("/", "/id/city/rivermouth", "/dumps", "/sparql", "/nothing", "/page/city/rivermouth"):
        answer = client.get(path, headers={name: "evil.example", **BROWSER})
        assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": ",".join(f"x/y{number};q=0.{number}" for number in range(3000))},
        {"Accept": "*/*;q=nan, text/html;q=1e9, \x80\xff"},
        {"Accept": '"' * 5000},
        {"Accept-Language": "," * 5000},
        {"If-None-Match": '"' * 5000},
        {"Range": "bytes=" + ",".join(f"{number}-" for number in range(2000))},
        {"If-Modified-Since": "never"},
    ],
)
def test_hostile_headers(client: FlaskClient, headers: dict[str, str]) -> None:
    """No header brings the server to a fault."""
    for path in ("/", "/id/city/rivermouth", "/page/city/rivermouth", "/sparql", "/dumps/citygraph.nq", "/nothing"):
        assert client.get(path, headers=headers).status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/page/city/%00",
        "/id/%ff%fe",
        "/id/city/%0d%0aSet-Cookie:x",
        "/page/city/rivermouth?page=99999999999999999999999",
        "/browse/city?page=-5",
        "/browse/city?page=x",
        "/browse/../x",
        "//evil.example/",
        "/queries/partnerships?n=%00",
        "/search?q=%ed%a0%80",
        "/graph/source/none",
        "/data/city/rivermouth.exe",
    ],
)
def test_hostile_addresses(client: FlaskClient, path: str) -> None:
    """No address brings the server to a fault or away from the host."""
    answer = client.get(path)
    assert answer.status_code < 500
    assert "evil.example" not in answer.headers.get("Location", "")
    assert "Set-Cookie" not in answer.headers
