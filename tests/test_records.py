"""Records are found by their keys, whatever the keys are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from citygraph import records
from citygraph.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, rows: dict[bytes, list[bytes]]) -> records.Records:
    """A file of some records."""
    lines = sorted(records.beginning(key) + row for key, found in rows.items() for row in found)
    assert records.write(path, lines) == len(rows)
    return records.Records(path)


@pytest.mark.parametrize("number", [0, 1, 2, 1_000])
def test_each_record_is_found_and_no_other(tmp_path: Path, number: int) -> None:
    """A key gives its own lines, sorted, in a file of any size; a key that is not there gives none."""
    rows = {b"<key-%d>" % place: [b"%d %d\n" % (place, row) for row in range(place % 7 + 1)] for place in range(number)}
    found = written(tmp_path / "file", rows)
    assert {key: found.get(key) for key in rows} == {key: b"".join(sorted(some)) for key, some in rows.items()}
    assert [found.get(key) for key in (b"", b"<key-1000>", b"<key", b"\xff")] == [b""] * 4


@pytest.mark.parametrize("rows", [{}, {b"a": [b"b\n"]}, {b"%d" % row: [b"of %d\n" % row] for row in range(40)}])
def test_a_file_that_is_cut_is_refused(tmp_path: Path, rows: dict[bytes, list[bytes]]) -> None:
    """Wherever it ends before its end, or goes on behind it, it is no file of records."""
    written(tmp_path / "file", rows)
    whole = (tmp_path / "file").read_bytes()
    for other in (*(whole[:end] for end in range(len(whole))), whole + b"\0", whole + bytes(8), whole[8:], bytes(64)):
        (tmp_path / "file").write_bytes(other)
        with pytest.raises(ReleaseError, match="build the release again"):
            records.Records(tmp_path / "file")


def test_keys_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two keys have one hash, each still gives its own lines."""
    monkeypatch.setattr(records, "_hash", lambda key: bytes(7) + key[:1])
    rows = {key: [b"of " + key + b"\n"] for key in (b"a", b"ab", b"abc", b"b", b"ba", b"c")}
    found = written(tmp_path / "file", rows)
    assert all(found.get(key) == b"of " + key + b"\n" for key in rows)
    assert found.get(b"ac") == b""
