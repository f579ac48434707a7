"""Sends files whole or in parts (RFC 9110, sections 13 and 14), in long blocks, and not more than some at a time.

A file's checksum is its entity tag, and its digest is told (RFC 9530), so that a download which broke off goes on with
the same bytes or begins anew. Files are read in long blocks, with which a server in Python is about as quick as one
that hands the file to the kernel; with blocks of 8 kB, which frameworks take for parts, it is several times as slow.
"""

from __future__ import annotations

import weakref
from base64 import b64encode
from contextlib import ExitStack
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from werkzeug.http import parse_range_header

from citygraph.errors import Busy
from citygraph.web import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from threading import Semaphore

BLOCK = 131_072
"""How many bytes are read at once: so few that they are still in the processor's cache when the server copies them."""
AT_ONCE = 16
"""How many long bodies a process sends at a time, so that slow readers leave threads for everybody else."""
LONG = 4_000_000
"""From how many bytes on a body counts among them."""
MOST_PARTS = 16
"""Of more parts than these the whole is sent, as a server may (section 14.2)."""
_WAIT = 2.0
"""How many seconds a long body waits for its turn."""
_EMPTY = {"Content-Length": "0"}


class Span(NamedTuple):
    """Bytes of a file: the first, and the one after the last."""

    start: int
    stop: int


class Sent(NamedTuple):
    """An answer: its status, its headers, and its body where it has one."""

    status: HTTPStatus
    headers: dict[str, str]
    body: Body | None = None


class Body:
    """A body on its way: spans of a file, each behind a few bytes of its own; the file is closed with it."""

    def __init__(self, file: BinaryIO, spans: Sequence[tuple[bytes, Span]], end: bytes = b"") -> None:
        self._spans, self._end = spans, end
        self._held = ExitStack()
        self._file = self._held.enter_context(file)
        self.length = sum(len(head) + span.stop - span.start for head, span in spans) + len(end)
        self.close = weakref.finalize(self, self._held.close)

    def wait_for(self, seats: Semaphore) -> None:
        """Take a seat, which is given up with the body; that there is none is :class:`~citygraph.errors.Busy`."""
        if self.length < LONG:
            return
        if not seats.acquire(timeout=_WAIT):
            self.close()
            raise Busy(retry_after=10)
        self._held.callback(seats.release)

    def __iter__(self) -> Iterator[bytes]:
        for head, span in self._spans:
            if head:
                yield head
            self._file.seek(span.start)
            left = span.stop - span.start
            while left and (block := self._file.read(min(BLOCK, left))):
                left -= len(block)
                yield block
        if self._end:
            yield self._end


def send(
    path: Path,
    content_type: str,
    sha256: str,
    asked: Mapping[str, str],
    seats: Semaphore,
    coding: str | None = None,
) -> Sent:
    """Answer with a file whose checksum is known: whole, in parts, or not at all if the client has it.

    What is asked for stands in the environment of a GET request.
    """
    size, tag = path.stat().st_size, f"{sha256}-{coding}" if coding else sha256
    told = {"ETag": f'"{tag}"', "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"}
    told |= {"Content-Encoding": coding} if coding else {"Accept-Ranges": "bytes"}
    accepted = asked.get("HTTP_ACCEPT_ENCODING", "")
    if not conditions.is_met(told["ETag"], asked.get("HTTP_IF_MATCH", conditions.ANY), accepted):
        return Sent(HTTPStatus.PRECONDITION_FAILED, told | _EMPTY)
    if told["ETag"] in asked.get("HTTP_IF_NONE_MATCH", ""):
        return Sent(HTTPStatus.NOT_MODIFIED, told | {"Content-Type": content_type})
    spans = None if coding else _wanted(asked, tag, size)
    if spans is None:
        told["Content-Type"] = content_type
        return _answer(HTTPStatus.OK, Body(_opened(path), [(b"", Span(0, size))]), seats, told)
    if not spans:
        return Sent(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, told | _EMPTY | {"Content-Range": f"bytes */{size}"})
    if len(spans) == 1:
        told |= {"Content-Type": content_type, "Content-Range": _place(spans[0], size)}
        return _answer(HTTPStatus.PARTIAL_CONTENT, Body(_opened(path), [(b"", spans[0])]), seats, told)
    boundary = f"citygraph-{sha256[:24]}"
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {_place(span, size)}\r\n\r\n".encode()
        for span in spans
    ]
    body = Body(_opened(path), list(zip(heads, spans, strict=True)), f"\r\n--{boundary}--\r\n".encode())
    return _answer(
        HTTPStatus.PARTIAL_CONTENT, body, seats, told | {"Content-Type": f"multipart/byteranges; boundary={boundary}"}
    )


def _opened(path: Path) -> BinaryIO:
    return path.open("rb", buffering=0)  # blocks are longer than any buffer


def _answer(status: HTTPStatus, body: Body, seats: Semaphore, headers: dict[str, str]) -> Sent:
    body.wait_for(seats)
    return Sent(status, headers | {"Content-Length": str(body.length)}, body)


def _place(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}"


def _wanted(sent: Mapping[str, str], tag: str, size: int) -> list[Span] | None:
    """The parts that are asked for; none if none is in the file, and None where the whole is to be sent."""
    asked = parse_range_header(sent.get("HTTP_RANGE"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) > MOST_PARTS:
        return None
    if sent.get("HTTP_IF_RANGE", f'"{tag}"').strip() != f'"{tag}"':
        return None
    spans = []
    for start, stop in asked.ranges:
        first = max(0, size + start) if start < 0 else start
        last = size if stop is None else min(stop, size)
        if first < last:
            spans.append(Span(first, last))
    # Parts that overlap would make a short request cost more than the file.
    ordered = sorted(spans)
    if any(one.stop > other.start for one, other in pairwise(ordered)):
        return None
    return spans
