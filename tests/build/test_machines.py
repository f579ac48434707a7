"""Two machines build the same release: nothing of the place, the language, the clock or the processors is in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BUILD = """
import os, sys, time
from pathlib import Path
from citygraph.build import pipeline
from citygraph.release import Releases
from citygraph.settings import Repository, Settings

os.umask(int(sys.argv[2], 8))
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[3])])
root = Path(sys.argv[4])
settings = Settings.read(root / "citygraph.toml", {})
pipeline.build(settings, Repository(root, root / "tests" / "world"), Releases(Path(sys.argv[1])), lambda stage: None)
print(time.strftime("%Y"))
"""


def built(folder: Path, umask: str, processors: str, environ: dict[str, str], *before: str) -> tuple[object, str]:
    """Build the world as another machine would, elsewhere; its manifest, and the year that it takes us to be in."""
    folder.mkdir()
    command = [*before, sys.executable, "-c", _BUILD, str(folder / "releases"), umask, processors, str(ROOT)]
    source = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=folder, env=os.environ | source | environ, check=True, capture_output=True)
    manifest = json.loads((folder / "releases" / "current" / "manifest.json").read_text("utf-8"))
    return manifest, done.stdout.decode().strip()


@pytest.mark.real
def test_two_machines_build_the_same(tmp_path: Path) -> None:
    """With another time zone, language, hash seed, mask, folder, number of processors and year, all checksums agree."""
    faketime = shutil.which("faketime")
    assert faketime, "install faketime, as `make tools` does"
    east = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    west = {"TZ": "Pacific/Niue", "LC_ALL": "C", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"}
    here, year = built(tmp_path / "here", "022", "99", east)
    there, other = built(tmp_path / "there", "077", "1", west, faketime, "-f", "+800d")
    assert year != other
    assert here == there
