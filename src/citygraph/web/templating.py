"""How templates are run: what a page shows is made visible once for all of it, and macros are called directly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import Template
from jinja2.runtime import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no page may hold (HTML, section 13.2.3.5)."""
_ASCII = bytes(code for code in range(0x80) if _CONTROL.match(chr(code)))
_OTHERS = re.compile(rb"\xc2[\x80-\x9f]")
"""The rest of them, as they are encoded."""


def install(environment: Environment) -> None:
    """Let an environment run its templates in this way."""
    environment.context_class, environment.template_class = Direct, Visible


class Direct(Context):
    """Calls what a template calls as it is; nothing of ours asks for the context (``pass_context``)."""

    def call(
        self,
        called: Callable[..., Any],
        /,
        *arguments: Any,
        _loop_vars: object = None,  # what compiled templates add for those who ask
        _block_vars: object = None,
        **named: Any,
    ) -> Any:
        """Call a function or a macro."""
        return called(*arguments, **named)


class Visible(Template):
    """A template that writes no control characters, whatever texts it is given."""

    def render(self, *arguments: Any, **named: Any) -> str:
        """Write a whole page."""
        return visible(super().render(*arguments, **named))


def visible(page: str) -> str:
    r"""Put a sign for each control character of a page.

    >>> visible("a\x07b\x85")
    'a␇b�'
    """
    content = page.encode("utf-8", "replace")
    if len(content.translate(None, _ASCII)) == len(content) and not _OTHERS.search(content):
        return page
    return _CONTROL.sub(lambda sign: chr(0x2400 + ord(sign[0])) if sign[0] < " " else "\ufffd", page)
