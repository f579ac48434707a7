"""Earlier states are reached by address and by header, and what went away has a tombstone."""

import re
import shutil
from email.utils import parsedate_to_datetime

import pyoxigraph as ox
import pytest
import rdflib

from citygraph.history.log import History
from citygraph.release import Releases
from citygraph.settings import Settings
from citygraph.web.app import create_app
from history.small import BASE, publish

AS = rdflib.Namespace("https://www.w3.org/ns/activitystreams#")
DCT = rdflib.DCTERMS
STATES = (
    {"places": ":basel rdfs:label 'Basel before' . :old rdfs:label 'Old' ."},
    {"places": ":basel rdfs:label 'Basel after' . :new <http://purl.org/dc/terms/replaces> :old ; rdfs:label 'New' ."},
)


@pytest.fixture
def log(tmp_path):
    """The log of two releases; the second renames Basel and replaces a thing."""
    for number, graphs in enumerate(STATES, 1):
        releases = publish(tmp_path, str(number), graphs)
        History(tmp_path).record(releases)
    return History(tmp_path).releases()


@pytest.fixture
def client(log, tmp_path):
    """A client of the site that serves the second release."""
    return create_app(Settings(), Releases(tmp_path)).test_client()


def label(response, name="basel"):
    """What a Turtle answer calls a thing."""
    assert response.status_code == 200, response.text
    graph = rdflib.Graph().parse(data=response.data, format="turtle")
    return str(graph.value(rdflib.URIRef(f"{BASE}id/city/{name}"), rdflib.RDFS.label))


def test_a_time_or_a_version_shows_the_state_of_then(client, log):
    """By the time of publication, by the version; without either it is the state of today."""
    address = "/data/city/basel.ttl"
    assert label(client.get(address)) == "Basel after"
    assert label(client.get(f"{address}?asof={log[0].published}")) == "Basel before"
    assert label(client.get(f"{address}?asof={log[1].published}")) == "Basel after"
    assert label(client.get(f"{address}?asof=1")) == "Basel before"
    assert label(client.get(f"{address}?asof=2999-01-01")) == "Basel after"


@pytest.mark.parametrize(
    ("text", "status"), [("1999-01-01", 404), ("yesterday", 400), ("2026-13-01", 400), ("1'", 400)]
)
def test_a_time_without_a_release_is_refused_in_words(client, text, status):
    """Too early is 404 and names the oldest; what is no time is 400."""
    answer = client.get(f"/data/city/basel.ttl?asof={text}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_accept_datetime_leads_to_the_memento_of_that_time(client, log):
    """302 to an address with the time, which says when its release was published (RFC 7089, section 4)."""
    before = parsedate_to_datetime("Mon, 01 Jan 2001 00:00:00 GMT")
    gate = client.get("/data/city/basel.ttl", headers={"Accept-Datetime": before.strftime("%a, %d %b %Y %H:%M:%S GMT")})
    assert gate.status_code == 302
    assert "Accept-Datetime" in gate.headers["Vary"]
    memento = client.get(gate.headers["Location"])
    assert label(memento) == "Basel before"
    told = parsedate_to_datetime(memento.headers["Memento-Datetime"])
    assert told.strftime("%Y-%m-%dT%H:%M:%SZ") == log[0].published


def test_the_time_map_lists_what_can_be_had(client):
    """Each memento in the map is there, and the document names the map."""
    links = client.get("/data/city/basel.ttl").headers["Link"].split(", <")
    times = next(link for link in links if 'rel="timemap"' in link).partition(">")[0]
    rows = client.get(times).text.split(",\n")
    mementos = [row.partition(">")[0].removeprefix("<") for row in rows if "memento" in row]
    assert [label(client.get(address)) for address in mementos] == ["Basel before", "Basel after"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("page/city/basel", [0, 1]),
        ("id/city/old", [0]),
        ("data/city/new.ttl", [1]),
        ("page/city/never", None),
        ("sparql", None),
        ("no/such/place", None),
        ("id/city/a%3E%0Aset-cookie:x", None),
    ],
)
def test_the_time_map_lists_those_releases_that_spoke_of_the_thing(client, log, path, expected):
    """What went away is in the first only, what came in the last; of what is no document there is no map."""
    answer = client.get(f"/timemap/{path}")
    if expected is None:
        assert answer.status_code == 404
        return
    times = [log[number].published for number in expected]
    own = next(row for row in answer.text.split(",\n") if 'rel="self"' in row)
    assert [row.partition("?asof=")[2][:24].replace("%3A", ":")[:20] for row in mementos(answer)] == times
    assert mementos(answer)[0].partition('rel="')[2].startswith("first")
    assert "last memento" in mementos(answer)[-1]
    assert own.count('GMT"') == 2, "it says from when until when"


