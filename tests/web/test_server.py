"""How the server starts."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from citygraph import cores
from citygraph.keeper import SETTINGS, TUNABLES
from servers import may_choose_cores, until
from web.test_shutdown import family, site

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.settings import Repository

_PROGRAM = """
import os, sys
print(os.getpid(), flush=True)
from citygraph.web import server
server.begin_anew()
print(os.getpid(), os.environ.get(server.TUNABLES), sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries have no such settings")
@pytest.mark.parametrize(("own", "starts"), [(None, 2), ("glibc.malloc.tcache_count=7", 1)])
def test_it_begins_anew_with_the_settings_of_the_workers(own: str | None, starts: int) -> None:
    """Once, as the same process with the same arguments, and not where the operator has set something."""
    environ = {name: value for name, value in os.environ.items() if name != TUNABLES}
    if own:
        environ[TUNABLES] = own
    command = [sys.executable, "-c", _PROGRAM, "serve", "--port", "1"]
    *first, last = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(first) == starts
    assert last == f"{first[0]} {own or SETTINGS} ['serve', '--port', '1']"


@pytest.mark.skipif(not may_choose_cores(), reason="there is no choice of cores")
def test_each_process_has_a_core_of_its_own(tmp_path: Path, world: Release, repository: Repository) -> None:
    """There is a process for each core, up to four, while query workers run anywhere."""
    everywhere = set(cores.allowed())
    with site(tmp_path, world, repository) as server:

        def kept() -> dict[int, set[int]]:
            """The cores of all processes but the first, which only starts the others."""
            found = {}
            for pid in family(server)[1:]:
                with suppress(ProcessLookupError):
                    found[pid] = os.sched_getaffinity(pid)
            return found

        processes = min(4, len(everywhere))
        until(lambda: sum(len(own) == 1 for own in kept().values()) == processes)
        until(lambda: sum(own == everywhere for own in kept().values()) >= 3 * processes)
        assert len(set().union(*(own for own in kept().values() if len(own) == 1))) == processes
