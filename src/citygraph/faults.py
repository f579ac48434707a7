"""What the system refuses, which no file of the repository makes, in plain words: a full disk, a folder that is closed.

>>> told(NotADirectoryError(20, "Not a directory", "releases"))
'releases: Not a directory; name a folder'
"""

from __future__ import annotations

import errno
import os
import sqlite3

import duckdb

OF_THE_SYSTEM = (OSError, sqlite3.OperationalError, duckdb.OperationalError)
"""The errors by which the system's refusals reach us, if nobody nearer has told them."""
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room on that disk"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "choose a place that may be read and written"),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "name a folder"),
    **dict.fromkeys((errno.EISDIR, errno.ENOENT, errno.ELOOP), "check this path"),
}
_FULL = "disk is full"
"""What SQLite says of no space."""


def told(error: Exception) -> str:
    """Say which path is concerned, where that is known, what is wrong, and what helps.

    Engines hand on the system's words, and not its numbers.
    """
    text = str(error)
    known = (number for number in _REMEDIES if os.strerror(number) in text)
    number = errno.ENOSPC if _FULL in text else next(known, 0)
    path = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    words = os.strerror(number) if number else text
    return f"{path}{words}; {_REMEDIES.get(number, 'give the command again when that is mended')}"
