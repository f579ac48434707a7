"""Addresses that are remembered are those that Flask builds, whatever the request hands on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from citygraph.web import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.web.current import Current

REQUESTS = [
    ("/", ""),
    ("/page/city/basel?lang=de", ""),
    ("/page/city/basel?lang=fr&asof=2026-11-22", "/mounted/here"),
    ("/id/city/basel?lang=xx&asof=" + "9" * 5_000, ""),
    ("/sparql?lang=de", "/mounted"),
]
VALUES = ["city/basel", "a b/ç?#%", "<&\">'", "1"]
FURTHER: list[dict[str, object]] = [{}, {"page": 2}, {"lang": None}, {"lang": "en", "x": "ä &="}, {"_anchor": "a b"}]


@pytest.mark.parametrize(("asked", "root"), REQUESTS)
def test_every_address_is_the_one_that_flask_builds(app: Flask, asked: str, root: str) -> None:
    """For every endpoint, with all values, built the first time and the second."""
    with app.test_request_context(asked, environ_overrides={"SCRIPT_NAME": root}):
        for rule in app.url_map.iter_rules():
            for value in VALUES:
                for more in FURTHER:
                    values = dict.fromkeys(sorted(rule.arguments), value) | (rule.defaults or {}) | more
                    wanted = built(partial(Flask.url_for, app), rule.endpoint, values)
                    for _ in range(2):
                        assert built(app.url_for, rule.endpoint, values) == wanted


def built(build: Callable[..., str], endpoint: str, values: dict[str, object]) -> str | type[Exception]:
    """An address, or what it fails of."""
    try:
        return build(endpoint, **values)
    except (ValueError, BuildError) as error:
        return type(error)


def test_nothing_is_handed_on_from_one_request_to_another(app: Flask) -> None:
    """A reader who chose no language gets no address of another who did."""
    for asked, wanted in (("/?lang=de", "/about?lang=de"), ("/", "/about"), ("/?lang=fr", "/about?lang=fr")):
        with app.test_request_context(asked):
            assert app.url_for("pages.about") == wanted
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/x"}):
        assert app.url_for("pages.about") == "/x/about"


def test_strangers_fill_no_memory_with_addresses(app: Flask) -> None:
    """Addresses of moments that nobody would write are built and not kept."""
    kept = app._remembered  # type: ignore[attr-defined]
    with app.test_request_context(f"/?asof={'1' * (addresses.LONGEST + 1)}"):
        before = kept.cache_info()
        assert "asof=1" in app.url_for("pages.about")
        assert kept.cache_info() == before
    with app.test_request_context("/"):
        assert app.url_for("searching.search", q="1" * (addresses.LONGEST + 1))
        assert kept.cache_info() == before


def test_a_name_is_asked_for_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one page has named, the next asks for no more; a thing without names has none the second time either."""
    current: Current = app.extensions["citygraph"]
    served, asked = current.get(), []
    told = served.store.told
    monkeypatch.setattr(served.store, "told", lambda *given: asked.append(1) or told(*given))
    things = [f"{served.iris.base}id/{name}" for name in ("city/rivermouth", "city/obersoed", "nothing/of-the-kind")]
    first = served.names_of(things)
    assert f"{served.iris.base}id/city/rivermouth" in first
    count = len(asked)
    assert count
    assert served.names_of(reversed(things)) == first
    assert len(asked) == count
