"""Each example query has a route of its own, which OpenAPI describes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from citygraph.queries import read_queries

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.settings import Repository, Settings


def test_every_select_has_a_route(client: FlaskClient, repository: Repository, settings: Settings) -> None:
    """Adding a query file is all it takes: it is described, and answers in JSON and CSV with the same rows."""
    described = client.get("/openapi.json").json
    assert described["openapi"].startswith("3.1")
    names = {row.name for row in read_queries(repository.queries("examples"), settings.iris) if row.form == "SELECT"}
    assert {path.removeprefix("/api/") for path in described["paths"]} == names
    for name in sorted(names)[::8]:
        rows = client.get(f"/api/{name}?format=json").json["results"]["bindings"]
        table = list(csv.DictReader(io.StringIO(client.get(f"/api/{name}?format=csv").text)))
        assert len(table) == len(rows)


def test_places_as_features(client: FlaskClient) -> None:
    """A query with coordinates answers in GeoJSON, longitude first."""
    answer = client.get("/api/map-of-the-parties?format=geojson")
    assert answer.mimetype == "application/geo+json"
    features = answer.json["features"]
    assert features
    for row in features:
        long, lat = row["geometry"]["coordinates"]
        written = row["properties"]["coordinates"].removeprefix("POINT(").removesuffix(")").split()
        assert [float(number) for number in written] == [long, lat]


def test_parameters(client: FlaskClient) -> None:
    """A parameter is a value and never a piece of a query; one that does not fit is refused."""
    assert client.get("/api/partnerships-in-force-on-a-date?date=1999").status_code == 200
    for value in ("soon", '"} INSERT', "2023-07-01> ."):
        assert client.get("/api/partnerships-in-force-on-a-date", query_string={"date": value}).status_code == 400
    assert client.get("/api/none").status_code == 404
