"""Pictures answer to the hand: enlarged, pointed at, narrowed down; the table beside them follows."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.real


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_filters(visit, script: bool) -> None:
    """A form that is chosen leaves the same lines and rows with and without script, and stands in the address."""
    page = visit("/embed/map?lang=en", script=script, **({} if script else {"java_script_enabled": False})).page
    everything = page.locator(".lines path").count()
    page.locator("select[name=form]").select_option("sister-state")
    if not script:
        page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**form=sister-state*")
    assert everything > page.locator(".lines path").count() == 1
    assert page.locator("details tbody tr").count() == 1
    assert "Massachusetts" in page.locator("details tbody").text_content()


def test_a_year_is_chosen_by_a_slider(visit) -> None:
    """The slider of years shows the partnerships of that year at once."""
    page = visit("/embed/timeline?lang=en").page
    slider = page.get_by_label("Year", exact=True)
    slider.fill("2003")
    page.wait_for_url("**year=2003*")
    rows = page.locator("svg.drawing .row .name").all_text_contents()
    assert any("Massachusetts" in row for row in rows)
    assert not any("Shanghai" in row for row in rows)


def test_pointing(visit) -> None:
    """What is pointed at is named below the picture, and its lines stand out from the others."""
    page = visit("/embed/map?lang=en").page
    page.locator(".dots circle[aria-label='Shanghai']").hover(force=True)
    assert page.locator("[data-tip]").inner_text().startswith("Shanghai · Basel-Stadt – Shanghai")
    assert page.locator(".lines path.lit").count() == 1
    page.keyboard.press("Escape")


@pytest.mark.parametrize("address", ["/embed/map", "/embed/timeline", "/embed/network/canton/basel-stadt"])
def test_buttons(visit, address: str) -> None:
    """Buttons enlarge a picture and show it whole again; none are shown where no script would answer them."""
    page = visit(f"{address}?lang=en").page
    layer = page.locator("svg.drawing > g").first
    page.get_by_role("button", name="Enlarge", exact=True).click()
    assert "scale(1.6)" in layer.get_attribute("transform")
    page.get_by_role("button", name="Whole picture").click()
    assert "scale(1)" in layer.get_attribute("transform")
    plain = visit(f"{address}?lang=en", script=False).page
    assert not plain.get_by_role("button", name="Enlarge", exact=True).is_visible()


def test_the_script_is_small(visit) -> None:
    """The script of the pictures takes less than 60 kB."""
    found = visit("/embed/map")
    assert 0 < found.weight() - found.weight(without="pictures.js") < 60_000
