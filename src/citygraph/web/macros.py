"""Remembers what some macros of the pages write: the frame stands on all of them, and more on those of all things.

A macro that is remembered depends on its arguments, on what addresses hand on to others, and on the language that its
templates speak.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from citygraph.web.addresses import ANY, in_common
from citygraph.web.reader import reader
from citygraph.web.templating import escaped, markup

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from markupsafe import Markup

    from citygraph.web.reader import Handed

REMEMBERED = {"frame.html": (64, ("links", "above", "below"))}
"""The macros that are called often, and with arguments that nothing changes, and how many pieces are kept of each."""
_TEXT = secrets.token_hex(16)
"""What stands for the text; no other holds it."""
OF_KINDS = {"resources/document.html": (64, ("head", "picture", "formats"))}
"""Those that are called with the name of a thing and a text, and write both without looking at them."""


def remember(environment: Environment) -> None:
    """Put those who remember in the place of the macros."""
    for kind, table in ((Remembering, REMEMBERED), (RememberingKinds, OF_KINDS)):
        for template, (most, names) in table.items():
            module = environment.get_template(template).module
            for name in names:
                setattr(module, name, kind(getattr(module, name), most))


class Remembering:
    """A macro that writes the same only once."""

    def __init__(self, macro: Callable[..., Markup], most: int) -> None:
        self._macro = macro
        self._written = lru_cache(maxsize=most)(self._write)

    def __call__(self, *arguments: Any) -> Markup:
        """What the macro writes; that it shows a text in another language is told each time."""
        who = reader()
        written, elsewhere = self._written(who.handed, *arguments)
        if elsewhere:
            who.fell_back = True
        return written

    def _write(self, _handed: Handed, *arguments: Any) -> tuple[Markup, bool]:
        who = reader()
        before, who.fell_back = who.fell_back, False
        written = self._macro(*arguments)
        elsewhere, who.fell_back = who.fell_back, before
        return written, elsewhere


class RememberingKinds(Remembering):
    """A macro that writes the same but for the names of all things of a kind, and what these are called."""

    def __call__(self, name: str, text: str, *arguments: Any) -> Markup:
        """What the macro writes, with the name and the text in their places."""
        common, own = in_common(name)
        written = str.replace(super().__call__(common, _TEXT, *arguments), ANY, own)
        return markup(written.replace(_TEXT, escaped(text)))  # a macro has written it, and the rest is escaped
