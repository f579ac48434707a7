"""How templates are run: a page is made visible once, macros are called directly, and markup is written as it is."""

from __future__ import annotations

import re
from functools import partial
from operator import call
from typing import TYPE_CHECKING, Any

from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from types import CodeType

    from jinja2 import Environment
    from jinja2.compiler import Frame

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no page may hold (HTML, section 13.2.3.5)."""
_ASCII = bytes(code for code in range(0x80) if _CONTROL.match(chr(code)))
_OTHERS = re.compile(rb"\xc2[\x80-\x9f]")
"""The rest of them, as they are encoded."""
_SIGNS = re.compile(r"[&<>'\"]").search
_marked = partial(str.__new__, Markup)


def install(environment: Environment) -> None:
    """Let an environment run its templates in this way."""
    environment.code_generator_class, environment.template_class = Direct, Visible


class Direct(CodeGenerator):
    """Writes a template as the Python that it means.

    An attribute is an attribute and never an item, and a call is a call, since nothing of ours asks for the context
    (``pass_context``). What an imported macro has written is not escaped again, and a block is handed on in one piece.
    """

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """Write the whole."""
        self._imported = {row.target for row in node.find_all(nodes.Import)}
        self._macros = {row.name for row in node.find_all(nodes.Macro)}
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """Escape what is written, unless a macro has written it."""
        if self._is_written(node):
            self.write("(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _is_written(self, node: nodes.Expr) -> bool:
        match node:
            case nodes.Call(node=nodes.Getattr(node=nodes.Name(name=name))):
                return name in self._imported
            case nodes.Call(node=nodes.Name(name=name)):
                return name in self._macros
        return False

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja finds these by node
        """Write an attribute."""
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Call(  # noqa: N802
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write the call of a function or a macro."""
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802
        """Write the place of a block."""
        if not (frame.toplevel and self.has_known_extends):
            self.simple_write(f"concat(context.blocks[{node.name!r}][0](context))", frame, node)


class Plain(Macro):
    """A macro that is run at once where it is given plain arguments, which is nearly always."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Write it."""
        left_out = len(self.arguments) - len(arguments)
        if left_out < 0 or named or self.caller:
            return super().__call__(*arguments, **named)
        return _marked(self._func(*arguments, *([missing] * left_out)) if left_out else self._func(*arguments))


class Visible(Template):
    """A template that writes no control characters, whatever texts it is given."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's name for it
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Make a template of its code, which finds here how it calls macros and escapes what it writes."""
        names = {"environment": environment, "__file__": code.co_filename}
        exec(code, names)  # noqa: S102 - as Jinja does
        names.update(call=call, escape=escaped, Macro=Plain)
        made = cls.from_module_dict(environment, names, globals)
        made._uptodate = uptodate  # noqa: SLF001 - as Jinja does
        return made

    def render(self, *arguments: Any, **named: Any) -> str:
        """Write a whole page."""
        return visible(super().render(*arguments, **named))


def escaped(value: object) -> str:
    """Escape a value as MarkupSafe does; what is markup stays itself, and so does a text with nothing to escape."""
    if type(value) is Markup or (type(value) is str and not _SIGNS(value)):
        return value
    if type(value) is not str:
        return escape(value)
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("'", "&#39;").replace('"', "&#34;")


def visible(page: str) -> str:
    r"""Put a sign for each control character of a page.

    >>> visible("a\x07b\x85")
    'a␇b�'
    """
    content = page.encode("utf-8", "replace")
    if len(content.translate(None, _ASCII)) == len(content) and not _OTHERS.search(content):
        return page
    return _CONTROL.sub(lambda sign: chr(0x2400 + ord(sign[0])) if sign[0] < " " else "\ufffd", page)
