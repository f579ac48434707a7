"""Signposts: typed links in headers and link sets, as FAIR Signposting and RFC 9264 want them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from citygraph.formats import RDF

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.release import Release

BASE = "https://w3id.org/citygraph/"
PAGES = [
    *("/", "/downloads", "/cite", "/page/city/rivermouth", "/page/graph/places"),
    *("/dataset/citygraph", "/dataset/links", "/dataset/source-rivermouth-en.html"),
]
LINK = re.compile(r'<([^>]*)>((?:; [a-z]+="[^"]*")*)(?:, |$)')


def header(client: FlaskClient, path: str) -> dict[str, list[tuple[str, str]]]:
    """The links of an answer: per relation the addresses with their types."""
    found: dict[str, list[tuple[str, str]]] = {}
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert len(answer.headers.getlist("Link")) == 1
    for href, rest in LINK.findall(answer.headers["Link"]):
        fields = dict(re.findall(r'([a-z]+)="([^"]*)"', rest))
        for rel in fields["rel"].split():
            found.setdefault(rel, []).append((href, fields.get("type", "")))
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_signposted(client: FlaskClient, path: str) -> None:
    """A page names what is cited, what it is, its licence, what describes it, and its link set, which answers."""
    links = header(client, path)
    assert len(links["cite-as"]) == 1
    assert links["cite-as"][0][0].startswith(BASE)
    assert {"https://schema.org/AboutPage"} < {href for href, _ in links["type"]}
    assert len(links["license"]) == 1
    assert all(media for _, media in links["describedby"])
    for href, media in links["linkset"]:
        answer = client.get(href, headers={"Accept": media})
        assert (answer.status_code, answer.mimetype) == (200, media)


@pytest.mark.parametrize("path", ["/linkset", "/linkset/city/rivermouth", "/linkset/dataset/links"])
def test_both_forms_of_a_link_set_say_the_same(client: FlaskClient, path: str) -> None:
    """The link set in JSON and the one in text hold the same links, all of them absolute."""
    parsed = client.get(path, headers={"Accept": "application/linkset+json"}).json["linkset"]
    in_json = {
        (context["anchor"], rel, target["href"], target.get("type", ""))
        for context in parsed
        for rel, targets in context.items()
        if rel != "anchor"
        for target in targets
    }
    text = client.get(path, headers={"Accept": "application/linkset"}).text
    in_text = set()
    for link in text.strip().split(",\n"):
        href, rest = LINK.fullmatch(link).groups()
        fields = dict(re.findall(r'([a-z]+)="([^"]*)"', rest))
        in_text.add((fields["anchor"], fields["rel"], href, fields.get("type", "")))
    assert in_json == in_text
    assert len({context["anchor"] for context in parsed}) == len(parsed)
    assert all(part.startswith("http") for row in in_json for part in (row[0], row[2]))


def test_what_a_link_set_names_is_there(client: FlaskClient) -> None:
    """Data and files that are named answer under the base with the type that is told of them."""
    least_links = {"/linkset": 15, "/linkset/city/rivermouth": len(RDF), "/linkset/dataset/citygraph": len(RDF) + 15}
    for path, least in least_links.items():
        contexts = client.get(path).json["linkset"]
        (page,) = (row for row in contexts if "cite-as" in row)
        targets = [*page["describedby"], *page.get("item", [])]
        assert len(targets) >= least
        for target in targets:
            answer = client.get(target["href"].replace(BASE, "/"), headers={"Accept": "*/*"})
            assert answer.status_code == 200
            assert answer.mimetype == target["type"] or target["href"].endswith("ro-crate-metadata.json")
        back = {row["anchor"] for row in contexts if "describes" in row}
        assert {target["href"] for target in page["describedby"]} == back


def test_no_link_set_of_nothing(client: FlaskClient) -> None:
    """Of what nobody speaks of there is no link set."""
    assert client.get("/linkset/city/atlantis").status_code == 404
    assert client.get("/linkset/dataset/atlantis").status_code == 404


def test_the_release_is_cited_under_an_address_that_stays(client: FlaskClient, world: Release) -> None:
    """The downloads are cited as the folder of their release, whose page answers."""
    ((href, _),) = header(client, "/downloads")["cite-as"]
    assert href == f"{BASE}dumps/{world.version}/"
    assert world.version in client.get(href.replace(BASE, "/"), headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_how_to_cite(client: FlaskClient, world: Release, language: str) -> None:
    """The page about citing shows the entry for BibTeX of the release, in each language."""
    page = client.get(f"/cite?lang={language}")
    assert f"@misc{{citygraph-{world.version}," in page.text
    assert page.headers["Content-Language"] == language


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_downloads_offer_each_file(client: FlaskClient, world: Release, language: str) -> None:
    """The page of downloads leads to each file of the release with its checksum, and every link of it is good."""
    page = client.get(f"/downloads?lang={language}").text
    assert all(file.sha256 in page for file in world.files)
    links = set(re.findall(rf'href="(/dumps/{world.version}/[^"]+)"', page))
    assert len(links) >= len(world.files)
    for link in links:
        assert client.head(link).status_code == 200
