"""Reads text files of the repository, whole or line by line.

One that is absent, unreadable or not UTF-8 is a :class:`~citygraph.errors.SourceError` that names the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.iris import Iris


def read_text(path: Path) -> str:
    """Read a text file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise SourceError(path, fault, "save the file in the encoding UTF-8", line=line) from None


def read_lines(path: Path, iris: Iris) -> Iterator[str]:
    """The lines of a text file, moved to the base, of which few are in memory at once."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            yield from map(iris.rebase, lines)
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError:
        read_text(path)  # which knows the line
        raise


def _unreadable(path: Path, error: OSError) -> SourceError:
    return SourceError(path, f"the file cannot be read ({error.strerror})", "check that it is there and readable")
