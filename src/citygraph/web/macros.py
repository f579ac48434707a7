"""Remembers what the small macros of the pages write: most names and marks stand on many pages.

A macro that is remembered depends on its arguments and the reader's language alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import g

from citygraph.web.language import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from markupsafe import Markup

REMEMBERED = ("link", "marks", "name", "plain")
"""The macros of ``words.html`` that are called often, and with arguments that nothing changes."""
_KEPT = 4_096
"""How many pieces are kept of each."""


def remember(environment: Environment) -> None:
    """Put those who remember in the place of the macros."""
    module = environment.get_template("words.html").module
    for name in REMEMBERED:
        setattr(module, name, Remembering(getattr(module, name)))


class Remembering:
    """A macro that writes the same only once."""

    def __init__(self, macro: Callable[..., Markup]) -> None:
        self._macro = macro
        self._written = lru_cache(maxsize=_KEPT)(self._write)

    def __call__(self, *arguments: Any) -> Markup:
        """What the macro writes; that it shows a text in another language is told each time."""
        written, elsewhere = self._written(spoken(), *arguments)
        if elsewhere:
            g.fell_back = True
        return written

    def _write(self, _language: str, *arguments: Any) -> tuple[Markup, bool]:
        before, g.fell_back = g.get("fell_back", False), False
        written = self._macro(*arguments)
        elsewhere, g.fell_back = g.fell_back, before
        return written, elsewhere
