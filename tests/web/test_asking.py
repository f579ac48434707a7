"""The desk and the express lane: the same answers as without them, worked out once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.backend import Embedded
from citygraph.errors import Busy
from citygraph.formats import RESULTS, by_name
from citygraph.web.app import create_app
from citygraph.web.asking import Desk
from citygraph.workers import Answer, Limits, Question

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


def together(desk: Desk, clients: list[str]) -> list[Any]:
    """Ask the same at the same time; what each gets, or fails of."""
    got: list[Any] = []

    def ask(client: str) -> None:
        try:
            got.append(desk.ask(Question("ASK {}"), JSON, client))
        except Busy as error:
            got.append(error)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    return got


def test_equal_questions_at_once_are_worked_out_once() -> None:
    """Whoever asks what is being answered waits for that answer, and is charged nothing."""
    landed = threading.Event()
    pool = Pool(lambda: (landed.wait(5), QUICK)[1])
    threading.Timer(0.4, landed.set).start()
    assert together(Desk(pool), ["a", "b", "c"]) == [QUICK] * 3
    assert [client for _, client in pool.asked] == ["a"]


def test_a_refusal_of_one_client_is_not_another_s() -> None:
    """Where the first is refused, the others ask for themselves."""

    def answer() -> Answer:
        if len(pool.asked) == 1:
            time.sleep(0.3)
            raise Busy(1)
        return QUICK

    pool = Pool(answer)
    got = together(Desk(pool), ["heavy", "b", "c"])
    assert sorted(map(str, got)) == sorted(map(str, [Busy(1), QUICK, QUICK]))
    assert {client for _, client in pool.asked} == {"heavy", "b", "c"}


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
