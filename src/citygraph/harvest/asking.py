"""Asks for addresses as harvesters do: by http(s) alone, through few redirects, and for a bounded answer."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Final
from urllib import request
from urllib.error import HTTPError

from citygraph.harvest.parser import Unread

if TYPE_CHECKING:
    from http.client import HTTPResponse

LARGEST: Final = 50 * 2**20
"""The largest document that CKAN's harvester takes, in bytes."""
SECONDS: Final = 30.0
"""How long a server may keep silent."""
PATIENCE: Final = 300.0
"""How long a whole answer may take."""
AGENT: Final = "citygraph-harvest-check"
_PIECE: Final = 2**16
_REDIRECTS = range(300, 400)


class _Redirects(request.HTTPRedirectHandler):
    max_redirections = 30  # as CKAN's


def _opener() -> request.OpenerDirector:
    """One without the handlers of file, ftp and data addresses."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener


def ask(address: str, method: str, *, coded: bool = False) -> HTTPResponse:
    """Ask for an address; a status of 400 and above is an ``HTTPError``, an address of another kind an ``OSError``."""
    headers = {"User-Agent": AGENT, "Accept": "*/*"} | ({"Accept-Encoding": "gzip, deflate"} if coded else {})
    wanted = request.Request(address, method=method, headers=headers)  # noqa: S310 - see _opener
    try:
        answer: HTTPResponse = _opener().open(wanted, timeout=SECONDS)
    except HTTPError as error:
        error.close()  # its status is enough
        raise
    return answer


def told(error: HTTPError) -> str:
    """What a status means."""
    if error.code in _REDIRECTS:
        return f"leads from redirect to redirect without end ({error.code})"
    return f"is answered {error.code}"


def read(answer: HTTPResponse, address: str, most: int = LARGEST) -> bytes:
    """The body of an answer, unpacked, up to one byte more than it may have."""
    coding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise Unread(f"{address} is packed by {coding}, which nobody asked for; send it plain, or by gzip")
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if coding != "identity" else None  # 32: gzip or zlib
    end, found = time.monotonic() + PATIENCE, bytearray()
    try:
        while len(found) <= most and (piece := answer.read1(_PIECE)):
            found += unpack.decompress(piece, most + 1 - len(found)) if unpack else piece
            if time.monotonic() > end:
                raise Unread(f"{address} takes more than {PATIENCE:g} seconds to answer")
    except zlib.error as error:
        raise Unread(f"{address} is not packed as it says ({coding}): {error}") from None
    length = answer.headers.get("Content-Length", "")
    if not unpack and len(found) <= most and length.isdecimal() and len(found) != int(length):
        raise Unread(f"{address} breaks off after {len(found)} of {length} bytes")
    return bytes(found[: most + 1])
