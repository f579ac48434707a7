"""How often one client may ask: a bucket that fills steadily, of which a short burst may take all.

A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm). The numbers stand
in a table that the processes of a server share, so that a client is not asked with which of them it speaks, and that
never grows: a client's place follows from its address by a hash with a key, so nobody chooses whose place it shares.
"""

from __future__ import annotations

import logging
import math
import mmap
import os
import time
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

BURST = 10.0
"""How many seconds of the steady rate a client may use at once."""

_PLACES = 2**18
"""How many buckets there are; they take 2 MB."""
_SIZE = 8 * _PLACES
_KNOWN = 16_384
"""Of how many clients the place is remembered."""
_GRAIN = 1e-6
"""Seconds below which a difference is one of rounding."""


class Rate:
    """A steady rate for each client; a rate of 0 is none. Whoever names the same file counts together."""

    def __init__(self, per_second: float, file: Path | None = None) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._burst = max(BURST, self._step)  # whoever may ask less than once in the time of a burst may ask once
        self._full = _table(file)
        key = str(file).encode()[-64:] if file else os.urandom(16)  # a temporary folder's name is nobody's to guess
        self._place = lru_cache(maxsize=_KNOWN)(lambda client: _place(client, key))

    def wait(self, client: str, now: float | None = None) -> float:
        """Count a request: 0 if it may go on, else the seconds after which it may; what is refused costs nothing."""
        if not self._step:
            return 0.0
        now = time.monotonic() if now is None else now  # which all processes of a machine share
        place = self._place(client)
        full = max(self._full[place], now)
        early = full + self._step - now - self._burst
        if early > _GRAIN:
            return early
        self._full[place] = full + self._step
        return 0.0


def _place(client: str, key: bytes) -> int:
    return int.from_bytes(blake2b(client.encode("utf-8", "replace"), digest_size=8, key=key).digest()) % _PLACES


def _table(file: Path | None) -> memoryview[float]:
    """The numbers in a file, or in memory of this process alone; all of them 0 at first."""
    if file:
        try:
            return _shared(file)
        except OSError as error:
            _log.warning("%s: %s: each process of the server counts clients for itself", file, error)
    return memoryview(mmap.mmap(-1, _SIZE)).cast("d")


def _shared(file: Path) -> memoryview[float]:
    with file.open("a+b") as opened:
        if hasattr(os, "posix_fallocate"):  # to write where the disk has no room would end the process (mmap(2))
            os.posix_fallocate(opened.fileno(), 0, _SIZE)
        else:
            opened.truncate(_SIZE)
        return memoryview(mmap.mmap(opened.fileno(), _SIZE)).cast("d")


def retry_after(seconds: float) -> int:
    """The whole seconds that a client is told to wait."""
    return max(1, math.ceil(seconds))
