"""The command line as its users call it."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from citygraph.cli import main


@pytest.fixture(scope="module")
def site(tmp_path_factory, world):
    """A folder of releases with the fixture world in it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(world.folder, folder / world.version)
    (folder / "current").symlink_to(world.version)
    return folder


@pytest.fixture
def run(site, world_repository, monkeypatch):
    """Call the command line on the fixture world."""
    for name in ("REPOSITORY", "DATA", "RELEASE_FOLDER"):
        monkeypatch.setenv(f"CITYGRAPH_{name}", "")
        monkeypatch.delenv(f"CITYGRAPH_{name}")

    def call(*words, text=None):
        options = [
            "--repository",
            str(world_repository.root),
            "--data",
            str(world_repository.data),
            "--releases",
            str(site),
        ]
        return CliRunner().invoke(main, [*options, *words], input=text, catch_exceptions=False)

    return call


def test_build_says_version_and_size(run, world):
    """A build of unchanged files ends with the release that is there."""
    result = run("build", "--force")
    assert result.exit_code == 0
    assert world.version in result.stdout


def test_build_does_nothing_when_nothing_has_changed(run, world, site):
    """The same files are not built twice: the current release is named, and no workspace is made."""
    before = (site / world.version / "engine" / "inputs").stat().st_mtime_ns
    result = run("build")
    assert result.exit_code == 0
    assert f"{world.version}: nothing has changed" in result.stdout
    assert before == (site / world.version / "engine" / "inputs").stat().st_mtime_ns


def test_validate_passes_the_world_in_every_format(run):
    """A repository without violations is fine, and its report can be had by programs."""
    assert run("validate").exit_code == 0
    assert isinstance(json.loads(run("validate", "--format", "json").stdout), list)
    assert "ValidationReport" in run("validate", "--format", "turtle").stdout


def test_validate_reads_standard_input_and_exits_1_on_a_violation(run):
    """A broken file on standard input is one finding and exit code 1."""
    result = run("validate", "-", text="@prefix : <https://e.org/> .\n:a :b")
    assert result.exit_code == 1
    assert re.search(r"stdin\.ttl:2", result.stdout)


@pytest.mark.parametrize(("form", "begins"), [("csv", "n\r\n"), ("json", '{"head"'), ("xml", "<?xml"), (None, "n\r\n")])
def test_query_answers_in_the_wanted_format(run, form, begins):
    """A SELECT from standard input answers as CSV unless another format is asked for."""
    words = ["query", "-", *(["--format", form] if form else [])]
    result = run(*words, text="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert result.exit_code == 0
    assert result.stdout_bytes.decode().startswith(begins)


def test_query_of_triples_answers_as_turtle(run):
    """A CONSTRUCT answers as Turtle."""
    assert " ." in run("query", "-", text="CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1").stdout


def test_what_is_built_unasked_is_told(tmp_path, world_repository):
    """A folder without a release gets one, and is said to; all that a folder of data lacks is told at once."""
    (tmp_path / "data" / "sources").mkdir(parents=True)
    (tmp_path / "data" / "labels.ttl").touch()
    places = ["--repository", world_repository.root, "--data", tmp_path / "data", "--releases", tmp_path / "releases"]
    result = CliRunner().invoke(main, [*map(str, places), "network"])
    assert f"releases holds no release yet: one is built of {tmp_path / 'data'}" in result.stderr
    assert "it lacks the file places.ttl and the folder links; make or restore them; empty will do" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("query", "no-such-example"), 1, "neither a file"),
        (("query", "-", "--format", "pdf"), 1, "no format 'pdf'"),
        (("query", "-", "-p", "x=1"), 1, "no parameter x"),
        (("diff", "1999"), 1, "type one of"),
        (("fly",), 2, "No such command"),
        (("serve", "--port", "0"), 2, "--port"),
    ],
)
def test_a_wrong_call_is_told_plainly(run, words, code, said):
    """Findings exit with 1, wrong usage with 2, and neither shows a traceback."""
    result = run(*words, text="SELECT * { ?s ?p ?o } LIMIT 1")
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_wrong_query_is_told_with_its_file_and_line(run, tmp_path):
    """A fault in a file is told by the file's name and the line and column where the engine stops reading."""
    path = tmp_path / "wrong.rq"
    path.write_text("# What is known?\nSELECT * {\n ?s ?p % }\n", "utf-8")
    result = run("query", str(path))
    assert (result.exit_code, f"citygraph: {path}:3:" in result.output) == (1, True), result.output


@pytest.mark.parametrize("words", [("network", "path", "--help"), ("network", "export", "pdf"), ("network", "fly")])
def test_nothing_is_built_for_who_asks_for_help_or_mistypes(tmp_path, words):
    """Help and wrong usage of a command that needs a release make none."""
    result = CliRunner().invoke(main, [f"--releases={tmp_path / 'releases'}", *words])
    assert result.exit_code == (0 if "--help" in words else 2)
    assert not (tmp_path / "releases").exists()


def test_releases_lists_and_verifies(run, world):
    """The current release is marked, and its files are as they were sealed."""
    result = run("releases", "--verify")
    assert result.exit_code == 0
    assert f"* {world.version}" in result.stdout


def test_diff_of_a_release_with_itself_is_empty(run):
    """Nothing differs, so the exit code is 0."""
    result = run("diff", "current", "current")
    assert (result.exit_code, result.stdout) == (0, "")


def test_diff_names_what_a_release_added_and_lost(run, site, copied, settings):
    """An edit of one date is one statement gone and one added, with what follows from it."""
    from citygraph.build import pipeline
    from citygraph.release import Releases

    path = copied.data / "sources" / "gazette-en.ttl"
    path.write_text(path.read_text("utf-8").replace('"1999-05"', '"1999-06"'), "utf-8")
    old = Releases(site).current_version()
    new = pipeline.build(settings, copied, Releases(site), lambda _: None)
    result = run("diff", old, new.version)
    assert result.exit_code == 1
    lines = [line for line in result.stdout.splitlines() if "1999-0" in line and "(source/gazette-en)" in line]
    assert [line.strip() for line in lines] == [
        "- start date: 1999-05  (source/gazette-en)",
        "+ start date: 1999-06  (source/gazette-en)",
    ]
    Releases(site).switch(old)
