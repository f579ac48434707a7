"""Makes of the dumps what is kept and passed on: files per kind, compressed files, and the list of checksums.

The same bytes give the same compressed bytes: no file names a time or a name, the levels are fixed, and zstd always
works in threads, whose number does not matter to its output but whose use does. Another version of zlib or zstandard
may compress differently, and is therefore one of the engines that a version stands for.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

import zstandard

from citygraph.build.dumps import WHOLE
from citygraph.formats import RDF
from citygraph.network.export import EXPORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from citygraph.iris import Iris
    from citygraph.network.read import Network
    from citygraph.release import File

SUMS = "SHA256SUMS"
"""The file of checksums, as ``sha256sum --check`` reads it."""
LEAST = 16_384
"""Files of fewer bytes are not compressed: one request has them anyway."""
_BLOCK = 1 << 20
_GZIP = 31
"""zlib's way to ask for the gzip form with the largest window; its head holds neither time nor name (RFC 1952)."""
_EXTENSIONS = {row.extension for row in RDF} | {"csv", "gexf", "graphml", "edges"}


def write_kinds(folder: Path, iris: Iris) -> None:
    """Write a file of statements for each kind of thing: those whose subject is one, from the sorted union."""
    start = f"<{iris.base}id/".encode()

    def kind(line: bytes) -> bytes:
        return line[len(start) : line.find(b"/", len(start))] if line.startswith(start) else b""

    (folder / "kinds").mkdir(exist_ok=True)
    with (folder / f"{WHOLE}.nt").open("rb") as union:
        for name, lines in groupby(union, kind):
            if name.replace(b"-", b"").isalpha():
                with (folder / "kinds" / f"{name.decode()}.nt").open("wb") as target:
                    target.writelines(lines)


def write_network(network: Network, folder: Path) -> None:
    """Write the network of partners for other people's tools."""
    for name, write in EXPORTS.items():
        with (folder / f"network.{name}").open("wb") as target:
            write(network, target)


def compress(folder: Path, patterns: Iterable[str]) -> None:
    """Put compressed files beside those that are worth it and have none, in two threads: zstd, and at the top gzip."""
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    paths = [path for path in found if path.suffix[1:] in _EXTENSIONS and not _beside(path, "zst").exists()]
    paths.sort(key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = [
            pool.submit(_CODINGS[suffix], path, _beside(path, suffix))
            for path in paths
            if path.stat().st_size >= LEAST
            for suffix in ("gz", "zst")
            if suffix == "zst" or path.parent == folder
        ]
        for one in done:
            one.result()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _zstd(path: Path, target: Path) -> None:
    """Compress by zstd (RFC 8878), with the size and a checksum of the content."""
    size = path.stat().st_size
    compressor = zstandard.ZstdCompressor(level=3, threads=2, write_checksum=True)
    with path.open("rb") as content, target.open("wb") as written:
        compressor.copy_stream(content, written, size=size, read_size=_BLOCK)


def _gzip(path: Path, target: Path) -> None:
    """Compress by gzip (RFC 1952), as one member, which every reader understands."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    with path.open("rb") as content, target.open("wb") as written:
        while block := content.read(_BLOCK):
            written.write(compressor.compress(block))
        written.write(compressor.flush())


_CODINGS: Mapping[str, Callable[[Path, Path], None]] = {"gz": _gzip, "zst": _zstd}


def write_sums(files: Iterable[File], folder: Path) -> None:
    """Write the checksums of the files below ``dumps/``, for whoever has fetched some of them."""
    rows = ((file.sha256, file.path.removeprefix("dumps/")) for file in files if file.path.startswith("dumps/"))
    text = "".join(f"{digest}  {path}\n" for digest, path in rows)
    (folder / SUMS).write_text(text, "utf-8")
