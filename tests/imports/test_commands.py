"""The promises of `imports/commands.py`: each command leaves a folder that the build reads, and says what it holds."""

import json

import pytest
from click.testing import CliRunner

from citygraph.imports.commands import imports
from citygraph.imports.manifest import read_manifest
from imports.samples import EXCERPT
from imports.test_sparql import serving
from imports.test_triples import DESCRIPTION, EXPECTED, TABLE

TOLD = ["--title", "en=A test", "--publisher", "Nobody", "--licence", "https://example.org/licence"]


def run(*arguments):
    """Run a command."""
    return CliRunner().invoke(imports, [str(argument) for argument in arguments])


def test_a_dump_needs_no_more_than_a_folder(tmp_path):
    """A Wikidata dump is imported with title, publisher and licence of Wikidata."""
    result = run("dump", EXCERPT, tmp_path / "out", "--language", "de", "--date", "2026-11-22")
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'out'}: 9 read, 5 kept, 0 broken\n")
    found = read_manifest(tmp_path / "out").check()
    assert (found.publisher, found.origin, str(found.date)) == (
        "Wikidata", "Wikidata JSON dump excerpt.json", "2026-11-22",
    )  # fmt: skip


def test_an_endpoint_is_harvested(tmp_path):
    """An endpoint is harvested in the name of a contact, which is asked for."""
    with serving() as (url, asked):
        result = run("sparql", url, tmp_path / "out", "--contact", "me@example.org", "--pause", "0")
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'out'}: 3 read, 3 kept, 0 broken\n")
    assert "(me@example.org)" in asked[0][0]
    assert run("sparql", "http://localhost", tmp_path / "other").exit_code == 2


@pytest.mark.parametrize(("command", "kind"), [("pairs", "pairs"), ("csvw", "triples"), ("triples", "triples")])
def test_files_of_ones_own_are_taken_in(tmp_path, command, kind):
    """A table, a described table and triples are taken in once it is said what they are."""
    (tmp_path / "own.csv").write_text(TABLE, "utf-8")
    (tmp_path / "own.json").write_text(json.dumps(DESCRIPTION), "utf-8")
    (tmp_path / "own.ttl").write_text(EXPECTED, "utf-8")
    name = {"pairs": "own.csv", "csvw": "own.json", "triples": "own.ttl"}[command]
    assert run(command, tmp_path / name, tmp_path / "out").exit_code == 2
    result = run(command, tmp_path / name, tmp_path / "out", *TOLD)
    assert result.exit_code == 0
    assert read_manifest(tmp_path / "out").check().kind == kind
    assert run(command, tmp_path / name, tmp_path / "out", *TOLD).exit_code == 1
    assert run(command, tmp_path / name, tmp_path / "out", *TOLD, "--restart").exit_code == 0


@pytest.mark.parametrize(
    ("folder", "told", "fault"),
    [
        ("My Folder", {}, "use lower-case letters"),
        ("out", {"--title": "A test"}, '--title en="…"'),
        ("out", {"--title": "in English=A test"}, '--title en="…"'),
        ("out", {"--licence": "CC0"}, "write licence ="),
    ],
)
def test_what_no_build_would_take_is_refused_before_anything_is_read(tmp_path, folder, told, fault):
    """The name of the folder, the titles and the licence are looked at before the import begins."""
    given = dict(zip(TOLD[::2], TOLD[1::2], strict=True)) | told
    result = run("dump", EXCERPT, tmp_path / folder, *[word for pair in given.items() for word in pair])
    assert fault in str(result.exception)
    assert not list(tmp_path.iterdir())
