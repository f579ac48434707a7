"""Remembers what the small macros of the pages write: most names and marks stand on many pages.

A macro that is remembered depends on its arguments and the reader's language alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from citygraph.web.kept import Shelf
from citygraph.web.language import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from markupsafe import Markup

REMEMBERED = ("link", "marks", "name", "plain")
"""The macros of ``words.html`` that are called often, and with arguments that nothing changes."""
_ROOM = 2_000_000
"""How many characters are kept."""


def remember(environment: Environment) -> None:
    """Put those who remember in the place of the macros."""
    module = environment.get_template("words.html").module
    for name in REMEMBERED:
        setattr(module, name, Remembering(getattr(module, name), _ROOM // len(REMEMBERED)))


class Remembering:
    """A macro that writes the same only once."""

    def __init__(self, macro: Callable[..., Markup], room: int) -> None:
        self._macro = macro
        self._written: Shelf[tuple[Markup, bool]] = Shelf(room, weigh=lambda row: len(row[0]))

    def __call__(self, *arguments: Any) -> Markup:
        """What the macro writes; that it shows a text in another language is told each time."""
        written, elsewhere = self._written.take((spoken(), arguments), lambda: self._write(arguments))
        if elsewhere:
            g.fell_back = True
        return written

    def _write(self, arguments: tuple[Any, ...]) -> tuple[Markup, bool]:
        before, g.fell_back = g.get("fell_back", False), False
        written = self._macro(*arguments)
        elsewhere, g.fell_back = g.fell_back, before
        return written, elsewhere
