"""Finds the folders of ``data/imported`` and states what their files say, each in a graph of its own.

A folder is one source. Its ``source.toml`` says how its files are read; the files are compared with their checksums
before anything is read, and are streamed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.claims import Claims, Known
from citygraph.build.graphs import parsed
from citygraph.build.wikidata import read_entities
from citygraph.characters import beyond_xml
from citygraph.errors import SourceError
from citygraph.findings import Finding, Severity
from citygraph.imports.manifest import read_manifest
from citygraph.imports.rows import BROKEN
from citygraph.imports.tables import NAMES, PAIRS, read_names, read_pairs
from citygraph.imports.triples import STATEMENTS
from citygraph.vocab import DCT_LICENSE, DCT_MODIFIED, DCT_TITLE, RDF_TYPE, SCHEMA_NAME, foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citygraph.imports.manifest import Manifest
    from citygraph.iris import Iris

_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
_TYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}


def find_imported(data: Path) -> list[Manifest]:
    """Find the imported folders, sorted by name; a folder without its label, or a stray file, is an error."""
    folder = data / "imported"
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found.append(read_manifest(path))
        elif path.name != "README.md" and not path.name.startswith("."):
            remedy = "put it into a folder of its own with a source.toml, as `citygraph import` does"
            raise SourceError(path, "nothing reads this file", remedy)
    return found


def read_imported(
    manifest: Manifest, iris: Iris, known: Known, tell: Callable[[Finding], None] = lambda _: None
) -> Iterator[ox.Triple]:
    """Give what an import states; ``known`` are the things of ours, ``tell`` hears of faults.

    A statement that not every format of a release can hold is one.
    """
    manifest.check()

    def fault(path: str, line: int, thing: str, message: str) -> None:
        tell(Finding(path, line, Severity.INFO, thing, "", "", message))

    for triple in _stated(manifest, iris, known, fault):
        if isinstance(triple.object, ox.Literal) and (sign := beyond_xml(triple.object.value)):
            message = f"a text of {triple.predicate.value} holds {sign}; the statement is left out"
            fault(str(manifest.folder), 0, str(triple.subject).strip("<>"), message)
        else:
            yield triple


def _stated(
    manifest: Manifest, iris: Iris, known: Known, fault: Callable[[str, int, str, str], None]
) -> Iterator[ox.Triple]:
    yield from _source(manifest, iris)
    for path, line, message in _skipped(manifest):
        fault(path, line, "", message)
    if manifest.kind == "wikidata-entities":
        yield from read_entities(manifest, iris, known, fault)
    elif manifest.kind == "pairs":
        yield from _pairs(manifest, iris, known, fault)
    else:
        yield from _triples(manifest, iris)


def _source(manifest: Manifest, iris: Iris) -> Iterator[ox.Triple]:
    """Describe the source itself."""
    node = ox.NamedNode(iris.thing("source", manifest.name))
    publisher = ox.NamedNode(f"{node.value}#publisher")
    digest, characters = hashlib.sha256(), 0
    for name in sorted(manifest.files):
        with manifest.file(name).open("rb") as lines:
            for line in lines:
                digest.update(line)
                characters += len(line.decode("utf-8", "replace"))
    language = ox.NamedNode(_LANGUAGES + "MUL")
    day = ox.Literal(manifest.date.isoformat(), datatype=foreign("xsd", "date"))
    yield ox.Triple(node, RDF_TYPE, iris.term("Source"))
    yield ox.Triple(node, RDF_TYPE, iris.term("ImportedSource"))
    for tag, title in sorted(manifest.title.items()):
        yield ox.Triple(node, DCT_TITLE, ox.Literal(title, language=tag))
    yield ox.Triple(node, DCT_LICENSE, ox.NamedNode(manifest.licence))
    yield ox.Triple(node, DCT_MODIFIED, day)
    yield ox.Triple(node, foreign("dct", "language"), language)
    yield ox.Triple(node, foreign("dct", "provenance"), ox.Literal(manifest.origin))
    yield ox.Triple(node, foreign("dct", "publisher"), publisher)
    if manifest.page:
        yield ox.Triple(node, foreign("schema", "url"), ox.NamedNode(manifest.page))
    yield ox.Triple(publisher, RDF_TYPE, foreign("foaf", "Agent"))
    yield ox.Triple(publisher, foreign("foaf", "name"), ox.Literal(manifest.publisher))
    yield ox.Triple(node, iris.term("sha256"), ox.Literal(digest.hexdigest()))
    integer = foreign("xsd", "integer")
    yield ox.Triple(node, iris.term("characters"), ox.Literal(str(characters), datatype=integer))


def _skipped(manifest: Manifest) -> Iterator[tuple[str, int, str]]:
    """List the lines that the import could not read; they are lines of what was received, not of our files."""
    if BROKEN in manifest.files:
        for line in manifest.file(BROKEN).read_text("utf-8").removesuffix("\n").split("\n"):
            number, reason, _ = line.split("\t", 2)
            yield str(manifest.folder / BROKEN), 0, f"line {number} of the dump was skipped: {reason}"


def _pairs(
    manifest: Manifest, iris: Iris, known: Known, fault: Callable[[str, int, str, str], None]
) -> Iterator[ox.Triple]:
    claims = Claims(iris, manifest.name, known)
    table = manifest.file(str(manifest.options.get(PAIRS, "")))
    header = bool(manifest.options.get("header"))
    directed = bool(manifest.options.get("directed", True))
    counts: dict[int, int] = {}
    """How often each pair has come; by its hash, which takes a tenth of the memory."""
    for pair in read_pairs(table, lambda line, text: fault(str(table), line, "", text), header=header):
        one, other = claims.side(pair.one), claims.side(pair.other)
        if one.iri == other.iri:
            fault(str(table), pair.number, one.iri.value, f"{pair.one} is paired with itself; the row is skipped")
            continue
        key = hash((one.local, other.local))
        counts[key] = counts.get(key, 0) + 1
        partnership = claims.partnership(one, other)
        claim = claims.claim(one.local, other.local, counts[key])
        yield from claims.describe(one)
        yield from claims.describe(other)
        yield from claims.pair(partnership, one, other)
        yield ox.Triple(claim, RDF_TYPE, claims.term("Claim"))
        yield ox.Triple(claim, claims.term("claimOf"), partnership)
        yield ox.Triple(claim, claims.term("claimedBy" if directed else "claimedOf"), one.iri)
        yield ox.Triple(claim, claims.term("claimedOf"), other.iri)
        row = ox.Literal(str(pair.number), datatype=foreign("xsd", "integer"))
        yield ox.Triple(claim, claims.term("row"), row)
        for name, text in (("startDate", pair.start), ("endDate", pair.end)):
            if text:
                kind = foreign("xsd", _TYPES[len(text.removeprefix("-"))])
                yield ox.Triple(claim, claims.term(name), ox.Literal(text, datatype=kind))
    yield from _names(manifest, claims, fault)


def _names(manifest: Manifest, claims: Claims, fault: Callable[[str, int, str, str], None]) -> Iterator[ox.Triple]:
    """Name the sides as the table of names does, or as the table of pairs does where that has no ids."""
    if table := manifest.options.get(NAMES):
        path = manifest.file(str(table))
        header = bool(manifest.options.get("header"))
        for cell, name in read_names(path, lambda line, text: fault(str(path), line, "", text), header=header):
            side = claims.side(cell)
            yield from claims.describe(side)
            yield ox.Triple(side.iri, SCHEMA_NAME, ox.Literal(name))
        return
    for cell, side in claims.sides():
        if side.minted and not side.item:
            yield ox.Triple(side.iri, SCHEMA_NAME, ox.Literal(cell))


def _triples(manifest: Manifest, iris: Iris) -> Iterator[ox.Triple]:
    """Read N-Triples, moved to our base line by line."""
    path = manifest.file(STATEMENTS)
    with path.open(encoding="utf-8", newline="\n") as lines:
        try:
            yield from parsed(iris.rebase(line).encode() for line in lines)
        except SyntaxError as error:
            raise SourceError(path, str(error.msg), "import the file again", line=error.lineno) from None
