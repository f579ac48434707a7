"""Describes the folder of dumps as an RO-Crate (https://www.researchobject.org/ro-crate/specification/1.1/).

Whoever copies the folder, or puts it into an archive, has with it what each file is, how long it is, and its checksum.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from citygraph.build.citation import KEYWORDS, address

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.build.catalogue import Contents
    from citygraph.release import File
    from citygraph.settings import Settings

METADATA = "ro-crate-metadata.json"
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"


def crate(contents: Contents, settings: Settings) -> dict[str, Any]:
    """The metadata document: the crate, its files, who made it, and by which software."""
    publisher = {"@id": f"{settings.base_iri}catalog#publisher"}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": settings.title.get("en") or next(iter(settings.title.values()), "citygraph"),
        "description": settings.description.get("en") or next(iter(settings.description.values()), "citygraph"),
        "identifier": address(contents, settings),
        "url": address(contents, settings),
        "version": contents.version,
        "datePublished": contents.date,
        "license": {"@id": settings.licence},
        "keywords": ", ".join(KEYWORDS),
        "publisher": publisher,
        "author": publisher,
        "hasPart": [{"@id": path} for path in map(_path, contents.files)],
    }
    return {
        "@context": f"{_SPECIFICATION}/context",
        "@graph": [
            {
                "@id": METADATA,
                "@type": "CreativeWork",
                "conformsTo": {"@id": _SPECIFICATION},
                "about": {"@id": "./"},
            },
            root,
            publisher | {"@type": "Organization", "name": settings.publisher, "url": settings.base_iri},
            {"@id": settings.licence, "@type": "CreativeWork", "name": settings.licence},
            {
                "@id": "#build",
                "@type": "CreateAction",
                "name": f"The build of release {contents.version}",
                "instrument": {"@id": "#software"},
                "result": {"@id": "./"},
            },
            {"@id": "#software", "@type": "SoftwareApplication", "name": contents.software},
            *(_file(file) for file in contents.files),
        ],
    }


def write_crate(contents: Contents, settings: Settings, folder: Path) -> None:
    """Write the metadata document."""
    text = json.dumps(crate(contents, settings), ensure_ascii=False, indent=1)
    (folder / METADATA).write_text(text + "\n", "utf-8")


def _file(file: File) -> dict[str, Any]:
    return {
        "@id": _path(file),
        "@type": "File",
        "name": _path(file),
        "contentSize": str(file.bytes),
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _path(file: File) -> str:
    return file.path.removeprefix("dumps/")
