"""Sends requests as fast as they are answered, with wrk (Debian's package of that name)."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import favour, pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCRIPT = Path(__file__).with_name("wrk.lua")
_TURNS = itertools.count(1_000_000, 1_000_000)
"""Where each shot begins to count, so that no two ask with the same number."""


@dataclass(frozen=True)
class Shot:
    """What came of some seconds of requests."""

    answers: int
    seconds: float
    p50: float
    """Milliseconds, as ``p99``."""
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def shoot(port: int, paths: Sequence[str], accept: str, connections: int, seconds: int, cores: str) -> Shot:
    """Ask for paths in turn, over so many connections, for so many seconds."""
    if not (program := shutil.which("wrk")):
        raise SystemExit("wrk is missing: apt-get install wrk")
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{path}\n" for path in paths)
        file.flush()
        command = [program, "--threads", 1, "--connections", connections, "--duration", f"{seconds}s"]
        command += [
            "--timeout",
            "30s",
            "--script",
            _SCRIPT,
            "--header",
            f"Accept: {accept}",
            f"http://127.0.0.1:{port}",
        ]
        environ = os.environ | {"BENCH_PATHS": file.name, "BENCH_TURN": str(next(_TURNS))}
        with subprocess.Popen(
            pinned(cores, command), env=environ, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            favour(process.pid)
            found, _ = process.communicate()
    return Shot(**json.loads(found.splitlines()[-1]))
