"""Tells machines by typed links what a page is about, how it is cited, and where its data are.

FAIR Signposting (https://signposting.org/FAIR/): at level 1 the links stand in the ``Link`` header of a page, at level
2 all of them, those of the data included, in a link set (RFC 9264) of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, json, url_for

from citygraph.formats import RDF, Format, Kind
from citygraph.web import answers
from citygraph.web.addresses import ANY, in_common
from citygraph.web.answers import data_url, served
from citygraph.web.reader import handed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.release import Release
    from citygraph.web.reader import Handed
    from citygraph.web.showcase import Showcase

LINKSETS = (
    Format("linkset-json", "link set", Kind.PAGE, ("application/linkset+json", "application/json"), ("json",), None),
    Format("linkset", "link set", Kind.PAGE, ("application/linkset", "text/plain"), ("txt",), None),
)
"""The two forms of a link set (RFC 9264, section 4)."""
WHOLE = "dataset/citygraph"
"""The name of the data set, below the base."""
_SCHEMA = "https://schema.org/"
_TYPES = {
    "agreement": "DigitalDocument",
    "canton": "AdministrativeArea",
    "city": "City",
    "country": "Country",
    "document": "DigitalDocument",
    "event": "Event",
    "institution": "Organization",
    "network": "Organization",
    "person": "Person",
    "place": "Place",
    "state": "State",
}
"""What things of a kind are to schema.org, where that is more than a thing."""
_MOST_ITEMS = 30
"""How many files a header names; a link set names all."""

_DESCRIBING = ("turtle", "jsonld")
"""The formats of data that a page's header names as its description; a link set names all."""


@dataclass(frozen=True)
class Link:
    """A typed link from one address to another; both are absolute."""

    anchor: str
    rel: str
    href: str
    type: str = ""

    def header(self) -> str:
        """As a value of the ``Link`` header of its anchor (RFC 8288)."""
        return f'<{self.href}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


def of_thing(name: str, iri: str) -> list[Link]:
    """The links of a thing's page and of its data."""
    base = served().iris.base
    page, kind = f"{base}page/{quote(name, safe='/:%')}", name.partition("/")[0]
    data = [(f"{base}data/{quote(name, safe='/:%')}.{row.extension}", row.media_type) for row in RDF]
    thing = "Dataset" if kind == "graph" else _TYPES.get(kind, "Thing")
    return [
        Link(page, "cite-as", iri),
        Link(page, "type", f"{_SCHEMA}AboutPage"),
        Link(page, "type", f"{_SCHEMA}{thing}"),
        Link(page, "collection", f"{base}{WHOLE}"),
        *(Link(page, "describedby", href, media) for href, media in data),
        *_licence(page),
        *(row for href, media in data for row in (Link(href, "describes", page, "text/html"), *_licence(href))),
    ]


def of_dataset(release: Release) -> list[Link]:
    """The links of the page of downloads, of the files, and of what describes them."""
    base = served().iris.base
    page, files = f"{base}downloads", f"{base}dumps/{release.version}/"
    paths = {file.path.removeprefix("dumps/"): file for file in release.files}
    about = {
        f"{base}.well-known/void": "text/turtle",
        f"{base}catalogue.ttl": "text/turtle",
        f"{files}ro-crate-metadata.json": "application/ld+json",
        f"{files}datacite.json": "application/json",
    }
    items = [(f"{files}{path}", row.media_type) for path, row in paths.items() if path.startswith("citygraph.")]
    return [
        Link(page, "cite-as", files),
        Link(page, "type", f"{_SCHEMA}AboutPage"),
        Link(page, "type", f"{_SCHEMA}Dataset"),
        Link(page, "author", f"{base}catalog#publisher"),
        *(Link(page, "describedby", href, media) for href, media in about.items()),
        *(Link(page, "item", href, media) for href, media in items),
        *_licence(page),
        *(Link(href, "describes", page, "text/html") for href in about),
        *(row for href, _ in items for row in (Link(href, "collection", page, "text/html"), *_licence(href))),
    ]


