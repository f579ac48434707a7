"""What the system refuses is told in words, with what helps, whichever engine hands it on."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import duckdb
import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from citygraph import faults
from citygraph.cli import main

FULL = os.strerror(errno.ENOSPC)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, FULL), f"{FULL}; make room on that disk"),
        (OSError(f"{FULL} (os error 28)"), f"{FULL}; make room on that disk"),
        (OSError(f"IO error: {FULL}: While appending to file: /x/1.sst: {FULL}"), f"{FULL}; make room on that disk"),
        (sqlite3.OperationalError("database or disk is full"), f"{FULL}; make room on that disk"),
        (duckdb.IOException(f'IO Error: Could not write file "/x": {FULL}'), f"{FULL}; make room on that disk"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/x"), "/x: Permission denied; choose a place that"),
        (OSError("the moon is full"), "the moon is full; give the command again"),
    ],
)
def test_words(error: Exception, told: str) -> None:
    """The path where it is known, what is wrong, and a remedy."""
    assert isinstance(error, faults.OF_THE_SYSTEM)
    assert faults.told(error).startswith(told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_the_engine_tells_of_a_full_disk() -> None:
    """What it raises where no room is left is told as that."""
    triple = ox.Triple(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal("o" * 100_000))
    with pytest.raises(OSError, match=FULL) as raised:
        ox.serialize([triple], "/dev/full", format=ox.RdfFormat.N_TRIPLES)
    assert faults.told(raised.value).endswith(f"{FULL}; make room on that disk")


@pytest.mark.parametrize("command", [("build",), ("build", "--force"), ("import", "dump", "-", "{folder}/x")])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A folder within a file ends each command with its path, a remedy and 1, and not with a trace of the program."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "releases"
    words = [word.format(folder=folder) for word in command]
    done = CliRunner().invoke(main, ["--releases", str(folder), *words])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert f"citygraph: {folder}" in done.output
    assert "Not a directory; name a folder" in done.output
