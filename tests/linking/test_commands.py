"""The command ``citygraph link`` as curators call it."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from citygraph.build.link import read_mappings
from citygraph.cli import main
from citygraph.iris import CANONICAL, Iris
from citygraph.linking.classes import read_classes
from citygraph.linking.decisions import FILE, Decisions
from citygraph.linking.names import Words


@pytest.fixture
def run(copied, world, tmp_path):
    """Call the command on a copy of the fixture world."""
    site = tmp_path / "site"
    shutil.copytree(world.folder, site / world.version)
    (site / "current").symlink_to(world.version)

    def call(*words):
        options = ["--repository", str(copied.root), "--releases", str(site), "link"]
        return CliRunner().invoke(main, [*options, *words], catch_exceptions=False)

    return call


def test_decisions_are_written_where_the_build_reads_them(run, copied):
    """What is accepted becomes a link, what is rejected is remembered, a second item is refused with the reason."""
    assert run("accept", "city/lakeview", "Q900000001", "--curator", "me").exit_code == 0
    assert run("reject", "city/lakeview", "Q900000002", "--curator", "me").exit_code == 0
    again = run("accept", "city/lakeview", "Q900000003", "--curator", "me")
    assert (again.exit_code, "is linked to Q900000001 already" in again.output) == (1, True)
    links = copied.data / "links"
    assert [row.object.value for row in read_mappings(links / FILE, Iris(CANONICAL))] == [
        "http://www.wikidata.org/entity/Q900000001"
    ]
    assert Decisions(links).rejected == {("city/lakeview", "Q900000002")}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("accept", "city/lakeview", "Q1"), 2, "--curator"),
        (("accept", "city/lakeview", "x", "--curator", "me"), 2, "no item of Wikidata"),
        (("accept", "city/nowhere", "Q1", "--curator", "me"), 1, "nothing here is called city/nowhere"),
        (("--review",), 2, "--curator"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_remedy(run, words, code, told):
    """Nobody decides without a name, about no item, or about nothing."""
    result = run(*words)
    assert (result.exit_code, told in result.output) == (code, True)


def test_a_table_of_names_is_answered_with_the_parts_of_each_score(run, tmp_path):
    """Each row comes back with its candidates; the health of the world's links is good."""
    table = tmp_path / "names.csv"
    table.write_text("name,country\nRivermouth,\nNowhere at all,\n")
    rows = [json.loads(line) for line in run(str(table), "--format", "json").output.splitlines()]
    assert [row["name"] for row in rows] == ["Rivermouth", "Nowhere at all"]
    assert rows[0]["candidates"][0]["parts"]["name"] == 1.0
    assert not rows[0]["candidates"][0]["linkable"]
    assert rows[1]["candidates"] == []
    assert run("--health").exit_code == 0


def test_the_check_of_classes_knows_those_of_the_table(repository):
    """The levels in the query are those that linking/ tells, so that neither is changed without the other."""
    words = Words.read(repository.linking / "words.toml")
    text = (repository.queries("checks") / "item-of-another-level.rq").read_text("utf-8")
    rows = read_classes(repository.linking / "classes.tsv").items()
    theirs = {(f"wd:{item}", words.levels[kind]) for item, kinds in rows for kind in kinds}
    ours = {(f"cg:{kind}", level) for kind, level in words.levels.items()}
    assert set(re.findall(r'\((\w+:\w+) "(\w+)"\)', text)) == theirs | ours
