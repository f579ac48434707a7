"""The lane for downloads: files of the release that is served, sent without Flask, which takes longer than to send one.

It answers what most ask for, and leaves the rest, such as files of earlier releases and what is absent, to the
application behind it, which sends files by the same function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.errors import CitygraphError
from citygraph.formats import file_type
from citygraph.release import MANIFEST, File
from citygraph.web import files
from citygraph.web.answers import MAX_AGE
from citygraph.web.codings import coding
from citygraph.web.front import RAISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Semaphore
    from wsgiref.types import StartResponse, WSGIEnvironment

    from citygraph.release import Release
    from citygraph.web.current import Current

FOREVER = 31_536_000
"""A year, in seconds: how long a file of a named release may be kept."""
_SUFFIXES = {"zstd": ".zst", "gzip": ".gz"}
"""Codings, and the files that hold another file in them."""


class Dumps:
    """Sends files of the release that is served."""

    def __init__(self, current: Current, headers: Mapping[str, str], seats: Semaphore) -> None:
        self._current, self._headers, self._seats = current, list(headers.items()), seats

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes] | None:
        """Answer a request, or give None where another has to."""
        if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return None
        try:
            release = self._current.get().release
            path = environ["PATH_INFO"].removeprefix("/dumps/")
            version, _, rest = path.partition("/")
            named = version == release.version
            row = find(release, rest if named else path)
            if row is None:
                return None
            sent = deliver(environ, release, row, FOREVER if named else MAX_AGE, self._seats)
        except CitygraphError as error:
            environ[RAISED] = error
            return None
        start(f"{sent.status.value} {sent.status.phrase.upper()}", [*sent.headers.items(), *self._headers])
        return sent.body or []


def find(release: Release, path: str) -> File | None:
    """A file of the manifest by its address below ``/dumps/``; the report lies beside the dumps."""
    if path == MANIFEST:
        return File.of(release.folder, release.folder / MANIFEST) if release.files else None
    return release.by_path.get(f"dumps/{path}") or release.by_path.get(path)


def deliver(asked: Mapping[str, str], release: Release, row: File, max_age: int, seats: Semaphore) -> files.Sent:
    """Answer a GET request with a file of a release."""
    name = row.path.rpartition("/")[2]
    beside = {name: found for name, end in _SUFFIXES.items() if (found := release.by_path.get(row.path + end))}
    chosen = None if "HTTP_RANGE" in asked else coding(asked.get("HTTP_ACCEPT_ENCODING", ""), beside)
    sent = beside[chosen] if chosen else row
    answer = files.send(release.folder / sent.path, file_type(name), sent.sha256, asked, seats, chosen)
    if beside:
        answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Citygraph-Release"] = release.version
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = f"public, max-age={max_age}" + (", immutable" if max_age == FOREVER else "")
    return answer
