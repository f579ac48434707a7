"""Checks of linked data: things, their documents, formats and languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.doctor.check import Check, Fault, fault, kind, status
from citygraph.formats import RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.doctor.site import Reply, Site

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
HABITS = (
    ("", "text/turtle"),
    ("*/*", "text/turtle"),
    (BROWSER, "text/html"),
    ("application/rdf+xml", "application/rdf+xml"),
    ("text/turtle;q=0.2, application/ld+json;q=0.9", "application/ld+json"),
    ("text/turtle;q=0, application/n-triples", "application/n-triples"),
    ("TEXT/TURTLE", "text/turtle"),
    ("application/pdf, text/turtle;q=0.1", "text/turtle"),
    ("application/x-turtle", "text/turtle"),
)
"""What clients send as ``Accept``, and what they are to get (RFC 9110, section 12.5.1)."""
_ABSENT = "/id/city/nobody-knows-this-%3Cscript%3E"


def leads(site: Site) -> Iterator[Fault]:
    """A thing is no document: 303 to one (Cool URIs, section 4)."""
    for accept in ("text/turtle", "text/html"):
        reply = site.ask(f"/{site.thing}", headers={"Accept": accept})
        yield from status(reply, 303)
        where = reply.header("Location")
        path = site.local(where, f"/{site.thing}") if where else None
        if reply.status == 303 and path is None:
            yield fault(reply, f"leads to {where or 'nowhere'}, which is not on {site.address}")
        elif path is not None:
            document = site.ask(path)
            yield from status(document, 200)
            yield from kind(document, accept)


def subject(site: Site) -> Iterator[Fault]:
    """The IRI that is asked for is the subject of what is told, in each format alike."""
    told: set[ox.Triple] | None = None
    for row in RDF:
        reply = site.ask(f"/data/{site.name}.{row.extension}")
        yield from status(reply, 200)
        yield from kind(reply, row.media_type)
        try:
            triples = {quad.triple for quad in reply.quads()}
        except (SyntaxError, ValueError) as error:
            yield fault(reply, f"cannot be read: {error}")
            continue
        if not any(triple.subject == ox.NamedNode(site.base + site.thing) for triple in triples):
            yield fault(reply, f"says nothing of <{site.base}{site.thing}>")
        if told is not None and triples != told:
            yield fault(reply, "holds other triples than the other formats")
        told = triples if told is None else told


def habits(site: Site) -> Iterator[Fault]:
    """Accept is read with its qualities and wildcards."""
    for accept, wanted in HABITS:
        reply = site.ask("/ontology", headers={"Accept": accept} if accept else {})
        yield from status(reply, 200)
        yield from kind(reply, wanted)


def harvested(site: Site) -> Iterator[Fault]:
    """Harvesters ask for anything, and believe the media type."""
    for path in ("/catalogue", "/.well-known/void"):
        reply = site.ask(path, headers={"Accept": "*/*"})
        yield from status(reply, 200)
        yield from kind(reply, *(row.media_type for row in RDF))


def refused(site: Site) -> Iterator[Fault]:
    """What nobody here speaks is refused, with what there is."""
    for path in ("/ontology", f"/{site.thing}", "/sparql?query=ASK%20%7B%7D"):
        reply = site.ask(path, headers={"Accept": "application/pdf"})
        yield from status(reply, 406)
        if reply.status == 406 and "/" not in reply.text.replace("application/pdf", ""):
            yield fault(reply, "does not list the formats there are")


def absent(site: Site) -> Iterator[Fault]:
    """What is not there is 404, for people and programs, and repeats no markup."""
    for accept, wanted in (("text/html", "text/html"), ("application/json", "application/problem+json")):
        reply = site.ask(_ABSENT, headers={"Accept": accept})
        yield from status(reply, 404)
        yield from kind(reply, wanted)
        if wanted == "text/html" and "<script>" in reply.text:
            yield fault(reply, "repeats the markup of the address")


def languages(site: Site) -> Iterator[Fault]:
    """Pages speak the language that the reader wants, and say which it is."""
    for headers, path, wanted in (
        ({"Accept-Language": "de-CH, en;q=0.5"}, "/about", "de"),
        ({"Accept-Language": "xx, fr;q=0.2"}, "/about", "fr"),
        ({"Accept-Language": "de"}, "/about?lang=en", "en"),
        ({}, "/about", "en"),
    ):
        reply = site.ask(path, headers=headers)
        yield from _speaks(reply, wanted)


def _speaks(reply: Reply, wanted: str) -> Iterator[Fault]:
    yield from status(reply, 200)
    if reply.header("Content-Language") != wanted:
        yield fault(reply, f"speaks {reply.header('Content-Language') or 'no language'} instead of {wanted}")
    if f'lang="{wanted}"' not in reply.text[:500]:
        yield fault(reply, f'its page is not marked lang="{wanted}"')


CHECKS = (
    Check(
        "thing-leads-to-document",
        "A thing leads to its documents by 303, on this site",
        "Pass Host and redirects through unchanged; do not rewrite Location.",
        leads,
    ),
    Check(
        "subject-is-request",
        "The IRI asked for is the subject, in every format alike",
        "Set base_iri to the public address and build again; pass paths through undecoded.",
        subject,
    ),
    Check(
        "accept-qualities",
        "Accept is honoured, with q-values and wildcards",
        "Let the proxy pass Accept on, and let no cache answer without Vary.",
        habits,
    ),
    Check(
        "harvesters",
        "Catalogue and VoID give RDF to whoever takes anything",
        "Let the proxy pass /catalogue and /.well-known/ on to citygraph.",
        harvested,
    ),
    Check(
        "not-acceptable",
        "An unknown format is 406, with the formats there are",
        "Let the proxy pass answers of 400 and above on (no own error pages).",
        refused,
    ),
    Check(
        "not-found",
        "What is not there is 404 in the wanted format",
        "Let the proxy pass answers of 404 on (no own error pages).",
        absent,
    ),
    Check(
        "languages",
        "Pages speak the reader's language",
        "Let the proxy pass Accept-Language on, and let caches honour Vary.",
        languages,
    ),
)
