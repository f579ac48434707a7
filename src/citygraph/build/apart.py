"""Calls functions in processes of their own: two threads that walk lines in Python take turns, and hinder each other.

What is called so reads and writes files, so that little goes to and fro.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from citygraph.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Apart:
    """Up to so many processes, each of which begins when it is first wanted; they end with the block, or with us."""

    def __init__(self, number: int) -> None:
        # spawned, since a process that is forked beside other threads may wait for ever for what these hold
        self._pool = ProcessPoolExecutor(number, get_context("spawn"), _begin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def call(self, function: Callable[_Given, _Made], *args: _Given.args, **more: _Given.kwargs) -> _Made:
        """Call a function of a module with what can be pickled, and wait for what it gives or raises."""
        try:
            return self._pool.submit(function, *args, **more).result()
        except BrokenProcessPool:
            fault = "a process of the build was ended from outside, as the system does where memory runs out"
            raise ReleaseError(f"{fault}; give the machine more memory, and build again") from None


def _begin() -> None:
    """End with the process that wants the work: interrupting is its business, and killed it wants nothing more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
