"""The outermost function of the site: keeps public answers, codes them, and answers what is kept by itself.

Flask spends more on a request than the store does. So an answer that is public and depends on nothing but the headers
named here is kept under the raw text of its request, and the next who asks the same gets it from a dictionary. A shelf
of answers belongs to one release: with the next release there is a new one, so nothing kept is ever stale.
"""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
import weakref
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from citygraph.errors import CitygraphError
from citygraph.web import codings
from citygraph.web.files import Body, Span
from citygraph.web.kept import Asked, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from citygraph.web.current import Current, Served

    Lane: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes] | None]

_log = logging.getLogger(__name__)

RAISED = "citygraph.raised"
"""Where a lane leaves an error in the environment of a request, which need not be raised twice to be told."""
VARIES = frozenset({"accept", "accept-language", "accept-encoding", "accept-datetime"})
"""The request headers that an answer which is kept may depend on."""
_PASSED = ("HTTP_RANGE", "HTTP_ACCEPT_DATETIME", "HTTP_IF_MATCH")
"""A request with one of these is never answered from what is kept."""
LARGEST = 4_000_000
"""Files of so many bytes are passed on as they come; other bodies of that length are not kept."""

_HEAD = 1_500
_KEPT = ("200 OK", "303 SEE OTHER")
_OF_THE_BODY = re.compile(r"content-(?!location|security)|repr-digest", re.IGNORECASE)
_NOTHING = "304 NOT MODIFIED"


class Entry:
    """An answer as it is sent."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes, named: dict[str, str]) -> None:
        self.status, self.headers, self.body = status, headers, body
        self.tag = named.get("etag")
        self.lasts = status in _KEPT and _is_for_all(named)
        self.dear = True
        """Whether it takes long to be made."""

    def __len__(self) -> int:
        """The bytes it takes, about."""
        return len(self.body) + _HEAD

    @cached_property
    def unchanged(self) -> list[tuple[str, str]]:
        """The headers for a client that has the body already (RFC 9110, section 15.4.5)."""
        return [row for row in self.headers if not _OF_THE_BODY.match(row[0])]


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

    Between them are lanes, by the first part of the paths they are for: WSGI applications that answer common requests
    without the cost of the other's machinery, and give None where the other has to. What they answer is kept from the
    second time on: most is asked for once, and would take the room of pages, and as long to be kept as to be found.
    """

    def __init__(self, app: WSGIApplication, current: Current, lanes: Mapping[str, Lane]) -> None:
        self._app, self._lanes = app, lanes
        self._current = current
        self._shelves = Shelves()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        """Answer a request, from what is kept where that is possible."""
        served, shelves = self._served(), self._shelves
        if served is None or shelves.of is None or shelves.of() is not served:  # a dead reference is None too
            shelves = self._shelves = Shelves(weakref.ref(served) if served else None)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or any(name in environ for name in _PASSED):
            return self._ask(environ, start, shelves)[1]
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
        entry, body = self._ask(environ, start, shelves)
        # An answer belongs to the release only if that has been served from the beginning of the request to its end.
        if entry is not None and entry.lasts and self._served() is served and (entry.dear or shelves.asked.before(key)):
            shelves.answers.put(key, entry)
        return body

    def _served(self) -> Served | None:
        try:
            return self._current.get()
        except CitygraphError:
            return None

    def _ask(
        self, environ: WSGIEnvironment, start: StartResponse, shelves: Shelves
    ) -> tuple[Entry | None, Iterable[bytes]]:
        """Ask the application, and answer; there is an entry where the whole answer is at hand."""
        told: list[Any] = []

        def hear(status: str, headers: list[tuple[str, str]], _problem: object = None) -> Any:
            told[:] = status, headers

        inner = environ
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        wanted = environ.get("HTTP_IF_NONE_MATCH", "")
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if is_head or wanted:
            # A HEAD is asked as a GET, since only the body tells the length and the tag of a coding of it.
            inner = environ | {"REQUEST_METHOD": "GET"} if is_head else dict(environ)
            if is_head:
                inner.pop("HTTP_RANGE", None)  # it means something in a GET only (RFC 9110, section 14.2)
            if wanted:
                inner["HTTP_IF_NONE_MATCH"] = codings.plain_tags(wanted, accepted)
        lane = self._lanes.get(environ["PATH_INFO"][1:].partition("/")[0])
        content: Any = _tried(lane, inner, hear) if lane else None
        dear = content is None
        if dear:
            content = self._app(inner, hear)
        status, headers = told
        named = {name.lower(): value for name, value in headers}
        if status[:3] == "304":
            start(status, _as_it_was_asked(headers, named, wanted))
            return None, content
        at_hand = isinstance(content, list) or int(named.get("content-length", LARGEST)) < LARGEST
        if not at_hand or status[:3] == "206":  # a stream, a large file, or a part of one
            start(status, headers)
            if is_head:
                _close(content)
                return None, []
            return None, content
        try:
            body = b"".join(content)
        finally:
            _close(content)
        entry = dressed(status, headers, named, body, accepted, shelves.coded)
        entry.dear = dear
        return entry, _send(entry, environ, start)


