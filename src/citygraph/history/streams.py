"""The streams of the change log: for each release, the new state of what it changed, in files of sorted N-Triples.

The union of all graphs is a stream, and so is each named graph. Lines are sorted, so things stand one after the other
and a page of them is a range of bytes. A thing that is gone has one statement, that it was deleted. The first release
made everything new, so its files are links to its dumps and take no room.
"""

from __future__ import annotations

import os
import shutil
from itertools import islice
from typing import TYPE_CHECKING

from citygraph.history.subjects import BLANK, blank_lines, changed, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.history.subjects import Changed
    from citygraph.release import Release

WHOLE = "whole"
"""The stream of the union of all graphs; each named graph has a stream by its own short name."""
MEMBERS = 250
"""How many things a page holds."""
BLANKS = 0
"""The number of the page that holds what a file says of blank nodes; the pages of things are counted from 1."""
DELETED = "https://www.w3.org/ns/activitystreams#Delete"
_DELETION = f" <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{DELETED}> .\n".encode()


def stream_files(release: Release) -> dict[str, Path]:
    """The file of each stream in the dumps of a release."""
    dumps = release.folder / "dumps"
    graphs = {name: dumps / "graphs" / f"{name}.nt" for name in release.manifest["counts"]["graphs"]}
    return {WHOLE: dumps / "citygraph.nt", **{name: path for name, path in graphs.items() if path.is_file()}}


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_changes(old: Path | None, new: Path | None, target: Path) -> Iterator[Changed]:
    """Write the new state of what differs between two files, and tell each difference on the way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as lines:
        for row in changed(old, new):
            lines.writelines(row.new.lines if row.new else (row.subject + _DELETION,))
            yield row
        if new is not None:
            lines.writelines(blank_lines(new))


def pages(path: Path) -> Iterator[tuple[int, int, int]]:
    """The pages of a stream's file: number, and the bytes where it begins and ends."""
    begins, at, members, last = [0], 0, 0, b""
    blank = None
    with path.open("rb") as lines:
        for line in lines:
            if line.startswith(BLANK):
                blank = at if blank is None else blank
            elif (subject := subject_of(line)) != last:
                if members and members % MEMBERS == 0:
                    begins.append(at)
                members, last = members + 1, subject
            at += len(line)
    end = at if blank is None else blank
    yield BLANKS, end, at
    for number, begin in enumerate(begins if members else (), 1):
        yield number, begin, next(islice(begins, number, None), end)


def size(path: Path) -> tuple[int, int]:
    """How many triples a file of sorted lines holds, and of how many things it speaks."""
    triples, things, last = 0, 0, b""
    with path.open("rb") as lines:
        for triples, line in enumerate(lines, 1):  # noqa: B007 - the last number is the answer
            if not line.startswith(BLANK) and (subject := subject_of(line)) != last:
                things, last = things + 1, subject
    return triples, things
