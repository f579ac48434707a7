"""Follows the links of a catalogue as a portal does: politely, each once, by HEAD, and a little of the file by GET."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from citygraph.harvest.fetch import AGENT, SECONDS
from citygraph.harvest.finding import Finding, violation, warning
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.harvest.fetch import Harvest

FOLLOWED = ("accessURL", "downloadURL", "endpointURL", "landingPage")
MOST = 2_000
"""How many links are followed at most."""
AT_ONCE = 4


def follow(found: Harvest) -> Iterator[tuple[str, Finding]]:
    """What is wrong with the links, each with its address; sizes are compared with what the catalogue says."""
    wanted = {f"{FOREIGN['dcat']}{name}": name for name in FOLLOWED}
    texts = ((row, getattr(row.object, "value", "")) for row in sorted(found.triples, key=str))
    sized = f"{FOREIGN['dcat']}byteSize"
    rows = [(row, text) for row, text in texts if row.predicate.value in {*wanted, sized}]
    sizes = {row.subject: text for row, text in rows if row.predicate.value not in wanted}
    links: dict[str, tuple[str, str]] = {}
    for row, target in rows:
        if target.startswith(("http://", "https://")):
            links.setdefault(target, (str(row.subject).strip("<>"), sizes.get(row.subject, "")))
    chosen = list(links.items())[:MOST]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        looked = threads.map(lambda row: list(_look(found.local(row[0]), row[1][1])), chosen)
        for (url, (subject, _)), faults in zip(chosen, looked, strict=True):
            for grave, problem, remedy in faults:
                make = violation if grave else warning
                yield (url if grave else ""), make("link", subject, f"{url} {problem}", remedy)
    if len(links) > MOST:
        yield "", warning("links-left", found.address, f"only {MOST} of {len(links)} links were followed", "ask again")


def _look(url: str, size: str) -> Iterator[tuple[bool, str, str]]:
    """Ask for an address; what is wrong, how grave, and what to do."""
    try:
        with urlopen(_request(url, "HEAD"), timeout=SECONDS) as answer:  # noqa: S310 - http(s) only
            length, encoded = answer.headers.get("Content-Length"), answer.headers.get("Content-Encoding")
            ranges = answer.headers.get("Accept-Ranges", "")
    except HTTPError as error:
        if error.code in (400, 405) and _gets(url):
            return
        yield True, f"is answered {error.code}", "mend the address, or put the file back"
        return
    except (OSError, ValueError) as error:
        yield True, f"does not answer: {error}", "mend the address, or let the server answer"
        return
    if size and length and not encoded and length != size:
        yield True, f"has {length} bytes, not {size}", "build the release again, so that dcat:byteSize is true"
    if size and ranges != "bytes":
        yield False, "cannot be continued where it broke off", "answer Range (RFC 9110, section 14)"


def _gets(url: str) -> bool:
    try:
        with urlopen(_request(url, "GET"), timeout=SECONDS) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _request(url: str, method: str) -> Request:
    return Request(url, method=method, headers={"User-Agent": AGENT, "Accept": "*/*"})  # noqa: S310
