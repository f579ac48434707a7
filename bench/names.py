"""Measures the index of names: building it, and batches of ten questions, in processor time.

    python -m bench names 200000

The names are those of the imported extract and mixtures of two of them, so that they are as long, and as alike,
as names of places are. Each batch is measured beside a look through all keys by likeness, which is what an index saves.
"""

from __future__ import annotations

import random
import time
import tomllib
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from citygraph.linking.countries import read_countries
from citygraph.linking.index import Name, Named, write_index
from citygraph.linking.matcher import Matcher
from citygraph.linking.score import Entry, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "data" / "imported" / "wikidata-2016" / "names.tsv"
ROUNDS, BATCH, EACH = 20, 10, 4


def things(names: list[str], count: int, chance: random.Random) -> Iterator[Named]:
    """Give things with four names each, the first of them real ones."""
    for number in range(count // EACH):
        first = names[number] if number < len(names) else _mixed(names, chance)
        texts = [first, *(_mixed(names, chance) for _ in range(EACH - 1))]
        entry = Entry(f"https://example.org/{number}", f"Q{number}", frozenset({"City"}), chance.choice(["CH", "DE"]))
        yield Named(entry, tuple(Name(text, "", place == 0) for place, text in enumerate(texts)))


def _mixed(names: list[str], chance: random.Random) -> str:
    one, other = chance.choice(names), chance.choice(names)
    return one[: len(one) // 2] + other[len(other) // 2 :]


def main(numbers: list[int]) -> None:
    """Print a line per number of names."""
    names = [line.split("\t")[1] for line in NAMES.read_text("utf-8").splitlines()]
    tables = tomllib.loads((ROOT / "linking" / "words.toml").read_text("utf-8"))
    for count in numbers or [200_000]:
        chance = random.Random(7)
        with TemporaryDirectory() as folder:
            path, start = Path(folder) / "names.sqlite", time.process_time()
            countries = read_countries(ROOT / "linking" / "countries.tsv")
            written = write_index(path, things(names, count, chance), tables, countries)
            built = time.process_time() - start
            matcher, asked, walked = Matcher(path), [], []
            keys = [matcher.words.key(name) for name in names] * max(1, written // len(names))
            for _ in range(ROUNDS):
                batch = [Query(chance.choice(names), country="DE") for _ in range(BATCH)]
                asked.append(_measured(matcher.match_all, batch))
                one = matcher.words.key(batch[0].name)
                walked.append(BATCH * _measured(process.extract, one, keys, scorer=fuzz.ratio, limit=5))
        print(
            f"{written:,} names: built in {built:.1f} s; ten questions {1000 * median(asked):.0f} ms at the median, "
            f"{median(walked) / median(asked):.0f} times faster than a look through all keys"
        )


def _measured(work: Callable[..., object], *values: object, **more: object) -> float:
    start = time.process_time()
    work(*values, **more)
    return time.process_time() - start
