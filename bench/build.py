"""Measures whole builds of generated graphs, beside the bare load of the same triples into a store.

    python -m bench build 4000 40000 400000

Both sides of a row run one after the other on the same machine, each in a process of its own, and what is compared is
their ratio. What is printed is Markdown: the rows of the tables in ``docs/benchmarks.md``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox

from bench.generate import generate, write
from citygraph.build import pipeline
from citygraph.iris import CANONICAL, Iris
from citygraph.release import Releases
from citygraph.settings import Repository, Settings

ROOT = Path(__file__).parents[1]
_EVERY = 0.1
"""Seconds between two looks at the memory of a run."""


@dataclass
class Figures:
    """What one run took."""

    triples: int
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds of processor time of each, of all cores."""
    seconds: float = 0.0
    """From the first to the last line of work, without the start of Python."""
    processor: float = 0.0
    """Seconds of processor time, of all cores, the start of Python included."""
    peak: float = 0.0
    """Megabytes of the process and all it has started, together, at the worst moment."""


def make_repository(number: int, folder: Path) -> None:
    """Write a repository of so many partnerships, and beside it the same statements as N-Quads."""
    for name in ("linking", "ontology", "profiles", "queries", "shapes"):
        shutil.copytree(ROOT / name, folder / "repository" / name)
    write(number, folder / "repository" / "data")
    iris = Iris(CANONICAL)
    quads = (ox.Quad(*triple, iris.graph(name)) for name, triples in generate(number) for triple in triples)
    ox.serialize(quads, folder / "statements.nq", format=ox.RdfFormat.N_QUADS)


def run_bare(folder: Path) -> Figures:
    """Load the statements into a store on disk as fast as the engine can, and do nothing else."""
    shutil.rmtree(folder / "bare", ignore_errors=True)
    before = time.perf_counter()
    store = ox.Store(folder / "bare")
    store.bulk_load(path=folder / "statements.nq", format=ox.RdfFormat.N_QUADS)
    return Figures(len(store), seconds=time.perf_counter() - before)


def run_build(folder: Path) -> Figures:
    """Build a release, and tell what each stage took."""
    marks: list[tuple[str, float]] = []
    before = time.perf_counter()
    tell = lambda stage: marks.append((stage, time.process_time()))  # noqa: E731 - the shape of a callback
    release = pipeline.build(Settings(), Repository(folder / "repository"), Releases(folder / "releases"), tell)
    end = time.perf_counter()
    ends = [mark for _, mark in marks[1:]] + [time.process_time()]
    stages = {name: round(stop - start, 1) for (name, start), stop in zip(marks, ends, strict=True)}
    return Figures(release.manifest["counts"]["triples"], stages, end - before)


SIDES = {"bare": run_bare, "build": run_build}


def apart(side: str, folder: Path) -> Figures:
    """Run one side in a session of its own, and watch its memory."""
    command = [sys.executable, "-m", "bench.build", side, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    peak = 0.0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(_EVERY)
    _, status, used = os.wait4(process.pid, 0)
    assert process.stdout is not None
    if status:
        raise SystemExit(f"the side {side!r} failed")
    figures = Figures(**json.loads(process.stdout.read().splitlines()[-1]))
    figures.processor, figures.peak = used.ru_utime + used.ru_stime, peak
    return figures


def _memory(session: int) -> float:
    """The megabytes that the processes of a session hold together."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == session:
                total += int((folder / "statm").read_text().split()[1])
        except (OSError, ProcessLookupError):
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(numbers: list[int]) -> None:
    """Print two tables: a row per size, and what each stage took."""
    rows: list[tuple[int, Figures, Figures]] = []
    for number in numbers:
        with TemporaryDirectory() as scratch:
            make_repository(number, Path(scratch))
            bare, built = (apart(side, Path(scratch)) for side in SIDES)
            rows.append((number, bare, built))
            print(f"{number:,}: {bare.seconds:.1f} s and {built.seconds:.1f} s", file=sys.stderr, flush=True)
    print("| partnerships | triples | in the release | bare load | build | ratio | processor | ratio | peak | growth |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    last: tuple[int, float] | None = None
    for number, bare, built in rows:
        cells = [f"{number:,}", f"{bare.triples:,}", f"{built.triples:,}", f"{bare.seconds:.1f} s"]
        cells += [f"{built.seconds:.1f} s", f"{built.seconds / bare.seconds:.1f}"]
        cells += [f"{built.processor:.0f} s", f"{built.processor / bare.processor:.1f}", f"{built.peak:.0f} MB"]
        cells += [f"× {number / last[0]:.0f} in × {built.processor / last[1]:.1f}" if last else ""]
        print(f"| {' | '.join(cells)} |")
        last = (number, built.processor)
    print(f"\n| stage | {' | '.join(f'{number:,}' for number, _, _ in rows)} |")
    print(f"|--|{'--:|' * len(rows)}")
    for stage in rows[0][2].stages:
        print(f"| {stage} | {' | '.join(f'{built.stages[stage]:.1f} s' for _, _, built in rows)} |")


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](Path(sys.argv[2])).__dict__))
