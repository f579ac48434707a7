"""Pages show no control characters, and call macros as Jinja does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import render_template, render_template_string
from jinja2 import DictLoader, Environment

from citygraph.web import templating
from citygraph.web.names import Name

if TYPE_CHECKING:
    from flask import Flask

TEMPLATES = (
    "{% macro m(a, b='x') %}{{ a }}-{{ b }}{{ caller() if caller }}{% endmacro %}",
    "{{ m('<', b='>') }}",
    "{% for i in [1, 2] %}{{ m(i) }}{{ loop.cycle('odd', 'even') }}{% endfor %}",
    "{% call m(3) %}called{% endcall %}",
    "{% set s = 'abc' %}{{ s.upper() }}{{ range(3)|list }}{{ dict(a=1) }}",
    "[{{ 'a' if false }}{{ 'b' if true }}{{ m('c' if false) }}]",
    "{% import 'others' as others %}{{ others.n(m(4)) }}{% from 'others' import n with context %}{{ n('<') }}",
)
OTHERS = "{% macro n(a) %}{{ a }}, {{ who }}{% endmacro %}"


@pytest.mark.parametrize("text", TEMPLATES)
def test_templates_write_what_they_write_elsewhere(text: str) -> None:
    """Macros, blocks that call them, functions and methods, in loops and outside."""
    ours, plain = (Environment(autoescape=True, loader=DictLoader({"others": OTHERS})) for _ in range(2))
    templating.install(ours)
    whole = TEMPLATES[0] + text
    assert ours.from_string(whole).render(who="you") == plain.from_string(whole).render(who="you")


def test_no_page_holds_a_control_character(app: Flask) -> None:
    """Each is shown by a sign; spaces, line ends and all other letters stay."""
    with app.test_request_context("/"):
        for code in range(0x250):
            shown = render_template_string("[{{ text }}]", text=chr(code))
            is_control = (code < 0x20 and chr(code) not in "\t\n\r") or 0x7F <= code < 0xA0
            assert (chr(code) in shown) != is_control or chr(code) in "<>&\"'"
            assert len(shown) >= 3


def test_a_page_as_it_is_sent_is_what_flask_writes(app: Flask) -> None:
    """It is encoded once; half a pair of surrogates, which no encoding has, becomes a question mark."""
    with app.test_request_context("/"):
        given = {"status": 500, "title": Name("\x07é – <b>"), "detail": "half a pair: \ud800", "facts": {}}
        sent = templating.page("problems/problem.html", **given).decode()
        assert sent == render_template("problems/problem.html", **given)
        assert "<bdi>␇é – &lt;b&gt;</bdi>" in sent
        assert "half a pair: ?" in sent
