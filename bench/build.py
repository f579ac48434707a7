"""Measures whole builds of generated graphs, beside the bare load of the same triples into a store.

    python -m bench build 40000 [400000]

Each build runs in a process of its own, so that its peak of memory is its own; both sides run one after the other on
the same machine, and what is compared is their ratio.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.generate import generate
from citygraph.build import pipeline
from citygraph.build.graphs import GraphFiles
from citygraph.imports.manifest import Manifest, digests
from citygraph.imports.triples import STATEMENTS
from citygraph.iris import CANONICAL, Iris
from citygraph.release import Releases
from citygraph.settings import Repository, Settings
from citygraph.store import Store

ROOT = Path(__file__).parents[1]


@dataclass
class Figures:
    """What one run took: triples, seconds of wall time, megabytes at the peak."""

    triples: int
    seconds: float
    peak: float
    stages: dict[str, float]


def make_repository(number: int, folder: Path) -> Path:
    """Write a repository whose data are one import of so many partnerships; return the file of its statements."""
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    made = folder / "data" / "imported" / "made"
    for empty in ("sources", "links"):
        (folder / "data" / empty).mkdir(parents=True)
    for name in ("places", "labels"):
        (folder / "data" / f"{name}.ttl").touch()
    made.mkdir(parents=True)
    files = GraphFiles(folder / "graphs")
    generate(number, files)
    with (made / STATEMENTS).open("wb") as target, files.union(files.names()) as lines:
        target.writelines(lines)
    shutil.rmtree(folder / "graphs")
    zero, titles = "http://creativecommons.org/publicdomain/zero/1.0/", {"en": f"{number} generated partnerships"}
    day, listed = date(2026, 1, 1), digests(made, [STATEMENTS])
    Manifest(made, "triples", titles, "bench", zero, day, "bench/generate.py", listed).write()
    return made / STATEMENTS


def run_bare(statements: Path, folder: Path) -> Figures:
    """Load a file of triples into a store on disk, and nothing else."""
    before = time.perf_counter()
    store = Store.create(folder / "store")
    store.load(statements, Iris(CANONICAL).graph("made"))
    seconds = time.perf_counter() - before
    return Figures(len(store), seconds, _peak(), {})


def run_build(repository: Path, folder: Path) -> Figures:
    """Build a release, and tell what each stage took."""
    marks: list[tuple[str, float]] = []
    before = time.perf_counter()
    tell = lambda stage: marks.append((stage, time.perf_counter()))  # noqa: E731 - the shape of a callback
    release = pipeline.build(Settings(), Repository(repository), Releases(folder / "releases"), tell)
    end = time.perf_counter()
    ends = [mark for _, mark in marks[1:]] + [end]
    stages = {name: round(stop - start, 1) for (name, start), stop in zip(marks, ends, strict=True)}
    return Figures(release.manifest["counts"]["triples"], end - before, _peak(), stages)


def _peak() -> float:
    """The peak of this process's memory, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(what: str, *paths: Path) -> Figures:
    """Run one side in a process of its own."""
    command = [sys.executable, "-m", "bench.build", what, *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def main(numbers: list[int]) -> None:
    """Print a row per size."""
    print("partnerships | triples | bare load | build | ratio | again | peak | stages in seconds")
    for number in numbers:
        with TemporaryDirectory() as scratch:
            folder = Path(scratch)
            statements = make_repository(number, folder / "repository")
            (folder / "bare").mkdir()
            bare = apart("bare", statements, folder / "bare")
            built, again = (apart("build", folder / "repository", folder) for _ in range(2))
        ratio = f"{built.seconds / bare.seconds:.1f}"
        row = [f"{number:,}", f"{built.triples:,}", f"{bare.seconds:.1f} s", f"{built.seconds:.1f} s", ratio]
        print(" | ".join([*row, f"{again.seconds:.1f} s", f"{built.peak:.0f} MB", str(built.stages)]))


if __name__ == "__main__":
    side = {"bare": run_bare, "build": run_build}[sys.argv[1]]
    print(json.dumps(side(*map(Path, sys.argv[2:])).__dict__))
