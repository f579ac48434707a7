"""What the program can list of itself is in the manual."""

import doctest
import importlib
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

import citygraph
from citygraph import iris, queries
from citygraph.cli import main
from citygraph.formats import RDF
from citygraph.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = Path(citygraph.__file__).parent
SHOWING = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]
"""The modules whose docstrings have examples."""


def rows():
    """The table of settings, as the manual has it."""
    for row in fields(Settings):
        default = row.default if row.default is not MISSING else row.default_factory()
        shown = default.get("en", "") if isinstance(default, dict) else default
        yield f"| `{row.name}` | {f'`{shown}`' if shown != '' else ''} | {row.metadata['help']} |"


def test_the_manual_has_the_table_of_settings():
    """Every setting, its default and its meaning stand in the manual, as the program knows them."""
    text = (DOCS / "operation.md").read_text("utf-8")
    found = [
        line
        for line in text.splitlines()
        if line.startswith("| `") and line.split("`")[1] in Settings.__dataclass_fields__
    ]
    assert found == list(rows())


@pytest.mark.parametrize("name", SHOWING)
def test_examples_in_docstrings_are_true(name):
    """What a docstring shows is what Python answers."""
    found = doctest.testmod(importlib.import_module(name))
    assert (found.failed, found.attempted > 0) == (0, True)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_in_the_manual(name):
    """No command is secret."""
    texts = [path.read_text("utf-8") for path in DOCS.glob("*.md")]
    assert any(f"`{name}" in text or f"citygraph {name}" in text for text in texts)


@pytest.mark.parametrize("row", RDF, ids=lambda row: row.name)
def test_every_format_is_in_the_manual(row):
    """The extension of each RDF format stands in the table of addresses."""
    assert f"`{row.extension}`" in (DOCS / "endpoint.md").read_text("utf-8")


def test_the_query_that_the_readme_shows_exists_with_its_parameter():
    """Whoever copies the line from the README gets an answer."""
    text = (DOCS.parent / "README.md").read_text("utf-8")
    name, parameter = re.search(r"citygraph query ([a-z-]+) -p (\w+)=", text).groups()
    query = queries.read_query(DOCS.parent / "queries" / "examples" / f"{name}.rq", iris.Iris(iris.CANONICAL))
    assert parameter in [row.name for row in query.parameters]


@pytest.mark.parametrize(
    "query",
    list(queries.read_queries(DOCS.parent / "queries" / "columns", iris.Iris(iris.CANONICAL))),
    ids=lambda query: query.name,
)
def test_every_property_of_the_reconciliation_service_is_in_the_manual(query):
    """The table of properties is that of the folder."""
    assert f"| `{query.name}` | {query.summary} |" in (DOCS / "reconciliation.md").read_text("utf-8")
