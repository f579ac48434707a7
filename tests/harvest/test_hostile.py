"""Harvest-check bears what strangers send: each is told with what to do, and none takes the machine."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING

import pytest

from citygraph.harvest.fetch import harvest
from citygraph.harvest.links import follow
from citygraph.harvest.parser import RELATIVE, Unread
from servers import misbehaving

if TYPE_CHECKING:
    from pathlib import Path

DCAT, SPDX = "http://www.w3.org/ns/dcat#", "http://spdx.org/rdf/terms#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TURTLE = f"<http://x/catalog> a <{DCAT}Catalog> ; <{DCAT}dataset> <http://x/d> . <http://x/d> a <{DCAT}Dataset> .\n"
XML = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:x="http://x/"><rdf:Description rdf:about="http://x/a">%s</rdf:Description></rdf:RDF>'
ENTITIES = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12))
UNREAD = {
    "an entity bomb": (
        "application/rdf+xml",
        f'<!DOCTYPE rdf:RDF [<!ENTITY a0 "ha">{ENTITIES}]>{XML % "<x:p>&a11;</x:p>"}',
        "leave out entities",
    ),
    "a file of ours": (
        "application/rdf+xml",
        f'<!DOCTYPE rdf:RDF [<!ENTITY e SYSTEM "file:///etc/passwd">]>{XML % "<x:p>&e;</x:p>"}',
        "mend the syntax",
    ),
    "damaged RDF/XML": ("application/rdf+xml", (XML % "<x:p>1</x:p>")[:-20], "mend the syntax"),
    "JSON without end": ("application/ld+json", '{"@id":"http://x/a","http://x/p":' * 100_000, "mend the syntax"),
    "a context elsewhere": (
        "application/ld+json",
        '{"@context":"http://127.0.0.1:9/context","@id":"http://x/a","p":1}',
        "write the @context into the document",
    ),
    "no UTF-8": ("text/turtle", '<http://x/a> <http://x/p> "Z\xfcrich" .'.encode("latin-1"), "mend the syntax"),
    "a page of HTML": ("text/turtle", "<!doctype html><title>Sorry</title>", "mend the syntax"),
}
"""Documents that cannot be read: the media type, the document, and what the remedy says."""


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_refused_with_a_remedy(name: str) -> None:
    """One sentence, however bad the document is; nothing of this machine is read, and its memory is spared."""
    kind, document, remedy = UNREAD[name]
    body = document if isinstance(document, bytes) else document.encode()
    with misbehaving({"/catalog": (200, kind, body)}) as site, pytest.raises(Unread, match=remedy) as refused:
        harvest(f"{site}/catalog")
    assert "root:" not in str(refused.value)


def rules(site: str) -> set[str]:
    return {row.rule for row in harvest(f"{site}/catalog").findings}


def test_a_byte_order_mark_is_told_and_passed_over() -> None:
    """Parsers of Turtle refuse it; the rest is checked all the same. In XML it is allowed."""
    mark = b"\xef\xbb\xbf"
    with misbehaving({"/catalog": (200, "text/turtle", mark + TURTLE.encode())}) as site:
        assert rules(site) == {"byte-order-mark"}
    with misbehaving({"/catalog": (200, "application/rdf+xml", mark + (XML % "<x:p>1</x:p>").encode())}) as site:
        assert rules(site) == set()


@pytest.mark.parametrize("name", ["dataset/1", "/dataset/1", "", "#d"])
def test_relative_names_are_told(name: str) -> None:
    """A name that hangs on the address is another one at each harvest; with a base in the document it is whole."""
    text = TURTLE.replace("<http://x/d>", f"<{name}>")
    with misbehaving({"/catalog": (200, "text/turtle", text.encode())}) as site:
        assert rules(site) == {"relative-iri"}
        found = harvest(f"{site}/catalog").subjects("dcat:Dataset")
        assert all(iri.startswith(site) and not iri.startswith(RELATIVE) for iri in found)
    with misbehaving({"/catalog": (200, "text/turtle", f"@base <http://x/> .\n{text}".encode())}) as site:
        assert rules(site) == set()


def test_packed_answers_are_unpacked_up_to_a_bound() -> None:
    """Gzip is read as harvesters read it; a bomb stops at 50 MB, and what is not packed as it says is told."""
    coded = {"Content-Encoding": "gzip"}
    for body in (gzip.compress(TURTLE.encode()), zlib.compress(TURTLE.encode())):
        with misbehaving({"/catalog": (200, "text/turtle", body)}, headers=coded) as site:
            assert rules(site) == set()
    bomb = zlib.compress(b"#" * 2**27)
    for body, said in ((bomb, "more than 50 MB"), (b"plain", "not packed as it says")):
        with (
            misbehaving({"/catalog": (200, "text/turtle", body)}, headers=coded) as site,
            pytest.raises(Unread, match=said),
        ):
            harvest(f"{site}/catalog")
    with (
        misbehaving({"/catalog": (200, "text/turtle", b"")}, headers={"Content-Encoding": "br"}) as site,
        pytest.raises(Unread, match="send it plain"),
    ):
        harvest(f"{site}/catalog")


def test_redirects_are_followed_as_far_as_they_lead_somewhere() -> None:
    """A dozen lead on; a ring of them, or one to a file of this machine, is told."""
    chain = {f"/{number}": (302, f"/{number + 1}", b"") for number in range(12)}
    chain |= {"/12": (200, "text/turtle", TURTLE.encode()), "/ring": (301, "/ring", b"")}
    chain |= {"/file": (302, "file:///etc/passwd", b"")}
    with misbehaving(chain) as site:
        assert harvest(f"{site}/0").subjects("dcat:Dataset") == ["http://x/d"]
        with pytest.raises(Unread, match="redirect to redirect without end"):
            harvest(f"{site}/ring")
        with pytest.raises(Unread) as refused:
            harvest(f"{site}/file")
    assert "root:" not in str(refused.value)


def test_an_answer_that_breaks_off_is_told() -> None:
    """Half a catalogue is none."""
    table = {"/catalog": (200, "text/turtle", TURTLE.encode())}
    with (
        misbehaving(table, headers={"Content-Length": "9999"}) as site,
        pytest.raises(Unread, match=r"does not answer|breaks off"),
    ):
        harvest(f"{site}/catalog")


def test_files_are_compared_with_what_is_said_of_them() -> None:
    """A small file is read: its checksum and its media type are those of the catalogue, or that is told."""
    content = b"a,b\n1,2\n"
    digest = hashlib.sha256(content).hexdigest()

    def faults(site: str, checksum: str, kind: str) -> list[str]:
        row = (
            f"{TURTLE}<http://x/d> <{DCAT}distribution> <http://x/f> . "
            f"<http://x/f> <{DCAT}downloadURL> <{site}/f.csv> ;"
            f" <{DCAT}mediaType> <http://www.iana.org/assignments/media-types/{kind}> ;"
            f' <{DCAT}byteSize> "{len(content)}" ; <{SPDX}checksum> <http://x/s> . <http://x/s> '
            f'<{SPDX}algorithm> <{SPDX}checksumAlgorithm_sha256> ; <{SPDX}checksumValue> "{checksum}" .'
        )
        table["/catalog"] = (200, "text/turtle", row.encode())
        return [found.problem.partition(" ")[2] for _, found in follow(harvest(f"{site}/catalog"))]

    table = {"/f.csv": (200, "text/csv", content)}
    with misbehaving(table, headers={"Accept-Ranges": "bytes"}) as site:
        assert faults(site, digest, "text/csv") == []
        assert faults(site, digest.upper(), "text/csv") == []
        assert faults(site, "00" * 32, "text/csv") == [f"has the checksum {digest}, not {'00' * 32}"]
        assert faults(site, digest, "text/turtle") == ["is sent as text/csv, not as text/turtle"]


def test_a_file_on_disk_is_read_as_carefully(tmp_path: Path) -> None:
    """A saved catalogue is no safer than one that is fetched."""
    path = tmp_path / "bomb.rdf"
    path.write_text(UNREAD["an entity bomb"][1], "utf-8")
    with pytest.raises(Unread, match="leave out entities"):
        harvest(str(path))
