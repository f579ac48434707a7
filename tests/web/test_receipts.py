"""Receipts: they hold as long as the answer does, however it is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from citygraph import receipts
from citygraph.cli import main
from citygraph.errors import SourceError
from citygraph.receipts import Receipt
from citygraph.web.app import create_app
from servers import serving

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release, Releases
    from citygraph.settings import Repository, Settings

TYPES = "SELECT ?t (COUNT(*) AS ?n) WHERE { ?s a ?t } GROUP BY ?t"
GRAPH = "CONSTRUCT WHERE { ?s a <http://www.w3.org/2002/07/owl#Ontology> }"
SELECT = "SELECT * { ?s ?p ?o }"


def solutions(*values: str) -> bytes:
    rows = [
        {"o": {"type": "literal", "value": value}, "s": {"type": "bnode", "value": f"b{value}"}} for value in values
    ]
    return json.dumps({"head": {"vars": ["s", "o"]}, "results": {"bindings": rows}}).encode()


def test_the_order_of_rows_counts_only_where_it_is_asked_for() -> None:
    """Two results with the same rows are the same, unless the query has ORDER BY."""
    assert receipts.rows(SELECT, solutions("a", "b")) == receipts.rows(SELECT, solutions("b", "a"))
    ordered = SELECT + " ORDER BY ?o"
    assert receipts.rows(ordered, solutions("a", "b")) != receipts.rows(ordered, solutions("b", "a"))
    named = "SELECT ?order { ?order ?p 'order by' }"
    assert receipts.rows(named, solutions("a", "b")) == receipts.rows(named, solutions("b", "a"))


def test_labels_of_blank_nodes_and_of_variables_make_no_difference_but_terms_do() -> None:
    """Rows are compared as terms: a plain text is not the same in a language or with a datatype."""
    first = {"o": {"type": "literal", "value": "a", "xml:lang": "EN"}}
    other = {"o": {"xml:lang": "en", "value": "a", "type": "literal"}}
    plain = {"o": {"type": "literal", "value": "a"}}
    lines = [
        receipts.rows(SELECT, json.dumps({"results": {"bindings": [row]}}).encode()) for row in (first, other, plain)
    ]
    assert lines[0] == lines[1] != lines[2]
    triples = [b"_:a <http://p> _:b .\n<http://s> <http://p> 'x' .\n".replace(b"'", b'"')]
    triples.append(b'<http://s> <http://p> "x" .\n_:z <http://p> _:z .\n')
    assert receipts.rows(GRAPH, triples[0]) == receipts.rows(GRAPH, triples[1])


def test_rows_that_came_and_went_are_counted() -> None:
    """Equal rows count as often as they occur."""
    assert receipts.changed(["a", "a", "b"], ["a", "c", "d"]) == (2, 2)


@pytest.mark.parametrize("text", ["{", "[]", '{"query": "ASK {}"}', "\xff"])
def test_what_is_no_receipt_is_refused(tmp_path: Path, text: str) -> None:
    """The error names the file and what to do."""
    path = tmp_path / "receipt.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceError, match=r"receipt\.json.*save the answer"):
        Receipt.read(path)


def test_a_receipt_with_another_query_is_refused(tmp_path: Path, saved: Path) -> None:
    """The text of the query must be the one that was hashed."""
    path = tmp_path / "forged.json"
    path.write_text(replace(Receipt.read(saved), query="ASK { }").text())
    with pytest.raises(SourceError, match="query_hash"):
        Receipt.read(path)


@pytest.fixture
def saved(tmp_path: Path, releases: Releases, settings: Settings, repository: Repository) -> Path:
    """A receipt of the world, from the site."""
    client = create_app(settings, releases, repository).test_client()
    answer = client.get("/receipt", query_string={"query": TYPES})
    assert answer.headers["Cache-Control"] == "no-store"
    path = tmp_path / "receipt.json"
    path.write_bytes(answer.data)
    return path


def run(releases: Releases, *arguments: Any) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--releases", str(releases.folder), "verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_verify_on_the_local_releases(saved: Path, releases: Releases, world: Release, edited: Release) -> None:
    """The same release gives the same rows; another one is compared with it, row by row."""
    status, words = run(releases, saved)
    rows = Receipt.read(saved).rows
    assert (status, words.split(" rows")[0]) == (0, f"holds: {world.version} gives the same {rows}")
    assert run(releases, saved, "--newest")[0] == 0
    releases.switch(edited.version)
    status, words = run(releases, saved, "--newest")
    assert status == 1
    assert words.startswith(f"changed: {edited.version} has ")
    forged = replace(Receipt.read(saved), result_hash="sha-256=:AAAA:")
    saved.write_text(forged.text())
    assert run(releases, saved)[0] == 1
    assert "does not hold" in run(releases, saved)[1]


def test_a_receipt_of_a_graph_and_of_chosen_graphs(
    tmp_path: Path, releases: Releases, settings: Settings, repository: Repository
) -> None:
    """Triples and the dataset of the protocol are verified as well."""
    client = create_app(settings, releases, repository).test_client()
    base = settings.base_iri
    for fields in ({"query": GRAPH}, {"query": TYPES, "default-graph-uri": f"{base}graph/places"}, {"query": "ASK {}"}):
        path = tmp_path / "receipt.json"
        path.write_bytes(client.get("/receipt", query_string=fields).data)
        assert Receipt.read(path).rows > 0
        assert run(releases, path)[0] == 0


def test_verify_over_http(saved: Path, releases: Releases, world: Release) -> None:
    """A site is asked by its endpoint, also for a release that it no longer keeps, which it says."""
    with serving(releases.folder) as address:
        status, words = run(releases, saved, "--endpoint", f"{address}/sparql")
        assert (status, words.split(":")[0]) == (0, "holds")
        gone = replace(Receipt.read(saved), release="2001-01-01-gone")
        saved.write_text(gone.text())
        status, words = run(releases, saved, "--endpoint", f"{address}/sparql")
        assert status == 1
        assert "answers 404: The release '2001-01-01-gone' is not kept here" in words
        status, words = run(releases, saved)
        assert status == 1
        assert "no release is called '2001-01-01-gone'" in words
        assert "--newest asks the newest release" in words
