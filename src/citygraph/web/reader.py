"""Who a page is written for: the language, and what the address that was asked for hands on to those in the page.

Both are found out once for a request. A lane, which has no request of Flask's, says them itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flask import g, has_request_context, request

from citygraph.settings import LANGUAGES
from citygraph.web import negotiate

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENT = "asof"
"""The parameter that names the time whose state the reader looks at."""
LONGEST = 200
"""The longest value, in characters, whose addresses are kept, so that strangers fill no memory."""


class Handed(NamedTuple):
    """What a request hands on to the addresses in its answer: where the site is mounted, and what was chosen."""

    root: str = ""
    language: str | None = None
    moment: str | None = None
    short: bool = True
    """Whether this is worth keeping addresses for."""


_NOTHING = Handed()


@dataclass(slots=True)
class Reader:
    """Who a page is written for."""

    language: str
    handed: Handed = _NOTHING
    fell_back: bool = False
    """Whether the page shows a text in another language."""


_LANE: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading(who: Reader) -> Iterator[None]:
    """Write for a reader who asks in a lane."""
    before = _LANE.set(who)
    try:
        yield
    finally:
        _LANE.reset(before)


def reader() -> Reader:
    """The reader of what is being written."""
    return _LANE.get() or _of_request()


def found() -> Reader | None:
    """The same; None where nobody reads, as in a command."""
    return _LANE.get() or (_of_request() if has_request_context() else None)


def handed() -> Handed:
    """What the request hands on."""
    return reader().handed


def _of_request() -> Reader:
    known: Reader | None = g.get("reader")
    if known is None:
        chosen = request.args.get("lang")
        language = chosen if chosen in LANGUAGES else None
        moment = request.args.get(MOMENT) or None
        handed_on = Handed(request.script_root, language, moment, len(moment or "") <= LONGEST)
        header = request.headers.get("Accept-Language", "")
        known = g.reader = Reader(language or negotiate.language(header, LANGUAGES), handed_on)
    return known
