"""Names and links are written for people and machines alike, whatever text and address they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph.web.cards import Label
from citygraph.web.names import Name
from citygraph.web.reader import reader
from citygraph.web.words import link, links, name, plain

if TYPE_CHECKING:
    from flask import Flask

BASEL, GENEVA = Name("Basel", "de"), Name("Genève", "fr")
TONGUE = '<small class="tongue" title="Französisch">fr</small>'


@pytest.mark.parametrize(
    ("row", "isolated", "tongue"),
    [
        (BASEL, "<bdi>Basel</bdi>", ""),
        (Name("Basel"), "<bdi>Basel</bdi>", ""),
        (Name("Basel", "de-CH"), "<bdi>Basel</bdi>", ""),
        (GENEVA, '<bdi lang="fr">Genève</bdi>', TONGUE),
        (Name("<b title='\"'>&", "de"), "<bdi>&lt;b title=&#39;&#34;&#39;&gt;&amp;</bdi>", ""),
    ],
)
def test_names(app: Flask, row: Name, isolated: str, tongue: str) -> None:
    """A name is escaped and isolated, and says its language where that is not the reader's; the page learns of it."""
    with app.test_request_context("/?lang=de"):
        assert plain(row) == isolated
        assert name(row) == isolated + tongue
        assert link(row, None) == isolated + tongue
        assert link(row, "/a?b&c") == f'<a href="/a?b&amp;c">{isolated}</a>{tongue}'
        assert (
            link(row, "https://e.org/", foreign=True)
            == f'<a href="https://e.org/" rel="external">{isolated}</a>{tongue}'
        )
        assert reader().fell_back == bool(tongue)


def test_an_address_ends_no_attribute(app: Flask) -> None:
    """Whatever an address holds stays in its attribute."""
    with app.test_request_context("/?lang=de"):
        assert link(BASEL, '/"><script>') == '<a href="/&#34;&gt;&lt;script&gt;"><bdi>Basel</bdi></a>'


def test_several_links(app: Flask) -> None:
    """Several stand in their order; none are nothing."""
    with app.test_request_context("/?lang=de"):
        rows = [Label(GENEVA, "/g", "i:g"), Label(BASEL, None, "i:b")]
        assert links(rows) == f'<a href="/g"><bdi lang="fr">Genève</bdi></a>{TONGUE}, <bdi>Basel</bdi>'
        assert links(()) == ""
