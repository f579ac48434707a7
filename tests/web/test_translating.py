"""Templates speak the reader's language as they would if each text were looked up for its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import render_template_string

from citygraph.settings import LANGUAGES

if TYPE_CHECKING:
    from flask import Flask

TEMPLATES = (
    "{{ _('Partnerships') }}",
    "{{ _('Map: partnerships of %(name)s', name=name) }}",
    "{% trans url='/x?a&b' %}What must be so before a release is made.{% endtrans %}",
    "{% trans other=name, who=name %}<strong>Sources disagree:</strong> {{ other }}, says {{ who }}{% endtrans %}",
    "{% trans number=3 %}Page {{ number }}{% endtrans %}{{ _('Partnership') ~ name }}",
    "{% trans count=2 %}{{ count }} class{% pluralize %}{{ count }} classes{% endtrans %}",
    "{% set text = _('Why this fact?') %}{{ text }}{{ text|length }}{{ _(text) }}{{ [_('Form')]|join }}",
    "{{ _('No catalogue holds this, 100%% sure, %(name)s', name=name) }}",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", ["Basel", "<b>&'\"", "%(name)s %% %s"])
def test_a_compiled_text_is_the_one_that_is_looked_up(app: Flask, language: str, template: str, name: str) -> None:
    """With values or without, in sentences, in variables and in numbers; what stands for a value stays escaped."""
    with app.test_request_context(f"/?lang={language}"):
        looked_up = app._shared.from_string(template).render(name=name)
        assert render_template_string(template, name=name) == looked_up
        assert "<b>" not in looked_up


def test_a_reader_gets_no_other_readers_language(app: Flask) -> None:
    """One template says the same to each in their own."""
    said = []
    for language in (*LANGUAGES, *LANGUAGES):
        with app.test_request_context(f"/?lang={language}"):
            said.append(render_template_string("{{ _('Partnerships') }}"))
    assert said == ["Partnerships", "Partnerschaften", "Partenariats"] * 2
