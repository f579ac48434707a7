"""Macros that remember write what the macros write."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from markupsafe import escape

from citygraph.web.macros import REMEMBERED, Remembering
from citygraph.web.names import Name
from citygraph.web.reader import reader

if TYPE_CHECKING:
    from flask import Flask


def words(app: Flask):
    """The small macros of the site, in the language of the request."""
    return app.jinja_env.get_template("words.html").module


@pytest.mark.parametrize("template", REMEMBERED)
def test_the_macros_called_most_remember(app: Flask, template: str) -> None:
    """Those of the site are in the place of the template's own, also where other macros call them."""
    with app.test_request_context("/?lang=de"):
        module = app.jinja_env.get_template(template).module
    assert all(isinstance(getattr(module, name), Remembering) for name in REMEMBERED[template][1])


def test_the_frame_of_a_page_belongs_to_its_address(app: Flask) -> None:
    """What stands around a page repeats the query and the text of its own address and of no other."""
    client = app.test_client()
    for text, chosen in (("river", "de"), ("<b>", "fr"), ("river", "fr"), ("river", "de")):
        for root in ("", "/mounted"):
            address = f"/search?q={quote(text)}&lang={chosen}"
            page = client.get(address, environ_overrides={"SCRIPT_NAME": root}).text
            assert f'value="{escape(text)}"' in page
            assert f'href="?q={quote(text)}&amp;lang=en"' in page
            assert f'href="{root}/about?lang={chosen}"' in page


@pytest.mark.parametrize("name", [Name("Bâle", "fr"), Name("Basel", "de"), Name("<b>&", "xx"), Name("Basel")])
def test_what_is_remembered_belongs_to_a_language(app: Flask, name: Name) -> None:
    """Each reader gets what the macro writes in theirs, and is told that a text is in another, the second time too."""
    for chosen in ("de", "fr", "en") * 2:
        with app.test_request_context(f"/?lang={chosen}"):
            written = words(app).link(name, "/page/x?a&b")
            told = reader().fell_back
        with app.test_request_context(f"/?lang={chosen}"):
            assert written == words(app).link._macro(name, "/page/x?a&b")
            assert told == reader().fell_back == (name.language not in ("", chosen))


def test_a_macro_forgets_no_other_text_of_its_page(app: Flask) -> None:
    """That something else on the page was in another language stays told."""
    with app.test_request_context("/?lang=de"):
        words(app).plain(Name("another", "en"))
        words(app).plain(Name("Basel", "de"))
        assert reader().fell_back
