"""Every kind of page, at phone and desktop width, with and without script: readable by all, light, and on its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from browser.conftest import DESKTOP, PHONE
from citygraph.release import Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.settings import Repository, Settings

pytestmark = pytest.mark.real

BASE = "https://w3id.org/citygraph/"
QUERY = quote("SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 20")
WHY = (
    f"/why?s={quote(BASE + 'id/partnership/basel-stadt-toyama')}"
    f"&p={quote(BASE + 'ontology#party')}&o={quote(BASE + 'id/prefecture/toyama')}"
)
PAGES = {
    "home": "/",
    "partnership": "/page/partnership/basel-stadt-toyama",
    "canton": "/page/canton/basel-stadt",
    "city": "/page/city/zurich",
    "person": "/page/person/martine-biron",
    "focus-area": "/page/focus-area/education",
    "network": "/page/network/nexpo",
    "source": "/page/source/basel-stadt-en",
    "event": "/page/event/basel-stadt-toyama-agreement",
    "agreement": "/page/agreement/hamburg-quebec",
    "evidence": "/page/evidence/basel-stadt-de-abidjan-agreement",
    "institution": "/page/institution/criaq",
    "initiative": "/page/initiative/art-basel-miami-beach",
    "code-list": "/page/form",
    "graph": "/page/graph/source/karlsruhe-de",
    "hub": "/page/source/basel-stadt-en?in=oa:hasSource",
    "why": WHY,
    "search": "/search?q=Basel",
    "search-nothing": "/search?q=xyzzyq",
    "kinds": "/browse/",
    "kind": "/browse/city",
    "questions": "/queries/",
    "question": "/queries/partnerships-of-a-party",
    "sparql": "/sparql",
    "sparql-answer": f"/sparql?query={QUERY}",
    "sparql-refused": "/sparql?query=SELECT",
    "downloads": "/dumps/",
    "ontology": "/ontology",
    "about": "/about",
    "quality": "/quality",
    "wikidata": "/wikidata?party=canton/basel-stadt",
    "absent": "/page/city/nowhere",
    "map": "/embed/map",
    "timeline": "/embed/timeline",
    "network-picture": "/embed/network/canton/basel-stadt",
}
SCRIPTED = ("sparql", "sparql-answer", "sparql-refused", "map", "timeline", "network-picture")
"""Pages that a script changes: tried with and without it at each width; the others change about."""
LANGUAGES = ("en", "de", "fr")


def cases():
    """Every page at each width; script and language change from case to case."""
    for place, (name, address) in enumerate(PAGES.items()):
        for turn, width in enumerate(("phone", "desktop")):
            language = LANGUAGES[(place + turn) % 3]
            for script in (True, False) if name in SCRIPTED else ((place + turn) % 2 == 0,):
                words = f"{name}-{width}-{language}-{'script' if script else 'plain'}"
                yield pytest.param(address, width, language, script, id=words)


@pytest.mark.parametrize(("address", "width", "language", "script"), list(cases()))
def test_pages(visit, address: str, width: str, language: str, script: bool) -> None:
    """A page breaks no rule of accessibility or policy, asks no other host, is light and never scrolls sideways."""
    joined = f"{address}{'&' if '?' in address else '?'}lang={language}"
    found = visit(joined, script=script, viewport=PHONE if width == "phone" else DESKTOP, color_scheme="light")
    page = found.page
    assert page.locator("html").get_attribute("lang") == language
    assert found.violations() == []
    assert found.foreign() == []
    expected = ("the server responded with a status of 4", "net::ERR_FAILED")
    assert [row for row in found.complaints if not any(word in row for word in expected)] == []
    assert found.weight(without="workbench") < 300_000
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("name", ["home", "partnership", "sparql-answer", "map", "network-picture"])
def test_dark(visit, name: str) -> None:
    """Whoever prefers dark pages gets them, with contrast enough."""
    found = visit(PAGES[name], color_scheme="dark")
    assert found.violations() == []


def test_every_page_without_parameters(
    visit, site: str, release_folder: Path, settings: Settings, repository: Repository
) -> None:
    """No address that answers with a page is left out, whoever adds one."""
    app = create_app(settings, Releases(release_folder.parent), repository)
    known = set(PAGES.values())
    for rule in {
        rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in rule.methods
    } - known:
        request = urllib.request.Request(site + rule, headers={"Accept": "text/html,*/*;q=0.8"})
        try:
            with urllib.request.urlopen(request) as answer:
                page = answer.headers.get_content_type() == "text/html"
        except urllib.error.HTTPError as error:
            page = error.headers.get_content_type() == "text/html"
        if page:
            found = visit(rule, viewport=PHONE)
            assert (rule, found.violations(), found.foreign()) == (rule, [], [])
            assert found.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], rule


@pytest.mark.parametrize("name", ["partnership", "canton", "person", "focus-area", "source"])
def test_the_first_view_is_light(visit, name: str) -> None:
    """A page about a thing needs at most 30 kB for its first view, and no script."""
    found = visit(PAGES[name], script=False, viewport=PHONE)
    assert found.weight() <= 30_000
    assert found.page.locator("h1").is_visible()


def test_nothing_is_kept_in_the_browser(visit) -> None:
    """No page leaves a cookie or anything else behind."""
    found = visit(PAGES["sparql-answer"])
    assert found.page.context.cookies() == []
    assert json.loads(found.page.evaluate("JSON.stringify(Object.keys(localStorage))")) == []
