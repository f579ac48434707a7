"""Measures whole builds of generated graphs, beside the bare load of the same triples into a store.

    python -m bench build 5000 40000

All sides of a row run one after the other on the same machine, each in a process of its own, and what is compared is
their ratio. The whole build, and the steps of it that load, validate, infer, index and dump, stand beside two bare
loads: of what was written, and of what the release holds in the end, which is about twice as much. What each stage
takes is told by a build that does one after the other. What is printed is Markdown: the rows of the tables in
``docs/benchmarks.md``.
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
from citygraph.build import pipeline, publishing
from citygraph.build.apart import Apart
from citygraph.build.job import Job
from citygraph.build.stages import AT_ONCE, Stage, run_stages
from citygraph.iris import CANONICAL, Iris
from citygraph.release import Releases
from citygraph.settings import Repository, Settings

ROOT = Path(__file__).parents[1]
STEPS = {
    **pipeline.STAGES,
    "settled": Stage(publishing.settle, ("store rest",)),
    "steps": Stage(lambda _: None, ("settled", "dumps", "index", "names")),
}
"""The stages of a build, and what loads, validates, infers, indexes and dumps, up to a store that can be served."""
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


def run_bare(folder: Path, statements: str = "statements.nq") -> Figures:
    """Load the statements into a store on disk as fast as the engine can, and do nothing else."""
    shutil.rmtree(folder / "bare", ignore_errors=True)
    before = time.perf_counter()
    store = ox.Store(folder / "bare")
    store.bulk_load(path=folder / statements, format=ox.RdfFormat.N_QUADS)
    return Figures(len(store), seconds=time.perf_counter() - before)


def run_bare_whole(folder: Path) -> Figures:
    """Load bare what the release holds, its conclusions included."""
    return run_bare(folder, "releases/current/dumps/citygraph.nq")


def run_build(folder: Path, releases: str = "releases", at_once: int = AT_ONCE) -> Figures:
    """Build a release, and tell what each stage took, which means something where one runs at a time."""
    marks: list[tuple[str, float]] = []
    before = time.perf_counter()
    tell = lambda stage: marks.append((stage, time.process_time()))  # noqa: E731 - the shape of a callback
    repository = Repository(folder / "repository")
    release = pipeline.build(Settings(), repository, Releases(folder / releases), tell, at_once=at_once)
    end = time.perf_counter()
    ends = [mark for _, mark in marks[1:]] + [time.process_time()]
    stages = {name: round(stop - start, 1) for (name, start), stop in zip(marks, ends, strict=True)}
    return Figures(release.manifest["counts"]["triples"], stages, end - before)


def run_steps(folder: Path) -> Figures:
    """Load, validate, infer, index and dump, up to a store that answers and the formats that hold the whole."""
    before = time.perf_counter()
    with Releases(folder / "steps").workspace() as work, Apart(AT_ONCE) as processes:
        job = Job(work, Settings(), Repository(folder / "repository"), processes=processes)
        run_stages(STEPS, job, "steps", lambda _: None)
        return Figures(sum(job.files.counts.values()), seconds=time.perf_counter() - before)


def run_apart(folder: Path) -> Figures:
    """Build once more, one stage after the other."""
    return run_build(folder, "again", at_once=1)


SIDES = {"bare": run_bare, "steps": run_steps, "build": run_build, "whole": run_bare_whole, "stages": run_apart}


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


def _growth(run: Figures, before: Figures, size: float) -> str:
    """How much longer a run takes than one of a smaller size."""
    return f"× {size:.0f} in × {run.seconds / before.seconds:.1f}, processor {run.processor / before.processor:.1f}"


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
    rows: list[tuple[int, dict[str, Figures]]] = []
    for number in numbers:
        with TemporaryDirectory() as scratch:
            make_repository(number, Path(scratch))
            sides = {side: apart(side, Path(scratch)) for side in SIDES}
            rows.append((number, sides))
            times = ", ".join(f"{name} {figures.seconds:.1f} s" for name, figures in sides.items())
            print(f"{number:,}: {times}", file=sys.stderr, flush=True)
    print("| partnerships | triples | in the release | run | seconds | × bare load | × that of the release |", end="")
    print(" processor | × bare load | × that of the release | peak | growth |")
    print(f"|--:|--:|--:|--|{'--:|' * 8}")
    last: tuple[int, dict[str, Figures]] | None = None
    for number, sides in rows:
        bare, whole = sides["bare"], sides["whole"]
        for side, title in (("steps", "the five steps"), ("build", "all of it")):
            run = sides[side]
            cells = [f"{number:,}", f"{bare.triples:,}", f"{run.triples:,}", title]
            cells += [f"{run.seconds:.1f} s", *(f"{run.seconds / each.seconds:.1f}" for each in (bare, whole))]
            cells += [f"{run.processor:.0f} s", *(f"{run.processor / each.processor:.1f}" for each in (bare, whole))]
            cells += [f"{run.peak:.0f} MB", _growth(run, last[1][side], number / last[0]) if last else ""]
            print(f"| {' | '.join(cells)} |")
        last = (number, sides)
    print(f"\n| stage, processor | {' | '.join(f'{number:,}' for number, _ in rows)} |")
    print(f"|--|{'--:|' * len(rows)}")
    for stage in rows[0][1]["stages"].stages:
        cells = [f"{sides['stages'].stages[stage]:.1f} s" for _, sides in rows]
        print(f"| {stage} | {' | '.join(cells)} |")


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](Path(sys.argv[2])).__dict__))
