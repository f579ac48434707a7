"""Wikidata can be asked first what it states today; here an endpoint on this machine stands for it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from citygraph.cli import main
from servers import hosting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from click.testing import Result

    from citygraph.release import Release
    from citygraph.settings import Repository

# Los Angeles was merged into Q900065, which states Berlin since 2009; Berlin states it no more; London states Berlin
# with start and end; and a new twin of Berlin's, which has no statement of its own, is known by its label alone.
TODAY = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix p: <http://www.wikidata.org/prop/> .
@prefix pq: <http://www.wikidata.org/prop/qualifier/> .
@prefix pqv: <http://www.wikidata.org/prop/qualifier/value/> .
@prefix pr: <http://www.wikidata.org/prop/reference/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix ps: <http://www.wikidata.org/prop/statement/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <http://www.wikidata.org/entity/statement/> .
@prefix v: <http://www.wikidata.org/value/> .
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix wikibase: <http://wikiba.se/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

wd:Q65 owl:sameAs wd:Q900065 .
wd:Q64 rdfs:label "Berlin"@en ; p:P190 s:Q64-new, s:Q64-unknown .
s:Q64-new ps:P190 wd:Q900001 ; wikibase:rank wikibase:PreferredRank .
s:Q64-unknown ps:P190 _:somebody ; wikibase:rank wikibase:NormalRank .
wd:Q900001 rdfs:label "Newtown"@en, "Neustadt"@de, "Nova Urbo"@eo .
wd:Q900065 rdfs:label "Angels"@en ; p:P190 s:Q900065-berlin .
s:Q900065-berlin ps:P190 wd:Q64 ; wikibase:rank wikibase:NormalRank ;
    pq:P580 "2009-01-01T00:00:00Z"^^xsd:dateTime ; pqv:P580 v:year ;
    prov:wasDerivedFrom <http://www.wikidata.org/reference/r1> .
<http://www.wikidata.org/reference/r1> pr:P854 <https://angels.example/> .
v:year wikibase:timeValue "2009-01-01T00:00:00Z"^^xsd:dateTime ; wikibase:timePrecision 9 ;
    wikibase:timeTimezone 0 ; wikibase:timeCalendarModel wd:Q1985727 .
wd:Q84 rdfs:label "London"@en ; p:P190 s:Q84-berlin .
s:Q84-berlin ps:P190 wd:Q64 ; wikibase:rank wikibase:NormalRank ;
    pq:P580 "1985-01-01T00:00:00Z"^^xsd:dateTime ; pqv:P580 v:start ;
    pq:P582 "2001-01-01T00:00:00Z"^^xsd:dateTime ; pqv:P582 v:end .
v:start wikibase:timeValue "1985-01-01T00:00:00Z"^^xsd:dateTime ; wikibase:timePrecision 9 ;
    wikibase:timeTimezone 0 ; wikibase:timeCalendarModel wd:Q1985727 .
v:end wikibase:timeValue "2001-01-01T00:00:00Z"^^xsd:dateTime ; wikibase:timePrecision 9 ;
    wikibase:timeTimezone 0 ; wikibase:timeCalendarModel wd:Q1985727 .
"""


@contextmanager
def serving(turtle: str) -> Iterator[tuple[str, list[str]]]:
    """An endpoint over some statements; its address, and who asked."""
    store, agents = ox.Store(), []
    store.load(turtle, format=ox.RdfFormat.TURTLE)

    def application(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        agents.append(environ["HTTP_USER_AGENT"])
        found = store.query(parse_qs(body)["query"][0])
        assert isinstance(found, ox.QuerySolutions)
        start("200 OK", [("Content-Type", "application/sparql-results+json")])
        return [found.serialize(format=ox.QueryResultsFormat.JSON) or b""]

    with hosting(application) as address:
        yield f"{address}/sparql", agents


@pytest.fixture
def diff(twins: Release, twins_repository: Repository) -> Callable[..., Result]:
    """Compare the release of the recorded entities."""

    def call(*words: str) -> Result:
        options = ["--data", str(twins_repository.data), "--releases", str(twins.folder.parent), "wikidata", "diff"]
        return CliRunner().invoke(main, [*options, *words], catch_exceptions=False)

    return call


def test_the_answer_of_today_goes_before_the_snapshot(diff: Callable[..., Result]) -> None:
    """Statements, ranks, dates, references, merged items and names are those that the endpoint states."""
    with serving(TODAY) as (url, agents):
        found = diff("--live", "--endpoint", url, "--contact", "tests", "--format", "json")
    content = json.loads(found.stdout)
    assert content["head"]["snapshots"][0]["name"] == "wikidata-live"
    assert all("(tests)" in agent for agent in agents)
    rows = {(row["kind"], row["field"], row["one"]["item"], row["other"]["item"]): row for row in content["lines"]}
    assert set(rows) == {
        ("missing-there", "stated", "", ""),  # Hilltop and Oldferry have no items
        ("missing-there", "stated", "Q64", "Q84"),
        ("missing-there", "stated", "Q64", "Q900065"),
        ("missing-here", "stated", "Q64", "Q900001"),
    }
    assert rows["missing-here", "stated", "Q64", "Q900001"]["other"]["name"] == "Newtown"
    merged = rows["missing-there", "stated", "Q64", "Q900065"]
    (said,) = merged["statements"]
    assert (said["start"], said["references"]) == ("2009", ["https://angels.example/"])
    # The recorded snapshot had Berlin state it: somebody has removed that.
    assert (merged["reasons"], merged["proposals"]) == (["removed"], [])
    (proposal,) = rows["missing-there", "stated", "Q64", "Q84"]["proposals"]
    assert (proposal["subject"], proposal["value"]) == ("Q64", "Q84")


def test_whoever_asks_says_who(diff: Callable[..., Result]) -> None:
    """Without an address at which the endpoint's owner reaches whoever asks, nothing is asked."""
    found = diff("--live")
    assert (found.exit_code, "--contact" in found.stderr) == (2, True)
