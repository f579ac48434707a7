"""The page of a thing: who states each fact, where sources disagree, and never a question per row."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.store import Store
from citygraph.vocab import KINDS
from citygraph.web.current import Served
from citygraph.web.layout import View, article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from citygraph.release import Release
    from citygraph.web.article import Article, Fact, Group

BASE = "https://w3id.org/citygraph/id/"


@pytest.fixture
def lay_out(app: Flask, world: Release) -> Iterator[Article]:
    """The article about the partnership of which two sources speak."""
    with app.test_request_context("/"):
        app.preprocess_request()
        yield article(Served.of(world), f"{BASE}partnership/rivermouth-obersoed", "en", View(50))


def facts(groups: list[Group], key: str) -> list[Fact]:
    """The facts of a property, wherever they stand."""
    found = []
    for group in groups:
        if group.key == key:
            found += group.facts
        for fact in group.facts:
            found += facts(fact.parts, key)
    return found


def test_marks(lay_out: Article) -> None:
    """Each fact names every source that states it, and says which are inferred."""
    parties = {fact.name.text: {mark.label for mark in fact.marks} for fact in facts(lay_out.groups, "party")}
    assert all(labels == {"obersoed-de", "rivermouth-en"} for labels in parties.values())
    assert {mark.kind for fact in facts(lay_out.groups, "assertedBy") for mark in fact.marks} == {"inferred"}


def test_disagreement(lay_out: Article) -> None:
    """Two values of a date that do not fit each other are rivals; a coarser date of the same is none."""
    assert lay_out.disagrees
    renewal = next(fact for fact in facts(lay_out.groups, "event") if "renewal" in (fact.url or ""))
    dates = facts(renewal.parts, "date")
    assert len(dates) == 2
    assert all(fact.rivals for fact in dates)
    assert not any(fact.rivals for fact in facts(lay_out.groups, "startDate"))


def test_evidence(lay_out: Article) -> None:
    """The phrases that the thing rests on are shown with their place."""
    assert {row.phrase.text for row in lay_out.evidence} >= {"Rivermouth and Öbersöd have been twinned"}
    assert all(int(row.end) - int(row.start) == len(row.phrase.text) for row in lay_out.evidence)


def test_incoming_is_not_told_twice(lay_out: Article) -> None:
    """What the thing itself says is not repeated as something that points to it."""
    assert "agreementOf" not in {group.key for group in lay_out.incoming}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that pages put to the store."""
    found: list[str] = []
    query = Store.query

    def noted(self: Store, text: str, **more: Any) -> Any:
        found.append(text)
        return query(self, text, **more)

    monkeypatch.setattr(Store, "query", noted)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_three_questions(app: Flask, world: Release, asked: list[str], kind: str) -> None:
    """The page of a thing of any kind asks the store at most three questions, and so does the list of the kind."""
    client, start = app.test_client(), f"{BASE}{kind}/"
    things = {quad.subject.value for quad in world.store.quads() if str(quad.subject).startswith(f"<{start}")}
    paths = [f"/page/{thing.removeprefix(BASE)}?asked" for thing in sorted(things)[:2]]
    for path in (*paths, f"/browse/{kind}?asked"):
        asked.clear()
        assert client.get(path).status_code == 200
        assert len(asked) <= 3, path


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/browse/", "/search?q=river", "/queries/", "/queries/partnerships-of-a-party", "/about", "/dumps/"),
        *("/ontology.html", "/quality", "/quality/city/rivermouth", "/page/graph/places", "/page/form", "/sparql"),
    ],
)
def test_other_pages_ask_no_more(app: Flask, asked: list[str], path: str) -> None:
    """Nor does any other page, however much it shows."""
    address = path + ("&" if "?" in path else "?") + "asked"
    assert app.test_client().get(address, headers={"Accept": "text/html"}).status_code == 200
    assert len(asked) <= 3


