"""Tables for people without RDF: a query's answer as CSV, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build.queried import write_table, write_tables
from citygraph.formats import by_name
from citygraph.queries import read_queries
from citygraph.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

_TEXTS = ("b", "", 'a "quoted" text', "a, and more", "two\nlines", "two\r\nlines", "Österreich", "\N{COLLISION SYMBOL}")


@pytest.fixture
def store() -> Store:
    """A text for each of a few things, and a second column that only some have."""
    rows = [(ox.NamedNode(f"urn:{place}"), ox.Literal(text)) for place, text in enumerate(_TEXTS)]
    name, note = ox.NamedNode("urn:name"), ox.NamedNode("urn:note")
    quads = [ox.Quad(thing, name, text) for thing, text in rows]
    return Store.memory([*quads, *(ox.Quad(thing, note, text) for thing, text in rows[::2])])


@pytest.mark.parametrize(
    "order", ["?name", "?note ?name", "?thing", "?unknown ?name", "DESC(?name)", "?name LIMIT 3", "STRLEN(?name) ?name"]
)
def test_a_table_has_the_order_that_the_engine_gives(store: Store, tmp_path: Path, order: str) -> None:
    """Whether it is sorted here or there, a table has the same bytes, with texts of any kind and with none."""
    where = "{ ?thing <urn:name> ?name OPTIONAL { ?thing <urn:note> ?note } }"
    text = f"SELECT ?thing ?name ?note {where} ORDER BY {order}"
    write_table(store, text, tmp_path / "table.csv", tmp_path)
    assert (tmp_path / "table.csv").read_bytes() == store.select(text).serialize(format=by_name("csv").results)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"], "nothing is left behind"


def test_a_table_of_nothing_has_its_head(store: Store, tmp_path: Path) -> None:
    """Where nothing is found, the names of the columns stand alone."""
    write_table(store, "SELECT ?a ?b { ?a <urn:no> ?b } ORDER BY ?a ?b", tmp_path / "table.csv", tmp_path)
    assert (tmp_path / "table.csv").read_bytes() == b"a,b\r\n"


def test_the_tables_of_the_world(
    world: Release, world_repository: Repository, settings: Settings, tmp_path: Path
) -> None:
    """Each table that is published has the rows of its query, in the order that its text asks for."""
    folder = world_repository.queries("tables")
    write_tables(world.store, folder, settings.iris, tmp_path, tmp_path)
    for query in read_queries(folder, settings.iris):
        found = world.store.select(query.bound(iris=settings.iris)).serialize(format=by_name("csv").results)
        assert (tmp_path / f"{query.name}.csv").read_bytes() == found, query.name
