"""What a process and all that it has started take: memory, and processor time; and how they go before other work."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TICK = os.sysconf("SC_CLK_TCK")
_FIRST = -20
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of ``/proc/PID/stat`` behind the name: the parent; user and system time, its own and of ended children."""


def pinned(cores: str, command: Sequence[object]) -> list[str]:
    """A command that runs on some cores only."""
    return ["taskset", "--cpu-list", cores, *map(str, command)]


def memory(pid: int) -> int:
    """The memory of a process and its descendants, in MiB, with shared pages divided among their users (PSS)."""
    total = 0
    for row in _tree(pid):
        try:
            rollup = (row / "smaps_rollup").read_text("utf-8")
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total // 1024


def processor(pid: int) -> float:
    """The seconds of processor time that a process and its descendants have taken so far."""
    return sum(sum(map(int, _fields(row)[_TIMES])) for row in _tree(pid)) / _TICK


def favour(pid: int) -> None:
    """Let a process and its descendants go before other work, where we may: other work then disturbs less.

    Linux divides the processors among sessions first (sched(7), autogroup), so both values are set.
    """
    for row in _tree(pid):
        with suppress(OSError):
            (row / "autogroup").write_text(str(_FIRST))
            if os.getpriority(os.PRIO_PROCESS, int(row.name)) == 0:
                os.setpriority(os.PRIO_PROCESS, int(row.name), _FIRST)


def _tree(pid: int) -> Iterator[Path]:
    for row in Path("/proc").glob("[0-9]*"):
        try:
            above, here = set(), int(row.name)
            while here > 1 and here not in above:
                above.add(here)
                here = int(_fields(Path(f"/proc/{here}"))[_PARENT])
        except (OSError, ValueError, IndexError):
            continue
        if pid in above:
            yield row


def _fields(folder: Path) -> list[str]:
    try:
        return (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []
