"""Fetches a catalogue as harvesters do: HEAD before GET, by the media type of the answer, page after page.

This is what ckanext-dcat and Piveau do: no wish for a format or one for RDF/XML, at most 50 MB a document, 405 and 400
to HEAD tolerated, and no page read twice.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit

import pyoxigraph as ox

from citygraph.harvest.asking import LARGEST, ask, read, told
from citygraph.harvest.finding import Finding, violation, warning
from citygraph.harvest.parser import Unread, parse
from citygraph.vocab import FOREIGN

PAGES = 1_000
_TOLERATED = (400, 405)
_HYDRA = FOREIGN["hydra"]
_DATASET = f"{FOREIGN['dcat']}Dataset"
_CATALOG = f"{FOREIGN['dcat']}Catalog"
_TYPE = f"{FOREIGN['rdf']}type"


@dataclass
class Harvest:
    """What was read, and what was found on the way."""

    address: str
    triples: set[ox.Triple] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    media_type: str = ""

    def subjects(self, kind: str) -> list[str]:
        """The things of a class, by the class's short name."""
        prefix, _, name = kind.partition(":")
        wanted = FOREIGN[prefix] + name
        rows = (row for row in self.triples if row.predicate.value == _TYPE)
        return sorted({str(row.subject).strip("<>") for row in rows if getattr(row.object, "value", "") == wanted})

    @property
    def base(self) -> tuple[str, str] | None:
        """The base that the catalogue names itself by, and the one that it was fetched from, where they differ."""
        names = [name for name in self.subjects("dcat:Catalog") if name.endswith("/catalog")]
        place = self.address.partition("?")[0].partition("/catalog")
        if len(names) != 1 or not place[1] or names[0] == place[0] + "/catalog":
            return None
        return names[0].removesuffix("catalog"), f"{place[0]}/"

    def local(self, url: str) -> str:
        """Where to fetch an address: what the catalogue names by its own base, from where the catalogue is."""
        if self.base and url.startswith(self.base[0]):
            return self.base[1] + url.removeprefix(self.base[0])
        return url


def harvest(where: str) -> Harvest:
    """Read a catalogue from an address or a file; one that cannot be read at all is an :class:`Unread`."""
    if "://" not in where:
        return _from_file(Path(where))
    if urlsplit(where).scheme not in ("http", "https"):
        raise Unread(f"{where} is no address: write http:// or https://")
    found = Harvest(where)
    seen: set[str] = set()
    pages: list[frozenset[str]] = []
    address: str | None = where
    while address and len(seen) < PAGES:
        seen.add(address)
        try:
            rows = _parsed(*_get(address, found), address, found)
        except Unread as error:
            if not pages:
                raise
            text = f"a page cannot be read, so what stands behind it is lost: {error}"
            found.findings.append(violation("paging-broken", address, text, "let every page answer, with RDF"))
            break
        found.triples |= rows
        datasets = frozenset(_of_type(rows, _DATASET))
        address = _following(rows, address, found)
        if datasets and datasets in pages:
            text = "two pages hold the same data sets, so a harvester stops there"
            found.findings.append(violation("paging-repeats", address or where, text, "let each page tell others"))
            break
        if pages and datasets & frozenset().union(*pages):
            text = "a data set stands on two pages"
            found.findings.append(warning("paging-overlaps", address or where, text, "put each on one page, in order"))
        pages.append(datasets)
        if address in seen:
            text = "a page leads to one that was read before: the harvest would never end"
            found.findings.append(violation("paging-loop", str(address), text, "leave hydra:next out of the last page"))
            break
    return found


def _from_file(path: Path) -> Harvest:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unread(f"{path} cannot be read: {error.strerror}") from None
    form = ox.RdfFormat.from_extension(path.suffix.lstrip(".")) or ox.RdfFormat.TURTLE
    found = Harvest(str(path), media_type=form.media_type)
    _weigh(len(content), str(path), found)
    found.triples = _read(content, form, path.absolute().as_uri(), found)
    return found


def _get(address: str, found: Harvest) -> tuple[bytes, str]:
    """HEAD, then GET."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise Unread(f"{address} is no address: write http:// or https://")
    said = ""
    try:
        with ask(address, "HEAD", coded=True) as answer:
            said = answer.headers.get_content_type()
            _weigh(int(answer.headers.get("Content-Length") or 0), address, found)
    except HTTPError as error:
        if error.code not in _TOLERATED:
            text = f"HEAD {told(error)}, and harvesters give up"
            found.findings.append(violation("head", address, text, "answer HEAD as GET, or with 405"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unread(f"{address} does not answer: {error}") from None
    try:
        with ask(address, "GET", coded=True) as answer:
            content = read(answer, address)
            kind = answer.headers.get_content_type() if answer.headers.get("Content-Type") else ""
    except HTTPError as error:
        raise Unread(f"{address} {told(error)}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unread(f"{address} does not answer: {error}") from None
    if said and said != kind:
        text = f"HEAD says {said}, GET says {kind}"
        found.findings.append(violation("head-differs", address, text, "answer both with the same media type"))
    _weigh(len(content), address, found)
    if len(content) > LARGEST:
        raise Unread(f"{address} has more than {LARGEST // 2**20} MB, and is not read further; give it page by page")
    found.media_type = kind
    return content, kind


def _weigh(size: int, where: str, found: Harvest) -> None:
    if size > LARGEST and not any(row.rule == "too-large" for row in found.findings):
        text = "the document has more than 50 MB, and CKAN's harvester stops there"
        found.findings.append(violation("too-large", where, text, "give it page by page (hydra:next)"))


def _parsed(content: bytes, kind: str, address: str, found: Harvest) -> set[ox.Triple]:
    """Parse by the media type of the answer, as harvesters do; what it hides is tried as well, and told."""
    form = ox.RdfFormat.from_media_type(kind) if kind else None
    if form is not None:
        return _read(content, form, address, found)
    text = f"the answer says it is {kind or 'of no type'}, so harvesters do not read it as RDF"
    remedy = "send RDF with its media type to whoever asks for */*, and HTML only to who asks for it"
    found.findings.append(violation("media-type", address, text, remedy))
    for other in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD):
        try:
            return _read(content, other, address, found)
        except Unread:
            continue
    raise Unread(f"{address}: {text}: {remedy}")


def _read(content: bytes, form: ox.RdfFormat, base: str, found: Harvest) -> set[ox.Triple]:
    """Parse a document, and tell what other parsers trip over."""
    rows, marked, relative = parse(content, form, base)
    if marked:
        text = "the document begins with a byte order mark, which parsers of Turtle refuse"
        found.findings.append(violation("byte-order-mark", base, text, "write it as UTF-8 without a mark"))
    if relative:
        text = "names are relative to the address of the document, which harvesters forget: each harvest finds others"
        found.findings.append(violation("relative-iri", base, text, "write whole IRIs, hydra:next too, or a @base"))
    return rows


def _of_type(rows: set[ox.Triple], kind: str) -> set[str]:
    typed = (row for row in rows if row.predicate.value == _TYPE)
    return {str(row.subject) for row in typed if getattr(row.object, "value", "") == kind}


def _following(rows: set[ox.Triple], address: str, found: Harvest) -> str | None:
    """The next page: hydra:next, or what older harvesters know."""
    for name in ("next", "nextPage"):
        for row in rows:
            if row.predicate.value == _HYDRA + name:
                target = urljoin(address, getattr(row.object, "value", ""))
                return found.local(target)
    return None
