"""What is asked of one thing is answered from its record as the engine answers it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph import recorded
from citygraph.backend import Embedded
from citygraph.build.statements import write_statements
from citygraph.statements import Statements
from citygraph.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release

BASE = "https://example.org/"
THING, TERM = f"{BASE}id/city/a", "http://www.w3.org/2000/01/rdf-schema#label"
MOST = 1_000_000
XSD = "http://www.w3.org/2001/XMLSchema#"

PATTERNS = (
    "SELECT ?p ?o {{ <{0}> ?p ?o }}",
    "SELECT * WHERE {{ <{0}> ?b ?a . }}",
    "select $o ?x ?p where{{<{0}>?p $o}}limit 5000",
    "SELECT ?o {{ <{0}> <" + TERM + "> ?o }}",
    "SELECT ?p {{ <{0}> ?p <" + THING + "> }}",
    "PREFIX s: <http://www.w3.org/2004/02/skos/core#>\nprefix : <http://a/> SELECT ?l {{ <{0}> s:prefLabel ?l }}",
    "SELECT ?c {{ <{0}> a ?c }}",
    "SELECT * {{ <{0}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#Class> }}",
)
KEPT = (
    *(("plain", None), ("", None), ('"\\\n\r\t\b\f\u0000\u007f\u2028 \U0001f3d9 é <script>', None), ("a", "de-ch")),
    *(("0", "integer"), ("-12", "integer"), ("1.5", "decimal"), ("-0.25", "decimal"), ("10", "decimal")),
    *(("2009", "gYear"), ("2009-02", "gYearMonth"), ("2009-02-03", "date"), ("0aF0", "hexBinary"), ("x", "anyURI")),
)
VALUED = (
    *(
        ("1.0", "decimal"),
        ("-0", "decimal"),
        (".5", "decimal"),
        ("007", "integer"),
        ("+1", "integer"),
        ("-0", "integer"),
    ),
    *(("1", "boolean"), ("1e0", "double"), ("1", "long"), ("12:00:00.0", "time"), ("P12M", "duration")),
)


def literal(text: str, kind: str | None) -> ox.Literal:
    """A literal of a type of XML Schema, in a language, or plain."""
    if kind and kind.islower() and "-" in kind:
        return ox.Literal(text, language=kind)
    return ox.Literal(text, datatype=ox.NamedNode(XSD + kind)) if kind else ox.Literal(text)


def kept(folder: Path, *values: ox.Literal | ox.NamedNode | ox.BlankNode) -> tuple[ox.Store, Statements]:
    """A store in which two graphs say the same of a thing, and its records."""
    quads = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(TERM), value) for value in values]
    lines = [ox.serialize([quad.triple], format=ox.RdfFormat.N_TRIPLES) for quad in quads]
    graphs = {ox.NamedNode(f"{BASE}graph/{name}"): lines for name in "ab"}
    write_statements(graphs, BASE, folder / "records")
    engine = ox.Store()
    engine.extend(quads)
    return engine, Statements(Store(engine), folder / "records", BASE)


def told(body: bytes) -> tuple[list[str], list[str]]:
    """The variables of a result, and its rows in no order."""
    found = json.loads(body)
    return found["head"]["vars"], sorted(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])


def asked(engine: ox.Store, text: str) -> bytes:
    """The engine's answer."""
    return engine.query(text).serialize(format=ox.QueryResultsFormat.JSON)


def test_a_whole_release_is_told_alike(world: Release) -> None:
    """Of every thing of a release, and of one that is not there, each pattern gives the rows that the engine gives."""
    statements, engine = Embedded().store(world), world.store.engine
    things = {row["s"].value for row in engine.query("SELECT DISTINCT ?s { ?s ?p ?o FILTER(ISIRI(?s)) }")}
    answered = 0
    for thing in (*sorted(things), f"{BASE}nobody"):
        for pattern in PATTERNS:
            text = pattern.format(thing)
            about = recorded.read(text)
            found = about and recorded.answer(statements, about, 5_000, MOST)
            if found is not None:
                answered += 1
                assert told(found) == told(asked(engine, text)) == told(asked(engine, about.text(5_000))), text
    assert answered > 0.9 * len(things) * len(PATTERNS)


def test_terms_are_written_as_the_engine_writes_them(tmp_path: Path) -> None:
    """Texts with any signs, languages, types, names and nodes without one; each once, though two graphs state it."""
    values = [literal(*row) for row in (*KEPT, *VALUED)]
    engine, statements = kept(tmp_path, *values, ox.NamedNode(THING), ox.BlankNode("b1"))
    text = PATTERNS[0].format(THING)
    found = recorded.answer(statements, recorded.read(text), 5_000, MOST)
    assert told(found) == told(asked(engine, text))
    assert len(json.loads(found)["results"]["bindings"]) == len({*engine})


@pytest.mark.parametrize("limit", [0, 1])
def test_a_limit_that_leaves_rows_out_is_left_to_the_engine(tmp_path: Path, limit: int) -> None:
    """Which rows come first is for the engine to say, since another query may ask for those behind them."""
    _, statements = kept(tmp_path, literal("one", None), literal("two", None))
    about = recorded.read(f"{PATTERNS[0].format(THING)} LIMIT {limit}")
    assert recorded.answer(statements, about, 5_000, MOST) is None
    assert recorded.answer(statements, recorded.read(PATTERNS[0].format(THING)), 1, MOST) is None
    assert recorded.answer(statements, recorded.read(PATTERNS[0].format(THING)), 5_000, 20) is None


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT ?p {{ <{THING}> ?p ?p }}",
        f"SELECT ?o ?o {{ <{THING}> ?p ?o }}",
        f"SELECT DISTINCT ?o {{ <{THING}> ?p ?o }}",
        f"SELECT ?o {{ <{BASE}a/../b> ?p ?o }}",
        f"SELECT ?o {{ <{THING}> <{BASE}./b> ?o }}",
        "SELECT ?o { <relative> ?p ?o }",
        "SELECT ?o { undeclared:a ?p ?o }",
        "PREFIX x: <relative> SELECT ?o { x:a ?p ?o }",
        f"SELECT ?o {{ <{THING}> ?o a }}",
        f"SELECT ?o {{ a ?p <{THING}> }}",
        f"PREFIX x: <{BASE}> SELECT ?o {{ x:a%2Fb ?p ?o }}",
        f"PREFIX x: <{BASE}> SELECT ?o {{ x:a.b ?p ?o }}",
        f"# {{\nSELECT ?o {{ <{THING}> ?p ?o }}",
        f"SELECT ?o {{ <{THING}> ?p 'a' }}",
        f"SELECT ?o {{ <{THING}> ?p ?o }} ORDER BY ?o",
        f"SELECT ?o {{ <{THING}> ?p ?o ; ?q ?r }}",
        f"SELECT ?o # {{\n{{ <{THING}> ?p ?o }}",
        f"SELECT ?é {{ <{THING}> ?p ?é }}",
        f"ASK {{ <{THING}> ?p ?o }}",
    ],
)
def test_other_queries_are_not_read(text: str) -> None:
    """Whatever is more than a pattern about one thing, or written in another way, is for the engine."""
    assert recorded.read(text) is None
