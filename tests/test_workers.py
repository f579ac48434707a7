"""Query workers answer as the store does, and bear whatever strangers ask."""

import csv
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyoxigraph as ox
import pytest

from citygraph import cores, scanner
from citygraph.errors import Busy, QueryError, QueryTimeout, QueryTooLarge, ReleaseError
from citygraph.formats import RDF, RESULTS, by_name
from citygraph.seats import Seats
from citygraph.store import Store
from citygraph.workers import Forms, Limits, QueryPool, Question
from servers import PATIENCE, may_choose_cores, until

EX = "http://example.org/"
LIMITS = Limits(seconds=1.0, wait_seconds=4.0, rows=5_000, answer_bytes=2_000_000, memory_bytes=400 * 2**20)
FORMS = Forms(by_name("json"), by_name("json"), by_name("ntriples"))
PREFIXES = {"ex": EX}
LOOKUP = Question(f"SELECT ?o {{ <{EX}s7> ?p ?o }}")
AWKWARD = 'a "},{"x" </result><result> \\ {},{}\r\n,é'
SELECT_ALL = "SELECT * { ?s ?p ?o }"


def node(name):
    """A node of the little graph."""
    return ox.NamedNode(EX + name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store with 10,000 triples in two graphs, whose texts hold what ends a row in some format."""
    folder = tmp_path_factory.mktemp("workers") / "store"
    store = Store.create(folder)
    triples = [
        ox.Triple(node(f"s{i}"), node(f"p{i % 7}"), ox.Literal(f"{AWKWARD}{i}", language="en")) for i in range(10_000)
    ]
    for graph in ("one", "two"):
        store.add(node(graph), triples)
    store.optimize()
    del store
    gc.collect()
    return folder


@pytest.fixture(scope="module")
def store(folder):
    """The same store in the test's own process."""
    return Store.open(folder)


@pytest.fixture
def pool(folder):
    """Three workers with tight limits."""
    pool = QueryPool(folder, LIMITS, PREFIXES, base=EX)
    yield pool
    pool.close()


@pytest.fixture
def unguarded(monkeypatch):
    """No scanner before the parser, so that the workers alone must bear a text."""
    monkeypatch.setattr(scanner, "check", lambda *_: False)


def lives(pid):
    """Tell whether a process is there."""
    return Path(f"/proc/{pid}").exists()


QUERIES = {
    "solutions": "SELECT ?s ?p ?o ?unbound { ?s ?p ?o } LIMIT 300",
    "many": "SELECT * { ?s ?p ?o } LIMIT 4000",
    "none": "SELECT * { ?s <http://example.org/no> ?o }",
    "unbound": "SELECT ?x { VALUES ?y { 1 2 3 } }",
    "boolean": "ASK { ?s ?p ?o }",
    "triples": "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 4000",
    "description": f"DESCRIBE <{EX}s7>",
}


@pytest.mark.parametrize("query", QUERIES)
def test_answers_equal_the_stores_in_every_format(pool, store, query):
    """A worker writes what the store would write, short or long."""
    for results in RESULTS:
        for graph in RDF:
            found = store.query(QUERIES[query])
            if isinstance(found, ox.QueryTriples):
                expected = ox.serialize(found, format=graph.rdf, prefixes=PREFIXES)
            else:
                expected = found.serialize(format=results.results)
            answer = pool.ask(Question(QUERIES[query]), Forms(results, results, graph), "a")
            assert answer.body == expected
            assert not answer.truncated
            assert answer.form is (graph if isinstance(found, ox.QueryTriples) else results)
            if not isinstance(found, ox.QueryTriples):
                break


def test_the_dataset_of_a_question_goes_before_its_text(pool, store):
    """Default and named graphs choose as they do in the store."""
    count = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    for default, named in [((), ()), ((node("one"),), ()), ((), (node("two"),)), ((node("one"),), (node("two"),))]:
        expected = store.query(count, default_graphs=default, named_graphs=named)
        body = pool.ask(Question(count, default, named), FORMS).body
        assert body == expected.serialize(format=ox.QueryResultsFormat.JSON)


def test_a_text_longer_than_the_socket_takes_arrives_whole(pool):
    """Long texts go through the spool."""
    text = "SELECT * { VALUES ?x { " + "<http://example.org/a> " * 8_000 + "} } LIMIT 1"
    assert len(json.loads(pool.ask(Question(text), FORMS).body)["results"]["bindings"]) == 1


@pytest.mark.parametrize("form", RESULTS, ids=lambda form: form.name)
@pytest.mark.parametrize(("rows", "most"), [(100, 10**7), (7_000, 10**7), (10**7, 150_000), (1, 10**7)])
def test_solutions_are_cut_between_rows(folder, store, form, rows, most):
    """An answer that reaches a limit is a whole document with the first rows, and says that it is cut."""
    pool = QueryPool(folder, replace(LIMITS, rows=rows, answer_bytes=most))
    try:
        answer = pool.ask(Question(SELECT_ALL), Forms(form, form, FORMS.triples))
    finally:
        pool.close()
    assert answer.truncated
    assert len(answer.body) <= most + 100
    whole = store.query(SELECT_ALL).serialize(format=form.results)
    read, expected = (list(map(str, islice(_rows(body, form), 10**5))) for body in (answer.body, whole))
    assert read == expected[: len(read)]
    assert len(read) == rows if most == 10**7 else 0 < len(read) < 10_000


def _rows(body, form):
    """The rows of an answer, by a parser of its format; the engine has none for CSV, where lines are compared."""
    if form.name == "csv":
        return iter(list(csv.reader(io.StringIO(body.decode(), newline="")))[1:])
    return ox.parse_query_results(body, format=form.results)


@pytest.mark.parametrize("form", RDF, ids=lambda form: form.name)
def test_triples_are_cut_between_triples(folder, form):
    """A graph that reaches a limit is a whole document nevertheless."""
    query = Question("CONSTRUCT WHERE { ?s ?p ?o }")
    for rows, most in [(100, 10**7), (10**7, 150_000)]:
        pool = QueryPool(folder, replace(LIMITS, rows=rows, answer_bytes=most))
        try:
            answer = pool.ask(query, Forms(FORMS.solutions, FORMS.boolean, form))
        finally:
            pool.close()
        assert answer.truncated
        count = len(list(ox.parse(answer.body, format=form.rdf)))
        assert count == rows or 0 < count < 10_000


def test_an_answer_that_just_fits_is_not_cut(folder):
    """The limit itself is allowed."""
    for rows, cut in ((20, False), (19, True)):
        pool = QueryPool(folder, replace(LIMITS, rows=rows))
        for form in RESULTS:
            question = Question("SELECT ?o { GRAPH ?g { ?s ?p ?o } } LIMIT 20")
            assert pool.ask(question, Forms(form, form, FORMS.triples)).truncated == cut
        pool.close()


@pytest.mark.parametrize(
    "text", ["SELECT * {\n ?s ?p }", "INSERT DATA { <a:a> <a:a> 1 }", "SELECT * {} LIMIT 1" + "0" * 30]
)
def test_a_text_that_is_no_query_is_told_with_its_place(pool, text):
    """Syntax errors carry line and column."""
    with pytest.raises(QueryError) as caught:
        pool.ask(Question(text), FORMS)
    assert caught.value.line in (1, 2)
    assert caught.value.column


def test_half_a_character_is_an_error_of_the_query(pool):
    """The worker lives on."""
    before = pool.pids
    with pytest.raises(QueryError):
        pool.ask(Question('ASK { FILTER("\ud800") }'), FORMS)
    assert pool.pids == before


def bindings(pool, text, default=(), named=()):
    """The solutions of a query that is put to some graphs."""
    answer = pool.ask(Question(text, tuple(map(node, default)), tuple(map(node, named))), FORMS)
    return json.loads(answer.body)["results"]["bindings"]


def count(pool, text="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default=(), named=()):
    """The only number of an answer."""
    return int(bindings(pool, text, default, named)[0]["n"]["value"])


def test_an_unknown_function_has_no_value(pool):
    """It is an error of the expression: BIND leaves its variable unbound, and FILTER lets nothing pass (17.6)."""
    unknown = f"<{EX}f>(1, <{EX}g>())"
    assert bindings(pool, f"SELECT * {{ BIND({unknown} AS ?x) }}") == [{}]
    assert bindings(pool, f"SELECT * {{ FILTER({unknown} || false) }}") == []
    assert bindings(pool, f"SELECT (COALESCE({unknown}, 2) AS ?x) {{}}")[0]["x"]["value"] == "2"


def test_a_triple_of_two_graphs_stands_once_in_their_merge(folder):
    """Several default graphs are merged (13.1), whether the request names them or the text."""
    pool = QueryPool(folder, replace(LIMITS, seconds=20, workers=1), PREFIXES, base=EX)
    both = f"PREFIX ex: <{EX}> SELECT (COUNT(*) AS ?n) FROM ex:one # FROM ex:three\nFROM <two> {{ ?s ?p ?o }}"
    assert count(pool, default=["one"]) == 10_000
    assert count(pool, default=["one", "two"]) == 10_000
    assert count(pool, default=["one", "one", "none"]) == 10_000
    assert count(pool, both) == 10_000
    in_graph = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o GRAPH ?g { ?s ?p ?o } }"
    assert count(pool, in_graph, ["one", "two"], ["two"]) == 10_000


def test_the_graphs_of_the_request_go_before_those_of_the_text(pool):
    """What the request names is the whole dataset (2.1.4): neither FROM nor FROM NAMED adds to it."""
    text = f"SELECT (COUNT(*) AS ?n) FROM <{EX}one> FROM NAMED <{EX}one> {{ %s }}"
    assert count(pool, text % "?s ?p ?o", default=["none"]) == 0
    assert count(pool, text % "?s ?p ?o", named=["one"]) == 0
    assert count(pool, text % "GRAPH ?g { ?s ?p ?o }", default=["one"]) == 0
    assert count(pool, text % "GRAPH ?g { ?s ?p ?o }", named=["one", "none"]) == 10_000


def test_relative_iris_are_resolved_against_the_base(pool):
    """The base is the address of the service, and PREFIX and BASE may build on it."""
    assert bindings(pool, "BASE <a/> SELECT (<b> AS ?x) {}")[0]["x"]["value"] == f"{EX}a/b"


CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
HOSTILE = {
    "cross product, sorted": f"SELECT * {{ {CROSS} }} ORDER BY ?a ?d ?g",
    "cross product, counted": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "cross product, distinct": f"SELECT (COUNT(DISTINCT CONCAT(?c, ?f, ?i)) AS ?n) {{ {CROSS} }}",
    "cross product, constructed": f"CONSTRUCT {{ ?a ?e ?i }} {{ {CROSS} FILTER(?c = ?i && ?c != ?i) }}",
    "path": "SELECT (COUNT(*) AS ?n) { ?s (!<u:u>|^!<u:u>)* ?o . ?q (!<u:v>|^!<u:v>)* ?r . ?t (!<u:w>|^!<u:w>)* ?v }",
    "values": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(300)))} }}" for i in range(6))
    + "}",
    "group_concat": f"SELECT (GROUP_CONCAT(CONCAT(?c, ?f)) AS ?n) {{ {CROSS} }}",
    "doubling": "SELECT (STRLEN(?a9) AS ?n) { BIND('xxxxxxxxxxxxxxxx' AS ?a0) "
    + "".join(f"BIND(CONCAT({','.join([f'?a{i}'] * 12)}) AS ?a{i + 1}) " for i in range(9))
    + "}",
    "replace": "SELECT (STRLEN(?a6) AS ?n) { BIND('xxxxxxxxxxxxxxxx' AS ?a0) "
    + "".join(f"BIND(REPLACE(?a{i}, 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxxx') AS ?a{i + 1}) " for i in range(6))
    + "}",
    "regex": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} FILTER(REGEX(CONCAT(?c, ?f), '(x+x+)+y')) }}",
    "nested lists": "SELECT * { " + "(" * 400 + "1" + ")" * 400 + " <u:p> 1 }",
    "exclamations": "ASK { FILTER(" + "!" * 50_000 + "true) }",
    "nested groups": "SELECT * " + "{" * 100_000 + "}" * 100_000,
    "nested parentheses": "SELECT * { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
}


