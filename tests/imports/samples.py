"""What the tests of imports share: recorded entities, a made-up one with every trouble, what to say of an import."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from citygraph.imports.finish import ZERO, About

EXCERPT = Path(__file__).parent / "excerpt.json"
"""Seven entities of a Wikidata dump (CC0 1.0), with some of their labels and statements."""
TROUBLED_RDF = Path(__file__).parent / "troubled.ttl"
"""The made-up entity in the RDF form of the Wikidata Query Service."""
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"


def about() -> About:
    """Give what is said of an import in a test."""
    return About({"en": "A test"}, "Nobody", ZERO, "tests", dt.date(2026, 11, 22))


def item(number: int) -> dict[str, Any]:
    """Give an item as the value of a snak."""
    value = {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}
    return {"type": "wikibase-entityid", "value": value}


def time(text: str, precision: int, calendar: str = GREGORIAN) -> dict[str, Any]:
    """Give a point in time as the value of a snak."""
    value = {"time": text, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": calendar}
    return {"type": "time", "value": value}


def _text(text: str, language: str) -> dict[str, Any]:
    """Give a text as the value of a snak."""
    return {"type": "monolingualtext", "value": {"text": text, "language": language}}


def snak(name: str, datatype: str, datavalue: dict[str, Any] | str) -> dict[str, Any]:
    """Give a snak; a text in the place of a value says that there is none or that nobody knows it."""
    if isinstance(datavalue, str):
        return {"snaktype": datavalue, "property": name, "datatype": datatype}
    return {"snaktype": "value", "property": name, "datatype": datatype, "datavalue": datavalue}


def statement(name: str, main: dict[str, Any] | str, rank: str = "normal", **more: Any) -> dict[str, Any]:
    """Give a statement that an item is twinned."""
    return {"mainsnak": snak("P190", "wikibase-item", main), "type": "statement", "id": name, "rank": rank, **more}


def entity(number: int, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give an item with statements."""
    return {"type": "item", "id": f"Q{number}", "labels": {}, "claims": {"P190": list(statements)}, **more}


def line(value: dict[str, Any]) -> bytes:
    """Give an entity as a line of a dump."""
    return json.dumps(value, ensure_ascii=False).encode() + b",\n"


def troubled() -> dict[str, Any]:
    """Give a made-up item with every trouble: ranks, references, no value, some value, dates of all precisions."""
    reference = {
        "hash": "0f0f0f",
        "snaks": {
            "P854": [snak("P854", "url", {"type": "string", "value": "https://example.org/twins"})],
            "P813": [snak("P813", "time", time("+2020-02-03T00:00:00Z", 11))],
        },
        "snaks-order": ["P813", "P854"],
    }
    dates = {
        "P580": [snak("P580", "time", time("+1987-05-00T00:00:00Z", 10))],
        "P582": [snak("P582", "time", "novalue")],
        "P1365": [snak("P1365", "wikibase-item", "somevalue")],
    }
    old = {"P580": [snak("P580", "time", time("+0836-00-00T00:00:00Z", 9, JULIAN))]}
    decade = {"P585": [snak("P585", "time", time("+1960-00-00T00:00:00Z", 8))]}
    named = {"P1810": [snak("P1810", "monolingualtext", {"type": "monolingualtext", "value": _NAMED})]}
    day = {"P580": [snak("P580", "time", time("+1500-02-29T00:00:00Z", 11, JULIAN))]}
    found = entity(
        900000001,
        statement("Q900000001$A", item(900000002), "preferred", qualifiers=dates, references=[reference]),
        statement("Q900000001$B", item(900000003), "deprecated", qualifiers=old),
        statement("Q900000001$C", item(900000004), qualifiers=decade | named),
        statement("Q900000001$D", item(900000005), qualifiers=day),
        statement("Q900000001$E", "novalue"),
        statement("Q900000001$F", "somevalue"),
        labels={"en": {"language": "en", "value": "Trouble"}, "fr": {"language": "fr", "value": "Ennui"}},
        aliases={
            "en": [{"language": "en", "value": text} for text in ("Trouble", "Bother")],
            "fr": [{"language": "fr", "value": "Souci"}],
        },
    )
    found["claims"] |= {
        "P17": [
            {"mainsnak": snak("P17", "wikibase-item", item(900000010)), "rank": "normal"},
            {
                "mainsnak": snak("P17", "wikibase-item", item(900000011)),
                "rank": "normal",
                "qualifiers": {"P582": [snak("P582", "time", time("+1918-00-00T00:00:00Z", 9))]},
            },
        ],
        "P131": [
            {"mainsnak": snak("P131", "wikibase-item", item(900000012)), "rank": "normal"},
            {
                "mainsnak": snak("P131", "wikibase-item", item(900000013)),
                "rank": "normal",
                "qualifiers": {"P582": [snak("P582", "time", time("+1918-00-00T00:00:00Z", 9))]},
            },
        ],
        "P1448": [
            {
                "mainsnak": snak("P1448", "monolingualtext", _text("Alt-Ärger", "de")),
                "rank": "normal",
                "qualifiers": {"P582": [snak("P582", "time", time("+1918-00-00T00:00:00Z", 9))]},
            },
        ],
        "P2561": [
            {"mainsnak": snak("P2561", "monolingualtext", _text("Falsch", "de")), "rank": "deprecated"},
            {"mainsnak": snak("P2561", "monolingualtext", "somevalue"), "rank": "normal"},
        ],
        "P31": [{"mainsnak": snak("P31", "wikibase-item", item(515)), "rank": "normal"}],
        "P1566": [{"mainsnak": snak("P1566", "external-id", {"type": "string", "value": "999"}), "rank": "normal"}],
        "P625": [{"mainsnak": snak("P625", "globe-coordinate", _PLACE), "rank": "normal"}],
    }
    return found


_NAMED = {"text": "Ville", "language": "fr"}
_PLACE = {
    "type": "globecoordinate",
    "value": {"latitude": 47.5, "longitude": -7.25, "precision": None, "globe": "http://www.wikidata.org/entity/Q2"},
}
