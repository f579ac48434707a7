"""Parses what strangers send, in a process of its own that may die: of entity bombs, of depth without end.

Run as a program it reads a document from standard input and writes its statements as N-Triples; what it may take of
memory and time is set by the kernel. :func:`parse` is the other end.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Final

import pyoxigraph as ox

from citygraph.errors import CitygraphError

MEMORY: Final = 3 * 2**30
"""How much memory a document may take, in bytes."""
SECONDS: Final = 60
"""How much processor time."""
LONGEST: Final = 500_000_000
"""How long its statements may be, in bytes: a short document can name long things often."""
RELATIVE: Final = "http://relative.invalid/"
"""The base that is given first: what begins with it was named relative to the document's address."""
_BROKEN: Final = 3
_MARK: Final = b"\xef\xbb\xbf"


class Unread(CitygraphError):  # noqa: N818 - it says what is so
    """A catalogue cannot be read at all."""


def parse(content: bytes, form: ox.RdfFormat, base: str) -> tuple[set[ox.Triple], bool, bool]:
    """The statements of a document; whether a byte order mark stood before it, and whether some names are relative.

    What cannot be parsed, or takes too much, is an :class:`Unread`.
    """
    marked = form != ox.RdfFormat.RDF_XML and content.startswith(_MARK)
    content = content[len(_MARK) :] if marked else content
    if form == ox.RdfFormat.N_TRIPLES:  # lines, which nobody can nest
        return _read(content, form, base), marked, False
    lines = _apart(content, form, RELATIVE, base)
    relative = f"<{RELATIVE}".encode() in lines
    if relative:
        lines = _apart(content, form, base, base)
    return _read(lines, ox.RdfFormat.N_TRIPLES, base), marked, relative


def _read(content: bytes, form: ox.RdfFormat, where: str) -> set[ox.Triple]:
    try:
        return {quad.triple for quad in ox.parse(content, form, base_iri=where)}
    except (SyntaxError, ValueError) as error:
        raise Unread(f"{where} is no {form.name}: {error}; mend the syntax") from None


def _apart(content: bytes, form: ox.RdfFormat, base: str, where: str) -> bytes:
    """Parse in another process; the document as N-Triples."""
    command = [sys.executable, "-m", __name__, form.media_type, base]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=content, capture_output=True, check=False, timeout=4 * SECONDS
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout
    if done is not None and done.returncode == _BROKEN:
        fault, remedy = done.stderr.decode("utf-8", "replace").strip(), "mend the syntax"
        if "LoadDocumentCallback" in fault:
            fault, remedy = "it takes its context from elsewhere", "write the @context into the document"
        raise Unread(f"{where} is no {form.name}: {fault}; {remedy}")
    raise Unread(
        f"{where} cannot be read: as {form.name} it takes more than {MEMORY // 2**30} GB, {SECONDS} seconds or "
        f"{LONGEST // 10**6} MB of statements; leave out entities and deep nesting, or give it page by page"
    )


def main(media_type: str, base: str) -> int:
    """Parse standard input within the limits; the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    form = ox.RdfFormat.from_media_type(media_type)
    assert form is not None, "the caller knows the format"
    left = LONGEST
    try:
        for quad in ox.parse(sys.stdin.buffer.read(), form, base_iri=base):
            line = f"{quad.triple} .\n".encode()
            left -= len(line)
            if left < 0:
                return 1
            sys.stdout.buffer.write(line)
    except (SyntaxError, ValueError) as error:
        sys.stderr.write(str(error))
        return _BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
