"""Names and links are written for people and machines alike, whatever text and address they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph.web.article import Fact, Mark
from citygraph.web.cards import Card, Label
from citygraph.web.names import Name
from citygraph.web.reader import reader
from citygraph.web.words import age, cited, link, links, marks, name, plain, why

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


def test_marks_belong_to_a_language(app: Flask) -> None:
    """Each reader is told in theirs who states a fact, the second time too; what is inferred names no document."""
    stated = Mark("<b>", Name("Bâle", "fr"), "/page/x?a&b", "source")
    inferred = Mark("inferred", Name("graph/inferred"), "/page/graph/inferred", "inferred")
    for chosen, said, follows in (("de", "Aussage von: Bâle", "abgeleitet"), ("en", "Stated by: Bâle", "inferred")) * 2:
        with app.test_request_context(f"/?lang={chosen}"):
            assert marks((stated,)) == f'<a class="mark source" href="/page/x?a&amp;b" title="{said}">&lt;b&gt;</a>'
            assert marks((inferred,)).endswith(f">{follows}</a>")
            assert marks((stated, inferred)) == marks((stated,)) + marks((inferred,))
            assert marks(()) == ""


def test_a_fact_is_cited(app: Flask) -> None:
    """A fact is its link, those who state it, and the way to its words, if there is one."""
    fact = Fact(BASEL, "/page/city/basel", marks=(Mark("a", Name("A"), "/page/a", "source"),))
    with app.test_request_context("/?lang=de"):
        assert cited(fact) == link(BASEL, "/page/city/basel") + marks(fact.marks)
        fact.why = '/why?s="&p'
        assert cited(fact) == link(BASEL, "/page/city/basel") + marks(fact.marks) + why(fact.why)
        assert why(fact.why).startswith('<a class="why" href="/why?s=&#34;&amp;p" rel="nofollow" title="')
        assert why(None) == ""


@pytest.mark.parametrize(
    ("since", "until", "occasion", "said"),
    [
        ("1987", "", None, "since 1987"),
        ("1987", "2001-05", None, "since 1987, until May 2001"),
        ("", "", ("1990-03-01", Label(BASEL, None, "")), "1 March 1990"),
        ("", "2001", None, "no date stated"),
    ],
)
def test_ages(app: Flask, since: str, until: str, occasion: tuple[str, Label] | None, said: str) -> None:
    """A partnership is as old as its sources say, or as its first event."""
    card = Card(BASEL, None, (), since, until, (), (), occasion)
    with app.test_request_context("/?lang=en"):
        assert age(card) == said
