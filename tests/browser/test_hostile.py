"""Names and texts full of markup are shown as texts, by a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from browser.conftest import DESKTOP, PHONE
from citygraph.release import Release, Releases
from citygraph.store import Store
from citygraph.vocab import PREF_LABEL, RDF_TYPE, foreign
from citygraph.web.app import create_app
from citygraph.web.current import Served
from servers import hosting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.settings import Repository, Settings

pytestmark = pytest.mark.real

TEXTS = (
    "<script>document.title = 'broken'</script>",
    "'\"><img src=x onerror=\"document.title = 'broken'\">",
    "</title><svg onload=\"document.title = 'broken'\">",
    "{{ 7 * 7 }}",
    "a\r\nSet-Cookie: x",
    "\u202edesrever",
    "x" * 10_000,
)
IRIS = ("javascript:alert(1)", "data:text/html,x", "http://x/?'onmouseover='alert(1)", "http://x/&lt;script&gt;")


@pytest.fixture(scope="module")
def hostile(world: Release, settings: Settings, repository: Repository) -> Iterator[str]:
    """The address of a server whose graph was written by somebody who means ill."""
    served = Served.of(world)
    graph, quads = served.iris.graph("places"), []
    for number, text in enumerate(TEXTS):
        city = ox.NamedNode(served.iris.thing("city", f"hostile-{number}"))
        other = ox.NamedNode(served.iris.thing("city", f"hostile-{(number + 1) % len(TEXTS)}"))
        quads += [
            ox.Quad(city, RDF_TYPE, served.iris.term("City"), graph),
            ox.Quad(city, PREF_LABEL, ox.Literal(text, language="en"), graph),
            ox.Quad(city, foreign("dct", "description"), ox.Literal(text), graph),
            ox.Quad(city, served.iris.term("partnerOf"), other, graph),
            *(ox.Quad(city, foreign("rdfs", "seeAlso"), ox.NamedNode(iri), graph) for iri in IRIS),
        ]
    app = create_app(settings, Releases(world.folder.parent), repository)
    poisoned = replace(served, store=Store.memory(quads))
    app.extensions["citygraph"].get = lambda: poisoned
    with hosting(app) as address:
        yield address


@pytest.mark.parametrize("number", range(len(TEXTS)))
@pytest.mark.parametrize("page", ["/page/city/hostile-{}", "/embed/network/city/hostile-{}"])
def test_hostile_texts(visit, hostile: str, page: str, number: int) -> None:
    """No text becomes markup, runs, asks for anything, leads anywhere else, or makes a page wider than the window."""
    size = PHONE if number % 2 else DESKTOP
    found = visit(page.format(number), origin=hostile, viewport=size)
    assert "broken" not in found.page.title().split("·")[-1]
    assert found.page.locator("main img[src=x], main svg[onload], main script").count() == 0
    assert found.page.locator("a[href^='javascript:'], a[href^='data:']").count() == 0
    assert (found.foreign(), found.complaints) == ([], [])
    assert found.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
