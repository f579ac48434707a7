"""Measures the reconciliation service on a made-up index: how long it takes to write, and to answer a batch of ten.

    python -m bench reconcile [LABELS]

makes names of syllables (200,000 by default, three for each place), writes the index of names, and asks batches of ten
queries: half are names as they stand, a quarter have a letter that is wrong, a quarter have a type and a country. Two
sides are measured on one core: the index alone, and the whole service with its store and its JSON. Prints medians and
the slowest of twenty in milliseconds by the clock, and the median of the processor's time, which is the same on a
machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.iris import CANONICAL, Iris
from citygraph.linking.countries import read_countries
from citygraph.linking.index import Name, Named, write_index
from citygraph.linking.matcher import Matcher
from citygraph.linking.score import Entry, Query
from citygraph.release import ENGINE, MANIFEST, Releases
from citygraph.settings import Repository, Settings
from citygraph.store import Store
from citygraph.vocab import PREF_LABEL, RDF_TYPE
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
IRIS = Iris(CANONICAL)
BATCHES, WARM, BATCH = 100, 10, 10
COUNTRIES = ("CH", "DE", "FR", "JP", "CN", "US", "GB", "RU")
_SYLLABLES = (
    "ba be bo da de du fel gar ham in ka kir la lau lin ma mar mün ni o pa ra rö sa sal se sta ta tor u ul wa wil za zü"
)
_ENDINGS = ("", "", "", "burg", "stadt", "dorf", "ville", "grad", " am See", " an der Aa")
_LANGUAGES = ("de", "en", "fr")


def things(labels: int) -> list[Named]:
    """Places with three names each; the same for the same number."""
    chance, syllables = random.Random(labels), _SYLLABLES.split()

    def name() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(2, 4))).title() + chance.choice(_ENDINGS)

    found = []
    for number in range(labels // len(_LANGUAGES)):
        point = (chance.uniform(-60, 70), chance.uniform(-180, 180))
        entry = Entry(
            IRIS.thing("city", f"c{number}"), f"Q{number + 1}", frozenset({"City"}), chance.choice(COUNTRIES), point
        )
        found.append(Named(entry, tuple(Name(name(), language) for language in _LANGUAGES)))
    return found


def batches(places: list[Named]) -> Iterator[list[Query]]:
    """Batches of ten questions, each of other places."""
    chance = random.Random(7)
    for _ in range(BATCHES + WARM):
        batch = []
        for place in chance.sample(places, BATCH):
            text = chance.choice(place.names).text
            wrong = chance.randrange(len(text))
            match chance.randrange(4):
                case 0:
                    batch.append(Query(text[:wrong] + "x" + text[wrong + 1 :]))
                case 1:
                    batch.append(Query(text, kind="City", country=place.entry.country))
                case _:
                    batch.append(Query(text))
        yield batch


def measured(ask: Callable[[list[Query]], object], asked: list[list[Query]]) -> tuple[float, float, float]:
    """Milliseconds of a batch: at the median, of the slowest of twenty, and of the processor at the median."""
    spans, worked = [], []
    for batch in asked:
        began, busy = time.perf_counter(), time.process_time()
        ask(batch)
        spans.append((time.perf_counter() - began) * 1e3)
        worked.append((time.process_time() - busy) * 1e3)
    spans = sorted(spans[WARM:])
    return statistics.median(spans), spans[int(len(spans) * 0.95)], statistics.median(worked[WARM:])


def release(folder: Path, places: list[Named]) -> tuple[float, float]:
    """Write a release that holds the places and nothing else; the seconds of clock and processor for the index."""
    engine = folder / "r" / ENGINE
    engine.mkdir(parents=True)
    tables = tomllib.loads((ROOT / "linking" / "words.toml").read_text("utf-8"))
    began, busy = time.perf_counter(), time.process_time()
    write_index(engine / "names.sqlite", places, tables, read_countries(ROOT / "linking" / "countries.tsv"))
    took = time.perf_counter() - began, time.process_time() - busy
    store = Store.create(engine / "store")

    def triples() -> Iterator[ox.Triple]:
        for place in places:
            node = ox.NamedNode(place.entry.iri)
            yield ox.Triple(node, RDF_TYPE, IRIS.term("City"))
            for name in place.names:
                yield ox.Triple(node, PREF_LABEL, ox.Literal(name.text, language=name.language))

    store.add(IRIS.graph("places"), triples())
    store.optimize()
    counts = {"things": {"City": len(places)}, "graphs": {}, "triples": 4 * len(places)}
    manifest = {"version": "r", "files": [], "base_iri": CANONICAL, "counts": counts}
    (folder / "r" / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    Releases(folder).switch("r")
    return took


def main(numbers: list[int]) -> None:
    """Measure and print."""
    labels = numbers[0] if numbers else 200_000
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core
    folder = Path(tempfile.mkdtemp())
    try:
        places = things(labels)
        took = release(folder, places)
        asked = list(batches(places))
        matcher = Matcher(folder / "r" / ENGINE / "names.sqlite")
        settings = Settings.read(ROOT / "citygraph.toml", {})
        client = create_app(settings, Releases(folder), Repository(ROOT)).test_client()

        def serve(batch: list[Query]) -> None:
            queries = {f"q{number}": _written(query) for number, query in enumerate(batch)}
            assert client.post("/reconcile", data={"queries": json.dumps(queries)}).status_code == 200

        print(f"{labels} labels: the index is written in {took[0]:.1f} s, {took[1]:.1f} s of processor")
        for name, ask in (("index", matcher.match_all), ("service", serve)):
            median, slow, worked = measured(ask, asked)
            print(f"{name:8} p50 {median:6.1f} ms  p95 {slow:6.1f} ms  processor {worked:6.1f} ms a batch of {BATCH}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _written(query: Query) -> dict[str, object]:
    country = {"properties": [{"pid": "country", "v": query.country}]} if query.country else {}
    return {"query": query.name, **({"type": query.kind} if query.kind else {}), **country}
