"""What commands say and leave where a place, an option or a stream is not as it should be, or they are stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from citygraph.cli import main

LOADING = """
import os, sys
from citygraph.__main__ import main

class Stopped:
    def find_spec(self, name, *_):
        if name == "citygraph.cli":
            os.kill(os.getpid(), int(sys.argv.pop(1)))

sys.meta_path.insert(0, Stopped())
main()
"""
"""The command line, stopped by a signal while it is loaded."""


@pytest.fixture
def places(tmp_path, world_repository):
    """Options by which commands work on the fixture world and in a folder of their own."""
    where = {"repository": world_repository.root, "data": world_repository.data, "releases": tmp_path / "releases"}
    return [f"--{name}={path}" for name, path in where.items()]


@pytest.fixture
def pairs(tmp_path):
    """A call that imports a table of one pair; the folder is still to be named."""
    table = tmp_path / "pairs.tsv"
    table.write_text("Hilltop\tOldferry\n")
    return ["import", "pairs", *(f"--{name}=https://e.org/" for name in ("publisher", "licence", "origin")), str(table)]


def started(words, **more):
    """Start the command line in a process of its own."""
    call = [sys.executable, "-m", "citygraph", *words]
    return subprocess.Popen(call, stderr=subprocess.PIPE, text=True, **more)


@pytest.mark.parametrize("command", ["build", "network"])
def test_a_folder_of_releases_that_is_a_ring_of_links_is_told(tmp_path, places, command):
    """A link that leads to itself is named, and shows no trace of the program."""
    (tmp_path / "ring").symlink_to("ring")
    result = CliRunner().invoke(main, [*places[:2], f"--releases={tmp_path / 'ring'}", command])
    assert (result.exit_code, f"citygraph: {tmp_path / 'ring'}" in result.stderr) == (1, True)
    assert isinstance(result.exception, SystemExit)


def test_an_import_into_a_ring_of_links_is_told(tmp_path, pairs):
    """A folder that is a link to itself is named, and nothing is imported."""
    (tmp_path / "ring").symlink_to("ring")
    result = CliRunner().invoke(main, [*pairs, "--title=en=x", str(tmp_path / "ring")], catch_exceptions=False)
    assert (result.exit_code, f"citygraph: {tmp_path / 'ring'}" in result.stderr) == (1, True)


def test_a_text_that_is_not_utf8_is_told(tmp_path, pairs):
    """An option in another encoding is named, and the same command goes on once it is mended."""
    folder = str(tmp_path / "pairs")
    result = CliRunner().invoke(main, [*pairs, "--title=en=Ober\udcf6d", folder], catch_exceptions=False)
    assert (result.exit_code, "not UTF-8" in result.stderr) == (1, True)
    assert CliRunner().invoke(main, [*pairs, "--title=en=Oberöd", folder]).exit_code == 0


def test_a_repository_that_is_none_is_not_replaced_by_another(tmp_path):
    """Who names a repository gets that one, or is told that it is none."""
    result = CliRunner().invoke(main, [f"--repository={tmp_path}", "validate"], catch_exceptions=False)
    assert (result.exit_code, f"{tmp_path}: this is no repository" in result.stderr) == (1, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["--help"], ["query", "-"]])
def test_output_that_cannot_be_written_is_told(world, places, words):
    """A full disk behind standard output is one sentence and exit code 1, also where it shows at the very end."""
    kept = f"--releases={world.folder.parent}"
    with Path("/dev/full").open("w") as full:
        process = started([*places[:2], kept, *words], stdout=full, stdin=subprocess.PIPE)
        said = process.communicate("SELECT * { ?s ?p ?o } LIMIT 1")[1]
    assert process.returncode == 1
    assert said.startswith("citygraph: No space left on device; make room")
    assert len(said.splitlines()) == 1, said


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_command_does_its_work_without_a_stream(places, stream):
    """Standard input, output or error may be closed."""
    process = started([*places, "validate", *(["-"] if stream == 0 else [])], preexec_fn=lambda: os.close(stream))
    assert (process.communicate()[1], process.returncode) == ("", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_can_be_stopped_while_it_is_loaded(number):
    """A signal in the first second is a word and the exit code of shells."""
    call = [sys.executable, "-c", LOADING, str(int(number)), "--version"]
    run = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (128 + number, f"citygraph: stopped by {number.name}\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_a_build_that_is_stopped_clears_away(tmp_path, places, number, code):
    """A stopped build ends with a word and leaves no folder behind."""
    process = started([*places, "build"], stdout=subprocess.DEVNULL)
    while not list(tmp_path.glob("releases/.building-*")):
        assert process.poll() is None
    process.send_signal(number)
    said = process.communicate()[1]
    assert (process.returncode, "Traceback" in said, "warn" in said) == (code, False, False), said
    assert not list(tmp_path.glob("releases/.building-*"))


@pytest.mark.parametrize("address", ["http://[x", "http://localhost:99999/"])
@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["harvest-check"],
        ["import", "sparql", "--contact=a@example.org", "harvested"],
        ["wikidata", "diff", "--live", "--contact=a@example.org", "--endpoint"],
        ["link", "propose", "--live"],
    ],
)
def test_an_address_that_is_none_is_wrong_usage(places, words, address):
    """Who mistypes an address reads so, and exit code 2, before anything is asked or built."""
    call = [*words[:-1], address, words[-1]] if words[0] == "import" else [*words, address]
    result = CliRunner().invoke(main, [*places, *call], catch_exceptions=False)
    assert (result.exit_code, "is no address" in result.stderr) == (2, True), result.output
