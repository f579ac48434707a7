"""Pictures hold what their tables hold, are safe, and are the same for the same facts."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from flask import g

from citygraph.store import Store
from citygraph.vocab import PREF_LABEL, RDF_TYPE, foreign
from citygraph.web.current import Served
from citygraph.web.pictures import routes
from citygraph.web.pictures.lettering import Sheet, clean, shorten
from citygraph.web.pictures.map import LINES
from citygraph.web.pictures.projection import World, fit, great_circle, land

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from citygraph.release import Release

SVG = "{http://www.w3.org/2000/svg}"
TORONTO, BASEL, TOYAMA, AUCKLAND = (-79.4, 43.7), (7.6, 47.6), (137.2, 36.7), (174.8, -36.8)
QUEBEC, SHANGHAI = (-71.2, 46.8), (121.5, 31.2)
PAGES = ("/embed/map", "/embed/timeline", "/embed/network/canton/basel-stadt", "/embed/network/focus-area/education")
FILES = ("/picture/map", "/picture/timeline", "/picture/network/partnership/basel-stadt-toyama")


@pytest.fixture
def seed_client(seed_app: Flask) -> FlaskClient:
    """A client over the repository's own data."""
    return seed_app.test_client()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_every_picture_has_words_and_a_table(seed_client: FlaskClient, address: str, language: str) -> None:
    """A page with a picture says what is to be seen, holds the same as a table, and may be framed by any site."""
    answer = seed_client.get(address, query_string={"lang": language})
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    drawing = answer.text.partition("<svg")[2].partition("</svg>")[0]
    assert "<title id=" in drawing
    assert "<desc id=" in drawing
    assert answer.text.count("<tr>") > 1
    assert "<script>" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize("address", FILES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_files_stand_alone(seed_client: FlaskClient, address: str, theme: str) -> None:
    """A saved SVG is well-formed, needs no style sheet and links nowhere; asked again, it is the same to the byte."""
    answer = seed_client.get(f"{address}.svg", query_string={"theme": theme})
    assert answer.content_type == "image/svg+xml; charset=utf-8"
    root = ET.fromstring(answer.data)
    assert root.get("role") == "img"
    assert not list(root.iter(f"{SVG}a"))
    assert not list(root.iter(f"{SVG}style"))
    assert seed_client.get(f"{address}.svg", query_string={"theme": theme}).data == answer.data


@pytest.mark.parametrize("address", FILES)
def test_pixels_and_tables(seed_client: FlaskClient, address: str) -> None:
    """Each picture is to be had as PNG and as CSV, whose rows are all as long as its head."""
    assert seed_client.get(f"{address}.png").data.startswith(b"\x89PNG")
    rows = list(csv.reader(io.StringIO(seed_client.get(f"{address}.csv").text)))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_filters_choose(seed_client: FlaskClient) -> None:
    """A form, a focus area, a year and a thing each leave only the partnerships that they fit."""

    def names(**filters: str) -> set[str]:
        text = seed_client.get("/picture/map.csv", query_string=filters | {"lang": "en"}).text
        return {row["partnership"].rpartition("/")[2] for row in csv.DictReader(io.StringIO(text))}

    everything = names()
    assert names(form="sister-state") == {"basel-stadt-massachusetts"}
    assert "basel-stadt-massachusetts" in names(year="2003")
    assert "basel-stadt-toyama" in names(year="2010") - names(year="2003")
    # Karlsruhe is Q1040: Wikidata's pairs that no document here speaks of are named after their items.
    assert names(thing="city/karlsruhe") == {row for row in everything if {"karlsruhe", "Q1040"} & set(row.split("-"))}
    assert "basel-stadt-toyama" in names(area="culture") < everything
    assert names(form="no-such-form") == set()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/embed/map?year=soon", 400),
        ("/embed/map?form=%22%3E", 400),
        ("/embed/map?thing=city/nowhere", 404),
        ("/embed/network/city/nowhere", 404),
        ("/embed/network/city/%3E%20%3Fx", 400),
        ("/picture/map.svg?theme=pink", 400),
        ("/picture/map.gif", 406),
    ],
)
def test_what_fits_no_picture_is_refused(seed_client: FlaskClient, address: str, status: int) -> None:
    """A filter that is none, a thing that is unknown and a format that is not on offer are told as such."""
    assert seed_client.get(address).status_code == status


