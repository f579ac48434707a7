"""Files over HTTP: in parts and in codings, and with the checksums that are told of them."""

from __future__ import annotations

import hashlib
import http.client
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from threading import Semaphore
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import brotli
import pytest
import zstandard
from isal import igzip
from rdflib import DCAT, Graph, Namespace

from citygraph.errors import Busy
from citygraph.web import files
from servers import PATIENCE, serving

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from citygraph.release import Release

BASE = "https://w3id.org/citygraph/"
SPDX = Namespace("http://spdx.org/rdf/terms#")
DECODE = {
    "": bytes,
    "br": brotli.decompress,
    "gzip": igzip.decompress,
    "zstd": lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content),
}
PATH = "/dumps/citygraph.nt"


def test_each_checksum_of_the_catalogue_is_that_of_what_is_sent(client: FlaskClient, world: Release) -> None:
    """Each distribution is had with the size and checksum that the catalogue tells, whatever coding it comes in."""
    catalogue = Graph().parse(world.folder / "dumps" / "catalogue.ttl")
    told = list(catalogue.subject_objects(DCAT.downloadURL))
    assert len(told) > 20
    for node, url in told:
        wanted = str(catalogue.value(catalogue.value(node, SPDX.checksum), SPDX.checksumValue))
        size = int(str(catalogue.value(node, DCAT.byteSize)))
        for name, decode in DECODE.items():
            answer = client.get(f"/{url.removeprefix(BASE)}", headers={"Accept-Encoding": name or "identity"})
            assert answer.status_code == 200
            assert answer.headers.get("Content-Encoding", "") in ("", name)
            plain = decode(answer.data) if "Content-Encoding" in answer.headers else answer.data
            assert (hashlib.sha256(plain).hexdigest(), len(plain)) == (wanted, size)
            digest = answer.headers["Repr-Digest"].removeprefix("sha-256=").strip(":")
            assert b64decode(digest) == hashlib.sha256(answer.data).digest()
            assert answer.content_length == len(answer.data)


@pytest.mark.parametrize(
    ("asked", "spans"),
    [
        ("0-9", [(0, 10)]),
        ("100-", [(100, None)]),
        ("-50", [(-50, None)]),
        ("0-0,5-9", [(0, 1), (5, 10)]),
        ("10-19, -10", [(10, 20), (-10, None)]),
        ("0-9,99999999-", [(0, 10)]),
    ],
)
def test_parts(client: FlaskClient, asked: str, spans: list[tuple[int, int | None]]) -> None:
    """One part is sent as it is, several as parts of a message, in the order in which they are asked for."""
    whole = client.get(PATH).data
    answer = client.get(PATH, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content_length == len(answer.data)
    if len(spans) == 1:
        found = [(answer.headers["Content-Range"], answer.data)]
    else:
        message = message_from_bytes(f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + answer.data)
        parts = [part for part in message.walk() if not part.is_multipart()]
        found = [(part["Content-Range"], part.get_payload(decode=True)) for part in parts]
    assert [content for _, content in found] == [whole[start:stop] for start, stop in spans]
    for place, content in found:
        first, last, size = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", place).groups())
        assert (whole[first : last + 1], size) == (content, len(whole))


@pytest.mark.parametrize(
    "asked", ["bytes=9-0", "lines=1-2", "bytes=a-b", "bytes=0-9,5-20", "bytes=0-9,-999999999", "bytes=" + "0-0," * 99]
)
def test_the_whole_where_parts_make_no_sense(client: FlaskClient, asked: str) -> None:
    """Ranges that are wrong, overlap, or are too many cost no more than the whole, which is what is sent."""
    answer = client.get(PATH, headers={"Range": asked})
    assert (answer.status_code, len(answer.data)) == (200, len(client.get(PATH).data))


def test_a_part_behind_the_end(client: FlaskClient) -> None:
    """A part that is not in the file is refused with the size of the file."""
    answer = client.get(PATH, headers={"Range": "bytes=99999999-"})
    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(client.get(PATH).data)}"


def test_conditions(client: FlaskClient) -> None:
    """A part of another release is not sent; whoever has the file is told so; HEAD knows no parts."""
    whole = client.get(PATH)
    tag = whole.headers["ETag"]
    part = {"Range": "bytes=0-9"}
    assert client.get(PATH, headers=part | {"If-Range": tag}).status_code == 206
    for stale in ('"other"', f"W/{tag}", "Sun, 22 Nov 2026 00:00:00 GMT"):
        assert client.get(PATH, headers=part | {"If-Range": stale}).status_code == 200
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(PATH, headers={"If-Match": '"other"'}).status_code == 412
    assert client.get(PATH, headers={"If-Match": tag}).status_code == 200
    head = client.head(PATH, headers=part)
    assert (head.status_code, head.content_length, head.data) == (200, len(whole.data), b"")


def test_latest_leads_to_the_address_that_stays(client: FlaskClient, world: Release) -> None:
    """``latest`` leads to the current release, and is asked for anew soon."""
    for path in ("citygraph.nt", "kinds/city.nt", ""):
        answer = client.get(f"/dumps/latest/{path}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/dumps/{world.version}/{path}")
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert client.get(answer.headers["Location"]).status_code == 200


def test_only_some_long_bodies_at_once(tmp_path: Path) -> None:
    """A long body takes a seat until it is closed; whoever finds none is told to come again; short ones need none."""
    long, short = tmp_path / "long", tmp_path / "short"
    long.write_bytes(b"x" * files.LONG)
    short.write_bytes(b"x")
    seats = Semaphore(1)
    first = files.Body(long.open("rb"), [(b"", files.Span(0, files.LONG))])
    first.wait_for(seats)
    with pytest.raises(Busy):
        files.Body(long.open("rb"), [(b"", files.Span(0, files.LONG))]).wait_for(seats)
    files.Body(short.open("rb"), [(b"", files.Span(0, 1))]).wait_for(seats)
    first.close()
    first.close()
    second = files.Body(long.open("rb"), [(b"", files.Span(0, files.LONG))])
    second.wait_for(seats)
    assert sum(map(len, second)) == files.LONG
    del second
    assert seats.acquire(blocking=False)
    assert not seats.acquire(blocking=False)


def test_eight_connections_that_break_off_and_go_on(world: Release) -> None:
    """Eight connections fetch an eighth each, break off in the middle, go on, and have the right bytes."""
    (wanted,) = (row for row in world.files if row.path == "dumps/citygraph.nq")
    step = -(-wanted.bytes // 8)

    def piece(server: str, start: int, stop: int, most: int | None = None) -> bytes:
        connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=PATIENCE)
        headers = {"Range": f"bytes={start}-{stop - 1}", "If-Range": f'"{wanted.sha256}"'}
        connection.request("GET", f"/dumps/{world.version}/citygraph.nq", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 206
        content = answer.read(most)  # the rest is never read
        connection.close()
        return content

    def fetch(server: str, start: int) -> bytes:
        stop = min(start + step, wanted.bytes)
        first = piece(server, start, stop, (stop - start) // 3)
        return first + piece(server, start + len(first), stop)

    with serving(world.folder.parent) as server, ThreadPoolExecutor(max_workers=8) as pool:
        content = b"".join(pool.map(lambda start: fetch(server, start), range(0, wanted.bytes, step)))
    assert hashlib.sha256(content).hexdigest() == wanted.sha256
