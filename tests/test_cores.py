"""Cores: each process takes one that fewest others have, and gives it back when it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from citygraph import cores
from servers import may_choose_cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALL = cores.allowed()
ONE_EACH = [(core,) for core in ALL]


def elsewhere(function: Callable[..., Any], *arguments: object) -> Any:
    """Call something in a thread that ends, since what it may run on is told of a thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *arguments).result()


def take(folder: Path) -> tuple[Any, tuple[int, ...]]:
    """Take a core, and tell on which this thread may run then."""
    return cores.take_one(folder), cores.allowed()


@pytest.mark.skipif(not may_choose_cores(), reason="there is no choice of cores")
def test_each_takes_another(tmp_path: Path) -> None:
    """As many as there are cores take one each, and others go where fewest are, also after one has ended."""
    found = [elsewhere(take, tmp_path) for _ in ALL * 2]
    assert sorted(own for _, own in found[: len(ALL)]) == sorted(own for _, own in found[len(ALL) :]) == ONE_EACH
    for number in (0, -1):
        taken, own = found.pop(number)
        taken.close()
        found.append(elsewhere(take, tmp_path))
        assert found[-1][1] == own
    assert cores.allowed() == ALL
    for taken, _ in found:
        taken.close()


@pytest.mark.skipif(not ALL, reason="this system tells of no cores")
@pytest.mark.parametrize("unknown", [[], [100_000]])
def test_what_cannot_be_changes_nothing(unknown: list[int]) -> None:
    """No core, or one that the machine does not have, leaves a thread where it may run."""

    def kept() -> tuple[int, ...]:
        cores.keep_to(unknown)
        return cores.allowed()

    assert elsewhere(kept) == ALL
