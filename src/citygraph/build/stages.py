"""Runs a table of stages, each as soon as what it needs is done, two at a time.

The engines work without holding the interpreter, so that a thread that fills or asks a store goes on beside one that
writes files. Where several may begin, the one that stands first in the table does.
"""

from __future__ import annotations

import ctypes
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Tell = Callable[[str], None]

AT_ONCE = 2
"""How many stages, or queries of one, run at a time; more would only need more memory, since engines use every core."""
_Job = TypeVar("_Job")


class Stage(NamedTuple, Generic[_Job]):
    """One row of the table: what is done, and the names of the stages that have to be done before."""

    run: Callable[[_Job], None]
    needs: tuple[str, ...] = ()


def run_stages(stages: Mapping[str, Stage[_Job]], job: _Job, last: str, tell: Tell, at_once: int = AT_ONCE) -> None:
    """Run a stage and all that it needs; the first that fails ends it, after those that have begun."""
    order = TopologicalSorter(_needed(stages, last))
    order.prepare()
    ready: list[str] = []
    running: dict[Future[None], str] = {}
    places = {name: place for place, name in enumerate(stages)}

    def work(name: str) -> None:
        tell(name)
        stages[name].run(job)
        _hand_back()

    with ThreadPoolExecutor(at_once) as threads:
        while order.is_active():
            ready = sorted([*ready, *order.get_ready()], key=places.__getitem__)
            while ready and len(running) < at_once:
                name = ready.pop(0)
                running[threads.submit(work, name)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                future.result()
                order.done(name)


def _hand_back() -> None:
    """Give what a stage has let go of back to the system; glibc would keep most of it (malloc_trim(3))."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _needed(stages: Mapping[str, Stage[_Job]], last: str) -> dict[str, tuple[str, ...]]:
    """The stages without which one cannot be, and itself, each with what it needs."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = [last]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = stages[name].needs
            waiting += found[name]
    return found