def served_with(world: Release, pairs: int, name: str) -> Served:
    """A release of many pairs of places, each called the same."""
    # Another version, since pages are kept by the version of the release that they tell of.
    served = Served.of(replace(world, manifest=world.manifest | {"version": f"{pairs}-{hash(name)}"}))
    graph, term = served.iris.graph("places"), served.iris.term
    quads = []
    for number in range(pairs):
        thing = ox.NamedNode(served.iris.thing("partnership", f"pair-{number}"))
        quads += [ox.Quad(thing, RDF_TYPE, term("Partnership"), graph)]
        for side in (0, 1):
            city = ox.NamedNode(served.iris.thing("city", f"side-{number}-{side}"))
            quads += [
                ox.Quad(thing, term("party"), city, graph),
                ox.Quad(city, term("partnership"), thing, graph),
                ox.Quad(city, PREF_LABEL, ox.Literal(name, language="en"), graph),
                ox.Quad(city, foreign("geo", "lat"), ox.Literal(str(side * 40 + number % 30)), graph),
                ox.Quad(city, foreign("geo", "long"), ox.Literal(str(number % 300 - 150)), graph),
            ]
    return replace(served, store=Store.memory(quads))


def ask(app: Flask, served: Served, make: str, address: str) -> str:
    """Ask a view over another store."""
    with app.test_request_context(address):
        app.preprocess_request()
        g.served = lambda: served
        return str(app.view_functions[make](name="map").get_data(as_text=True))


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "a\x00\x0b\x1f", "\u202edesrever", "x" * 10_000],
)
def test_hostile_names(app: Flask, world: Release, name: str) -> None:
    """No name becomes markup, breaks the XML, turns the text around it or makes a picture heavy."""
    served = served_with(world, 2, name)
    page = ask(app, served, "pictures.embed", "/embed/map")
    assert re.sub(r'<script type="module" src="/static/built/\w+\.js"></script>', "", page).count("<script") == 0
    assert "<img src=x" not in page
    with app.test_request_context("/picture/map.svg"):
        app.preprocess_request()
        g.served = lambda: served
        data = routes.file("map", "svg").get_data()
    ET.fromstring(data)
    assert "\u202e".encode() not in data
    assert len(data) < 60_000


def test_a_crowd_is_cut_and_says_so(app: Flask, world: Release) -> None:
    """More partnerships than a map can show are counted, cut at a stated number, and the page stays small."""
    page = ask(app, served_with(world, LINES + 100, "Place"), "pictures.embed", "/embed/map?lang=en")
    assert page.count("data-form=") == LINES
    assert f"{LINES} of {LINES + 100} partnerships are drawn" in page
    assert len(page) < 600_000


def test_no_way_runs_along_the_pole() -> None:
    """What is shortest over the pole is one bow that keeps away from the picture's upper edge."""
    path = great_circle(World(), QUEBEC, SHANGHAI)
    start, steps = path.removeprefix("M").split("l")
    height, heights = int(start.split()[1]), []
    for step in steps.split()[1::2]:
        height += int(step)
        heights.append(height)
    assert path.count("M") == 1
    assert min(heights) > 100


def test_great_circles_take_the_short_way() -> None:
    """A line over the far side of the globe is parted at the edge of the picture, all others are whole."""
    assert great_circle(World(), BASEL, TOYAMA).count("M") == 1
    assert great_circle(World(), TORONTO, AUCKLAND).count("M") == 2
    assert great_circle(World(), BASEL, BASEL).count("M") == 1
    assert great_circle(World(), (0.0, 0.0), (180.0, 0.0))


def test_a_picture_shows_the_region_of_its_places() -> None:
    """Places that lie together are seen in their region, and the coast lines are drawn for every view."""
    near = fit([BASEL, (8.4, 49.0), (-1.15, 52.95)])
    assert near != World()
    assert fit([BASEL, TOYAMA]) == World()
    assert fit([]) == World()
    assert fit([BASEL]) != World()
    assert land(near).startswith("M")
    assert len(land(World())) < 40_000
    assert all(0 <= value <= 960 for point in (BASEL, (8.4, 49.0)) for value in near.project(*point))


def test_names_never_cover_each_other() -> None:
    """A label finds a free place or none, and is cut by what its signs take."""
    sheet = Sheet(960, 400)
    found = [sheet.place("Basel", 480, 200, 6) for _ in range(20)]
    kept = [label for label in found if label]
    assert 1 < len(kept) < 20
    assert len({(label.x, label.y) for label in kept}) == len(kept)
    assert shorten("巴塞尔城市州", 6) != "巴塞尔城市州"
    assert clean("a\x00b\u202ec") == "a bc"
