"""Macros that remember write what the macros write."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from markupsafe import Markup, escape

from citygraph.web.language import other_language
from citygraph.web.macros import REMEMBERED, Remembering
from citygraph.web.names import Name
from citygraph.web.reader import reader

if TYPE_CHECKING:
    from flask import Flask


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


def test_that_a_text_is_in_another_language_is_told_each_time(app: Flask) -> None:
    """A macro that remembers tells it the second time too, and forgets no other text of its page."""
    show = Remembering(lambda row: Markup(other_language(row.language)), 8)
    for _ in range(2):
        with app.test_request_context("/?lang=de"):
            show(Name("Basel", "de"))
            assert not reader().fell_back
            show(Name("another", "en"))
            show(Name("Basel", "de"))
            assert reader().fell_back
