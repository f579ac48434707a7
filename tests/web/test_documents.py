"""The lane for things: the same answers as without it, and none that it should leave to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph.web.documents import DATA, LEAD, PAGE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release

WAYS = [
    {},
    {"headers": {"Accept": "text/turtle"}},
    {"headers": {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Encoding": "gzip, br"}},
    {"headers": {"Accept": "image/png"}},
    {"headers": {"Accept-Language": "fr-CH, de;q=0.5"}},
    {"headers": {"If-None-Match": "*"}},
    {"headers": {"Accept-Datetime": "Sun, 22 Nov 2026 00:00:00 GMT"}},
    {"headers": {"Range": "bytes=0-9"}},
    {"query_string": {"lang": "de"}},
    {"query_string": {"format": "json"}},
    {"base_url": "http://localhost/mounted"},
    {"method": "HEAD"},
    {"method": "POST"},
    {"method": "OPTIONS"},
]


@pytest.fixture(scope="module")
def paths(world: Release) -> list[str]:
    """Addresses of a thing of each kind, of what is no thing, and of what is spelled oddly."""
    start = f"{world.base_iri}id/"
    things = sorted({quad.subject.value for quad in world.store.quads() if str(quad.subject).startswith(f"<{start}")})
    kinds = {thing.removeprefix(start).partition("/")[0]: thing.removeprefix(start) for thing in things}
    assert len(kinds) > 10
    names = [*kinds.values(), "city/nowhere", "city/", "city//x", "city/a%20b", "city/%C3%A4", "graph/places", "City/x"]
    ends = ["", ".ttl", ".jsonld", ".html", ".trig", ".json", ".exe"]
    return [f"/{lead}/{name}{end}" for lead in (LEAD, DATA, PAGE) for name in names for end in ends]


@pytest.mark.parametrize(("turn", "way"), list(enumerate(WAYS)), ids=str)
def test_the_lane_answers_as_the_application_would(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    paths: list[str],
    turn: int,
    way: dict[str, object],
) -> None:
    """Status, body and headers are the same whether the lane answers or leaves it to the road behind it."""
    seen, some = [], paths[turn % 3 :: 3]  # each address is asked for in a third of the ways
    for lanes in (app.wsgi_app._lanes, {}):
        monkeypatch.setattr(app.wsgi_app, "_lanes", lanes)
        monkeypatch.setattr(app.wsgi_app, "_shelves", type(app.wsgi_app._shelves)())
        app.extensions.pop("citygraph-kept", None)
        found = [client.open(path, **way) for path in some]
        seen.append([(row.status_code, row.data, sorted(row.headers)) for row in found])
    assert [row for row in zip(some, *seen, strict=True) if row[1] != row[2]] == []


def test_most_never_reach_the_application(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thing's address leads on, and its page and its data are told, without Flask's way to an answer."""
    reached: list[str] = []
    monkeypatch.setitem(app.before_request_funcs, None, [lambda: reached.append("it")])
    client = app.test_client()
    assert client.get("/id/city/rivermouth", headers={"Accept": "text/turtle, */*;q=0.1"}).status_code == 303
    assert client.get("/data/city/rivermouth.nt", headers={"Accept": "text/turtle, */*;q=0.2"}).status_code == 200
    for language in ("de", "fr"):
        assert client.get("/page/city/rivermouth", headers={"Accept-Language": f"{language};q=0.3"}).status_code == 200
    assert reached == []
