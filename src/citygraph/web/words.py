"""The smallest pieces of pages, of which one holds hundreds: names, links to things, who states what, and why.

A text in another language than its page says in which, for people and for machines.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from citygraph.web.language import date, gettext, language_name, other_language, since, spoken, until
from citygraph.web.templating import escaped, markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from citygraph.web.article import Fact, Mark
    from citygraph.web.cards import Card, Label
    from citygraph.web.names import Name

_KEPT = 4_096
"""How many groups of marks are kept, in one language or another."""


def plain(row: Name) -> Markup:
    """A name, in isolation, since it may run from right to left."""
    return markup(_isolated(row, other_language(row.language)))


def name(row: Name) -> Markup:
    """A name with the language that it is in, where that is another."""
    other = other_language(row.language)
    return markup(_isolated(row, other) + (_tongue(row.language) if other else ""))


def link(row: Name, url: str | None, foreign: bool = False) -> Markup:
    """A name that leads to its thing, if there is an address; foreign ones are on other sites."""
    other = other_language(row.language)
    written = _isolated(row, other)
    if url:
        rel = ' rel="external"' if foreign else ""
        written = f'<a href="{escaped(url)}"{rel}>{written}</a>'
    return markup(written + _tongue(row.language) if other else written)


def links(rows: Iterable[Label]) -> Markup:
    """Links to some things, one behind the other."""
    return markup(", ".join([link(row.name, row.url) for row in rows]))


def cited(fact: Fact) -> Markup:
    """The value of a fact as a link, who states it, and the way to the words that it rests on."""
    return markup("".join((link(fact.name, fact.url), marks(fact.marks), why(fact.why))))


def marks(rows: tuple[Mark, ...]) -> Markup:
    """Who states a fact, each with a small sign that leads to the document; the same few on all pages."""
    return _marks(spoken(), rows)


def why(url: str | None) -> Markup:
    """The way to the page that tells why a fact is to be believed, if it has one."""
    before, behind = _asked(spoken())
    return markup(f"{before}{escaped(url)}{behind}" if url else "")


def age(card: Card) -> str:
    """When a partnership on a card began and ended, or what is known in the place of it."""
    if card.since:
        return f"{since(card.since)}, {until(card.until)}" if card.until else since(card.since)
    return date(card.occasion[0]) if card.occasion else gettext("no date stated")


@lru_cache(maxsize=_KEPT)
def _marks(_language: str, rows: tuple[Mark, ...]) -> Markup:
    return markup("".join(map(_mark, rows)))


def _mark(row: Mark) -> str:
    if row.kind == "inferred":
        label, title = gettext("inferred"), gettext("Follows from other statements")
    else:
        label, title = row.label, gettext("Stated by: %(source)s") % {"source": row.title.text}
    written = f'title="{escaped(title)}">{escaped(label)}</a>'
    return f'<a class="mark {escaped(row.kind)}" href="{escaped(row.url or "")}" {written}'


@cache
def _asked(_language: str) -> tuple[str, str]:
    words = escaped(gettext("Why this fact?"))
    shown = f'<span class="hidden">{words}</span><span aria-hidden="true">?</span>'
    return '<a class="why" href="', f'" rel="nofollow" title="{words}">{shown}</a>'


def _isolated(row: Name, other: bool) -> str:
    written = escaped(row.text)
    return f'<bdi lang="{escaped(row.language)}">{written}</bdi>' if other else f"<bdi>{written}</bdi>"


def _tongue(code: str) -> str:
    return f'<small class="tongue" title="{escaped(language_name(code))}">{escaped(code)}</small>'
