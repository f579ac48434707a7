"""Keeps the pages that were made, so that a page that many read is made once.

An entity tag names release, address and language, so what is kept is never stale; the pages of an old release are the
first to go when room is needed.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache
from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable

ROOM = 32_000_000
"""How many bytes of pages are kept in each process."""
_NAME = "citygraph-kept"


class Kept:
    """Pages by their entity tags; the one that was not asked for the longest goes first."""

    def __init__(self, room: int = ROOM) -> None:
        self._pages: LRUCache[str, bytes] = LRUCache(room, getsizeof=len)
        self._lock = Lock()

    def get(self, tag: str, make: Callable[[], str | bytes]) -> bytes:
        """Give the page of a tag, made now if it is not there; one that is too large is not kept."""
        with self._lock:
            page = self._pages.get(tag)
        if page is None:
            made = make()
            page = made.encode() if isinstance(made, str) else made
            with self._lock:
                if len(page) <= self._pages.maxsize // 8:
                    self._pages[tag] = page
        return page


def kept() -> Kept:
    """The pages that this application keeps."""
    found: Kept = current_app.extensions.setdefault(_NAME, Kept())
    return found
