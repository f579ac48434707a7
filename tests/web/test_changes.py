"""What changed is told as pages, as JSON and as Atom feeds."""

import xml.etree.ElementTree as ET

import pytest

from citygraph.history.log import History
from citygraph.release import Releases
from citygraph.settings import Settings
from citygraph.web.app import create_app
from history.small import BASE, publish

NAME = "Base\x01l & <b>co</b> \u202e"
NEW = f":basel rdfs:label '''{NAME}''' . cg:p cg:party :basel ; rdfs:label 'Q' ."
REPLACED = ":new <http://purl.org/dc/terms/replaces> :old ."
STATES = (
    {"places": ":basel rdfs:label 'Basel' . :old rdfs:label 'Old' . cg:p cg:party :basel ; rdfs:label 'P' ."},
    {"places": f"{NEW} {REPLACED} :new rdfs:label 'New' ."},
    {"places": f"{NEW} {REPLACED} :new rdfs:label 'Newer' ."},
)
ATOM = {"a": "http://www.w3.org/2005/Atom", "h": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
def client(tmp_path):
    """A client of a site with three releases."""
    for number, graphs in enumerate(STATES, 1):
        History(tmp_path).record(publish(tmp_path, f"v{number}", graphs))
    return create_app(Settings(), Releases(tmp_path)).test_client()


def entries(answer):
    """The entries of a feed: number of the release and the lines of what it tells."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("application/atom+xml")
    feed = ET.fromstring(answer.data)
    for needed in ("id", "title", "updated", "author"):
        assert feed.find(f"a:{needed}", ATOM) is not None
    found = feed.findall("a:entry", ATOM)
    return {
        row.findtext("a:link", None, ATOM) or row.find("a:link", ATOM).get("href"): [
            "".join(line.itertext()) for line in row.iterfind(".//h:li", ATOM)
        ]
        for row in found
    }


def test_the_feed_of_the_site_tells_of_each_release(client):
    """Newest first, each thing with what happened to it; markup and control characters in names do no harm."""
    told = entries(client.get("/feed.atom"))
    assert list(told) == [f"{BASE}changes/{number}" for number in (3, 2, 1)]
    assert len(told[f"{BASE}changes/3"]) == 1
    assert any("<b>co</b>" in line and "changed" in line for line in told[f"{BASE}changes/2"])
    assert any("city/old: gone" in line for line in told[f"{BASE}changes/2"])


def test_the_feed_of_a_thing_tells_of_it_and_of_its_partnerships(client):
    """What happened to others is left out."""
    told = entries(client.get("/feed/city/basel.atom"))
    assert list(told) == [f"{BASE}changes/2"]
    assert len(told[f"{BASE}changes/2"]) == 2
    feed = ET.fromstring(client.get("/feed/city/basel.atom").data)
    assert feed.findtext("a:entry/a:title", None, ATOM) == "0 new, 2 changed, 0 gone"


def test_the_feed_of_what_went_away_tells_so_last(client):
    """Who follows a thing learns that it is gone, and by what it is replaced."""
    answer = client.get("/feed/city/old.atom")
    told = entries(answer)
    assert list(told) == [f"{BASE}changes/2"]
    assert "city/old: gone" in told[f"{BASE}changes/2"][0]
    assert answer.headers["Link"] == f'<{BASE}id/city/new>; rel="successor-version"'


@pytest.mark.parametrize("path", ["/feed/city/never.atom", "/changes/9", "/changes/0"])
def test_what_is_not_there_is_not_found(client, path):
    """No feed of an unknown thing, no page of an unknown release."""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_pages_name_what_changed(client, language):
    """The list and the page of a release, in each language."""
    listing = client.get(f"/changes/?lang={language}", headers={"Accept": "text/html"})
    assert "/changes/2?lang=" in listing.text
    page = client.get(f"/changes/2?lang={language}", headers={"Accept": "text/html"})
    assert page.headers["Content-Language"] == language
    assert "&lt;b&gt;co&lt;/b&gt;" in page.text
    assert "<b>co</b>" not in page.text


def test_the_same_is_had_as_json(client):
    """Counts of each release, and the things of one."""
    rows = client.get("/changes/?format=json").json
    assert [(row["new"], row["changed"], row["gone"]) for row in rows] == [(0, 1, 0), (1, 2, 1), (3, 0, 0)]
    things = client.get("/changes/2?format=json").json["things"]
    assert [row["what"] for row in things if row["iri"] == f"{BASE}id/city/old"] == ["gone"]


def test_a_feed_that_did_not_change_is_not_sent_again(client):
    """304 by its entity tag."""
    tag = client.get("/feed.atom").headers["ETag"]
    assert client.get("/feed.atom", headers={"If-None-Match": tag}).status_code == 304
