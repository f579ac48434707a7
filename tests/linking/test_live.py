"""Candidates from a service elsewhere: another citygraph over HTTP, and a stand-in that speaks as Wikidata's does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from werkzeug.wrappers import Request, Response

from citygraph.errors import SourceError
from citygraph.linking import proposals
from citygraph.linking.classes import read_classes
from citygraph.linking.live import Manner, Service
from citygraph.linking.score import Query
from citygraph.release import Releases
from citygraph.web.app import create_app
from linking.small import TABLES, E, matcher, thing
from servers import hosting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.linking.matcher import Matcher

THINGS = (
    thing("city/rivermouth", "City", "", "Rivermouth"),
    thing("city/basel", "City", "CH", "Basel", point=(47.56, 7.59)),
    thing("city/bern", "City", "CH", "Bern", item="Q70"),
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """Our own index."""
    return matcher(tmp_path_factory.mktemp("live"), THINGS)


def service(url: str, places: Matcher) -> Service:
    """A service that is waited for but shortly."""
    return Service(url, places, read_classes(TABLES / "classes.tsv"), Manner("tests", 0.01))


@pytest.fixture(scope="module")
def elsewhere(world, settings, world_repository) -> Iterator[str]:
    """Another citygraph, with the fixture world."""
    with hosting(create_app(settings, Releases(world.folder.parent), world_repository)) as url:
        yield f"{url}/reconcile"


def test_another_citygraph_proposes_its_items(places: Matcher, elsewhere: str) -> None:
    """A thing without an item is proposed the item that a service elsewhere links to, with the parts of the score."""
    ask = service(elsewhere, places).match_all
    found = {row.subject: row for row in proposals.for_things(places, E.removesuffix("id/"), set(), 3, ask)}
    best = found["city/rivermouth"].candidates[0]
    assert (best.entry.item, best.label, best.parts["name"], best.parts["kind"]) == ("Q4115189", "Rivermouth", 1, 1)
    assert best.linkable
    rejected = {("city/rivermouth", "Q4115189")}
    again = {row.subject: row for row in proposals.for_things(places, E.removesuffix("id/"), rejected, 3, ask)}
    assert "Q4115189" not in [row.entry.item for row in again["city/rivermouth"].candidates]


def test_a_service_tells_which_items_stand(places: Matcher, elsewhere: str) -> None:
    """An item that it knows stands; of one that it does not know it says so."""
    told = dict(service(elsewhere, places).standing(["Q4115189", "Q999999999"]))
    assert told == {"Q4115189": "Q4115189", "Q999999999": ""}


def as_wikidata(seen: list[dict[str, Any]], agents: list[str], busy: list[int]) -> Any:
    """A service in the form of Wikidata's: types and properties by their ids there, and now and then busy."""
    basel = {"id": "Q78", "name": "Basel", "type": [{"id": "Q70208", "name": "municipality"}], "score": 98}
    canton = {"id": "Q12172", "name": "Basel-Stadt", "type": [{"id": "Q23058", "name": "canton"}], "score": 70}
    features = [{"id": "all_labels", "value": 100}, {"id": "P17", "value": 100}, {"id": "P625", "value": 90}]
    bern = {"id": "Q70", "name": "Bern", "type": [{"id": "Q515", "name": "city"}], "score": 60}
    rows = [basel | {"features": features}, canton | {"features": features[1:2]}, bern | {"features": features}]
    moved = {"id": "Q70", "name": "Bern", "type": [], "score": 100, "match": True}

    @Request.application
    def application(request: Request) -> Response:
        agents.append(request.headers["User-Agent"])
        if busy:
            return Response("", busy.pop(), headers={"Retry-After": "0"})
        if request.method == "GET":
            about = {"identifierSpace": "http://www.wikidata.org/entity/", "versions": ["0.2"], "batchSize": 2}
            return Response(json.dumps(about))
        queries = json.loads(parse_qs(request.get_data(as_text=True))["queries"][0])
        seen.extend(queries.values())
        assert len(queries) <= 2
        found = {"Basel": rows, "Q1": [moved], "Q2": [basel | {"match": False}]}
        return Response(json.dumps({key: {"result": found.get(row["query"], [])} for key, row in queries.items()}))

    return application


def test_wikidata_is_asked_in_its_own_words_and_politely(places: Matcher) -> None:
    """Country and place go as properties of Wikidata, classes come back as ours; a busy service is waited for."""
    seen: list[dict[str, Any]] = []
    agents: list[str] = []
    with hosting(as_wikidata(seen, agents, [429, 503])) as url:
        ask = service(url, places).match_all
        found = {row.subject: row for row in proposals.for_things(places, E.removesuffix("id/"), set(), 3, ask)}
        told = dict(service(url, places).standing(["Q70", "Q1", "Q2"]))
    rows = [(row.entry.item, row.linkable) for row in found["city/basel"].candidates]
    assert rows == [("Q78", True), ("Q12172", False)]  # Q70 is linked to Bern already
    parts = found["city/basel"].candidates[0].parts
    assert (parts["country"], parts["distance"], parts["kind"]) == (1.0, 0.9, 0.8)
    (basel,) = (row for row in seen if row["query"] == "Basel")
    assert basel["properties"] == [{"pid": "P17", "v": {"id": "Q39"}}, {"pid": "P625", "v": "47.56000,7.59000"}]
    assert {agent.partition("/")[0] for agent in agents} == {"citygraph"}
    assert "(tests)" in agents[0]
    assert told == {"Q70": "", "Q1": "Q70", "Q2": ""}


@pytest.mark.parametrize("answer", [Response("<html>"), Response("[]"), Response("", 404), Response("[" * 100_000)])
def test_a_service_that_is_none_is_told_with_the_remedy(places: Matcher, answer: Response) -> None:
    """Pages, faults and nonsense are no service; the error names the address and what to do."""
    with hosting(answer) as url, pytest.raises(SourceError, match=f"{url}: the service does not answer .*network"):
        service(url, places).match_all([Query("Basel")])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///etc/passwd", "names.csv"])
def test_without_a_network_the_remedy_is_told(places: Matcher, url: str) -> None:
    """An address at which nobody answers, or that is none of a service, is an error and no trace."""
    with pytest.raises(SourceError, match="; "):
        service(url, places).match_all([Query("Basel")])


def test_candidates_without_sense_are_left_out(places: Matcher) -> None:
    """A service that sends rubbish in the place of candidates gives none."""
    rubbish = {"q0": {"result": [{"id": 7}, {"id": "x"}, None, {"id": "Q1", "type": "x", "features": [3]}]}}
    about = {"identifierSpace": "http://www.wikidata.org/entity/"}
    answers = [json.dumps(rubbish), json.dumps(about)]
    with hosting(Request.application(lambda _: Response(answers.pop()))) as url:
        ((only,),) = service(url, places).match_all([Query("Basel")])
    assert (only.entry.item, only.label) == ("Q1", "Q1")
