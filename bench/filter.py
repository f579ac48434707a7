"""Measures the filter of dumps: processor time per gigabyte of text, plain and packed, thorough and quick.

    python -m bench filter 1024

The lines are made of the entities recorded in tests/imports/excerpt.json, with other numbers in each, and one in a
thousand with its statements of P190. Times are the processor's, so that busy neighbours do not count.
"""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import json
import random
import re
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from citygraph.imports.dump import Choice, import_dump
from citygraph.imports.finish import ZERO, About

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXCERPT = Path(__file__).parents[1] / "tests" / "imports" / "excerpt.json"
ABOUT = About({"en": "generated lines"}, "bench", ZERO, "bench/filter.py", dt.date(2026, 1, 1))
BLOCK = 16 << 20
PACKINGS: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "plain": (bytes, 1),
    "gz": (lambda data: gzip.compress(data, 6), 1),
    "bz2": (bz2.compress, 4),
}
"""How a block is packed, and by how much less of it is measured, since unpacking takes so long."""


def lines(chance: random.Random) -> Iterator[bytes]:
    """Give lines without end."""
    entities = [json.loads(line.rstrip(",")) for line in EXCERPT.read_text("utf-8").splitlines()[1:-1]]
    kept = [json.dumps(one, separators=(",", ":")) for one in entities if "P190" in one["claims"]]
    others = [json.dumps(one | {"claims": _without(one["claims"])}, separators=(",", ":")) for one in entities]
    while True:
        text = chance.choice(kept if chance.random() < 0.001 else others)
        number = re.compile(r'(?<=[Q"-])\d{3,}')
        yield number.sub(lambda match: str(chance.randrange(10 ** len(match[0]))), text).encode() + b",\n"


def _without(claims: dict[str, object]) -> dict[str, object]:
    return {name: statements for name, statements in claims.items() if name != "P190"}


def block() -> bytes:
    """Make some lines."""
    found, size = [], 0
    for line in lines(random.Random(190)):
        found.append(line)
        if (size := size + len(line)) > BLOCK:
            return b"".join(found)
    raise AssertionError  # the lines have no end


def main(numbers: list[int]) -> None:
    """Print a row per packing and way of reading."""
    megabytes = numbers[0] if numbers else 1024
    data = block()
    print("packing | reading | text | unpacked : packed | MB of text a second | core seconds per GB of text | peak")
    for name, (pack, less) in PACKINGS.items():
        packed, times = pack(data), max((megabytes << 20) // len(data) // less, 1)
        for thorough in (True, False):
            with TemporaryDirectory() as folder:
                dump = Path(folder) / f"dump.{name}"
                with dump.open("wb") as target:
                    target.writelines(packed for _ in range(times))  # packed files may follow each other in one
                before = time.process_time()
                import_dump(dump, Path(folder) / "out", ABOUT, Choice(("en", "de", "fr"), thorough=thorough))
                seconds = time.process_time() - before
            size, peak = times * len(data) / 1e9, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            row = [name, "thorough" if thorough else "quick", f"{size:.2f} GB", f"{len(data) / len(packed):.1f}"]
            print(" | ".join([*row, f"{size * 1000 / seconds:.0f}", f"{seconds / size:.1f}", f"{peak} MB"]), flush=True)
