"""The desk and the express lane: the same answers as without them, worked out once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.backend import Embedded
from citygraph.errors import Busy
from citygraph.formats import RESULTS, by_name
from citygraph.web.app import create_app
from citygraph.web.asking import Desk
from citygraph.workers import Answer, Limits, Question
from servers import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release

JSON = by_name("json", RESULTS)
LONG = Answer(JSON, b"{}", truncated=False, seconds=0.1)
QUICK = Answer(JSON, b"{}", truncated=False, seconds=0.001)


class Pool:
    """Answers as told, and keeps account of who asked what."""

    limits = Limits()

    def __init__(self, answer: Callable[[], Answer]) -> None:
        self.answer, self.asked = answer, []

    def ask(self, question: Question, _forms: object, client: str) -> Answer:
        """Answer."""
        self.asked.append((question.text, client))
        return self.answer()


@pytest.mark.parametrize(
    ("answer", "texts", "times"),
    [
        (LONG, ["ASK {}", "ASK {}", "ASK\n{} # again"], 1),
        (LONG, ["ASK {}", "ASK { }", 'ASK { ?s ?p " " }', 'ASK { ?s ?p "  " }'], 4),
        (QUICK, ["ASK {}", "ASK {}"], 2),
        (LONG, ["ASK { FILTER(RAND() < 1) }"] * 2, 2),
        (Answer(JSON, b"x" * 1_000_001, truncated=False, seconds=1.0), ["ASK {}"] * 2, 2),
    ],
    ids=["kept", "different", "quick", "volatile", "large"],
)
def test_what_is_kept(answer: Answer, texts: list[str], times: int) -> None:
    """An answer that took long and is of a moderate size is kept; chance is asked anew."""
    pool = Pool(lambda: answer)
    desk = Desk(pool)
    assert [desk.ask(Question(text), JSON, "a") for text in texts] == [answer] * len(texts)
    assert len(pool.asked) == times


def test_look_ups_need_no_worker(world: Release) -> None:
    """A short scan is answered from the store in this process, but not if the request names graphs."""
    pool, limits = Pool(lambda: QUICK), Limits()
    desk, text, graph = Desk(pool, Embedded().lookups(world, limits)), "SELECT ?s { ?s ?p ?o } LIMIT 3", "g"
    assert desk.ask(Question(text), JSON, "a").body != QUICK.body
    for question in (Question(text, (graph,)), Question(text, (), (graph,)), Question("SELECT ?s { ?s ?p ?o }")):
        assert desk.ask(question, JSON, "a") == QUICK
    assert len(pool.asked) == 3


def test_formats_and_graphs_are_kept_apart() -> None:
    """The same text in another format, or put to other graphs, is another question."""
    pool = Pool(lambda: LONG)
    desk = Desk(pool)
    for question in (Question("ASK {}"), Question("ASK {}", default_graphs=("g",)), Question("ASK {}", (), ("g",))):
        for form in RESULTS[:2]:
            desk.ask(question, form, "a")
    assert len(pool.asked) == 6


class Watched(Desk):
    """A desk that tells how many wait for another's answer."""

    followers = 0

    def _follow(self, *asked: Any) -> Answer:
        self.followers += 1
        return super()._follow(*asked)


def together(answer: Callable[[], Answer]) -> tuple[list[str], list[str]]:
    """Three ask the same, and the first is answered when the others wait: what they get, and who asked the pool."""
    landed = threading.Event()
    pool = Pool(lambda: (landed.wait(), answer())[1])
    desk = Watched(pool)

    def ask(client: str) -> str:
        try:
            return str(desk.ask(Question("ASK {}"), JSON, client))
        except Busy as error:
            return str(error)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(ask, "a")
        until(lambda: pool.asked)
        others = [threads.submit(ask, client) for client in ("b", "c")]
        until(lambda: desk.followers == len(others))
        landed.set()
        return [row.result() for row in (first, *others)], [client for _, client in pool.asked]


def test_equal_questions_at_once_are_worked_out_once() -> None:
    """Whoever asks what is being answered waits for that answer, and is charged nothing."""
    assert together(lambda: QUICK) == ([str(QUICK)] * 3, ["a"])


