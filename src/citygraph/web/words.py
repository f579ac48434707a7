"""The smallest pieces of pages, names and links to things, of which a page holds hundreds.

A text in another language than its page says in which, for people and for machines.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from citygraph.web.language import language_name, other_language
from citygraph.web.templating import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from citygraph.web.cards import Label
    from citygraph.web.names import Name

_marked: Callable[[str], Markup] = partial(str.__new__, Markup)


def plain(row: Name) -> Markup:
    """A name, in isolation, since it may run from right to left."""
    return _marked(_isolated(row, other_language(row.language)))


def name(row: Name) -> Markup:
    """A name with the language that it is in, where that is another."""
    other = other_language(row.language)
    return _marked(_isolated(row, other) + (_tongue(row.language) if other else ""))


def link(row: Name, url: str | None, foreign: bool = False) -> Markup:
    """A name that leads to its thing, if there is an address; foreign ones are on other sites."""
    other = other_language(row.language)
    written = _isolated(row, other)
    if url:
        rel = ' rel="external"' if foreign else ""
        written = f'<a href="{escaped(url)}"{rel}>{written}</a>'
    return _marked(written + _tongue(row.language) if other else written)


def links(rows: Iterable[Label]) -> Markup:
    """Links to some things, one behind the other."""
    return _marked(", ".join([link(row.name, row.url) for row in rows]))


def _isolated(row: Name, other: bool) -> str:
    language = f' lang="{escaped(row.language)}"' if other else ""
    return f"<bdi{language}>{escaped(row.text)}</bdi>"


def _tongue(code: str) -> str:
    return f'<small class="tongue" title="{escaped(language_name(code))}">{escaped(code)}</small>'