def mementos(answer):
    """The rows of a time map that lead to mementos."""
    return [row for row in answer.text.split(",\n") if "memento" in row.partition("rel=")[2].partition(";")[0]]


def test_the_gate_names_the_memento_that_it_leads_to(client, log):
    """With its time, beside the original and the map; it is itself no memento (RFC 7089, section 4.1.1)."""
    gate = client.get("/page/city/basel", headers={"Accept-Datetime": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert gate.headers["Location"].replace("%3A", ":").endswith(f"?asof={log[1].published}")
    assert f'<{gate.headers["Location"]}>; rel="memento"; datetime="' in gate.headers["Link"]
    assert "Memento-Datetime" not in gate.headers
    links = re.findall(r"<[^>]*>", ", ".join(gate.headers.getlist("Link")))
    assert len(links) == len(set(links)) == 3


@pytest.mark.parametrize(("path", "status"), [("id/city/old", 410), ("data/city/never.ttl", 404)])
def test_a_cache_never_takes_that_it_is_gone_for_an_earlier_state(client, path, status):
    """An answer of today varies by the time that was asked for, also where it is an error; what is gone has a map."""
    answer = client.get(f"/{path}")
    assert (answer.status_code, "Accept-Datetime" in answer.headers["Vary"]) == (status, True)
    assert (f"</timemap/{path}>" in ", ".join(answer.headers.getlist("Link"))) is (status == 410)
    asked = client.get("/id/city/old", headers={"Accept-Datetime": "yesterday"})
    assert (asked.status_code, "Accept-Datetime" in asked.headers["Vary"]) == (400, True)


@pytest.mark.parametrize("address", ["/id/city/old", "/page/city/old", "/data/city/old.ttl", "/id/city/old.html"])
def test_what_went_away_is_gone_and_not_unknown(client, address):
    """410, where a thing that never was is 404."""
    assert client.get(address, headers={"Accept": "text/html"}).status_code == 410
    assert client.get(address.replace("old", "never")).status_code == 404


@pytest.mark.parametrize("form", ["text/turtle", "application/ld+json", "application/rdf+xml"])
def test_the_tombstone_tells_when_and_what_came_instead(client, log, form):
    """As RDF: a tombstone with the time, the successor, and an address of the last state that still answers."""
    answer = client.get("/id/city/old", headers={"Accept": form})
    graph = rdflib.Graph().parse(data=answer.data, format=form)
    thing = rdflib.URIRef(f"{BASE}id/city/old")
    assert (thing, rdflib.RDF.type, AS.Tombstone) in graph
    assert graph.value(thing, AS.deleted) == rdflib.Literal(log[1].published, datatype=rdflib.XSD.dateTime)
    assert graph.value(thing, DCT.isReplacedBy) == rdflib.URIRef(f"{BASE}id/city/new")
    last = str(graph.value(thing, DCT.hasVersion)).removeprefix(BASE)
    assert label(client.get(f"/{last}", headers={"Accept": "text/turtle"}, follow_redirects=True), "old") == "Old"


def test_the_log_keeps_earlier_data_readable(client, log):
    """A memento is served from its own store, literals and all."""
    answer = client.get(f"/data/city/basel.nt?asof={log[0].published}")
    assert list(ox.parse(answer.data, format=ox.RdfFormat.N_TRIPLES))


def test_a_tombstone_leads_to_no_state_that_is_not_kept(client, tmp_path):
    """Once the last release that spoke of a thing is removed, neither page nor data nor headers lead to it."""
    before = client.get("/data/city/old.ttl")
    assert b"asof=" in before.data
    shutil.rmtree(tmp_path / "1")
    for address in ("/data/city/old.ttl", "/page/city/old"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert b"asof=" not in answer.data
        assert "timemap" not in ", ".join(answer.headers.getlist("Link"))
