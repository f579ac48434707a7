"""Puts the texts of a language into templates as they are compiled, so that none is looked up while a page is written.

A text with values, ``{{ _("since %(year)s", year=since) }}``, becomes its pieces with the values between them.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from citygraph.settings import LANGUAGES
from citygraph.web import macros
from citygraph.web.addresses import Site
from citygraph.web.language import catalogue
from citygraph.web.reader import found

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_NAMES = frozenset({"_", "gettext"})
"""What templates, and the extension for them, call to look a text up."""
_VALUE = re.compile(r"%\((\w+)\)s")


class Speaking(Environment):
    """An environment whose templates speak one language once they are compiled."""

    language: str | None = None
    """None where each text is looked up for its reader."""

    def speak(self, language: str) -> Speaking:
        """The same environment for the readers of a language."""
        speaking = self.overlay()
        assert isinstance(speaking, Speaking)
        speaking.language = language
        macros.remember(speaking)
        return speaking

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What all templates know, which nothing is added to once they are compiled, as one dictionary."""
        return {**self.globals, **(d or {})}

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        """Compile a template; Jinja leaves this place to whoever compiles otherwise."""
        if self.language:
            _Translator(self.language).visit(source)
        return super()._generate(source, name, filename, defer_init)


class Multilingual(Site):
    """Flask, which writes a page by the templates of its reader's language."""

    jinja_environment = Speaking

    @property
    def jinja_env(self) -> Speaking:
        """The environment of the reader; without one, that in which whatever all share is set up."""
        who = found()
        return self._spoken[who.language] if who else self._shared

    @cached_property
    def _shared(self) -> Speaking:
        shared = self.create_jinja_environment()
        assert isinstance(shared, Speaking)
        return shared

    @cached_property
    def _spoken(self) -> dict[str, Speaking]:
        return {language: self._shared.speak(language) for language in LANGUAGES}


class _Translator(NodeTransformer):
    """Replaces the calls for texts that stand in a template."""

    def __init__(self, language: str) -> None:
        self._texts = catalogue(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja finds it by the name of the node
        """Put a text in the place of its call."""
        self.generic_visit(node)
        by_name = isinstance(node.node, nodes.Name) and node.node.name in _NAMES
        if not by_name or len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        values = {row.key: row.value for row in node.kwargs}
        pieces = _VALUE.split(self._texts.gettext(node.args[0].value))
        parts = [values[piece] if place % 2 else _text(piece) for place, piece in enumerate(pieces)]
        text = nodes.Concat(parts) if values else parts[0]
        return text.set_lineno(node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        """Write the pieces of a text one after the other, the fixed ones with what stands around them."""
        self.generic_visit(node)
        pieces = (child.nodes if isinstance(child, nodes.Concat) else [child] for child in node.nodes)
        node.nodes = [piece for some in pieces for piece in some]
        return node


def _text(piece: str) -> nodes.Expr:
    return nodes.Const(Markup(piece.replace("%%", "%")))  # noqa: S704 - the catalogues are ours
