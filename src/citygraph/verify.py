"""The command ``verify``: asks what a receipt says again, and tells whether the result is still the same."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click
import pyoxigraph as ox

from citygraph import receipts
from citygraph.backend import Embedded
from citygraph.errors import ReleaseError
from citygraph.formats import JSON, NTRIPLES
from citygraph.receipts import Receipt
from citygraph.retention.policy import find
from citygraph.terminal import Address
from citygraph.workers import Forms, Limits, Question

if TYPE_CHECKING:
    from citygraph.release import Releases

_SECONDS = 60.0
_REASON = 10_000
"""How many bytes of an error are read."""


@click.command()
@click.argument("receipt", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--newest", is_flag=True, help="Ask the newest release instead of the one that was asked.")
@click.option("--release", "version", help="Ask this release.")
@click.option(
    "--endpoint",
    type=Address(),
    help="Ask over HTTP, for instance https://example.org/sparql; else the local releases.",
)
@click.pass_obj
def verify(place: Any, receipt: Path, version: str | None, endpoint: str | None, *, newest: bool) -> None:
    """Ask again what RECEIPT says was asked, and say whether the result still holds."""
    known = Receipt.read(receipt)
    wanted = "current" if newest else version or known.release
    found, lines = _ask(place.releases, known, wanted, endpoint)
    holds = receipts.result_hash(lines) == known.result_hash
    if holds:
        click.echo(f"holds: {found} gives the same {len(lines)} rows as {known.release} on {known.date}")
    elif found == known.release:
        click.echo(f"does not hold: {found} gives {len(lines)} rows, the receipt has {known.rows} or other ones")
    else:
        click.echo(f"changed: {_difference(place.releases, known, found, lines, endpoint)}")
    sys.exit(0 if holds else 1)


def _difference(releases: Releases, known: Receipt, found: str, lines: list[str], endpoint: str | None) -> str:
    """How the rows of another release differ, as far as the one that was asked is still kept."""
    try:
        _, before = _ask(releases, known, known.release, endpoint)
    except ReleaseError:
        return f"{found} gives {len(lines)} rows, the receipt has {known.rows}; {known.release} is no longer kept"
    more, less = receipts.changed(before, lines)
    return f"{found} has {more} rows that {known.release} has not, and lacks {less}" + (
        "" if more or less else "; their order is another"
    )


def _ask(releases: Releases, known: Receipt, version: str, endpoint: str | None) -> tuple[str, list[str]]:
    """The release that answers, and the rows of its answer."""
    found, body = _over_http(endpoint, known, version) if endpoint else _here(releases, known, version)
    return found, receipts.rows(known.query, body)


def _here(releases: Releases, known: Receipt, version: str) -> tuple[str, bytes]:
    try:
        release = find(releases, version)
    except ReleaseError as error:
        if version == "current":
            raise
        remedy = "--newest asks the newest release, --endpoint a server that keeps this one"
        raise ReleaseError(f"{error}; {remedy}") from None
    pool = Embedded().pool(release, Limits(workers=1, slow_seats=1, seconds=_SECONDS))
    forms = Forms(JSON, JSON, NTRIPLES)
    graphs = (tuple(map(ox.NamedNode, names)) for names in (known.default_graphs, known.named_graphs))
    return release.version, pool.ask(Question(known.query, *graphs), forms).body


def _over_http(endpoint: str, known: Receipt, version: str) -> tuple[str, bytes]:
    fields = [("query", known.query)]
    fields += [("default-graph-uri", name) for name in known.default_graphs]
    fields += [("named-graph-uri", name) for name in known.named_graphs]
    address = endpoint if version == "current" else f"{endpoint}?{urlencode({'release': version})}"
    if not address.startswith(("http://", "https://")):
        raise click.UsageError(f"{endpoint} is no http(s) address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is looked at above
        address, urlencode(fields).encode(), {"Accept": receipts.media_type(known.query)}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return answer.headers.get("Citygraph-Release", "the endpoint"), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            raise ReleaseError(f"{address} answers {error.code}: {_told(error.read(_REASON))}") from None
    except OSError as error:
        raise ReleaseError(f"{address} does not answer ({error})") from None


def _told(body: bytes) -> str:
    """What an error says: the detail of a problem (RFC 9457, section 3.1.4), else how it begins."""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:300].decode("utf-8", "replace")
