"""Builds the addresses of the site's own pages, each once: a page holds some seventy, and most stand on many pages.

Within a request, an address is a function of its endpoint and values and of what the address that was asked for
hands on to all others: where the site is mounted, the language that the reader chose, and the time looked at. The
addresses of two things differ in the names only, so they are built once, for a name in the place of all.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, request

from citygraph.web.reader import LONGEST, MOMENT, found

if TYPE_CHECKING:
    from citygraph.web.reader import Handed

_KEPT = 16_384
"""How many addresses are kept."""

ANY = secrets.token_hex(16)
"""What stands for the own names of all things of a kind; nobody else has a thing of this name."""
_UNESCAPED = re.compile(r"([A-Za-z0-9._~-]+/)([A-Za-z0-9/._~-]+)")
"""Names of things that addresses and pages hold as they are."""
_FLASKS = ("_method", "_scheme", "_external")
"""What Flask itself is asked for."""
_SAFE = "%!#$&'()*+,/:;=?@"
"""What an anchor may hold as it is (:meth:`flask.Flask.url_for`)."""

_MULTILINGUAL = (
    "changes.",
    "pages.",
    "checking.",
    "pictures.",
    "portal.",
    "reasons.",
    "reconcile.root",
    "searching.",
    "resources.page",
    "same.",
    "sparql.endpoint",
    "wikidata.page",
    "downloads.listing",
    "downloads.cite",
)
"""The beginnings of endpoints whose addresses keep the language that the reader chose."""

_LASTING = ("pages.", "pictures.", "reasons.", "searching.", "resources.")
"""The beginnings of endpoints whose addresses keep the time whose state the reader looks at."""


class Site(Flask):
    """Flask, which remembers the addresses that it has built."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self._remembered = lru_cache(maxsize=_KEPT)(self._build)
        self.url_defaults(hand_on)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Build an address; within a request it names no host (:meth:`flask.Flask.url_for`)."""
        who = found()
        if who is None or any(values.get(name) for name in _FLASKS):
            return super().url_for(endpoint, **values)
        if endpoint.startswith("."):
            endpoint = f"{request.blueprint}{endpoint}"
        told = who.handed
        build, own = self._remembered if told.short else self._build, ""
        for key, value in values.items():
            if isinstance(value, str):
                if not own and "/" in value:
                    values[key], own = in_common(value)
                if not own and len(value) > LONGEST:
                    build = self._build
        built = build(told, endpoint, *values.items())
        return built.replace(ANY, own) if own else built

    def _build(self, told: Handed, endpoint: str, *items: tuple[str, Any]) -> str:
        """Build the path and query alone, without what Flask does for those who want more."""
        given = dict(items)
        anchor = given.pop("_anchor", None)
        _hand_on(told, endpoint, given)
        values = {name: value for name, value in given.items() if value is not None}
        place = "" if anchor is None else f"#{quote(anchor, safe=_SAFE)}"
        for rule in self.url_map.iter_rules(endpoint):
            if rule.suitable_for(values, "GET") and (built := rule.build(values)):
                return f"{told.root}/{built[1].lstrip('/')}{place}"
        return super().url_for(endpoint, _anchor=anchor, **values)


def in_common(name: str) -> tuple[str, str]:
    """The name that stands for all things of a kind, and the own name of one, to be put in the place of :data:`ANY`.

    A name that is escaped somewhere stands for itself; nothing is put in.
    """
    parts = _UNESCAPED.fullmatch(name)
    return (f"{parts[1]}{ANY}", parts[2]) if parts else (name, "")


def is_plain(name: str) -> bool:
    """Whether addresses hold the name of a thing as it is."""
    return _UNESCAPED.fullmatch(name) is not None


def hand_on(endpoint: str, values: dict[str, Any]) -> None:
    """Give an address that is being built what this request hands on, unless it says something itself."""
    if who := found():
        _hand_on(who.handed, endpoint, values)


def _hand_on(told: Handed, endpoint: str, values: dict[str, Any]) -> None:
    if told.language and (endpoint == "resources.ontology" or endpoint.startswith(_MULTILINGUAL)):
        values.setdefault("lang", told.language)
    if told.moment and endpoint.startswith(_LASTING):
        values.setdefault(MOMENT, told.moment)
