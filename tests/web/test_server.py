"""How the server starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from citygraph.keeper import SETTINGS, TUNABLES

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
