"""A file of records that are found by their keys: written once, mapped into memory, read by any number at once.

The records stand one after the other, and behind them, in the order of the keys' hashes, each hash and where its record
begins. To find one takes a bisection and no system call. It holds no lock and asks nobody, so that a thread which
reads goes on. A record begins with its key, since two keys may have one hash.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING

from citygraph.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NUMBER = 8
"""How many bytes a hash, a place and a count take."""
_DIGITS = 2 * _NUMBER


def beginning(key: bytes) -> bytes:
    """How the lines of a record begin, which :func:`write` wants sorted. A key holds no space."""
    return b"%s%s " % (_hash(key).hex().encode(), key)


def write(path: Path, lines: Iterable[bytes]) -> int:
    """Write sorted lines, each with its :func:`beginning`, into a new file, and return how many records they make."""
    marks, places = array("Q"), array("Q", [0])
    with path.open("wb") as file:
        for start, group in groupby(lines, lambda line: line[: line.index(b" ") + 1]):
            marks.append(int(start[:_DIGITS], 16))
            size = file.write(start[_DIGITS:]) + file.write(b"".join(line[len(start) :] for line in group))
            places.append(places[-1] + size)
        file.write(bytes(-places[-1] % _NUMBER))
        for numbers in (marks, places, array("Q", [len(marks)])):
            numbers.tofile(file)
    return len(marks)


class Records:
    """An open file of records."""

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        numbers = memoryview(self._map)[: size - size % _NUMBER].cast("Q")
        count = numbers[-1] if numbers else 0
        self._marks, self._places = numbers[-2 * count - 2 : -count - 2], numbers[-count - 2 : -1]
        written = self._places[-1] if self._places else 0
        if size != written + -written % _NUMBER + _NUMBER * (2 * count + 2):
            raise ReleaseError(f"{path} is not as it was written; build the release again")

    def get(self, key: bytes) -> bytes:
        """The lines of a record, one after the other; empty where there is none."""
        mark, start = int.from_bytes(_hash(key)), key + b" "
        place = bisect_left(self._marks, mark)
        while place < len(self._marks) and self._marks[place] == mark:
            record = self._map[self._places[place] : self._places[place + 1]]
            if record.startswith(start):
                return record[len(start) :]
            place += 1
        return b""


def _hash(key: bytes) -> bytes:
    return blake2b(key, digest_size=_NUMBER).digest()
