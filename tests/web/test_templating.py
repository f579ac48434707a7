"""Pages show no control characters, and call macros as Jinja does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import render_template_string
from jinja2 import Environment

from citygraph.web import templating

if TYPE_CHECKING:
    from flask import Flask

TEMPLATES = (
    "{% macro m(a, b='x') %}{{ a }}-{{ b }}{{ caller() if caller }}{% endmacro %}",
    "{{ m('<', b='>') }}",
    "{% for i in [1, 2] %}{{ m(i) }}{{ loop.cycle('odd', 'even') }}{% endfor %}",
    "{% call m(3) %}called{% endcall %}",
    "{% set s = 'abc' %}{{ s.upper() }}{{ range(3)|list }}{{ dict(a=1) }}",
)


@pytest.mark.parametrize("text", TEMPLATES)
def test_templates_write_what_they_write_elsewhere(text: str) -> None:
    """Macros, blocks that call them, functions and methods, in loops and outside."""
    ours, plain = Environment(autoescape=True), Environment(autoescape=True)
    templating.install(ours)
    whole = TEMPLATES[0] + text
    assert ours.from_string(whole).render() == plain.from_string(whole).render()


def test_no_page_holds_a_control_character(app: Flask) -> None:
    """Each is shown by a sign; spaces, line ends and all other letters stay."""
    with app.test_request_context("/"):
        for code in range(0x250):
            shown = render_template_string("[{{ text }}]", text=chr(code))
            is_control = (code < 0x20 and chr(code) not in "\t\n\r") or 0x7F <= code < 0xA0
            assert (chr(code) in shown) != is_control or chr(code) in "<>&\"'"
            assert len(shown) >= 3
