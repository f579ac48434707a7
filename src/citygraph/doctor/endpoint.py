"""Checks of the query service: the protocol, its limits, and whether its description is true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from citygraph.doctor.check import Check, Fault, fault, kind, status
from citygraph.doctor.site import TURTLE, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.doctor.site import Site

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
_LONG = 60_000
"""How many characters of a query must fit into an address; with the rest of its line they are about 64 kB."""


def slash(site: Site) -> Iterator[Fault]:
    """The endpoint answers with and without a slash, and leads no POST elsewhere."""
    body = urlencode({"query": "ASK {}"}).encode()
    for path in ("/sparql", "/sparql/"):
        for reply in (
            site.ask(f"{path}?query=ASK%20%7B%7D"),
            site.ask(path, method="POST", body=body, headers=_FORM),
            site.ask(path, method="POST", body=b"ASK {}", headers={"Content-Type": "application/sparql-query"}),
        ):
            yield from status(reply, 200)


def results(site: Site) -> Iterator[Fault]:
    """Every format of results is had by its name; without a wish it is JSON."""
    for accept in (*_RESULTS, "*/*"):
        reply = site.query("SELECT ?x { VALUES ?x { 1 } }", accept)
        yield from status(reply, 200)
        yield from kind(reply, _RESULTS[0] if accept == "*/*" else accept)


def described(site: Site) -> Iterator[Fault]:
    """The description names the endpoint by its public address, and just the graphs there are (SPARQL 1.1 SD)."""
    reply = site.ask("/sparql", headers={"Accept": TURTLE})
    yield from status(reply, 200)
    try:
        triples = [quad.triple for quad in reply.quads()]
    except (SyntaxError, ValueError) as error:
        yield fault(reply, f"cannot be read: {error}")
        return
    endpoints = values(triples, f"{_SD}endpoint")
    if endpoints != [f"{site.base}sparql"]:
        yield fault(reply, f"names {', '.join(endpoints) or 'no endpoint'} instead of {site.base}sparql")
    told = set(values(triples, f"{_SD}name"))
    held = set(site.rows("SELECT DISTINCT ?graph { GRAPH ?graph { ?thing a ?class } }"))
    for word, graphs in (("names", told - held), ("does not name", held - told)):
        empty = {name for name in graphs if word == "names" and _holds(site, name)}
        if graphs - empty:
            yield fault(reply, f"{word} {', '.join(sorted(graphs - empty))}")


def _holds(site: Site, graph: str) -> bool:
    return "true" in site.query(f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", _RESULTS[0]).text


def errors(site: Site) -> Iterator[Fault]:
    """A query that cannot be read is told where."""
    reply = site.query("SELECT *\nWHERE { ?s ?p }", "application/json")
    yield from status(reply, 400)
    yield from kind(reply, "application/problem+json")
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = {}
    if not isinstance(told, dict) or not {"line", "column"} <= told.keys():
        yield fault(reply, "does not tell line and column")


def outbound(site: Site) -> Iterator[Fault]:
    """Nobody can make the site ask others."""
    for text in (
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { SERVICE SILENT <http://[::1]/> {} }",
    ):
        reply = site.query(text, "application/sparql-results+json")
        yield from status(reply, 400, 403)


def updates(site: Site) -> Iterator[Fault]:
    """Nobody can change anything; what is tried would change nothing."""
    text = "DELETE DATA { <urn:citygraph:doctor> <urn:citygraph:doctor> <urn:citygraph:doctor> }"
    form = urlencode({"update": text}).encode()
    for reply in (
        site.ask("/sparql", method="POST", body=text.encode(), headers={"Content-Type": "application/sparql-update"}),
        site.ask("/sparql", method="POST", body=form, headers=_FORM),
        site.query(text),
    ):
        if not 400 <= reply.status < 500:
            yield fault(reply, f"answers an update {reply.status}")


def long_lines(site: Site) -> Iterator[Fault]:
    """Clients send long queries by GET; what is too long even so is refused, and breaks nothing."""
    fits = site.query(f"ASK {{ VALUES ?x {{ {'1 ' * (_LONG // 4)} }} }}", _RESULTS[0])
    yield from status(fits, 200)


CHECKS = (
    Check(
        "endpoint-slash",
        "The endpoint answers by GET and POST, with and without a slash",
        "Let the proxy rewrite and redirect nothing below /sparql, and let POST through.",
        slash,
    ),
    Check(
        "result-formats",
        "Each format of results is had by name",
        "Let the proxy pass Accept on, and let no cache answer without Vary.",
        results,
    ),
    Check(
        "service-description",
        "The service description is true",
        "Set base_iri to the public address and build again; a stale cache may show old graphs.",
        described,
    ),
    Check(
        "query-errors",
        "A query that cannot be read is told where",
        "Let the proxy pass answers of 400 on (no own error pages).",
        errors,
    ),
    Check(
        "no-outbound-requests",
        "SERVICE is refused",
        "Do not serve strangers from a software that follows SERVICE; see operation.md.",
        outbound,
    ),
    Check("read-only", "Updates are refused", "Point no proxy path at an update endpoint of the engine.", updates),
    Check(
        "long-addresses",
        "Addresses of 60,000 characters are answered",
        "Raise the proxy's limit of the request line (nginx: large_client_header_buffers 4 128k).",
        long_lines,
    ),
)