def dressed(
    status: str, headers: list[tuple[str, str]], named: dict[str, str], body: bytes, accepted: str, coded: Shelf[bytes]
) -> Entry:
    """An answer in the coding that the client likes best, with the headers that follow from its bytes.

    ``named`` are the same headers by their names in small letters.
    """
    public = "public" in named.get("cache-control", "")
    changed, tag = {}, named.get("etag")
    if public and status[:3] == "200" and tag is None:
        tag = changed["etag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if codings.compressible(named.get("content-type", "")) and "content-encoding" not in named:
        changed["vary"] = _joined(named.get("vary", ""), "Accept-Encoding")
        among = codings.LASTING if public and "citygraph-query-hash" not in named else codings.PASSING
        name = codings.coding(accepted, among) if accepted else None
        if name and (len(body) >= codings.LEAST or codings.plain_refused(accepted)):
            make, plain = among[name], body
            if tag:
                changed["etag"] = codings.coded_tag(tag, name)
                body = coded.take(changed["etag"], lambda: make(plain))
            else:
                body = make(plain)
            changed |= {"content-encoding": name, "content-length": str(len(body))}
    if "citygraph-release" in named:  # of what is sent, its coding included (RFC 9530, section 3)
        changed["repr-digest"] = f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
    changed = {name: value for name, value in changed.items() if named.get(name) != value}
    # Parts are those of the plain bytes, which were not sent.
    left_out = {*changed, "accept-ranges"} if "content-encoding" in changed else changed.keys()
    kept = headers if named.keys().isdisjoint(left_out) else [row for row in headers if row[0].lower() not in left_out]
    return Entry(status, kept + [(_spelled(row), value) for row, value in changed.items()], body, named | changed)


def spooled(body: bytes) -> Body:
    """A long body on its way: it waits for its reader in a file without a name, and not in memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the body closes it when it is sent
    file.write(body)
    return Body(file, [(b"", Span(0, len(body)))])


def _send(entry: Entry, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted and entry.tag and entry.status[:3] == "200" and (entry.tag in wanted or wanted.strip() == "*"):
        start(_NOTHING, entry.unchanged[:])
        return []
    start(entry.status, entry.headers[:])
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    return [entry.body] if len(entry.body) < LARGEST else spooled(entry.body)


def _tried(lane: Lane, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes] | None:
    """Ask a lane; a fault of ours there is logged, and the request left to the application, which answers or tells."""
    try:
        return lane(environ, start)
    except Exception:  # noqa: BLE001 - whatever it is
        _log.exception("a lane failed at %s", environ["PATH_INFO"])
        return None


def _as_it_was_asked(headers: list[tuple[str, str]], named: dict[str, str], wanted: str) -> list[tuple[str, str]]:
    """The headers of a 304 with the tag that the client knows, which names a coding."""
    tag, changed = named.get("etag", ""), {"vary": _joined(named.get("vary", ""), "Accept-Encoding")}
    if tag and tag not in wanted:
        coded = (codings.coded_tag(tag, name) for name in codings.LASTING)
        changed["etag"] = next((row for row in coded if row in wanted), tag)
    return [row for row in headers if row[0].lower() not in changed] + [
        (_spelled(name), value) for name, value in changed.items()
    ]


def _is_for_all(named: dict[str, str]) -> bool:
    """Tell whether an answer is the same for all who ask in the same words."""
    return "public" in named.get("cache-control", "") and "set-cookie" not in named and _is_known(named.get("vary", ""))


@lru_cache(maxsize=64)
def _is_known(vary: str) -> bool:
    """Tell whether an answer depends on nothing but what its key holds."""
    return {name.strip().lower() for name in vary.split(",") if name.strip()} <= VARIES


def _joined(names: str, more: str) -> str:
    return names if more.lower() in names.lower() else f"{names}, {more}" if names else more


def _spelled(name: str) -> str:
    return "ETag" if name == "etag" else name.title()


def _close(content: Any) -> None:
    if hasattr(content, "close"):
        content.close()
