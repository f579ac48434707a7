"""Follows the links of a catalogue as a portal does: politely, each once, by HEAD, and small files by GET."""

from __future__ import annotations

import hashlib
import http.client
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError

from citygraph.harvest.asking import ask, read, told
from citygraph.harvest.finding import Finding, violation, warning
from citygraph.harvest.parser import Unread
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.harvest.fetch import Harvest

FOLLOWED = ("accessURL", "downloadURL", "endpointURL", "landingPage")
MOST = 2_000
"""How many links are followed at most."""
AT_ONCE = 4
SMALL: Final = 2**20
"""Up to so many bytes a file is read, to compare its checksum."""
_ALGORITHM: Final = "checksumAlgorithm_"
_FAULTS = (OSError, ValueError, http.client.HTTPException, Unread)


@dataclass(frozen=True)
class Link:
    """An address, who names it, and what is said of the file that is there; empty where nothing is."""

    url: str
    subject: str
    size: str = ""
    media_types: frozenset[str] = frozenset()
    algorithm: str = ""
    checksum: str = ""


Fault = tuple[bool, str, str]
"""Whether it is grave, what is wrong, and what to do."""


def follow(found: Harvest) -> Iterator[tuple[str, Finding]]:
    """What is wrong with the links, each with its address; files are compared with what the catalogue says of them."""
    links = _links(found)
    chosen = links[:MOST]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        looked = threads.map(lambda link: list(_look(found.local(link.url), link)), chosen)
        for link, faults in zip(chosen, looked, strict=True):
            for grave, problem, remedy in faults:
                make = violation if grave else warning
                yield (link.url if grave else ""), make("link", link.subject, f"{link.url} {problem}", remedy)
    if len(links) > MOST:
        yield "", warning("links-left", found.address, f"only {MOST} of {len(links)} links were followed", "ask again")


def _links(found: Harvest) -> list[Link]:
    """The links in order, each once; what is said of a file is meant of its dcat:downloadURL, else of its accessURL."""
    told_of: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(found.triples, key=str):
        told_of[str(row.subject).strip("<>")][row.predicate.value].append(getattr(row.object, "value", ""))
    links: dict[str, Link] = {}
    dcat, spdx = FOREIGN["dcat"], FOREIGN["spdx"]
    for subject, facts in list(told_of.items()):
        sums: dict[str, list[str]] = told_of.get((facts.get(f"{spdx}checksum") or [""])[0]) or {}
        kinds = facts.get(f"{dcat}compressFormat") or facts.get(f"{dcat}mediaType") or []
        of_file = (
            (facts.get(f"{dcat}byteSize") or [""])[0],
            frozenset(kind.partition("/media-types/")[2] for kind in kinds) - {""},
            (sums.get(f"{spdx}algorithm") or [""])[0].partition(_ALGORITHM)[2],
            (sums.get(f"{spdx}checksumValue") or [""])[0].lower(),
        )
        holds = f"{dcat}{'downloadURL' if f'{dcat}downloadURL' in facts else 'accessURL'}"
        for name in FOLLOWED:
            for url in facts.get(f"{dcat}{name}", ()):
                if url.startswith(("http://", "https://")) and (url not in links or f"{dcat}{name}" == holds):
                    links[url] = Link(url, subject, *(of_file if f"{dcat}{name}" == holds else (of_file[0],)))
    return sorted(links.values(), key=lambda link: (link.subject, link.url))


def _look(url: str, link: Link) -> Iterator[Fault]:
    """Ask for an address, and compare what is there with what is said of it."""
    try:
        with ask(url, "HEAD") as answer:
            headers = answer.headers
    except HTTPError as error:
        if error.code in (400, 405) and _gets(url):
            return
        yield True, told(error), "mend the address, or put the file back"
        return
    except _FAULTS as error:
        yield True, f"does not answer: {error}", "mend the address, or let the server answer"
        return
    length = headers.get("Content-Length")
    if link.size and length and not headers.get("Content-Encoding") and length != link.size:
        yield True, f"has {length} bytes, not {link.size}", "build the release again, so that dcat:byteSize is true"
    elif link.checksum and (link.size or length or "").isdecimal() and int(link.size or length or 0) <= SMALL:
        yield from _compare(url, link)
    if link.size and headers.get("Accept-Ranges", "") != "bytes":
        yield False, "cannot be continued where it broke off", "answer Range (RFC 9110, section 14)"
    if link.media_types and headers.get_content_type() not in link.media_types:
        text = f"is sent as {headers.get_content_type()}, not as {' or '.join(sorted(link.media_types))}"
        yield False, text, "let the server say what dcat:mediaType (or compressFormat) says, or mend that"


def _compare(url: str, link: Link) -> Iterator[Fault]:
    """Read a small file and compare its checksum."""
    if link.algorithm not in hashlib.algorithms_guaranteed or link.algorithm.startswith("shake"):
        return
    try:
        with ask(url, "GET") as answer:
            content = read(answer, url, SMALL)
    except _FAULTS as error:
        yield True, f"cannot be read: {error}", "mend the address, or let the server answer"
        return
    digest = hashlib.new(link.algorithm, content).hexdigest()
    if digest != link.checksum:
        text = f"has the checksum {digest}, not {link.checksum}"
        yield True, text, "build the release again, so that spdx:checksum is true; somebody may have changed the file"


def _gets(url: str) -> bool:
    try:
        with ask(url, "GET") as answer:
            return bool(answer.status == 200)
    except _FAULTS:
        return False
