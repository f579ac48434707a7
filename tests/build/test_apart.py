"""Work in other processes: what it gives and raises comes back, and nobody works on for one who is gone."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.servers import until

from citygraph.build import job
from citygraph.build.apart import Apart
from citygraph.build.pipeline import build
from citygraph.errors import ReleaseError
from citygraph.release import Releases
from citygraph.settings import Settings


def test_a_call_gives_what_the_function_gives():
    """It runs in another process, and its result comes here."""
    with Apart(1) as processes:
        assert processes.call(os.getpid) != os.getpid()
        assert processes.call(sorted, "bca", reverse=True) == ["c", "b", "a"]


def test_a_call_raises_what_the_function_raises():
    """A fault there is a fault here, and the next call goes on."""
    with Apart(1) as processes:
        with pytest.raises(tomllib.TOMLDecodeError, match="Invalid value"):
            processes.call(tomllib.loads, "a = ")
        assert processes.call(tomllib.loads, "a = 1") == {"a": 1}


def test_an_ended_process_is_told():
    """Where the system ends a process, a sentence says what may be the reason, and what to do."""
    with Apart(1) as processes, pytest.raises(ReleaseError, match=r"ended from outside.*more memory"):
        processes.call(os.kill, processes.call(os.getpid), signal.SIGKILL)


def test_interrupting_is_the_business_of_who_wants_the_work():
    """An interrupt that reaches all processes of a terminal does not end these."""
    with Apart(1) as processes:
        processes.call(signal.raise_signal, signal.SIGINT)
        assert processes.call(abs, -1) == 1


def test_nobody_works_on_for_one_who_was_killed(tmp_path):
    """A process ends with the one that began it, however that ends."""
    note = tmp_path / "pid"
    text = (
        "import os, pathlib, time\nfrom citygraph.build.apart import Apart\n"
        "if __name__ == '__main__':\n    with Apart(1) as processes:\n"
        f"        pathlib.Path({str(note)!r}).write_text(str(processes.call(os.getpid)))\n"
        "        processes.call(time.sleep, 3600)\n"
    )
    (tmp_path / "work.py").write_text(text)
    with subprocess.Popen([sys.executable, tmp_path / "work.py"]) as process:
        until(lambda: note.exists() and note.read_text())
        worker = Path("/proc") / note.read_text()
        assert worker.exists()
        process.kill()
    until(lambda: not worker.exists() or ") Z " in (worker / "stat").read_text())


def test_processes_change_nothing(world, world_repository, tmp_path, monkeypatch):
    """A release made by several processes is the same, byte by byte."""
    called, call = set(), Apart.call

    def noted(self, function, *args):
        called.add(function.__name__)
        return call(self, function, *args)

    monkeypatch.setattr(Apart, "call", noted)
    settings = Settings.read(world_repository.root / "citygraph.toml", {})
    monkeypatch.setattr(job, "_MANY", 1)
    assert build(settings, world_repository, Releases(tmp_path), lambda _: None).manifest == world.manifest
    assert {"write_dumps", "build_index", "build_matching", "write_statements"} <= called
