"""The promises of `imports/sparql.py`: page by page, politely, patiently, and in the same form as from a dump.

The endpoint is a real one on this machine: a store that speaks the SPARQL protocol, and that fails when told to.
"""

import json
import re
from contextlib import contextmanager
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

from citygraph.errors import SourceError
from citygraph.imports.endpoint import Endpoint, Manner
from citygraph.imports.entities import Reader
from citygraph.imports.rows import read_rows
from citygraph.imports.sparql import import_sparql
from imports.samples import TROUBLED_RDF, about, line, troubled
from servers import hosting

QUICK = Manner("tests", page=2, tries=3, wait_seconds=0.01, pause_seconds=0)


@contextmanager
def serving(*faults):
    """Serve the made-up items; the first answers are these faults.

    A fault is a status, with headers; text in the place of an answer; or a function that changes an answer.
    """
    store, waiting, asked = ox.Store(), list(faults), []
    store.load(path=str(TROUBLED_RDF), format=ox.RdfFormat.TURTLE)

    def application(environ, start):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        asked.append((environ.get("HTTP_USER_AGENT"), parse_qs(body.decode())["query"][0]))
        fault = waiting.pop(0) if waiting else None
        if isinstance(fault, tuple):
            start(fault[0], [("Content-Type", "text/plain"), *fault[1:]])
            return [b"busy"]
        start("200 OK", [("Content-Type", "application/sparql-results+json")])
        if isinstance(fault, bytes):
            return [fault]
        answer = store.query(asked[-1][1]).serialize(format=ox.QueryResultsFormat.JSON)
        return [fault(answer) if fault else answer]

    with hosting(application) as address:
        yield f"{address}/sparql", asked


def test_rows_are_the_same_as_from_a_dump(tmp_path):
    """An item with every trouble comes through an endpoint as it comes through a dump."""
    with serving() as (url, asked):
        counts = import_sparql(url, tmp_path / "out", about(), QUICK)
    rows = {row.id: row for row in read_rows(tmp_path / "out" / "entities.ndjson")}
    (wanted,) = Reader().rows(line(troubled()))
    found = rows["Q900000001"]
    assert list(rows) == ["Q900000001", "Q900000020", "Q900000030"]
    assert counts.kept == 3
    for name in ("labels", "aliases", "types", "countries", "within", "coordinates", "geonames"):
        assert getattr(found, name) == getattr(wanted, name)
    for one, other in zip(found.statements, wanted.statements, strict=True):
        assert (one.id, one.rank, plain(one.main)) == (other.id, other.rank, plain(other.main))
        assert sorted(map(plain, one.qualifiers)) == sorted(map(plain, other.qualifiers))
        pairs = zip(one.references, other.references, strict=True)
        assert all(a.hash == b.hash and sorted(map(plain, a.snaks)) == sorted(map(plain, b.snaks)) for a, b in pairs)
    assert (tmp_path / "out" / "redirects.tsv").read_text("utf-8") == "Q900000004\tQ900000007\n"
    assert {agent.partition("/")[0] for agent, _ in asked} == {"citygraph"}
    assert "(tests)" in asked[0][0]


def plain(snak):
    """Give a snak without its data type, which an endpoint does not tell in full."""
    return snak.property, snak.kind, str(snak.value)


def test_a_busy_endpoint_is_waited_for():
    """Each try waits twice as long as the one before, or as long as the endpoint asks for, but never for ever."""
    waits = []
    manner = Manner(tries=5, wait_seconds=1, longest_wait_seconds=60)
    faults = [("503 Busy",), ("429 Slow down", ("Retry-After", "7")), half, ("500 Oops", ("Retry-After", "20"))]
    with serving(*faults) as (url, asked):
        assert len(Endpoint(url, manner, waits.append).ask("SELECT ?a { VALUES ?a { 1 2 } }", "a")) == 2
    assert (waits, len(asked)) == ([1, 7, 4, 20], 5)