@pytest.mark.skipif(not may_choose_cores(), reason="there is no choice of cores")
def test_workers_run_on_other_cores_than_who_starts_them(folder):
    """A thread that keeps to one core starts workers that run on all that their limits name."""

    def start():
        cores.keep_to(LIMITS.cores[:1])
        return QueryPool(folder, LIMITS)

    with ThreadPoolExecutor(1) as threads:
        pool = threads.submit(start).result()
    assert {frozenset(os.sched_getaffinity(pid)) for pid in pool.pids} == {frozenset(LIMITS.cores)}
    pool.close()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_query_ends_at_a_limit_and_harms_no_other(pool, text, unguarded):
    """Deadline, memory or stack end it; every lookup meanwhile and afterwards is answered."""
    with ThreadPoolExecutor(1) as threads:
        attack = threads.submit(pool.ask, Question(text), FORMS, "hostile")
        while not attack.done():
            assert json.loads(pool.ask(LOOKUP, FORMS, "visitor").body)["results"]["bindings"]
            time.sleep(0.02)
        assert isinstance(attack.exception(), (QueryTimeout, QueryTooLarge))
    pool.ask(LOOKUP, FORMS, "hostile")


def test_lookups_do_not_wait_for_a_long_query(folder):
    """They are answered while it runs, though it comes to no end."""
    pool = QueryPool(folder, replace(LIMITS, seconds=PATIENCE))
    with ThreadPoolExecutor(1) as threads:
        attack = threads.submit(pool.ask, Question(HOSTILE["cross product, counted"]), FORMS, "hostile")
        until(lambda: pool.standing == (1, 0))
        for _ in range(20):
            assert json.loads(pool.ask(LOOKUP, FORMS, "visitor").body)["results"]["bindings"]
        assert not attack.done()
        pool.close()
        assert isinstance(attack.exception(), Busy)


