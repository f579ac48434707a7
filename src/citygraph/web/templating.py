"""How templates are run: a page is made visible once, macros are called directly, and markup is written as it is."""

from __future__ import annotations

import re
from functools import cache, partial
from operator import call
from typing import TYPE_CHECKING, Any

from flask import current_app
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
markup: Callable[[str], Markup] = partial(str.__new__, Markup)
"""Makes markup of a text that is some already."""


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
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs or forward_caller)
        self.write("" if plain else "call(")
        self.visit(node.node, frame)
        if plain:
            self.write("(")
            for argument in node.args:
                self.visit(argument, frame)
                self.write(", ")
        else:
            self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_CondExpr(self, node: nodes.CondExpr, frame: Frame) -> None:  # noqa: N802
        """Write a choice; where nothing is said of the other case, that is no text."""
        node.expr2 = node.expr2 or nodes.Const("")
        super().visit_CondExpr(node, frame)

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        """Write where the macros of another template come from, which is found once if they are given all they need."""
        if node.with_context:
            super()._import_common(node, frame)
        else:
            self.write("imported(")
            self.visit(node.template, frame)
            self.write(")")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802
        """Write the place of a block."""
        if not (frame.toplevel and self.has_known_extends):
            self.simple_write(f"concat(context.blocks[{node.name!r}][0](context))", frame, node)


class Plain(Macro):
    """A macro that is run at once where it is given plain arguments, which is nearly always."""

    def __init__(self, *facts: Any) -> None:
        super().__init__(*facts)
        self._most = -1 if self.caller else len(self.arguments)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Write it."""
        left_out = self._most - len(arguments)
        if left_out < 0 or named:
            return super().__call__(*arguments, **named)
        return markup(self._func(*arguments, *([missing] * left_out)) if left_out else self._func(*arguments))


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
        imported = cache(lambda name: environment.get_template(name).module)
        names.update(call=call, escape=escaped, imported=imported, Macro=Plain, Markup=markup)
        made = cls.from_module_dict(environment, names, globals)
        made._uptodate = uptodate  # noqa: SLF001 - as Jinja does
        return made

    def render(self, *arguments: Any, **named: Any) -> str:
        """Write a whole page."""
        return visible(super().render(*arguments, **named)).decode()

    def encoded(self, context: dict[str, Any]) -> bytes:
        """Write a whole page as it is sent."""
        return visible(super().render(context))


def page(name: str, **context: Any) -> bytes:
    """Write a page as :func:`flask.render_template` does, but as it is sent, and without telling anybody of it."""
    template = current_app.jinja_env.get_template(name)
    assert isinstance(template, Visible)
    current_app.update_template_context(context)
    return template.encoded(context)


def escaped(value: object) -> str:
    """Escape a value as MarkupSafe does; what is markup stays itself, and so does a text with nothing to escape."""
    if type(value) is Markup or (type(value) is str and not _SIGNS(value)):
        return value
    if type(value) is not str:
        return escape(value)
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("'", "&#39;").replace('"', "&#34;")


def visible(text: str) -> bytes:
    r"""Encode a page, with a sign for each control character.

    >>> visible("a\x07b\x85").decode()
    'a␇b�'
    """
    try:
        content = text.encode()
    except UnicodeEncodeError:  # half a pair of surrogates
        content = text.encode("utf-8", "replace")
    if len(content.translate(None, _ASCII)) == len(content) and not _OTHERS.search(content):
        return content
    return _CONTROL.sub(_sign, content.decode()).encode()


def _sign(found: re.Match[str]) -> str:
    return chr(0x2400 + ord(found[0])) if found[0] < " " else "\ufffd"