def half(answer):
    """Break an answer off."""
    return answer[: len(answer) // 2]


def rows(change):
    """Make a fault of what is done to the rows of an answer."""

    def fault(answer):
        told = json.loads(answer)
        told["results"]["bindings"] = change(told["results"]["bindings"])
        return json.dumps(told).encode()

    return fault


EMPTY = b'{"head": {"vars": []}, "results": {"bindings": []}}'
UNREADABLE = [b"<html>Maintenance</html>", b"[1]", b'{"results": null}', b'{"error": "no"}', b"[" * 100_000, b"", EMPTY]


@pytest.mark.parametrize("answer", [*UNREADABLE, half, rows(lambda found: found[:-1])])
def test_an_answer_that_is_not_whole_is_asked_for_again(tmp_path, answer):
    """Whatever is no answer, or lacks rows, is never taken for the end nor for all that is known of an item."""
    with serving() as (url, _):
        import_sparql(url, tmp_path / "whole", about(), QUICK)
    with serving(answer, None, answer, answer, None, answer) as (url, asked):
        import_sparql(url, tmp_path / "out", about(), QUICK)
    assert len(asked) > 6
    assert same(tmp_path)


@pytest.mark.parametrize("change", [lambda found: found * 2, lambda found: found[::-1]])
def test_rows_that_come_twice_or_in_another_order_change_nothing(tmp_path, change):
    """An endpoint that repeats or shuffles rows brings each item and each of its statements once, in order."""
    with serving() as (url, _):
        import_sparql(url, tmp_path / "whole", about(), QUICK)
    with serving(*[rows(change)] * 20) as (url, _):
        import_sparql(url, tmp_path / "out", about(), QUICK)
    assert same(tmp_path)


def same(folder):
    """Tell whether two imports in a folder have brought the same bytes."""
    one, other = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("whole", "out"))
    return one == other


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            ("301 Moved", ("Location", "https://elsewhere.example/sparql")),
            "it leads to https://elsewhere.example/sparql",
        ),
        (
            ("307 Moved", ("Location", "https://elsewhere.example/sparql")),
            "it leads to https://elsewhere.example/sparql",
        ),
        (("302 Found", ("Location", "file:///etc/passwd")), "it leads to file:///etc/passwd"),
        (("429 Slow down", ("Retry-After", "3600")), "it asks to be left alone for 3600 seconds"),
        (rows(lambda found: [{"item": {"type": "uri", "value": "Q1"}}, found[-1]]), "it names nothing that does"),
    ],
)
def test_what_no_other_try_cures_ends_at_once(tmp_path, fault, told):
    """An endpoint that leads elsewhere, wants to be left alone or names what is no item is not asked again."""
    with serving(fault) as (url, asked), pytest.raises(SourceError, match=re.escape(told)):
        import_sparql(url, tmp_path / "out", about(), QUICK)
    assert len(asked) == 1


def test_a_page_that_is_too_much_is_halved(tmp_path):
    """A page that an endpoint cannot answer is asked for in halves."""
    with serving(None, *[("504 Too long",)] * QUICK.tries) as (url, asked):
        import_sparql(url, tmp_path / "out", about(), QUICK)
    assert [query.count("wd:Q9") for _, query in asked[1:6]] == [2, 2, 2, 1, 1]
    assert len(list(read_rows(tmp_path / "out" / "entities.ndjson"))) == 3


def test_a_stopped_harvest_goes_on_behind_the_last_item(tmp_path):
    """A harvest whose endpoint fails says how to go on, and ends like one that never failed."""
    with serving() as (url, _):
        import_sparql(url, tmp_path / "whole", about(), QUICK)
    with serving(None, None, ("400 No",)) as (url, asked):
        with pytest.raises(SourceError, match=r"run the same command again: 2 items are kept"):
            import_sparql(url, tmp_path / "out", about(), QUICK)
        asked_before = len(asked)
        import_sparql(url, tmp_path / "out", about(), QUICK)
    assert not any("wd:Q900000001" in query for _, query in asked[asked_before + 2 :])
    assert same(tmp_path)
