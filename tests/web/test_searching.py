"""The search finds what people mean, however they spell it, and hands it on as page, JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        *((text, "city/zurich") for text in ("Zuerich", "Zürich", "Zurich", "ZUERICH", "Züri", "Zurigo")),
        *((text, "city/basel") for text in ("Bale", "Bâle", "Basle", "Basilea")),
        ("Karlruhe", "city/karlsruhe"),
        ("Hambrug", "city/hamburg"),
        ("Masachusetts", "state/massachusetts"),
        ("Kras", "city/krasnodar"),
        ("Quebec", "province/quebec"),
        ("Conradin Kramer", "person/conradin-cramer"),
    ],
)
def test_spellings(seed_app: Flask, text: str, iri: str) -> None:
    """Umlauts written out, left out or in another language, beginnings and typing errors all lead to the thing."""
    found = seed_app.test_client().get("/search.json", query_string={"q": text}).json
    assert f"https://w3id.org/citygraph/id/{iri}" in [row["iri"] for row in found["results"][:8]]


def test_nothing_is_like_anything(seed_app: Flask) -> None:
    """A text that resembles no name finds nothing."""
    assert seed_app.test_client().get("/search.json?q=xqzwvkjh").json["results"] == []


def test_facets_narrow(seed_app: Flask) -> None:
    """Each value offered narrows the list to as many things as it says."""
    client = seed_app.test_client()
    found = client.get("/search.json?q=basel").json
    assert {"kind", "country", "area", "form", "period"} == set(found["facets"])
    for key in found["facets"]:
        for value, count in list(found["facets"][key].items())[:3]:
            fewer = client.get("/search.json", query_string={"q": "basel", key: value}).json
            assert fewer["total"] == count
            assert {row["iri"] for row in fewer["results"]} <= {row["iri"] for row in found["results"]}


def test_formats_agree(seed_app: Flask) -> None:
    """Page, JSON and CSV hold the same things, by extension and by what the client accepts."""
    client = seed_app.test_client()
    rows = client.get("/search.json?q=hamburg").json["results"]
    table = list(csv.DictReader(io.StringIO(client.get("/search.csv?q=hamburg").text)))
    assert [row["iri"] for row in table] == [row["iri"] for row in rows]
    page = client.get("/search?q=hamburg", headers={"Accept": "text/html"}).text
    assert all(f'href="{row["url"]}"' in page for row in rows[:20])
    assert client.get("/search?q=hamburg", headers={"Accept": "application/json"}).json["results"] == rows
    assert client.get("/search.pdf?q=x").status_code == 404


def test_suggestions(seed_app: Flask) -> None:
    """A few letters suggest a few things with their kinds in the reader's language."""
    rows = seed_app.test_client().get("/suggest?q=Kar&lang=de").json
    assert 0 < len(rows) <= 8
    assert ("Karlsruhe", "Stadt") in {(row["name"], row["kindName"]) for row in rows}


@pytest.mark.parametrize("path", ["/search", "/search.json", "/search.csv", "/suggest"])
def test_hostile_texts(client: FlaskClient, path: str) -> None:
    """No text brings the search to a fault, and what it repeats it repeats as text."""
    for text in ("", '"', "* AND (", "<script>alert(1)</script>", "a" * 10_000, "\x00", "\u202e", "}} UNION {{"):
        for key in ("q", "kind", "country", "area", "form", "period", "page"):
            answer = client.get(path, query_string={"q": "river", key: text})
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text or answer.mimetype != "text/html"
