"""The label on an imported folder, ``source.toml``: what it holds, from whom, under which licence, since when.

Imported files are never edited. Each stands in the table ``[files]`` with its SHA-256; whatever is absent, altered
or not listed is a :class:`~citygraph.errors.SourceError`, so that a build never takes in a file that nobody
vouches for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NAME = "source.toml"
KINDS = ("wikidata-entities", "pairs", "triples")
"""How the files of a folder are read: filtered Wikidata entities, a table of two columns, or N-Triples."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_ADDRESS = r"https?://[^\s<>\"{}|\\^`]+"
_BESIDE = {NAME, "README.md"}


@dataclass(frozen=True)
class Manifest:
    """What ``source.toml`` says about one folder of imported files."""

    folder: Path
    kind: str
    title: dict[str, str]
    publisher: str
    licence: str
    date: dt.date
    origin: str
    files: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each file by its name."""
    options: dict[str, str | bool] = field(default_factory=dict)
    """How the files are read, for kinds that leave a choice."""
    page: str = ""
    """The address at which the publisher shows it, for references; empty where none is known."""

    @property
    def name(self) -> str:
        """The name of the source, which is its folder's."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """The file that this was read from."""
        return self.folder / NAME

    def file(self, name: str) -> Path:
        """One of the listed files; a name that is not listed is an error."""
        if name not in self.files:
            raise SourceError(self.path, f"[files] does not list {name}", f'add `"{name}" = "<its SHA-256>"`')
        return self.folder / name

    def text(self) -> str:
        """Write out the content of ``source.toml``."""
        head: dict[str, object] = {
            "kind": self.kind,
            "publisher": self.publisher,
            "licence": self.licence,
            "date": self.date,
            "origin": self.origin,
            **({"page": self.page} if self.page else {}),
        }
        tables: dict[str, Mapping[str, object]] = {
            "title": self.title,
            "files": dict(sorted(self.files.items())),
            "options": self.options,
        }
        lines = [f"{key} = {_toml(value)}" for key, value in head.items()]
        for name, table in tables.items():
            if table:
                lines += [
                    "",
                    f"[{name}]",
                    *(f"{_toml(key)} = {_toml(value)}" for key, value in table.items()),
                ]
        return "\n".join(lines) + "\n"

    def write(self) -> None:
        """Write ``source.toml``, which is there as a whole or not at all."""
        aside = self.path.with_name(f".{NAME}.new")
        aside.write_text(self.text(), "utf-8")
        aside.replace(self.path)

    def check(self) -> Manifest:
        """Compare every file of the folder with its checksum; what differs is an error with its remedy."""
        for path in sorted(self.folder.iterdir()):
            if path.name not in _BESIDE and not path.name.startswith(".") and path.name not in self.files:
                raise SourceError(path, f"{NAME} does not list this file", "list it under [files], or remove it")
        for name, wanted in sorted(self.files.items()):
            path = self.folder / name
            if not path.is_file():
                raise SourceError(path, "the file is missing", f"restore it as received on {self.date}")
            if (found := sha256(path)) != wanted:
                remedy = f"restore it as received; a newer one goes into {NAME} as {found}, with its date"
                raise SourceError(path, f"the file has changed: its SHA-256 is not the one in {NAME}", remedy)
        return self


def begin(folder: Path, *, restart: bool) -> None:
    """Make sure that no import is overwritten by another; a restart throws the label away, and what it lists."""
    check_name(folder)
    path = folder / NAME
    if path.exists() and not restart:
        remedy = "choose another folder, or add --restart to replace what is there"
        raise SourceError(folder, "this folder holds a finished import", remedy)
    if path.exists():
        for name in read_manifest(folder).files:
            (folder / name).unlink(missing_ok=True)
        path.unlink()


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Compute the checksums of some files of a folder."""
    return {name: sha256(folder / name) for name in sorted(names)}


def read_manifest(folder: Path) -> Manifest:
    """Read the label of a folder; a key that is missing or not of its kind is an error."""
    check_name(folder)
    path = folder / NAME
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        remedy = "run the import to its end, or write the file as docs/importing.md says"
        raise SourceError(path, "the file is missing, so nothing says what this folder holds", remedy) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(path, f"the file cannot be read ({error})", "mend the TOML") from None
    known = {"kind", "title", "publisher", "licence", "date", "origin", "files", "options", "page"}
    for key in sorted(values.keys() - known):
        raise SourceError(path, f"{key!r} is unknown here", f"the keys are {', '.join(sorted(known))}")
    for key in sorted(known - {"options", "page"} - values.keys()):
        raise SourceError(path, f"{key} is missing", f"add it: {_EXAMPLES[key]}")
    check_values(path, values)
    return Manifest(folder=folder, **values)


def check_name(folder: Path) -> None:
    """Refuse a folder whose name cannot be that of a source, which is a part of IRIs."""
    if not _FOLDER.fullmatch(Path(os.path.realpath(folder)).name):
        raise SourceError(folder, "this is no name of a source", "use lower-case letters, digits and hyphens")


def check_values(where: Path | str, values: Mapping[str, Any]) -> None:
    """Refuse a value that is not of its kind; ``where`` says who gave it."""
    for key, test in _TESTS.items():
        if key in values and not test(values[key]):
            raise SourceError(where, f"{key} is {values[key]!r}", f"write {_EXAMPLES[key]}")


def _is_titles(value: Any) -> bool:
    return _is_texts(value) and all(_LANGUAGE.fullmatch(tag) for tag in value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(text, str) and text for text in value.values())


_EXAMPLES = {
    "kind": f"one of {', '.join(KINDS)}",
    "title": 'a table [title] with a line per language, en = "…" (the option is --title en="…")',
    "publisher": 'publisher = "who publishes it"',
    "licence": 'licence = "http://creativecommons.org/publicdomain/zero/1.0/"',
    "date": "date = 2016-09-12, the day it was received",
    "origin": 'origin = "where it comes from"',
    "files": 'a table [files] with a line per file, "name" = "SHA-256 in lower case"',
    "options": "a table [options] of texts and booleans",
    "page": 'page = "https://example.org/twins", or leave it out',
}
_TESTS: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: value in KINDS,
    "title": _is_titles,
    "publisher": lambda value: isinstance(value, str) and bool(value),
    "licence": lambda value: isinstance(value, str) and re.fullmatch(_ADDRESS, value) is not None,
    "date": lambda value: type(value) is dt.date,
    "page": lambda value: isinstance(value, str) and re.fullmatch(_ADDRESS, value) is not None,
    "origin": lambda value: isinstance(value, str) and bool(value),
    "files": lambda value: _is_texts(value) and all(_SHA256.fullmatch(text) for text in value.values()),
    "options": lambda value: isinstance(value, dict) and all(isinstance(item, str | bool) for item in value.values()),
}


def _toml(value: object) -> str:
    """Write a value as TOML; its basic strings are JSON's but for DEL, which none of ours holds."""
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(value, ensure_ascii=False)