def test_the_largest_hub(seed_app: Flask, seed: Release, asked: list[str]) -> None:
    """The thing to which most others point asks three questions too, and its page holds no row per thing.

    It weighs a small multiple of the page of a thing that hardly anything points to.
    """
    pointed = Counter(quad.object.value for quad in seed.store.quads() if str(quad.object).startswith(f"<{BASE}"))
    hub = max(pointed, key=lambda iri: (pointed[iri], iri))
    small = min((iri for iri in pointed if "/city/" in iri), key=lambda iri: (pointed[iri], iri))
    sizes = []
    for iri in (hub, small):
        asked.clear()
        answer = seed_app.test_client().get(f"/page/{iri.removeprefix(BASE)}?asked")
        assert answer.status_code == 200
        assert len(asked) <= 3
        sizes.append(len(answer.data))
    assert pointed[hub] > 10_000
    assert sizes[0] < 8 * sizes[1]


def test_languages(app: Flask) -> None:
    """A page names things in the reader's language, chosen by parameter or header, and links keep the choice."""
    client = app.test_client()
    page = client.get("/page/city/rivermouth?lang=de").text
    assert "Stadt" in page
    assert "lang=de" in page
    assert page == client.get("/page/city/rivermouth?lang=de", headers={"Accept-Language": "fr"}).text


def test_basel_and_toyama(seed_app: Flask) -> None:
    """The pages of Basel disagree on the renewal of the agreement with Toyama, and the page shows both dates."""
    page = seed_app.test_client().get("/page/partnership/basel-stadt-toyama").text
    assert "Sources disagree" in page
    for text in ("24 August 2018", "August 2019", "26 October 2009", "Conradin Cramer"):
        assert text in page


def test_create_app_makes_independent_applications(app: Flask, seed_app: Flask) -> None:
    """Two applications in one process serve two releases."""
    assert app is not seed_app
    assert app.test_client().get("/health").json["release"] != seed_app.test_client().get("/health").json["release"]


def test_a_place_tells_its_partners(seed_app: Flask) -> None:
    """The page of a canton holds its partners with dates and fields, and its coordinates in plain words."""
    page = seed_app.test_client().get("/page/canton/basel-stadt").text
    table = page[page.index('<table class="stack">') : page.index("</table>")]
    for text in ("Massachusetts", "since 20 June 2002", "Shanghai", "Twinning", "Cutting-edge medicine"):
        assert text in table
    assert "47.565° north" in page
    assert "asWKT" not in page.partition("<details>")[0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/page/partnership/basel-stadt-toyama?lang=de", "sind Partner"),
        ("/page/partnership/basel-stadt-toyama?lang=fr", "sont partenaires"),
        ("/page/focus-area/culture", "Who works on it"),
        ("/page/form/twinning", "Partnerships of this kind"),
        ("/page/source/hamburg-de", "The partnerships it speaks of"),
        ("/page/person/conradin-cramer", "appears in the partnership"),
        ("/page/country/switzerland", "Basel – Miami Beach"),
        ("/page/partnership/hamburg-quebec", "no document read here says since when"),
    ],
)
def test_pages_tell_stories(seed_app: Flask, path: str, words: str) -> None:
    """Each kind of thing is told in sentences of its own, in the reader's language."""
    assert words in seed_app.test_client().get(path).text


def test_a_card_without_a_beginning_tells_an_event(seed_app: Flask) -> None:
    """Where no source says when a partnership began, its card shows the earliest dated event."""
    page = seed_app.test_client().get("/").text
    assert "28 February 2024" in page
    assert "Announcement of the partnership of Hamburg and Quebec" in page


def test_a_hub_is_told_page_by_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What points to a hub is counted, and its list goes on page by page until all is told."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], page_size=3))
    client, seen = app.test_client(), set()
    page = client.get("/page/country/examplia?few").text  # an address whose page nobody keeps from another size
    link = unescape(re.search(r'href="([^"]+in=[^"]+page=2)"', page)[1])
    count = int(re.search(r'<span class="count">(\d+)</span></summary>[^$]*?' + re.escape(escape(link)), page)[1])
    for number in range(1, 99):
        text = client.get(link.replace("page=2", f"page={number}") + "&few").text
        found = re.search(r'<ul class="columns-list">(.*?)</ul>', text, re.DOTALL)
        seen |= set(re.findall(r'href="([^"]+)"', found[1]))
        if 'rel="next"' not in text:
            break
    assert len(seen) == count