def test_a_refusal_of_one_client_is_not_another_s() -> None:
    """Where the first is refused, the others ask for themselves."""
    refusals = iter([Busy(1)])

    def answer() -> Answer:
        for refusal in refusals:
            raise refusal
        return QUICK

    got, asked = together(answer)
    assert got == [str(Busy(1)), str(QUICK), str(QUICK)]
    assert sorted(asked) == ["a", "b", "c"]


WAYS = [
    {"query_string": {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3"}},
    {"query_string": {"query": "ASK {}", "format": "xml"}},
    {"query_string": {"query": "ASK {}", "format": "json", "output": "json", "results": "json"}},
    {"method": "POST", "data": {"query": "ASK {}"}},
    {"method": "POST", "data": "ASK { ?s ?p 'é' }", "content_type": "application/sparql-query"},
    {"query_string": {"query": "CONSTRUCT WHERE { ?s a <http://www.w3.org/2002/07/owl#Ontology> }"}},
    {"query_string": {"query": "SELECT * {}"}, "headers": {"Accept": "text/csv"}},
    {"query_string": {"query": "SELECT * {}"}, "headers": {"Accept": "image/png"}},
    {"query_string": {"query": "SELECT * {"}},
    {"query_string": {"query": ""}},
    {"query_string": "query=ASK%20%7B%7D%FF"},
    {"query_string": "query=ASK+%7B%7D&query=ASK+%7B%7D"},
    {"query_string": {"query": "CLEAR ALL"}},
    {"query_string": {"query": "SELECT ?s { ?s ?p ?o"}, "headers": {"Accept": "text/html"}},
    {"method": "POST", "data": "ASK {}", "content_type": "text/plain"},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_lane_answers_as_the_application_would(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, way: dict[str, Any]
) -> None:
    """Status, body and headers are those of the road behind it, whether the lane answers or leaves it to that."""
    seen = []
    for lanes in (app.wsgi_app._lanes, {}):
        monkeypatch.setattr(app.wsgi_app, "_lanes", lanes)
        monkeypatch.setattr(app.wsgi_app, "_shelves", type(app.wsgi_app._shelves)())
        answer = client.open("/sparql", **way)
        links = sorted(link for link in answer.headers.getlist("Link"))
        headers = {name: value for name, value in answer.headers if name not in ("Link", "Date")}
        seen.append((answer.status_code, answer.data, headers, [link.partition("?")[0] for link in links]))
    assert seen[0] == seen[1]


def test_a_cited_address_gives_the_same_answer(client: FlaskClient) -> None:
    """The address of ``rel=cite-as`` names the release, and asks the same."""
    answer = client.get("/sparql", query_string={"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 5"})
    link = next(row for row in answer.headers.getlist("Link") if 'rel="cite-as"' in row)
    address = link[1 : link.index(">")].removeprefix("https://w3id.org/citygraph")
    assert f"release={answer.headers['Citygraph-Release']}" in address
    again = client.get(address)
    assert again.data == answer.data
    assert again.headers["Repr-Digest"] == answer.headers["Repr-Digest"]


def test_an_earlier_release_is_asked_by_its_version(releases: Any, settings: Any, repository: Any) -> None:
    """``release=`` is answered from that release; one that is not kept is a 404 that says so."""
    client = create_app(settings, releases, repository).test_client()
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for release in releases.all():
        answer = client.get("/sparql", query_string={"query": count, "release": release.version})
        assert answer.headers["Citygraph-Release"] == release.version
        assert int(answer.json["results"]["bindings"][0]["n"]["value"]) > 0
    for version in ("2001-01-01-nothing", releases.all()[0].version[:4], "current", "../x"):
        gone = client.get("/sparql", query_string={"query": count, "release": version})
        assert (gone.status_code, gone.json["title"]) == (404, "No such release")


def test_a_condition_costs_no_query(client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tag of an answer is known before the query runs."""
    fields = {"query": "SELECT * { ?s ?p ?o } LIMIT 4"}
    tag = client.get("/sparql", query_string=fields).headers["ETag"]
    monkeypatch.setattr(app.wsgi_app, "_shelves", type(app.wsgi_app._shelves)())
    monkeypatch.setattr(Desk, "ask", lambda *_: pytest.fail("it was asked"))
    again = client.get("/sparql", query_string=fields, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
