"""Reads tables of pairs: two columns that name the two sides of a partnership, a pair a line.

A cell is a Wikidata id, the identifier of a thing of ours (``city/basel``), or any other name that the table uses.
The separator is a tab, a comma, a semicolon or spaces, whichever the first lines have; a header is optional.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.characters import beyond_xml
from citygraph.errors import SourceError
from citygraph.imports.finish import Counts, Fault, noting
from citygraph.imports.times import days_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citygraph.imports.finish import About

PAIRS, NAMES = "relations", "names"
"""The options that name the table of pairs and, where there is one, the table of names."""
COLUMNS = ("start", "end")
"""What a third and a fourth column say where a header names them: when the partnership began and ended."""
_DATE = re.compile(r"(?P<year>-?\d{4,})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?", re.ASCII)
_ITEM, _NEARLY = re.compile(r"Q[1-9]\d*", re.ASCII), re.compile(r"q\s*\d+", re.ASCII | re.IGNORECASE)
_SEPARATOR = re.compile(r"sep=.", re.IGNORECASE)
"""The line by which Excel is told, and tells, what stands between the cells."""
_SAVE = "save the table as UTF-8 (in Excel: CSV UTF-8)"


@dataclass(frozen=True)
class Line:
    """A row of a table: its number in the file, from 1, and its cells by the name of their column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two sides of a partnership, the one that states it first, and when it began and ended, where that is said."""

    number: int
    one: str
    other: str
    start: str = ""
    end: str = ""


def read_pairs(path: Path, broken: Callable[[int, str], None], *, header: bool = False) -> Iterator[Pair]:
    """Read a table of pairs; a row that is none is told and skipped."""
    names: list[str] = []
    for line in _rows(path, broken):
        if header and not names:
            names = [name.lower() for name in line.cells]
            if twice := [name for name in COLUMNS if names.count(name) > 1]:
                raise SourceError(path, f"two columns are called {twice[0]}", "rename one of them", line=line.number)
            continue
        one, other = (*line.cells, "", "")[:2]
        if not one or not other:
            broken(line.number, "a pair has two cells")
            continue
        dates = {name: cell for name, cell in zip(names, line.cells, strict=False) if name in COLUMNS and cell}
        if nearly := [cell for cell in (one, other) if _NEARLY.fullmatch(cell) and not _ITEM.fullmatch(cell)]:
            broken(line.number, f"{nearly[0]!r} is no Wikidata id: write it as in Q64")
            continue
        if wrong := [cell for cell in dates.values() if not _is_date(cell)]:
            broken(line.number, f"{wrong[0]!r} is no date: write 2009, 2009-10 or 2009-10-26")
            continue
        yield Pair(line.number, one, other, **dates)


def read_names(path: Path, broken: Callable[[int, str], None], *, header: bool = False) -> Iterator[tuple[str, str]]:
    """Read a table of names: what stands in the table of pairs, and what it is called."""
    for place, line in enumerate(_rows(path, broken)):
        if header and place == 0:
            continue
        if len(line.cells) < 2 or not line.cells[1]:
            broken(line.number, "a name has two cells")
            continue
        yield line.cells[0], line.cells[1]


def _is_date(text: str) -> bool:
    """Tell whether a text is a year, a month or a day that there is."""
    match = _DATE.fullmatch(text)
    month, day = (int(match[name] or 1) if match else 0 for name in ("month", "day"))
    return match is not None and 1 <= month <= 12 and 1 <= day <= days_of(int(match["year"]), month)


def _rows(path: Path, broken: Callable[[int, str], None]) -> Iterator[Line]:
    separator = _separator(path)
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if not text.strip() or (number == 1 and _SEPARATOR.fullmatch(text)):
                    continue
                if sign := beyond_xml(text):
                    broken(number, f"the row holds {sign}: take it out")
                    continue
                if separator != " " and text.count('"') % 2:
                    broken(number, "a quotation mark is not closed: keep a row on one line, and double marks in a cell")
                    continue
                cells = text.split() if separator == " " else next(csv.reader([text], delimiter=separator, strict=True))
            except UnicodeDecodeError:
                broken(number, f"the row is not UTF-8: {_SAVE}")
            except csv.Error as error:
                broken(number, f"the row cannot be read ({error})")
            else:
                yield Line(number, tuple(cell.strip() for cell in cells))


def _separator(path: Path) -> str:
    """Find what stands between the cells: what most of the first lines have, spaces if they have nothing else."""
    with path.open("rb") as lines:
        if lines.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise SourceError(path, "the table is UTF-16", _SAVE)
        first = [line for line, _ in zip(lines, range(20), strict=False) if line.strip()]
    found = {separator: sum(separator.encode() in line for line in first) for separator in ("\t", ";", ",")}
    best = max(found, key=lambda separator: found[separator])
    return best if found[best] * 2 >= len(first) else " "


def import_pairs(
    relations: Path,
    folder: Path,
    about: About,
    *,
    names: Path | None = None,
    header: bool = False,
    directed: bool = True,
) -> tuple[Counts, list[Fault]]:
    """Take a table of pairs into a folder as it is; give the counts and the rows that nothing will read."""
    faults: list[Fault] = []
    pairs = sum(1 for _ in read_pairs(relations, noting(faults, relations), header=header))
    if not pairs:
        first = f" ({faults[0]})" if faults else ""
        raise SourceError(relations, f"no row is a pair{first}", "give a table with two columns, a pair a line")
    lines = pairs + len(faults)
    if names is not None:
        sum(1 for _ in read_names(names, noting(faults, names), header=header))
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, str | bool] = {PAIRS: relations.name, "header": header, "directed": directed}
    taken = [relations] if names is None else [relations, names]
    if names is not None:
        options[NAMES] = names.name
    for path in taken:
        (folder / path.name).write_bytes(path.read_bytes())
    manifest = about.manifest(folder, "pairs", [path.name for path in taken], **options)
    manifest.write()
    return Counts(lines, pairs, lines - pairs, manifest), faults
