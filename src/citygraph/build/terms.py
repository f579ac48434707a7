"""Writes names and values of Wikidata as RDF terms; what no term can hold becomes text."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.build.claims import WIKIDATA
from citygraph.imports.times import lexical, note
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.imports.rows import Snak

_PROP = "http://www.wikidata.org/prop/"
_ENTITY = re.compile(r"[QPL][1-9]\d*(-[FS]\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def item_term(item: str) -> ox.NamedNode:
    """Name an item."""
    return ox.NamedNode(WIKIDATA + item)


def property_term(way: str, name: str) -> ox.NamedNode:
    """Name a property as it leads to a value: ``direct``, ``statement``, ``qualifier`` or ``reference``."""
    return ox.NamedNode(f"{_PROP}{way}/{name}")


@cache
def is_language(code: str) -> bool:
    """Tell whether RDF takes a code for the tag of a language; some of Wikidata's are none (zh-classical)."""
    try:
        ox.Literal("", language=code)
    except ValueError:
        return False
    return True


def text_term(text: str, language: str) -> ox.Literal:
    """Write a text in its language; a code that is no tag is left out."""
    return ox.Literal(text, language=language) if is_language(language) else ox.Literal(text)


def _url(text: str) -> ox.NamedNode | ox.Literal:
    """Write an address as an IRI, if it is one."""
    try:
        return ox.NamedNode(text)
    except ValueError:
        return ox.Literal(text)


def decimal(number: float) -> str:
    """Write a number without an exponent, which xsd:decimal has none of."""
    text = f"{number:.12f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def value_term(snak: Snak) -> ox.NamedNode | ox.Literal:
    """Write a value as a term; what no term can hold is the JSON that Wikidata writes."""
    value: Any = snak.value
    if snak.type == "time":
        return _time(value)
    if isinstance(value, str):
        if snak.type.startswith("wikibase") and _ENTITY.fullmatch(value):
            return item_term(value)
        return _url(value) if snak.type == "url" else ox.Literal(value)
    if snak.type == "monolingualtext":
        return text_term(value["text"], value["language"])
    if snak.type == "quantity" and _is_plain(value):
        return ox.Literal(str(value["amount"]).removeprefix("+"), datatype=foreign("xsd", "decimal"))
    return ox.Literal(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _is_plain(quantity: Mapping[str, Any]) -> bool:
    """Tell whether a quantity is a number and no more, without unit or margin."""
    margins = quantity.keys() - {"amount", "unit"}
    return not margins and quantity.get("unit") == "1" and _NUMBER.fullmatch(quantity["amount"]) is not None


def _time(value: Mapping[str, Any]) -> ox.Literal:
    found, text = lexical(value), note(value)
    if found and text is None:
        return ox.Literal(found[0], datatype=foreign("xsd", found[1]))
    return ox.Literal(str(text))
