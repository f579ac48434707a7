"""Checks of headers: methods, caching, other origins, security, and what proxies do to them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from citygraph.doctor.check import Check, Fault, fault, status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.doctor.site import Site

_ASK = "/sparql?query=ASK%20%7B%7D"
_FORGED = "forged.invalid"
_LISTED = ("etag", "link", "content-location", "retry-after")


def paths(site: Site) -> tuple[str, ...]:
    """One address of each kind."""
    return ("/", f"/page/{site.name}", f"/data/{site.name}.ttl", "/catalogue.ttl", _ASK, "/dumps/citygraph.nt")


def heads(site: Site) -> Iterator[Fault]:
    """HEAD is GET without the body (RFC 9110, section 9.3.2)."""
    for path in paths(site):
        full = site.ask(path, headers={"Range": "bytes=0-0"} if path.startswith("/dumps/") else {})
        head = site.ask(path, method="HEAD")
        yield from status(head, 200)
        for name in ("Content-Type", "ETag"):
            if head.header(name) != full.header(name):
                yield fault(head, f"HEAD says {name} {head.header(name) or 'nothing'}, GET {full.header(name)}")
        if full.status == 200 and head.header("Content-Length") not in ("", str(len(full.body))):
            yield fault(head, f"HEAD says {head.header('Content-Length')} bytes, GET sends {len(full.body)}")


def options(site: Site) -> Iterator[Fault]:
    """A page of another site may ask before it asks (Fetch, preflight)."""
    for path in paths(site):
        asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
        reply = site.ask(path, method="OPTIONS", headers=asked)
        yield from status(reply, 200, 204)
        if "get" not in reply.listed("Access-Control-Allow-Methods"):
            yield fault(reply, "does not allow GET to other pages")
        if path == _ASK and "content-type" not in reply.listed("Access-Control-Allow-Headers"):
            yield fault(reply, "does not allow the header Content-Type to other pages")


def origins(site: Site) -> Iterator[Fault]:
    """Any page may read what is public, and why something went wrong."""
    for path, headers in (
        (_ASK, {}),
        (f"/{site.thing}", {}),
        ("/nothing-here", {}),
        ("/sparql?query=SELEKT", {}),
        ("/ontology", {"Accept": "application/pdf"}),
        ("/dumps/citygraph.nt", {"Range": "bytes=0-9"}),
    ):
        reply = site.ask(path, headers={"Origin": "https://example.org"} | headers)
        if reply.header("Access-Control-Allow-Origin") != "*":
            said = reply.header("Access-Control-Allow-Origin") or "nothing"
            yield fault(reply, f"{reply.status} says {said} instead of * as Access-Control-Allow-Origin")
        if missing := [name for name in _LISTED if name not in reply.listed("Access-Control-Expose-Headers")]:
            yield fault(reply, f"does not expose {', '.join(missing)} to other pages")


def varies(site: Site) -> Iterator[Fault]:
    """A cache must know what an answer depends on (RFC 9110, section 12.5.5)."""
    for path, names in (
        (f"/{site.thing}", {"accept"}),
        ("/ontology", {"accept"}),
        (_ASK, {"accept"}),
        ("/catalogue", {"accept"}),
        (f"/page/{site.name}", {"accept-language"}),
        ("/nothing-here", {"accept"}),
    ):
        reply = site.ask(path)
        if missing := names - reply.listed("Vary"):
            yield fault(reply, f"does not name {', '.join(sorted(missing))} in Vary")


def tags(site: Site) -> Iterator[Fault]:
    """Every representation has an entity tag of its own, and whoever has it is told so (RFC 9110, section 13)."""
    seen: dict[str, str] = {}
    for path, accept in (
        ("/ontology", "text/turtle"),
        ("/ontology", "application/ld+json"),
        ("/ontology", "text/html"),
        (f"/page/{site.name}", "text/html"),
        (_ASK, "application/sparql-results+json"),
        (_ASK, "application/sparql-results+xml"),
    ):
        reply = site.ask(path, headers={"Accept": accept})
        tag = reply.header("ETag")
        if not tag:
            yield fault(reply, "has no ETag")
            continue
        if tag in seen:
            yield fault(reply, f"has the same ETag as {seen[tag]}")
        seen[tag] = f"{path} as {accept}"
        again = site.ask(path, headers={"Accept": accept, "If-None-Match": tag})
        yield from status(again, 304)
        if again.body or again.header("ETag") not in ("", tag):
            yield fault(again, "304 has a body, or another ETag")


def compressed(site: Site) -> Iterator[Fault]:
    """A coding is had by its name, holds the same, and has an entity tag of its own (RFC 9110, 8.8.3.3)."""
    for path in (f"/page/{site.name}", "/ontology.ttl"):
        plain = site.ask(path, headers={"Accept-Encoding": "identity"})
        coded = site.ask(path, headers={"Accept-Encoding": "gzip"})
        if plain.header("Content-Encoding") not in ("", "identity"):
            yield fault(plain, f"is sent in {plain.header('Content-Encoding')}, which is not wanted")
        if coded.header("Content-Encoding") != "gzip":
            yield fault(coded, "is not compressed, although gzip is wanted")
            continue
        try:
            same = zlib.decompress(coded.body, wbits=31) == plain.body
        except zlib.error:
            same = False
        if not same:
            yield fault(coded, "does not hold the same when it is decompressed")
        if coded.header("ETag") == plain.header("ETag"):
            yield fault(coded, "has the same ETag as what is not compressed")
        if "accept-encoding" not in plain.listed("Vary") & coded.listed("Vary"):
            yield fault(plain, "does not name accept-encoding in Vary")


def security(site: Site) -> Iterator[Fault]:
    """Pages run no foreign script, types are not guessed, and the server does not tell its version."""
    for path in (f"/page/{site.name}", "/sparql", "/nothing-here", f"/data/{site.name}.ttl"):
        reply = site.ask(path, headers={"Accept": "text/html"})
        policy = reply.header("Content-Security-Policy")
        if reply.type == "text/html" and ("default-src" not in policy or "'unsafe-inline'" in policy.split("style")[0]):
            yield fault(reply, "has no Content-Security-Policy that keeps foreign script out")
        if "nosniff" not in reply.listed("X-Content-Type-Options"):
            yield fault(reply, "has no X-Content-Type-Options: nosniff")
        if not reply.header("Referrer-Policy"):
            yield fault(reply, "has no Referrer-Policy")
        if any(sign.isdigit() for sign in reply.header("Server")):
            yield fault(reply, f"tells its version: {reply.header('Server')}")


def forged(site: Site) -> Iterator[Fault]:
    """Nobody can make the site name another host than its own."""
    for path in (f"/{site.thing}", "/", "/sparql", "/catalogue.ttl"):
        reply = site.ask(path, headers={"X-Forwarded-Host": _FORGED, "Forwarded": f"host={_FORGED}"})
        if _FORGED in reply.text or _FORGED in str(reply.headers):
            yield fault(reply, "believes a forged host")


def encrypted(site: Site) -> Iterator[Fault]:
    """On https, nothing leads back to http on the same host."""
    if not site.secure:
        return
    plain = site.address.replace("https://", "http://", 1)
    for path in (f"/{site.thing}", f"/page/{site.name}", "/"):
        reply = site.ask(path, headers={"Accept": "text/html"})
        if f'"{plain}/' in reply.text.replace(f"{site.base}", "") or plain in reply.header("Location"):
            yield fault(reply, f"leads to {plain}")


CHECKS = (
    Check(
        "head",
        "HEAD agrees with GET",
        "Let the proxy pass HEAD on, and let it not compress or shorten answers to one of both only.",
        heads,
    ),
    Check(
        "options",
        "OPTIONS is answered, with what other pages may do",
        "Let the proxy pass OPTIONS on instead of answering it.",
        options,
    ),
    Check(
        "other-origins",
        "Every answer may be read by other pages, errors too",
        "Let the proxy pass Access-Control headers on, and add none of its own to errors.",
        origins,
    ),
    Check("vary", "Negotiated answers say what they depend on", "Let the proxy pass Vary on.", varies),
    Check(
        "entity-tags",
        "Each representation has its ETag, and 304 works",
        "Let the proxy pass ETag and If-None-Match on; weak or changed tags come from its compression.",
        tags,
    ),
    Check(
        "compression",
        "Compressed answers hold the same, under a tag of their own",
        "Let one of both compress, best citygraph (nginx: gzip off), and let caches honour Vary.",
        compressed,
    ),
    Check(
        "security-headers",
        "Security headers stand on every answer",
        "Let the proxy pass them on, and hide its own version (nginx: server_tokens off).",
        security,
    ),
    Check(
        "forged-host",
        "No forged header changes an address",
        "Let nothing rewrite addresses by X-Forwarded-Host; base_iri says where the site is.",
        forged,
    ),
    Check(
        "https",
        "On https, everything stays on https",
        "Redirect http to https at the proxy, and set base_iri to what the data are named by.",
        encrypted,
    ),
)
