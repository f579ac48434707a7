"""A data set as its page shows it, and as search engines read it (schema.org)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import url_for
from markupsafe import Markup

from citygraph.web.answers import served
from citygraph.web.names import Name

if TYPE_CHECKING:
    from citygraph.web.portfolio import Portfolio

_IANA = "http://www.iana.org/assignments/media-types/"
_LANGUAGES = ("en", "de", "fr")


@dataclass(frozen=True)
class Download:
    """A file of a data set."""

    title: str
    url: str
    """Its address on this host."""
    lasting: str
    """The address that never changes."""
    format: str
    media_type: str
    packing: str
    bytes: int
    sha256: str

    @property
    def sent(self) -> str:
        """The media type of what is sent."""
        return f"application/{self.packing}" if self.packing else self.media_type


@dataclass(frozen=True)
class Showcase:
    """What is told of a data set."""

    iri: str
    id: str
    title: Name
    description: Name
    keywords: list[str]
    themes: list[Name]
    places: list[Name]
    languages: list[Name]
    period: tuple[str, str]
    licence: Name
    licence_url: str
    deed: str
    """The licence as its publisher names it: search engines and archives know the deeds, not the lists of portals."""
    publisher: str
    contact_url: str
    contact_email: str
    modified: str
    version: str
    frequency: Name
    downloads: list[Download]

    def json_ld(self) -> Markup:
        """The description for search engines; nothing in it can end the element that it stands in."""
        text = json.dumps(_schema(self), ensure_ascii=False, indent=1)
        safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return Markup(safe)  # noqa: S704 - the three signs that HTML knows are written as JSON escapes


def dataset(found: Portfolio, iri: str, language: str) -> Showcase:
    """Gather what is told of a data set in a language."""
    period = found.first(iri, "dct", "temporal")
    publisher, contact = found.first(iri, "dct", "publisher"), found.first(iri, "dcat", "contactPoint")
    licence = found.first(iri, "dct", "license")
    downloads = [_download(found, row.value, language) for row in found.values(iri, "dcat", "distribution")]
    return Showcase(
        iri=iri,
        id=iri.rpartition("/")[2],
        title=_text(found, iri, "title", language),
        description=_text(found, iri, "description", language),
        keywords=[row.value for row in found.values(iri, "dcat", "keyword") if _spoken(row) == language],
        themes=[_named(found, row.value, language) for row in found.values(iri, "dcat", "theme")],
        places=sorted((_named(found, row.value, language) for row in found.values(iri, "dct", "spatial")), key=str),
        languages=[_named(found, row.value, language) for row in found.values(iri, "dct", "language")],
        period=(found.first(period, "dcat", "startDate"), found.first(period, "dcat", "endDate")),
        licence=_named(found, licence, language),
        licence_url=licence,
        deed=_deed(found, licence),
        publisher=found.first(publisher, "foaf", "name"),
        contact_url=found.first(contact, "vcard", "hasURL"),
        contact_email=found.first(contact, "vcard", "hasEmail"),
        modified=found.first(iri, "dct", "modified"),
        version=found.first(iri, "dcat", "version"),
        frequency=_named(found, found.first(iri, "dct", "accrualPeriodicity"), language),
        downloads=sorted(downloads, key=lambda row: (bool(row.packing), row.title)),
    )


def _deed(found: Portfolio, licence: str) -> str:
    own = found.first(found.catalog, "dct", "license") == licence
    deed: str = served().release.manifest.get("licence", licence) if own else licence
    return deed


def _download(found: Portfolio, node: str, language: str) -> Download:
    path = found.first(node, "dcat", "accessURL").removeprefix(f"{served().iris.base}dumps/")
    checksum = found.first(node, "spdx", "checksum")
    return Download(
        title=path,
        url=url_for("downloads.file", path=path),
        lasting=found.first(node, "dcat", "downloadURL"),
        format=_named(found, found.first(node, "dct", "format"), language).text,
        media_type=found.first(node, "dcat", "mediaType").removeprefix(_IANA),
        packing=found.first(node, "dcat", "compressFormat").removeprefix(f"{_IANA}application/"),
        bytes=int(found.first(node, "dcat", "byteSize") or 0),
        sha256=found.first(checksum, "spdx", "checksumValue"),
    )


def _spoken(row: ox.NamedNode | ox.Literal) -> str:
    return (row.language or "") if isinstance(row, ox.Literal) else ""


def _text(found: Portfolio, iri: str, name: str, language: str, prefix: str = "dct") -> Name:
    """A text in the reader's language, else in the first that there is of the site's, else in any."""
    texts = {_spoken(row): row.value for row in found.values(iri, prefix, name)}
    for code in (language, *_LANGUAGES, *texts):
        if code in texts:
            return Name(texts[code], code)
    return Name("")


def _named(found: Portfolio, iri: str, language: str) -> Name:
    """A concept of others by its name, else by the end of its IRI."""
    for prefix, name in (("skos", "prefLabel"), ("rdfs", "label")):
        if (text := _text(found, iri, name, language, prefix)).text:
            return text
    return Name(iri.rstrip("/").rpartition("/")[2])


def _schema(row: Showcase) -> dict[str, Any]:
    """The data set in terms of schema.org, as Google's dataset search reads them."""
    base = served().iris.base
    maker = {"@type": "Organization", "name": row.publisher, "url": base}
    start, end = row.period
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": row.iri,
        "url": row.iri,
        "name": row.title.text,
        "description": row.description.text[:5000],
        "identifier": row.iri,
        "keywords": row.keywords,
        "license": row.deed,
        "creator": maker,
        "publisher": maker,
        "isAccessibleForFree": True,
        "dateModified": row.modified,
        "version": row.version,
        "inLanguage": row.title.language or "en",
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{base}catalog", "url": f"{base}catalog"},
        **({"temporalCoverage": f"{start}/{end}"} if start and end else {}),
        "spatialCoverage": [{"@type": "Place", "name": place.text} for place in row.places],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.title,
                "contentUrl": file.lasting,
                "encodingFormat": file.sent,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
            for file in row.downloads
        ],
    }
