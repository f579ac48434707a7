"""Sends files whole or in parts (RFC 9110, sections 13 and 14), in long blocks, and not more than some at a time.

A file's checksum is its entity tag, and its digest is told (RFC 9530), so that a download which broke off goes on with
the same bytes or begins anew. Files are read in long blocks, with which a server in Python is about as quick as one
that hands the file to the kernel; with blocks of 8 kB, which frameworks take for parts, it is several times as slow.
"""

from __future__ import annotations

import weakref
from base64 import b64encode
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from flask import Response, request
from werkzeug.http import parse_range_header

from citygraph.errors import Busy
from citygraph.web.codings import plain_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from threading import Semaphore

BLOCK = 262_144
"""How many bytes are read at once."""
AT_ONCE = 16
"""How many long bodies a process sends at a time, so that slow readers leave threads for everybody else."""
LONG = 4_000_000
"""From how many bytes on a body counts among them."""
MOST_PARTS = 16
"""Of more parts than these the whole is sent, as a server may (section 14.2)."""
_WAIT = 2.0
"""How many seconds a long body waits for its turn."""


class Span(NamedTuple):
    """Bytes of a file: the first, and the one after the last."""

    start: int
    stop: int


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


def send(path: Path, content_type: str, sha256: str, seats: Semaphore, coding: str | None = None) -> Response:
    """Answer with a file whose checksum is known: whole, in parts, or not at all if the client has it."""
    size, tag = path.stat().st_size, f"{sha256}-{coding}" if coding else sha256
    headers = {
        "ETag": f'"{tag}"',
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:",
        "Content-Encoding": coding,
        "Accept-Ranges": None if coding else "bytes",
    }
    told = {name: value for name, value in headers.items() if value}
    known = plain_tags(request.headers.get("If-Match", "*"), request.headers.get("Accept-Encoding", ""))
    if known.strip() != "*" and f'"{tag}"' not in known:
        return Response(status=412, headers=told)
    if request.if_none_match.contains_weak(tag) or request.if_none_match.star_tag:
        return Response(status=304, headers=told)
    spans = None if coding else _wanted(tag, size)
    if spans is None:
        return _answer(200, Body(path.open("rb"), [(b"", Span(0, size))]), seats, told | {"Content-Type": content_type})
    if not spans:
        return Response(status=416, headers=told | {"Content-Range": f"bytes */{size}"})
    if len(spans) == 1:
        told |= {"Content-Type": content_type, "Content-Range": _place(spans[0], size)}
        return _answer(206, Body(path.open("rb"), [(b"", spans[0])]), seats, told)
    boundary = f"citygraph-{sha256[:24]}"
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {_place(span, size)}\r\n\r\n".encode()
        for span in spans
    ]
    body = Body(path.open("rb"), list(zip(heads, spans, strict=True)), f"\r\n--{boundary}--\r\n".encode())
    return _answer(206, body, seats, told | {"Content-Type": f"multipart/byteranges; boundary={boundary}"})


def _answer(status: int, body: Body, seats: Semaphore, headers: dict[str, str]) -> Response:
    body.wait_for(seats)
    told = headers | {"Content-Length": str(body.length)}
    return Response(body, status=status, headers=told, direct_passthrough=True)


def _place(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}"


def _wanted(tag: str, size: int) -> list[Span] | None:
    """The parts that are asked for; none if none is in the file, and None where the whole is to be sent."""
    asked = parse_range_header(request.headers.get("Range"))
    if request.method != "GET" or asked is None or asked.units != "bytes" or len(asked.ranges) > MOST_PARTS:
        return None
    if request.headers.get("If-Range", f'"{tag}"').strip() != f'"{tag}"':
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
