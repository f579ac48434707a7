"""Filters a dump on a cluster: every machine runs :func:`~citygraph.imports.sift.sift` over its part of the lines.

The dump is any address that Spark reads: plain and .bz2 are split among the machines, .gz is one part, since nobody
can begin in the middle of it; a folder or a pattern may hold many. The outcome is gathered in the order of the lines,
so that the files are those that one machine writes, byte for byte.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from citygraph.cluster import open_spark
from citygraph.errors import SourceError
from citygraph.imports.dump import missing
from citygraph.imports.entities import Reader
from citygraph.imports.finish import Counts, finish, new_journal
from citygraph.imports.rows import BROKEN, ENTITIES
from citygraph.imports.sift import CUT, edges, is_cut, joined, sift

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from citygraph.imports.dump import Choice
    from citygraph.imports.finish import About
    from citygraph.imports.journal import Journal

Block = tuple[str, int]
"""A part of the dump: its file, and where in the file it begins."""
Found = tuple[tuple[Block, int], str, bytes]
"""The place of a line, the file that it belongs to, and what is written there."""
_END = ""
"""The name that stands with the last entry of a block: its place is the number of lines, and it holds their edges."""


def import_dump(dump: str, folder: Path, about: About, choice: Choice, master: str = "") -> Counts:
    """Filter a dump into a folder on the machine that asks; a stopped run begins anew, lost machines are replaced."""
    session = open_spark(master)
    task: dict[str, object] = {
        "spark": dump,
        "languages": list(choice.languages),
        "thorough": choice.thorough,
        "complete": choice.complete,
    }
    with new_journal(folder, task, about, restart=choice.restart) as journal:
        counts = _filter(session, dump, choice, journal, None)
        if choice.complete:
            journal.save({})
            path = folder / ENTITIES
            more = _filter(session, dump, choice, journal, missing(path, path.stat().st_size))
            counts = Counts(counts.lines, counts.kept + more.kept, counts.broken)
        manifest = finish(journal, about, complete=choice.complete)
    return Counts(counts.lines, counts.kept, counts.broken, manifest)


def _filter(
    session: SparkSession, dump: str, choice: Choice, journal: Journal, wanted: Collection[str] | None
) -> Counts:
    """Let the dump go by once, and write down what is found, in order."""
    from pyspark import StorageLevel  # noqa: PLC0415 - an extra
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - an extra

    reader_of = _Readers(choice.languages, choice.thorough and wanted is None, wanted)
    try:
        # As bytes: a text with a damaged letter would be mended, and its line not be told as broken.
        lines = session.read.option("lineSep", "\n").text(dump).selectExpr(
            "_metadata.file_path", "_metadata.file_block_start", "CAST(value AS BINARY) AS line"
        )  # fmt: skip
    except AnalysisException as error:
        raise SourceError(dump, f"the dump cannot be read ({error})", "check its address") from None
    found = lines.rdd.mapPartitions(reader_of).persist(StorageLevel.DISK_ONLY)
    try:
        ends = found.filter(_is_end).collect()
        before, total, around = {}, 0, b""
        for (block, count), _, seen in sorted(ends):
            before[block] = total
            total += count
            around = joined(around, seen)
        kept = broken = 0
        for (block, place), name, data in found.filter(_is_thing).sortBy(_place).toLocalIterator(True):
            if name != ENTITIES and wanted is not None:  # the first time has told of it
                continue
            kept += name == ENTITIES
            broken += name == BROKEN
            number = b"%d\t" % (before[block] + place) if name == BROKEN else b""
            journal.write(name, number + data)
        if wanted is None and is_cut(around):
            broken += 1
            journal.write(BROKEN, b"%d\t" % total + CUT)
    finally:
        found.unpersist()
    return Counts(total, kept, broken)


class _Readers:
    """What each machine does with its part: it reads the lines of each block, and counts them."""

    def __init__(self, languages: tuple[str, ...], thorough: bool, wanted: Collection[str] | None) -> None:
        self._options: dict[str, Any] = {"languages": languages or None, "thorough": thorough, "wanted": wanted}

    def __call__(self, rows: Iterable[Any]) -> Iterator[Found]:
        reader = Reader(**self._options)
        for block, lines in groupby(rows, key=_block):
            place, around = 0, b""
            for place, (_, _, line) in enumerate(lines, 1):
                around = joined(around, edges(line))
                for name, data in sift(line, reader):
                    yield (block, place), name, data
            yield (block, place), _END, around


def _block(row: Any) -> Block:
    return row[0], row[1]


def _place(found: Found) -> tuple[Block, int]:
    return found[0]


def _is_end(found: Found) -> bool:
    return found[1] == _END


def _is_thing(found: Found) -> bool:
    return found[1] != _END
