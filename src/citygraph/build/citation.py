"""Says how a release is cited, in the forms that archives and reference managers take.

Each form is a file among the dumps, so that whoever deposits the folder, or a copy of it, has them at hand. A release
has no DOI until somebody registers one: ``datacite.json`` is all of DataCite's metadata but that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from citygraph.build.catalogue import Contents
    from citygraph.settings import Settings

KEYWORDS = ("city partnerships", "twin towns", "sister cities", "knowledge graph", "linked data")
"""What the data are about."""


def address(contents: Contents, settings: Settings) -> str:
    """Where a release is and stays: the folder of its files."""
    return f"{settings.base_iri}dumps/{contents.version}/"


def datacite(contents: Contents, settings: Settings) -> str:
    """DataCite's metadata, version 4.5, as its REST interface takes them (https://schema.datacite.org)."""
    total = sum(file.bytes for file in contents.files)
    record: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "url": address(contents, settings),
        "alternateIdentifiers": [
            {"alternateIdentifier": address(contents, settings), "alternateIdentifierType": "URL"},
            {"alternateIdentifier": contents.version, "alternateIdentifierType": "release"},
        ],
        "creators": [{"name": settings.publisher, "nameType": "Organizational"}],
        "publisher": {"name": settings.publisher},
        "titles": [{"title": text, "lang": language} for language, text in settings.title.items()],
        "publicationYear": contents.date[:4],
        "dates": [{"date": contents.date, "dateType": "Updated"}],
        "version": contents.version,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Knowledge graph"},
        "subjects": [{"subject": word, "lang": "en"} for word in KEYWORDS],
        "descriptions": [
            {"description": text, "descriptionType": "Abstract", "lang": language}
            for language, text in settings.description.items()
        ],
        "rightsList": [{"rights": settings.licence, "rightsUri": settings.licence}],
        "sizes": [f"{contents.triples} triples", f"{total} bytes"],
        "formats": sorted({file.media_type for file in contents.files}),
        "relatedIdentifiers": [
            {
                "relatedIdentifier": f"{settings.base_iri}dataset/citygraph",
                "relatedIdentifierType": "URL",
                "relationType": "IsVersionOf",
            }
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def cff(contents: Contents, settings: Settings) -> str:
    """A CITATION.cff of the data (https://citation-file-format.github.io), written as JSON, which YAML contains."""
    record = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them with the version of the release.",
        "type": "dataset",
        "title": _title(settings),
        "abstract": settings.description.get("en") or next(iter(settings.description.values()), _title(settings)),
        "authors": [{"name": settings.publisher}],
        "version": contents.version,
        "date-released": contents.date,
        "url": address(contents, settings),
        "keywords": list(KEYWORDS),
        "license-url": settings.licence,
    }
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in record.items())


def bibtex(contents: Contents, settings: Settings) -> str:
    """An entry for BibTeX and for all who read it; ``@misc`` is known to every style, ``@dataset`` to few."""
    fields = {
        "title": _title(settings),
        "author": f"{{{_tex(settings.publisher)}}}",
        "year": contents.date[:4],
        "version": contents.version,
        "howpublished": f"\\url{{{address(contents, settings)}}}",
        "note": f"Data set, release {contents.version}",
    }
    rows = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{citygraph-{contents.version},\n{rows}}}\n"


_FORMS: Mapping[str, Callable[[Contents, Settings], str]] = {
    "CITATION.cff": cff,
    "citation.bib": bibtex,
    "datacite.json": datacite,
}
"""The files, and what writes each."""


def write_citations(contents: Contents, settings: Settings, folder: Path) -> None:
    """Write how the release is cited."""
    for name, form in _FORMS.items():
        (folder / name).write_text(form(contents, settings), "utf-8")


def _title(settings: Settings) -> str:
    return settings.title.get("en") or next(iter(settings.title.values()), "citygraph")


def _tex(text: str) -> str:
    """A text with the signs escaped that TeX reads as commands."""
    return "".join(f"\\{sign}" if sign in "&%$#_{}" else sign for sign in text if sign != "\\")
