"""The outermost function of the site: keeps public answers, codes them, and answers what is kept by itself.

Flask spends more on a request than the store does. So an answer that is public and depends on nothing but the headers
named here is kept under the raw text of its request, and the next who asks the same gets it from a dictionary. A shelf
of answers belongs to one release: with the next release there is a new one, so nothing kept is ever stale.
"""

from __future__ import annotations

import logging
import tempfile
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citygraph.web import conditions
from citygraph.web.files import Body, Span
from citygraph.web.kept import Asked, Shelf
from citygraph.web.reply import Entry, Reply, dressed, read, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from citygraph.web.current import Current, Served

    Lane: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Reply | Iterable[bytes] | None]

_log = logging.getLogger(__name__)

RAISED = "citygraph.raised"
"""Where a lane leaves an error in the environment of a request, which need not be raised twice to be told."""
_PASSED = frozenset({"HTTP_RANGE", "HTTP_ACCEPT_DATETIME", "HTTP_IF_MATCH"})
"""A request with one of these is never answered from what is kept."""
LARGEST = 4_000_000
"""Files of so many bytes are passed on as they come; other bodies of that length are not kept."""

_SAFE = ("GET", "HEAD")
_NOTHING = "304 NOT MODIFIED"


@dataclass(frozen=True)
class Shelves:
    """What is kept of a release."""

    of: weakref.ref[Served] | None = None
    """The release; an idle process does not hold it by this."""
    answers: Shelf[Entry] = field(default_factory=Shelf)
    """By the raw text of their requests."""
    coded: Shelf[bytes] = field(default_factory=Shelf)
    """Bodies in a coding, by their entity tags."""
    asked: Asked = field(default_factory=Asked)


class Front:
    """A WSGI application before another one.

    Between them are lanes, by the first part of the paths they are for. They answer common requests without the cost of
    the other's machinery, by a reply or as WSGI applications, and give None where the other has to. What they answer is
    kept from the second time on: most is asked for once, and would take the room of pages, and as long to be kept as
    to be found.
    """

    def __init__(self, app: WSGIApplication, current: Current, lanes: Mapping[str, Lane]) -> None:
        self._app, self._lanes = app, lanes
        self._current = current
        self._shelves = Shelves()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        """Answer a request, from what is kept where that is possible."""
        served, shelves = self._current.served, self._shelves
        if served is None or shelves.of is None or shelves.of() is not served:  # a dead reference is None too
            shelves = self._shelves = Shelves(weakref.ref(served) if served else None)
        if environ["REQUEST_METHOD"] not in _SAFE or environ.keys() & _PASSED:
            _, body, _ = self._ask(environ, start, shelves)
            return body
        get = environ.get
        key = (
            environ["PATH_INFO"],
            get("QUERY_STRING"),
            get("HTTP_ACCEPT"),
            get("HTTP_ACCEPT_LANGUAGE"),
            get("HTTP_ACCEPT_ENCODING"),
            get("SCRIPT_NAME"),
        )
        entry = shelves.answers.get(key)
        if entry is not None:
            environ["citygraph.kept"] = True  # whoever counts requests wants to know
            return _send(entry, environ, start)
        entry, body, dear = self._ask(environ, start, shelves)
        # An answer belongs to the release only if that has been served from the beginning of the request to its end.
        if entry is not None and entry.lasts and self._current.served is served and (dear or shelves.asked.before(key)):
            shelves.answers.put(key, entry)
        return body

    def _ask(
        self, environ: WSGIEnvironment, start: StartResponse, shelves: Shelves
    ) -> tuple[Entry | None, Iterable[bytes], bool]:
        """Ask for an answer, and send it; there is an entry where the whole is at hand.

        The last tells whether it was dear, that is, whether the application had to make it.
        """
        told: list[Any] = []

        def hear(status: str, headers: list[tuple[str, str]], _problem: object = None) -> Any:
            told[:] = status, headers

        inner = environ
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if is_head or wanted is not None:
            # A HEAD is asked as a GET, since only the body tells the length and the tag of a coding of it.
            inner = environ | {"REQUEST_METHOD": "GET"} if is_head else dict(environ)
            if is_head:
                inner.pop("HTTP_RANGE", None)  # it means something in a GET only (RFC 9110, section 14.2)
            if wanted is not None:
                inner["HTTP_IF_NONE_MATCH"] = ", ".join(conditions.plain(wanted, accepted))
        lane = self._lanes.get(environ["PATH_INFO"][1:].partition("/")[0])
        content: Any = _tried(lane, inner, hear) if lane else None
        dear = content is None
        if dear:
            content = self._app(inner, hear)
        if not isinstance(content, Reply):
            status, headers = told
            length = next((int(value) for name, value in headers if name == "Content-Length"), LARGEST)
            whole = isinstance(content, list) or length < LARGEST or status[:3] == "304"
            if not whole or status[:3] == "206":  # a stream, a large file, or a part of one
                start(status, headers)
                if is_head:
                    _close(content)
                    return None, [], dear
                return None, content, dear
            try:
                body = b"".join(content)
            finally:
                _close(content)
            content = read(status, headers, body)
        if content.head.status[:3] == "304":
            tag = conditions.known(content.tag, wanted or "", accepted) or content.tag
            start(content.head.status, [*unchanged([*content.head.rows, *content.more]), *_tagged(tag)])
            return None, [], dear
        entry = dressed(content, accepted, shelves.coded)
        return entry, _send(entry, environ, start), dear


def spooled(body: bytes) -> Body:
    """A long body on its way: it waits for its reader in a file without a name, and not in memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the body closes it when it is sent
    file.write(body)
    return Body(file, [(b"", Span(0, len(body)))])


def _send(entry: Entry, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    if tag := _known(entry, environ):
        start(_NOTHING, [*entry.unchanged, *_tagged(tag)])
        return []
    start(entry.status, entry.headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    return [entry.body] if len(entry.body) < LARGEST else spooled(entry.body)


def _known(entry: Entry, environ: WSGIEnvironment) -> str:
    """The tag under which the client knows what would be sent; empty if it does not."""
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if not wanted or not entry.tag or entry.status[:3] != "200" or environ["REQUEST_METHOD"] not in _SAFE:
        return ""
    if wanted.strip() == conditions.ANY:
        return entry.tag
    return conditions.known(entry.plain, wanted, environ.get("HTTP_ACCEPT_ENCODING", ""))


def _tagged(tag: str) -> list[tuple[str, str]]:
    return [("ETag", tag)] if tag else []


def _tried(lane: Lane, environ: WSGIEnvironment, start: StartResponse) -> Reply | Iterable[bytes] | None:
    """Ask a lane; a fault of ours there is logged, and the request left to the application, which answers or tells."""
    try:
        return lane(environ, start)
    except Exception:  # noqa: BLE001 - whatever it is
        _log.exception("a lane failed at %s", environ["PATH_INFO"])
        return None


def _close(content: Any) -> None:
    if hasattr(content, "close"):
        content.close()
