"""Everything is reached and worked by the keyboard, and where the focus is can be seen."""

from __future__ import annotations

import pytest

from browser.conftest import PHONE

pytestmark = pytest.mark.real

FOCUSED = """() => { const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    return { name: at.tagName, words: (at.innerText || at.getAttribute('aria-label') || at.id || '').trim(),
             ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
             seen: box.width > 0 && box.bottom > 0 && box.right > 0
                   && box.left < innerWidth && box.top < innerHeight } }"""


@pytest.mark.parametrize("address", ["/", "/page/partnership/basel-stadt-toyama", "/search?q=Basel", "/embed/map"])
def test_the_focus_is_seen(visit, address: str) -> None:
    """Whatever the Tab key reaches shows a ring and lies within the window."""
    page = visit(address, viewport=PHONE).page
    for _ in range(30):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found["name"] == "BODY":
            break
        assert found["ring"], found
        assert found["seen"], found


def test_the_first_link_skips_to_the_content(visit) -> None:
    """The first thing that the Tab key reaches leads past the menus."""
    page = visit("/").page
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["words"] == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**/#*")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_menus_and_languages(visit) -> None:
    """The menu and the languages are links that the keyboard follows."""
    page = visit("/?lang=en").page
    page.get_by_role("link", name="Questions", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/queries/*")
    page.locator("nav.languages a[hreflang=de]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**lang=de*")
    assert page.locator("h1").inner_text() == "Fragen, die der Graph beantwortet"


def test_suggestions(visit) -> None:
    """While somebody writes, names are suggested; Enter finds what was written, spelling forgiven."""
    page = visit("/?lang=en").page
    page.locator("#site-search").focus()
    page.keyboard.type("Zuric", delay=10)
    page.locator("#suggestions option[value='Zurich']").wait_for(state="attached")
    page.keyboard.type("h")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    assert page.get_by_role("main").get_by_role("link", name="Zurich", exact=True).first.is_visible()


def test_the_workbench(visit) -> None:
    """A query is written, asked, looked at as a chart and left again by keys alone."""
    page = visit("/sparql?lang=en").page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.yasqe') !== null"):
            break
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("SELECT ?kind (COUNT(?thing) AS ?things) WHERE { ?thing a ?kind } GROUP BY ?kind")
    page.keyboard.press("Control+Enter")
    page.locator("[data-answer] tbody tr").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["words"] == "Ask"
    page.get_by_role("button", name="Chart").focus()
    page.keyboard.press("Enter")
    page.locator("[data-place] .bar rect").first.wait_for()
    assert page.locator("[data-view=chart]").get_attribute("aria-pressed") == "true"


def test_a_picture_is_enlarged_and_moved(visit) -> None:
    """Plus, arrows and zero enlarge a picture, move it, and show it whole again."""
    page = visit("/embed/map").page
    layer = page.locator("svg.drawing > g").first
    whole = layer.get_attribute("transform")
    page.locator(".picture .scroll").first.focus()
    page.keyboard.press("+")
    large = layer.get_attribute("transform")
    assert "scale(1.6)" in large
    page.keyboard.press("ArrowRight")
    assert layer.get_attribute("transform") not in (large, whole)
    page.keyboard.press("0")
    assert layer.get_attribute("transform") == whole
