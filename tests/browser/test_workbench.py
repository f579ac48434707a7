"""The workbench: examples, views, links that can be shared, errors at their line, and completion from our own terms."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from browser.conftest import PHONE

pytestmark = pytest.mark.real

PLACES = """PREFIX gsp: <http://www.opengis.net/ont/geosparql#>
SELECT ?place ?point WHERE { ?place gsp:hasGeometry/gsp:asWKT ?point }"""
PARTNERS = """PREFIX cg: <https://w3id.org/citygraph/ontology#>
CONSTRUCT { ?one cg:partnerOf ?other } WHERE { ?one cg:partnerOf ?other }"""
DECADES = """PREFIX cg: <https://w3id.org/citygraph/ontology#>
SELECT ?area (COUNT(?thing) AS ?partnerships) WHERE { ?thing a cg:Partnership ; cg:focusArea ?area } GROUP BY ?area"""
YEARS = """PREFIX cg: <https://w3id.org/citygraph/ontology#>
SELECT ?year (COUNT(?thing) AS ?partnerships) WHERE { ?thing cg:startDate ?date BIND(YEAR(?date) AS ?year) }
GROUP BY ?year"""


@pytest.mark.parametrize(
    ("view", "query", "mark"),
    [
        ("map", PLACES, ".points circle"),
        ("network", PARTNERS, ".nodes circle"),
        ("chart", DECADES, ".bar rect"),
        ("chart", YEARS, ".points circle"),
    ],
)
def test_views(visit, view: str, query: str, mark: str) -> None:
    """A shared link shows the same answer in the same view, with nothing loaded from elsewhere."""
    found = visit(f"/sparql?query={quote(query)}&view={view}", viewport=PHONE)
    found.page.locator(f"[data-place] {mark}").first.wait_for()
    assert found.page.locator("[data-server-answer]").count() == 0
    assert (found.violations(), found.foreign(), found.complaints) == ([], [], [])


def test_an_example_is_one_click_away(visit) -> None:
    """A click on a question asks it; the address then holds the query, and a reload shows the same rows."""
    page = visit("/sparql?lang=en").page
    page.get_by_label("Show only questions with these words").fill("map")
    page.locator("[data-examples] li:visible button").first.click()
    page.locator("[data-place] .points circle").first.wait_for()
    assert "query=PREFIX" in page.url
    assert "view=map" in page.url
    page.get_by_role("button", name="Table").click()
    rows = page.locator("[data-place] tbody tr").count()
    page.reload()
    assert page.locator("[data-server-answer] tbody tr").count() == rows > 5


def test_downloads(visit) -> None:
    """Each form of an answer is a link that gives just that."""
    page = visit(f"/sparql?query={quote(PLACES)}&view=map").page
    page.locator("[data-place] svg").wait_for()
    links = page.locator("[data-downloads] li:visible a")
    assert links.count() == 4
    types = [links.nth(number).get_attribute("type") for number in range(4)]
    for number, expected in enumerate(types):
        answer = page.request.get(page.evaluate("(link) => link.href", links.nth(number).element_handle()))
        assert answer.headers["content-type"].startswith(expected)


@pytest.mark.parametrize("asked", ["by the address", "in the page"])
def test_an_error_is_shown_at_its_line(visit, asked: str) -> None:
    """A query that cannot be read is kept, and the line at fault is marked."""
    wrong = "SELECT * WHERE {\n  ?thing ?is\n}"
    if asked == "by the address":
        page = visit(f"/sparql?lang=en&query={quote(wrong)}").page
    else:
        page = visit("/sparql?lang=en").page
        page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", wrong)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("alert").wait_for()
        assert "Line 3, column 1." in page.get_by_role("alert").inner_text()
    page.locator(".faulty").wait_for()
    assert page.locator("textarea#query").input_value() == wrong
    assert page.locator(".CodeMirror-linebackground.faulty").count() == 1


def test_completion_knows_our_terms(visit) -> None:
    """The editor completes our classes and properties, and asks nobody for them."""
    found = visit("/sparql")
    page = found.page
    page.evaluate("""() => { const editor = document.querySelector('.CodeMirror').CodeMirror;
        editor.setValue('PREFIX cg: <https://w3id.org/citygraph/ontology#>\\nSELECT * WHERE {\\n ?thing a ');
        editor.setCursor(2, 10); editor.focus() }""")
    page.keyboard.type("cg:Partn", delay=20)
    page.locator(".CodeMirror-hint").first.wait_for()
    assert page.locator(".CodeMirror-hint").all_inner_texts() == ["cg:Partnership"]
    page.keyboard.press("Enter")
    page.keyboard.type(" ; cg:startD", delay=20)
    page.locator(".CodeMirror-hint").first.wait_for()
    assert page.locator(".CodeMirror-hint").all_inner_texts() == ["cg:startDate"]
    assert (found.foreign(), found.complaints) == ([], [])


def test_a_cut_answer_says_so(visit) -> None:
    """Where the endpoint gives out only a part, the page says it."""
    page = visit("/sparql?lang=en").page
    page.evaluate(
        "text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)",
        "SELECT ?a ?b WHERE { ?a ?p ?o . ?b ?q ?r } LIMIT 200000",
    )
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("[data-truncated]").wait_for()
    assert page.locator("[data-place] tbody tr").count() == 200
    page.get_by_role("button", name="Show more rows").click()
    assert page.locator("[data-place] tbody tr").count() == 400


def test_the_plain_form_does_the_same(visit) -> None:
    """Without script the form asks, the answer is a table, and its forms can be saved."""
    page = visit("/sparql?lang=en", java_script_enabled=False, script=False).page
    page.locator("textarea#query").fill(DECADES)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/sparql?*query=*")
    assert page.locator("[data-server-answer] tbody tr").count() > 5
    assert page.get_by_role("link", name="CSV").is_visible()
    assert not page.locator("[data-views]").is_visible()
