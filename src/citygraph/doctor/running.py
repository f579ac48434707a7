"""Checks of what is downloaded, and of what the operator sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from citygraph.doctor.check import Check, Fault, fault, kind, status
from citygraph.doctor.site import VOID, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.doctor.site import Site

_DUMP = "/dumps/citygraph.nt"
_SMALL = "/dumps/SHA256SUMS"
_ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
_NAME = "citygraph-doctor-1"


def counted(site: Site) -> Iterator[Fault]:
    """What VoID says of the number of triples is what the dump holds (VoID, section 4.6)."""
    reply = site.ask("/.well-known/void", headers={"Accept": "text/turtle"})
    yield from status(reply, 200)
    triples = [quad.triple for quad in reply.quads()] if reply.status == 200 else []
    told = [int(text) for text in values(triples, f"{VOID}triples") if text.isdigit()]
    if not told:
        yield fault(reply, "says no void:triples")
    elif site.whole and (lines := site.lines(_DUMP)) != max(told):
        yield fault(reply, f"says {max(told)} triples, but {_DUMP} holds {lines}")


def ranges(site: Site) -> Iterator[Fault]:
    """A download that broke off can go on (RFC 9110, section 14)."""
    part = site.ask(_DUMP, headers={"Range": "bytes=10-19"})
    yield from status(part, 206)
    if part.status == 206 and (len(part.body) != 10 or not part.header("Content-Range").startswith("bytes 10-19/")):
        yield fault(part, f"gives {len(part.body)} bytes and Content-Range {part.header('Content-Range') or 'nothing'}")
    yield from status(site.ask(_DUMP, headers={"Range": "bytes=999999999999-"}), 416)
    stale = {"Range": "bytes=0-0", "If-Range": '"of-another-release"'}
    yield from status(site.ask(_SMALL, headers=stale), 200)
    yield from kind(part, "application/n-triples")


def alive(site: Site) -> Iterator[Fault]:
    """It lives and is ready, and no cache says so in its place."""
    for path in ("/healthz", "/readyz"):
        reply = site.ask(path)
        yield from status(reply, 200)
        if "no-store" not in reply.listed("Cache-Control"):
            yield fault(reply, "may be kept by caches")


def figures(site: Site) -> Iterator[Fault]:
    """The figures are refused, or tell nothing of clients."""
    reply = site.ask("/metrics")
    yield from status(reply, 200, 403)
    if reply.status == 200 and (found := _ADDRESS.search(reply.text)):
        yield fault(reply, f"tells an address: {found[0]}")
    passed = site.ask("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    if reply.status == 403 and passed.status == 200:
        yield fault(passed, "believes a forged X-Forwarded-For")


def named(site: Site) -> Iterator[Fault]:
    """Each request has an id, the one it came with if that is sane."""
    reply = site.ask("/healthz", headers={"X-Request-Id": _NAME})
    if reply.header("X-Request-Id") != _NAME:
        yield fault(reply, f"answers X-Request-Id {reply.header('X-Request-Id') or 'nothing'} instead of {_NAME}")
    first, second = site.ask("/healthz"), site.ask("/healthz", headers={"X-Request-Id": "x" * 1000})
    names = {first.header("X-Request-Id"), second.header("X-Request-Id")}
    if len(names) < 2 or "" in names or "x" * 1000 in names:
        yield fault(second, "requests without a sane id get none of their own")


CHECKS = (
    Check(
        "void-triples",
        "VoID tells the number of triples that the dump holds",
        "Build the release again; let no cache keep the catalogue of an earlier one.",
        counted,
    ),
    Check(
        "ranges",
        "Downloads can go on where they broke off",
        "Let the proxy pass Range and If-Range on, and let it not compress /dumps/.",
        ranges,
    ),
    Check(
        "ready", "The site lives and is ready, uncached", "See the log; let no cache keep /healthz and /readyz.", alive
    ),
    Check(
        "metrics",
        "The figures tell nothing of clients, and are for our own",
        "Name your proxies in forwarded_allow_ips, and only networks of yours in own_networks.",
        figures,
    ),
    Check(
        "request-ids",
        "Each answer carries the id of its request",
        "Let the proxy pass X-Request-Id on both ways.",
        named,
    ),
)
