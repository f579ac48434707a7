"""Content codings: the choice of the client, and bytes that every reader can read."""

from __future__ import annotations

import gzip

import brotli
import pytest
import zstandard

from citygraph.web.codings import LASTING, PASSING, coding, compressible, plain_refused

READERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.decompress}
BODY = b"<p>partner city</p>" * 500


@pytest.mark.parametrize("table", [LASTING, PASSING], ids=["lasting", "passing"])
@pytest.mark.parametrize("name", READERS)
def test_independent_readers_read_every_coding(table: dict, name: str) -> None:
    """What is coded is smaller, is always the same, and other libraries decode it."""
    coded = table[name](BODY)
    assert len(coded) < len(BODY) / 10
    assert READERS[name](coded) == BODY
    assert table[name](BODY) == coded


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "zstd"),
        ("*;q=0", None),
        ("deflate", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", None),
        ("gzip;q=zero", None),
        ("GZIP", "gzip"),
        ("gzip" + ", x" * 1000, "gzip"),
    ],
)
def test_choice(header: str, expected: str | None) -> None:
    """Qualities count, zero excludes, the star stands for the rest; unknown and unreadable codings are passed over."""
    assert coding(header, LASTING) == expected


@pytest.mark.parametrize(
    ("header", "refused"),
    [("identity;q=0", True), ("gzip, *;q=0", True), ("*;q=0, identity", False), ("gzip", False), ("", False)],
)
def test_plain_bytes_can_be_refused(header: str, *, refused: bool) -> None:
    """Whoever excludes ``identity`` gets a coding also where the body is short."""
    assert plain_refused(header) is refused


def test_what_is_compressed() -> None:
    """Texts are; pictures and archives are not."""
    texts = ("text/html; charset=utf-8", "application/ld+json", "application/n-quads", "image/svg+xml")
    assert all(map(compressible, (*texts, "application/sparql-results+json", "application/json")))
    assert not any(map(compressible, ("image/png", "application/gzip", "application/zstd", "", "application/pdf")))
