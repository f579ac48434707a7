"""The front: it answers as the application would, only sooner, and never with what is stale or another's."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from flask import Response, request
from werkzeug.test import Client

from citygraph.release import Releases
from citygraph.web.app import create_app
from citygraph.web.front import Front

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

READERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.decompress, None: bytes}
PAGE, DATA = "/page/city/rivermouth", "/data/city/rivermouth.ttl"
BROWSER = "gzip, deflate, br, zstd"


@pytest.fixture(scope="module")
def counted(world: Release, settings: Settings, repository: Repository) -> tuple[Flask, list[str]]:
    """An application that tells which requests reach it."""
    app, reached = create_app(settings, Releases(world.folder.parent), repository), []

    @app.before_request
    def count() -> None:
        reached.append(f"{request.method} {request.path}")

    @app.get("/test/<kind>")
    def answer(kind: str) -> Response:
        response = Response(f"{kind} {len(reached)} " + "long " * 300, content_type="text/plain")
        response.headers["Cache-Control"] = "private" if kind == "private" else "public, max-age=60"
        if kind == "cookie":
            response.set_cookie("a", "b")
        if kind == "vary":
            response.headers["Vary"] = "User-Agent"
        if kind == "failed":
            response.status_code = 500
        return response

    return app, reached


@pytest.fixture
def asked(counted: tuple[Flask, list[str]]) -> tuple[FlaskClient, list[str]]:
    """A client, and what reached the application since."""
    counted[1].clear()
    return counted[0].test_client(), counted[1]


def test_a_known_request_never_reaches_the_application(asked: tuple[FlaskClient, list[str]]) -> None:
    """The second answer is the first one, header for header; so is that of HEAD, without the body."""
    client, reached = asked
    page = f"{PAGE}?page=1"  # no other test asks for it
    first, second, head = client.get(page), client.get(page), client.head(page)
    assert (first.status_code, first.data) == (200, second.data)
    assert list(first.headers) == list(second.headers) == list(head.headers)
    assert head.data == b""
    assert reached == [f"GET {PAGE}"]


def test_a_redirect_is_kept(asked: tuple[FlaskClient, list[str]]) -> None:
    """The way to a document is known after the first time."""
    client, reached = asked
    assert [client.get("/data/city/rivermouth").location for _ in range(2)] == [DATA] * 2
    assert len(reached) == 1


def test_what_a_lane_answers_is_kept_from_the_second_time_on(counted: tuple[Flask, list[str]]) -> None:
    """An answer that costs little takes no room before somebody asks for it again."""
    front, made = counted[0].wsgi_app, []

    def lane(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        made.append(environ["QUERY_STRING"])
        start("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "public, max-age=60")])
        return [b"quick"]

    client = Client(Front(front._app, front._current, {"lane": lane}))
    answers = [client.get(f"/lane?{name}") for name in ("a", "b", "a", "a", "a", "b", "b")]
    assert {answer.data for answer in answers} == {b"quick"}
    assert made == ["a", "b", "a", "b"]


def test_whoever_asks_otherwise_gets_another_answer(asked: tuple[FlaskClient, list[str]]) -> None:
    """Format, language and coding of one reader are never those of another."""
    client, _ = asked
    for language in ("de", "en", "fr"):
        answer = client.get(PAGE, headers={"Accept-Language": language})
        assert answer.headers["Content-Language"] == language
    assert client.get("/id/city/rivermouth", headers={"Accept": "text/html"}).location == PAGE
    assert client.get("/id/city/rivermouth", headers={"Accept": "text/turtle"}).location == DATA
    assert client.get(PAGE, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get(PAGE).headers


@pytest.mark.parametrize("kind", ["private", "cookie", "vary", "failed"])
def test_what_is_not_for_all_is_not_kept(asked: tuple[FlaskClient, list[str]], kind: str) -> None:
    """An answer that is private, sets a cookie, depends on another header or is an error is made each time."""
    client, reached = asked
    client.get(f"/test/{kind}")
    client.get(f"/test/{kind}")
    assert len(reached) == 2


def test_what_is_for_all_is_kept(asked: tuple[FlaskClient, list[str]]) -> None:
    """A public answer without an entity tag gets one from its bytes."""
    client, reached = asked
    tag = client.get("/test/public").headers["ETag"]
    assert client.get("/test/public", headers={"If-None-Match": tag}).status_code == 304
    assert len(reached) == 1


@pytest.mark.parametrize("path", [PAGE, DATA, "/ontology.ttl", "/dumps/", "/static/style.css"])
@pytest.mark.parametrize("name", ["br", "zstd", "gzip", None])
def test_codings(client: FlaskClient, path: str, name: str | None) -> None:
    """Every coding holds the same bytes under a tag of its own, and says on what it depends."""
    plain = client.get(path)
    answer = client.get(path, headers={"Accept-Encoding": name or "identity"})
    assert answer.headers.get("Content-Encoding") == name
    assert READERS[name](answer.data) == plain.data
    assert answer.content_length == len(answer.data)
    assert (answer.headers["ETag"] == plain.headers["ETag"]) is (name is None)
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_short_answers_and_pictures_stay_as_they_are(client: FlaskClient) -> None:
    """Nothing is gained by coding a short answer; whoever refuses plain bytes gets a coding all the same."""
    fields = {"query": "ASK {}"}
    assert (
        "Content-Encoding" not in client.get("/sparql", query_string=fields, headers={"Accept-Encoding": "br"}).headers
    )
    forced = client.get("/sparql", query_string=fields, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert b"boolean" in gzip.decompress(forced.data)
    dump = client.get("/dumps/all.nt.gz", headers={"Accept-Encoding": "br, gzip"})
    assert dump.status_code == 404 or "Content-Encoding" not in dump.headers


@pytest.mark.parametrize("path", [PAGE, DATA, "/api/best-connected-places"])
@pytest.mark.parametrize("fresh", [True, False], ids=["known", "unknown"])
def test_conditional(
    world: Release, settings: Settings, repository: Repository, client: FlaskClient, path: str, *, fresh: bool
) -> None:
    """Each tag is answered 304, whether the answer is kept or not, and a tag of a coding not accepted is not."""
    tags = {name: client.get(path, headers={"Accept-Encoding": name}).headers["ETag"] for name in ("br", "gzip")}
    if not fresh:
        client = create_app(settings, Releases(world.folder.parent), repository).test_client()
    for name, tag in tags.items():
        headers = {"Accept-Encoding": name, "If-None-Match": f'"other", {tag}'}
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "Content-Encoding" not in answer.headers
        assert "Cache-Control" in answer.headers
    assert client.get(path, headers={"Accept-Encoding": "br", "If-None-Match": tags["gzip"]}).status_code == 200


def test_a_new_release_leaves_nothing_kept(releases: Releases, settings: Settings, repository: Repository) -> None:
    """After a switch the same request is answered from the new release."""
    app = create_app(replace(settings, poll_seconds=3600.0), releases, repository)
    client, versions = app.test_client(), []
    for version in (None, *(row.version for row in releases.all())):
        if version:
            releases.switch(version)
            app.extensions["citygraph"].renew()
        answer = client.get("/dumps/", headers={"Accept": "application/json"})
        versions.append(answer.json["version"])
    assert versions[1:] == [row.version for row in releases.all()]


def test_digests_are_those_of_the_bytes_sent(client: FlaskClient) -> None:
    """``Repr-Digest`` is of the representation with its coding (RFC 9530, section 3.1)."""
    query = {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"}
    for name in ("gzip", "zstd", "identity"):
        answer = client.get("/sparql", query_string=query, headers={"Accept-Encoding": name})
        digest = base64.b64encode(hashlib.sha256(answer.data).digest()).decode()
        assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"


def test_ranges_are_never_coded(client: FlaskClient, world: Release) -> None:
    """A part of a file is a part of its own bytes."""
    path = next(row.path for row in world.files if row.path.endswith(".nt")).removeprefix("dumps/")
    answer = client.get(f"/dumps/{path}", headers={"Range": "bytes=5-14", "Accept-Encoding": BROWSER})
    assert (answer.status_code, len(answer.data)) == (206, 10)
    assert "Content-Encoding" not in answer.headers


def test_the_past_is_never_answered_with_what_is_kept_of_today(asked: tuple[FlaskClient, list[str]]) -> None:
    """A request for another time (RFC 7089) reaches the application, and its answer is not kept for others."""
    client, reached = asked
    client.get("/test/public", headers={"Accept-Datetime": "Thu, 01 Jan 2026 00:00:00 GMT"})
    client.get("/test/public", headers={"Accept-Datetime": "Fri, 02 Jan 2026 00:00:00 GMT"})
    assert len(reached) == 2


def test_a_lane_that_fails_leaves_its_request_to_the_application(
    counted: tuple[Flask, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in front of Flask is logged, and nobody's bare error: the application answers, or tells it."""

    def broken(_environ: WSGIEnvironment, _start: StartResponse) -> list[bytes]:
        raise ZeroDivisionError

    app = counted[0]
    front = Front(app.wsgi_app._app, app.extensions["citygraph"], {"page": broken})  # type: ignore[attr-defined]
    assert Client(front).get(PAGE).status_code == 200
    assert f"a lane failed at {PAGE}" in caplog.text
