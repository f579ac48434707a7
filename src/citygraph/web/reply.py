"""Whole answers on their way out: in the coding that the client likes best, with the headers that follow from it.

An answer has a head, which it shares with others of its kind and which tells how its body may be treated, and what is
its own: the body, a tag and some headers more. So what many answers have in common is found out once.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import msgspec

from citygraph.web import codings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citygraph.web.kept import Shelf

    Rows = Sequence[tuple[str, str]]

VARIES = frozenset({"accept", "accept-language", "accept-encoding", "accept-datetime"})
"""The request headers that an answer which is kept may depend on."""

_HEAD = 1_500
_KEPT = ("200 OK", "303 SEE OTHER")
_BODILESS = ("204", "304")
_OF_THE_BODY = re.compile(
    r"content-(?!location|security)|repr-digest|accept-ranges|link|citygraph-(?!release)|etag", re.IGNORECASE
)
"""The headers that a client has with the body, and the tag, of which it may know another."""
_ANY_TEXT = "text/"
_DERIVED = frozenset({"content-length", "etag", "repr-digest"})
"""The headers that follow from the bytes that are sent."""


class Head:
    """What answers of one kind have in common: a status, and the headers that do not follow from the body.

    ``passing`` tells that bodies are sent once, most of them, so that a coding is to be quick before small.
    """

    def __init__(self, status: str, rows: Rows, *, passing: bool = False) -> None:
        named = {name.lower(): value for name, value in rows}
        self.status = status
        self.public = "public" in named.get("cache-control", "")
        self.lasts = status in _KEPT and self.public and "set-cookie" not in named and is_known(named.get("vary", ""))
        """Whether the answer is the same for all who ask in the same words, as long as the release is."""
        self.codings = codings.LASTING if self.public and not passing else codings.PASSING
        kind = named.get("content-type", _ANY_TEXT if status[:3] == "304" else "")  # which need not be told there
        self.digested = "citygraph-release" in named and not kind.startswith("text/html")  # nobody cites a page's bytes
        self.compressible = "content-encoding" not in named and codings.compressible(kind)
        self.rows = [row for row in rows if row[0].lower() not in _DERIVED]
        if self.compressible:
            vary = joined(named.get("vary", ""), "Accept-Encoding")
            self.rows = [row for row in self.rows if row[0].lower() != "vary"] + [("Vary", vary)]


class Reply(msgspec.Struct):
    """A whole answer before it is dressed: plain bytes, and an entity tag with its quotation marks, if there is one."""

    head: Head
    body: bytes
    tag: str = ""
    more: Rows = ()


class Entry:
    """An answer as it is sent; the tags are that of its bytes and that of the plain ones."""

    def __init__(self, head: Head, headers: list[tuple[str, str]], body: bytes, tag: str, plain: str) -> None:
        self.status, self.lasts = head.status, head.lasts
        self.headers, self.body, self.tag, self.plain = headers, body, tag, plain

    def __len__(self) -> int:
        """The bytes it takes, about."""
        return len(self.body) + _HEAD

    @cached_property
    def unchanged(self) -> list[tuple[str, str]]:
        """The headers for a client that has the body already, but for the entity tag."""
        return unchanged(self.headers)


def unchanged(rows: Rows) -> list[tuple[str, str]]:
    """Those of an answer's headers that are told to a client that has its body (RFC 9110, section 15.4.5)."""
    return [row for row in rows if not _OF_THE_BODY.match(row[0])]


def read(status: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
    """A reply of what a WSGI application has answered."""
    tag = next((value for name, value in headers if name.lower() == "etag"), "")
    passing = any(name == "Citygraph-Query-Hash" for name, _ in headers)
    return Reply(Head(status, headers, passing=passing), body, tag)


def dressed(reply: Reply, accepted: str, coded: Shelf[bytes]) -> Entry:
    """An answer in the coding that the client likes best, with the headers that follow from its bytes."""
    head, body, tag = reply.head, reply.body, reply.tag
    headers = [*head.rows, *reply.more]
    if not tag and head.public and head.status[:3] == "200":
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    plain_tag = tag
    if accepted and head.compressible and (len(body) >= codings.LEAST or codings.plain_refused(accepted)):
        name = codings.coding(accepted, head.codings)
        if name:
            make, plain = head.codings[name], body
            if tag:
                tag = codings.coded_tag(tag, name)
                body = coded.take(tag, lambda: make(plain))
            else:
                body = make(plain)
            # Parts are those of the plain bytes, which are not sent.
            headers = [row for row in headers if row[0].lower() != "accept-ranges"]
            headers.append(("Content-Encoding", name))
    if head.status[:3] not in _BODILESS:
        headers.append(("Content-Length", str(len(body))))
    if tag:
        headers.append(("ETag", tag))
    if head.digested:  # of what is sent, its coding included (RFC 9530, section 3)
        headers.append(("Repr-Digest", f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"))
    return Entry(head, headers, body, tag, plain_tag)


def joined(names: str, more: str) -> str:
    """Names of headers with one more, if it is not among them."""
    return names if more.lower() in names.lower() else f"{names}, {more}" if names else more


@lru_cache(maxsize=64)
def is_known(vary: str) -> bool:
    """Tell whether an answer depends on nothing but what is looked at before it is given to another."""
    return {name.strip().lower() for name in vary.split(",") if name.strip()} <= VARIES
