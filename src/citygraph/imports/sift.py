"""Sorts one line of a dump into the files of an import: an item, a redirect, or a line that cannot be read.

One machine and a cluster call this same function, so that both end with the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from citygraph.imports.entities import Broken
from citygraph.imports.finish import MERGED
from citygraph.imports.rows import BROKEN, ENTITIES, Redirect, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.imports.entities import Reader

_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
"""Whatever would end the line of a table, or a cell of it."""
_EDGE = 64
"""How many bytes at each end of a line are looked at."""
CUT = b"the dump ends here without the bracket that closes it: fetch it again\t\n"
"""What is written of a dump that :func:`is_cut`, behind the number of its last line."""


def sift(line: bytes, reader: Reader) -> Iterator[tuple[str, bytes]]:
    """Give, for each thing that a line holds, the file it belongs to and what is written there.

    What is written of a broken line is the reason and how it begins; whoever counts the lines puts the number before.
    """
    found = []
    try:
        for one in reader.rows(line):
            kept = (MERGED, f"{one.id}\t{one.to}\n".encode()) if isinstance(one, Redirect) else (ENTITIES, encode(one))
            found.append(kept)
    except Broken as fault:
        start = line[:60].decode("utf-8", "replace")
        found = [(BROKEN, "\t".join(_CONTROL.sub(" ", text).strip() for text in (str(fault), start)).encode() + b"\n")]
    yield from found


def edges(line: bytes) -> bytes:
    """Give the first and the last byte of a line without what is blank; nothing of a blank line."""
    return line[:_EDGE].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] + line[-_EDGE:].rstrip()[-1:]


def joined(first: bytes, then: bytes) -> bytes:
    """Give the edges of two pieces, one after the other, from those of each."""
    return first[:1] + then[-1:] if first and then else first or then


def is_cut(dump: bytes) -> bool:
    """Tell from the edges of a dump whether it is a list that nothing closes; plain lines of JSON are none."""
    return dump.startswith(b"[") and not dump.endswith(b"]")