def of_part(shown: Showcase) -> list[Link]:
    """The links of the page of one of the data sets, of its description as data, and of its files."""
    page = f"{shown.iri}.html"
    about = [(f"{shown.iri}.{row.extension}", row.media_type) for row in RDF]
    items = [(row.lasting, row.sent) for row in shown.downloads]
    return [
        Link(page, "cite-as", shown.iri),
        Link(page, "type", f"{_SCHEMA}AboutPage"),
        Link(page, "type", f"{_SCHEMA}Dataset"),
        Link(page, "author", f"{served().iris.base}catalog#publisher"),
        Link(page, "license", shown.deed),
        Link(page, "collection", f"{served().iris.base}catalog"),
        *(Link(page, "describedby", href, media) for href, media in about),
        *(Link(page, "item", href, media) for href, media in items),
        *(row for href, _ in about for row in (Link(href, "describes", page, "text/html"), *_licence(href))),
        *(
            row
            for href, _ in items
            for row in (Link(href, "collection", page, "text/html"), Link(href, "license", shown.deed))
        ),
    ]


def of_release(release: Release) -> list[str]:
    """The ``Link`` header of pages about the data set as a whole."""
    return first_links(of_dataset(release)) + sets()


def first_links(links: list[Link]) -> list[str]:
    """The ``Link`` header of the page that some links begin with."""
    return [row.header() for row in links if row.anchor == links[0].anchor][:_MOST_ITEMS]


def sets(name: str = "") -> list[str]:
    """The ``Link`` header's pointers to the link set of a thing, or of the data set."""
    return at(url_for("resources.linkset", name=name) if name else url_for("downloads.linkset"))


def at(address: str) -> list[str]:
    """The ``Link`` header's pointers to a link set at an address."""
    return [f'<{address}>; rel="linkset"; type="{row.media_type}"' for row in LINKSETS]


def document_links(name: str, iri: str, *, data: bool = False) -> list[str]:
    """The ``Link`` header of a thing's documents: other formats, licence, data set, the thing itself, and signposts.

    Of two things of a kind these differ in the names only; so they are put together once, for a name in their place.
    """
    common, own = in_common(name)
    start = iri.removesuffix(own)
    if not own or start == iri:
        return _document_links(name, iri, data=data)
    licence = served().release.manifest.get("licence")
    facts = (handed(), served().iris.base, licence, common, start + ANY, data)
    return [row.replace(ANY, own) for row in _links_of_kind(*facts)]


@lru_cache(maxsize=256)
def _links_of_kind(_handed: Handed, _base: str, _licence: str | None, name: str, iri: str, data: bool) -> list[str]:
    return _document_links(name, iri, data=data)


def _document_links(name: str, iri: str, *, data: bool) -> list[str]:
    page = url_for("resources.page", name=name, lang=None)
    links = [f'<{page}>; rel="alternate"; type="text/html"']
    links += [f'<{data_url(name, row)}>; rel="alternate"; type="{row.media_type}"' for row in RDF]
    links += [f'<{iri}>; rel="cite-as"', f'<{served().iris.base}page/{name}>; rel="canonical"']
    if data:
        links += [f'<{url_for("downloads.catalogue")}>; rel="describedby"', f'<{page}>; rel="describes"']
        links += [row.header() for row in _licence("")]
    else:
        told = [row for row in of_thing(name, iri)[1:] if row.rel in ("type", "collection", "license")]
        shown = [row for row in RDF if row.name in _DESCRIBING]
        links += [f'<{data_url(name, row)}>; rel="describedby"; type="{row.media_type}"' for row in shown]
        links += list(dict.fromkeys(row.header() for row in told))
    return links + sets(name)


def linkset(links: list[Link]) -> Response:
    """Answer with a link set."""
    form = answers.wanted_format(LINKSETS)
    return answers.answer(form, lambda: as_json(links) if form is LINKSETS[0] else as_text(links))


def as_json(links: Iterable[Link]) -> str:
    """A link set in JSON (section 4.2): an object per anchor, in it a list per relation."""
    found = []
    for anchor, rows in groupby(sorted(links, key=lambda row: (row.anchor, row.rel)), lambda row: row.anchor):
        context: dict[str, Any] = {"anchor": anchor}
        for rel, targets in groupby(rows, lambda row: row.rel):
            context[rel] = [{"href": row.href} | ({"type": row.type} if row.type else {}) for row in targets]
        found.append(context)
    return json.dumps({"linkset": found}, indent=1) + "\n"


def as_text(links: Iterable[Link]) -> str:
    """A link set in the form of a ``Link`` header (section 4.1), in which each link names its anchor."""
    return ",\n".join(f'{row.header()}; anchor="{row.anchor}"' for row in links) + "\n"


def _licence(anchor: str) -> list[Link]:
    licence = served().release.manifest.get("licence")
    return [Link(anchor, "license", licence)] if licence else []
