"""Keeps what was made, so that what many read is made once.

A shelf belongs to a release, or its keys name release, address and language; so what is kept is never stale.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

ROOM = 32_000_000
"""How many bytes of pages are kept in each process."""
PLACES = 8_192
"""How many questions are remembered as asked."""
_NAME = "citygraph-kept"
_SHARE = 8
"""What takes more than this part of the room is not kept, so that one thing drives out few."""


V = TypeVar("V")


class Shelf(Generic[V]):
    """Things by their keys, up to a sum of their weights; the one that was not asked for the longest goes first."""

    def __init__(self, room: int = ROOM, weigh: Callable[[Any], int] = len) -> None:
        self._room, self._weigh = room, weigh
        self._used = 0
        self._rows: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """What is kept under a key, or None. It takes no lock, since single steps of the dictionary are whole."""
        value = self._rows.get(key)
        if value is not None:
            try:  # noqa: SIM105 - to suppress by a block costs as much as all else here
                self._rows.move_to_end(key)
            except KeyError:  # it was driven out at this moment
                pass
        return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep something, unless it is too large, or another thread is keeping something at this moment.

        Nobody waits here: threads that did would take turns at the lock ever after, at the price of a switch each.
        """
        size = self._weigh(value)
        if size * _SHARE > self._room or not self._lock.acquire(blocking=False):
            return
        try:
            old = self._rows.pop(key, None)
            self._used += size - (self._weigh(old) if old is not None else 0)
            self._rows[key] = value
            while self._used > self._room:
                self._used -= self._weigh(self._rows.popitem(last=False)[1])
        finally:
            self._lock.release()

    def take(self, key: Hashable, make: Callable[[], V]) -> V:
        """What is kept under a key, made now if it is not there."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value


class Asked:
    """Tells what was asked for before, of late and about: newer questions take the places of older ones.

    A question leaves one byte, so the table fits where the processor has it at hand; another's is taken for it once in
    some hundred times, by which something is kept too early.
    """

    def __init__(self, room: int = PLACES) -> None:
        self._marks = bytearray(room)

    def before(self, key: Hashable) -> bool:
        """Whether the same was asked for; from now on it was."""
        rest, place = divmod(hash(key), len(self._marks))
        mark = 1 + rest % 255
        last, self._marks[place] = self._marks[place], mark
        return last == mark


class Pages(Shelf[bytes]):
    """Pages by their entity tags, kept from the second time on: who asks for each once drives none out."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = Asked()

    def take(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The page that is kept under a key, made now if it is not there."""
        page = self.get(key)
        if page is None:
            page = make()
            if self._asked.before(key):
                self.put(key, page)
        return page


def kept() -> Pages:
    """The pages that this application keeps."""
    found: Pages | None = current_app.extensions.get(_NAME)
    return found or current_app.extensions.setdefault(_NAME, Pages())