def test_a_text_that_failed_is_not_tried_again(pool):
    """A failure is remembered, so that a client that tries again costs nothing."""
    question = Question(HOSTILE["cross product, counted"])
    for _ in range(2):
        with pytest.raises(QueryTimeout):
            pool.ask(question, FORMS, "a")
    assert pool.tally["time"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the filter of system calls is Linux's")
@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_service_reaches_no_one_even_without_the_scanner(pool, silent, unguarded):
    """The kernel refuses the request: a listening socket gets no connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        question = Question(f"SELECT * {{ SERVICE {silent} <{endpoint}> {{ ?s ?p ?o }} }}")
        if silent:
            pool.ask(question, FORMS)
        else:
            with pytest.raises(QueryError):
                pool.ask(question, FORMS)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_refused_text_reaches_no_worker(pool):
    """The scanner stands before the workers."""
    with pytest.raises(QueryError, match="SERVICE"):
        pool.ask(Question("SELECT * { SERVICE <http://127.0.0.1/> {} }"), FORMS)


def test_a_long_query_is_answered_and_its_worker_replaced(folder):
    """A query that takes longer than a quick one gets a slow seat."""
    pool = QueryPool(folder, replace(LIMITS, quick_seconds=0.001, seconds=20))
    try:
        before = pool.started
        sorted_rows = Question("SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 3")
        assert len(json.loads(pool.ask(sorted_rows, FORMS, "a").body)["results"]["bindings"]) == 3
        until(lambda: pool.started > before)
    finally:
        pool.close()


def test_when_the_slow_seats_are_taken_the_next_long_query_is_told_when_to_come_back(folder):
    """Waiting has an end, and the answer names the time."""
    pool = QueryPool(folder, replace(LIMITS, seconds=3, wait_seconds=0.3))
    try:
        with ThreadPoolExecutor(4) as threads:
            texts = [f"{HOSTILE['cross product, counted']} # {i}" for i in range(4)]
            futures = [threads.submit(pool.ask, Question(text), FORMS, f"c{i}") for i, text in enumerate(texts)]
            failures = [future.exception() for future in futures]
        assert {type(failure) for failure in failures} == {QueryTimeout, Busy}
        assert all(failure.retry_after >= 1 for failure in failures if isinstance(failure, Busy))
    finally:
        pool.close()


def test_many_threads_get_their_own_answers(pool):
    """No answer goes to another's question."""

    def ask(number):
        name = f"s{number % 500}"
        body = pool.ask(Question(f"SELECT ?s {{ VALUES ?s {{ <{EX}{name}> }} }}"), FORMS, f"c{number % 5}").body
        return json.loads(body)["results"]["bindings"][0]["s"]["value"] == EX + name

    with ThreadPoolExecutor(32) as threads:
        assert all(threads.map(ask, range(2_000)))


def test_a_worker_that_someone_else_ended_is_replaced_unnoticed(pool):
    """A query for which the worker was gone before is asked again."""
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert pool.ask(LOOKUP, FORMS).body
    until(lambda: len(pool.pids) == LIMITS.workers)


def test_closing_or_letting_go_of_a_pool_leaves_no_process(folder):
    """Workers end with their pool, running queries or not."""
    pool = QueryPool(folder, LIMITS)
    pids = pool.pids
    pool.close()
    assert not any(map(lives, pids))
    with pytest.raises(Busy):
        pool.ask(LOOKUP, FORMS)
    pool = QueryPool(folder, LIMITS)
    pids = pool.pids
    assert all(map(lives, pids))
    del pool
    gc.collect()
    assert not any(map(lives, pids))


def test_closing_answers_the_queries_that_run_and_those_that_wait(folder):
    """Whoever waits is told, and no thread hangs."""
    pool = QueryPool(folder, replace(LIMITS, seconds=PATIENCE, wait_seconds=PATIENCE))
    with ThreadPoolExecutor(3) as threads:
        texts = (f"{HOSTILE['cross product, counted']} # {number}" for number in range(3))
        asked = [threads.submit(pool.ask, Question(text), FORMS, "a") for text in texts]
        until(lambda: pool.standing == (1, 2))
        pool.close()
        assert {type(future.exception()) for future in asked} == {Busy}


def test_a_folder_without_a_store_is_no_release(tmp_path):
    """The reason is told at once."""
    with pytest.raises(ReleaseError, match="did not start"):
        QueryPool(tmp_path / "none", LIMITS)


def test_workers_know_nothing_of_the_servers_environment(folder, monkeypatch):
    """No credential of the server is in a worker."""
    monkeypatch.setenv("CITYGRAPH_SECRET", "x")
    pool = QueryPool(folder, LIMITS)
    try:
        for pid in pool.pids:
            assert b"SECRET" not in Path(f"/proc/{pid}/environ").read_bytes()
    finally:
        pool.close()


def test_what_the_system_lacks_is_said(pool):
    """The sentence for start-up names the limits."""
    assert pool.capabilities().startswith("3 query workers, 1 for long queries; at most 1 s, 400 MiB")


def test_a_client_that_used_much_is_kept_to_the_slow_seats():
    """Long queries make a client heavy, small ones never do."""
    seats = Seats(Limits())
    for worker in "abc":
        seats.give(worker)
    for _ in range(1_000):
        seats.leave(seats.take("small", slow=False), 0.04, back=True)
    seats.leave(seats.take("large", slow=False), 1.5, back=True)
    assert (seats.is_heavy("small"), seats.is_heavy("large")) == (False, True)


def test_one_client_never_holds_all_workers():
    """A client's third query waits while a worker is kept for others."""
    seats = Seats(Limits(wait_seconds=0.05))
    for worker in "abc":
        seats.give(worker)
    for client in ("one", "two"):
        seats.leave(seats.take(client, slow=False), 0.01, back=True)
    held = [seats.take("one", slow=False) for _ in range(2)]
    with pytest.raises(Busy):
        seats.take("one", slow=False)
    assert seats.take("two", slow=False).worker not in [seat.worker for seat in held]


@pytest.mark.parametrize("slow", [False, True])
def test_the_last_free_worker_is_for_clients_whose_queries_were_quick(slow):
    """Strangers of whom nothing is known and long queries wait while only one is free; a pool of one keeps none."""
    seats = Seats(Limits(wait_seconds=0.05, slow_seats=3))
    for worker in "abc":
        seats.give(worker)
    seats.leave(seats.take("known", slow=False), 0.01, back=True)
    held = [seats.take(f"stranger {number}", slow=slow) for number in range(2)]
    with pytest.raises(Busy):
        seats.take("stranger 3", slow=slow)
    assert seats.take("known", slow=False).worker
    for seat in held:
        seats.leave(seat, 0.01, back=True)
    assert seats.take("stranger 4", slow=slow).worker
    few = Seats(Limits(workers=1, wait_seconds=0.05))
    few.give("a")
    assert few.take("stranger", slow=slow).worker


def test_who_waits_longest_is_called_first():
    """A client's queries keep their order, though what it has used fades from moment to moment."""
    seats = Seats(Limits(per_client=1, wait_seconds=PATIENCE))
    for worker in "abc":
        seats.give(worker)
    seats.leave(seats.take("one", slow=False), 0.9, back=True)
    held = seats.take("one", slow=False)
    called = []

    def wait(number):
        seat = seats.take("one", slow=False)
        called.append(number)
        seats.leave(seat, 0, back=True)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        until(lambda number=number: seats.standing == (1, number))
    seats.leave(held, 0, back=True)
    for thread in threads:
        thread.join()
    assert called == sorted(called)
