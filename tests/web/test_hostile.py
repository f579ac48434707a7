"""Texts and names full of markup are shown safely."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import g

from citygraph.store import Store
from citygraph.vocab import PREF_LABEL, RDF_TYPE, foreign
from citygraph.web.current import Served
from citygraph.web.resources import page

if TYPE_CHECKING:
    from flask import Flask

    from citygraph.release import Release

TEXTS = (
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "</title><script>",
    "a\r\nSet-Cookie: x",
    "\u202edesrever",
    "x" * 10_000,
    "\u0627\u0644\u0642\u0627\u0647\u0631\u0629 <b>",
    "\u2066isolated\u2069 \u200b\ufeff",
    "tab\tbell\u0007escape\u001b[31m",
    "a & b &lt;script&gt; &amp;",
    "`${alert(1)}`",
    "${7*7} #{7*7} <%= 7*7 %>",
)
IRIS = (
    "javascript:alert(1)",
    "data:text/html,x",
    "http://x/?'onmouseover='alert(1)",
    "http://x/&lt;script&gt;",
    'https://x/"-encoded'.replace('"', "%22"),
    "vbscript:x",
    "https://x/" + "y" * 10_000,
    "http://x/\u202egnp.exe",
)


def test_hostile_values(app: Flask, world: Release) -> None:
    """No text becomes markup, and only http and https addresses become links."""
    served = Served.of(world)
    city = ox.NamedNode(served.iris.thing("city", "hostile"))
    graph = served.iris.graph("places")
    quads = [ox.Quad(city, RDF_TYPE, served.iris.term("City"), graph)]
    quads += [ox.Quad(city, PREF_LABEL, ox.Literal(text, language="en"), graph) for text in TEXTS]
    quads += [ox.Quad(city, foreign("dct", "description"), ox.Literal(text), graph) for text in TEXTS]
    quads += [ox.Quad(city, foreign("rdfs", "seeAlso"), ox.NamedNode(iri), graph) for iri in IRIS]
    hostile = replace(served, store=Store.memory(quads))
    with app.test_request_context("/page/city/hostile"):
        app.preprocess_request()
        g.served = lambda: hostile
        answer = page("city/hostile")
    text = answer.get_data(as_text=True)
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "{{ 7 * 7 }}" in text
    assert 'href="javascript' not in text
    assert 'href="data:' not in text
    assert "'onmouseover='" not in text.replace("&#39;", "")
    assert "Set-Cookie" not in answer.headers
    assert 'href="vbscript' not in text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
    # Each text stands in an element of its own direction, so that none turns the words around it.
    for words in ("desrever", "isolated", "\u0627\u0644\u0642\u0627\u0647\u0631\u0629"):
        assert all(re.search(r"<bdi[^>]*>[^<]*$", text[: found.start()]) for found in re.finditer(words, shown(text)))


def test_a_party_that_is_no_thing(app: Flask, world: Release) -> None:
    """A text where a partnership should name a thing is left out of its card, and does no harm to the page."""
    served = Served.of(world)
    city, bond = (ox.NamedNode(served.iris.thing(kind, "odd")) for kind in ("city", "partnership"))
    graph, party = served.iris.graph("places"), served.iris.term("party")
    texts = [
        ox.Quad(bond, served.iris.term(name), ox.Literal(text), graph)
        for name in ("party", "form", "event")
        for text in TEXTS
    ]
    named = ox.Quad(bond, PREF_LABEL, ox.Literal("An odd bond", language="en"), graph)
    hostile = replace(served, store=Store.memory([ox.Quad(bond, party, city, graph), named, *texts]))
    with app.test_request_context("/page/city/odd"):
        app.preprocess_request()
        g.served = lambda: hostile
        table = page("city/odd").get_data(as_text=True).partition('<table class="stack">')[2].partition("</table>")[0]
    assert "An odd bond" in table
    assert "7 * 7" not in table


def shown(page: str) -> str:
    """The page with everything blanked that is not shown in its body: its head and its attributes."""
    head = page.index("<body")
    return " " * head + re.sub(r"<[^>]*>", lambda tag: " " * len(tag[0]), page[head:])
