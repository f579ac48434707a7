"""The processor cores on which processes run, where the system tells them and lets one choose, as Linux does.

A process of the server does best on one core: only one of its threads runs Python at a time, and where they are on
several cores they spend more time handing that over than working. So each process takes a core of its own, and query
workers, each of which has one thread, run wherever there is room.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from itertools import count
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def allowed() -> tuple[int, ...]:
    """The cores on which this thread may run; none where the system does not tell."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def keep_to(cores: Collection[int]) -> None:
    """Let this thread, and those it starts, run on some cores only; nothing changes where that cannot be."""
    if cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, cores)


def take_one(folder: Path) -> IO[str] | None:
    """Let this thread, and those it starts, run on one core, of those that the fewest others have taken in a folder.

    The core is taken as long as what is returned is open; that is None where the system tells of no cores. Servers on
    one machine begin with different cores.
    """
    if not (cores := allowed()):
        return None
    first = os.getppid() % len(cores)
    places = ((turn, core) for turn in count() for core in cores[first:] + cores[:first])
    while True:
        turn, core = next(places)
        taken = (folder / f"core-{core}-{turn}").open("w", encoding="utf-8")
        try:
            fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken.close()
        else:
            keep_to([core])
            return taken
