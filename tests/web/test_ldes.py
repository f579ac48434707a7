"""A client that follows the event stream from nothing ends with the graph of each release."""

import urllib.parse

import pytest
import rdflib
from rdflib.compare import isomorphic

from citygraph.history import streams
from citygraph.history.log import History
from citygraph.settings import Settings
from citygraph.web.app import create_app
from history.small import publish

LDES = rdflib.Namespace("https://w3id.org/ldes#")
TREE = rdflib.Namespace("https://w3id.org/tree#")
PROPERTY = "http://www.w3.org/2002/07/owl#onProperty"
RELEASES = (
    {
        "places": ":a rdfs:label 'A' . :b rdfs:label 'B' ; rdfs:seeAlso [ rdfs:comment 'x' ] . :c rdfs:label '01' .",
        "links": ":a cg:near :b .",
    },
    {"places": ":a rdfs:label 'A', 'Ä' . :b rdfs:label 'B' ; rdfs:seeAlso [ rdfs:comment 'y' ] . :c rdfs:label '01' ."},
    {
        "places": ":b rdfs:label 'B' ; rdfs:seeAlso [ rdfs:comment 'y' ] . :d rdfs:label 'D' ; cg:near :d .",
        "links": ":b cg:near :d .",
    },
    {"places": ":a rdfs:label 'A again' . :d rdfs:label 'D' .", "links": ":b cg:near :d . :d cg:near :b ."},
)


class Follower:
    """A client of streams: it reads each address once, and keeps the newest version of each thing."""

    def __init__(self, client, view):
        self.client, self.view = client, view
        self.read, self.newest = set(), {}

    def follow(self, form="text/turtle"):
        """Read what is new and return the graph as it is now."""
        todo = [self.view]
        while todo:
            address = todo.pop()
            if address in self.read:
                continue
            response = self.client.get(urllib.parse.urlsplit(address).path, headers={"Accept": form})
            assert response.status_code == 200, address
            if "immutable" in response.headers["Cache-Control"]:
                self.read.add(address)
            page = rdflib.Graph().parse(data=response.data, format=form, publicID=address)
            todo.extend(str(node) for node in page.objects(None, TREE.node))
            for stream in page.subjects(rdflib.RDF.type, LDES.EventStream):
                self._take(page, stream)
        whole = rdflib.Graph()
        for _, triples in self.newest.values():
            whole += triples
        return whole

    def _take(self, page, stream):
        of, at = page.value(stream, LDES.versionOfPath), page.value(stream, LDES.timestampPath)
        deletion = page.value(stream, LDES.versionDeleteObject)
        for member in page.objects(stream, TREE.member):
            thing, when = page.value(member, of), page.value(member, at).toPython()
            state = rdflib.Graph()
            for triple in page.cbd(member):
                if triple[0] != member or triple[1] not in (of, at):
                    state.add((thing if triple[0] == member else triple[0], *triple[1:]))
            if (thing, rdflib.RDF.type, deletion) in state:
                state = rdflib.Graph()
            if thing not in self.newest or self.newest[thing][0] < when:
                self.newest[thing] = (when, state)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Publishes one small release after the other, and serves them; two members stand on a page."""
    monkeypatch.setattr(streams, "MEMBERS", 2)

    def serve(version, graphs):
        releases = publish(tmp_path / "releases", version, graphs)
        History(releases.folder).record(releases)
        return releases

    return serve


@pytest.mark.parametrize(
    ("view", "dump", "form"),
    [
        ("ldes", "citygraph", "text/turtle"),
        ("ldes", "citygraph", "application/ld+json"),
        ("ldes/graph/places", "graphs/places", "application/rdf+xml"),
        ("ldes/graph/places", "graphs/places", "application/trig"),
    ],
)
def test_a_follower_has_the_current_graph_after_each_release(site, view, dump, form):
    """From nothing, and after three further releases that add, change and delete, what it holds is isomorphic."""
    follower = None
    for number, graphs in enumerate(RELEASES, 1):
        releases = site(str(number), graphs)
        app = create_app(Settings(), releases)
        follower = follower or Follower(app.test_client(), f"http://localhost/{view}")
        follower.client = app.test_client()
        expected = rdflib.Graph().parse(releases.current().folder / "dumps" / f"{dump}.nt")
        assert isomorphic(expected, follower.follow(form))


def test_pages_never_change_and_the_root_does(site):
    """Nodes of releases and their pages may be kept for ever; the root is asked again."""
    client = create_app(Settings(), site("1", RELEASES[0])).test_client()
    caching = [client.get(path).headers["Cache-Control"] for path in ("/ldes", "/ldes/1", "/ldes/1/1")]
    assert ["immutable" in text for text in caching] == [False, True, True]
    page = client.get("/ldes/1/1")
    assert client.get("/ldes/1/1", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/ldes/2", "/ldes/1/99", "/ldes/1/0", "/ldes/graph/nothing", "/ldes/graph/../x/at/1"])
def test_what_is_not_there_is_not_found(site, path):
    """Nodes that no release has are 404 and say so."""
    client = create_app(Settings(), site("1", RELEASES[0])).test_client()
    assert client.get(path).status_code == 404


def test_the_address_of_a_page_is_of_the_host_that_was_asked(site):
    """Relative references lead on, whatever name and prefix the site is mounted under; no forged host appears."""
    client = create_app(Settings(), site("1", RELEASES[0])).test_client()
    text = client.get("/ldes", headers={"Host": "evil.example"}, environ_overrides={"SCRIPT_NAME": "/prefix"}).text
    assert "evil.example" not in text
    assert "</prefix/ldes/1>" in text


def test_nodes_tell_bounds_and_that_they_do_not_change(site):
    """What the LDES server primer asks of nodes: from and until on relations, and which nodes never change."""
    client = create_app(Settings(), site("1", RELEASES[0])).test_client()
    root, page = (rdflib.Graph().parse(data=client.get(path).data, format="turtle") for path in ("/ldes", "/ldes/1/1"))
    kinds = {root.value(relation, rdflib.RDF.type) for relation in root.objects(None, TREE.relation)}
    assert kinds == {TREE.GreaterThanOrEqualToRelation, TREE.LessThanOrEqualToRelation}
    assert [*page.objects(None, LDES.immutable)] == [rdflib.Literal(True)]
    assert not [*root.objects(None, LDES.immutable)]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/n-quads, application/trig;q=0.9, text/html;q=0.2", "application/trig"),
        ("application/n-quads", "application/n-quads"),
        ("text/html, */*;q=0.1", "text/html; charset=utf-8"),
        ("*/*", "text/turtle; charset=utf-8"),
    ],
)
def test_formats_that_can_be_followed_anywhere_go_first(site, accept, given):
    """N-Quads has no relative references, so it is for those who want nothing else; browsers get a page."""
    client = create_app(Settings(), site("1", RELEASES[0])).test_client()
    for path in ("/ldes", "/ldes/graph/places"):
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.content_type) == (200, given)
