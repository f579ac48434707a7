"""Run a measurement: ``python -m bench build 5000``, or another of :data:`MEASURES`, with numbers or none.

Without a name it measures what takes long.
"""

from __future__ import annotations

import sys

from bench import build, downloads, examples, hostile, names, pages, reconcile, serve
from bench import filter as filtering

MEASURES = {
    "build": build.main,
    "downloads": downloads.main,
    "examples": examples.main,
    "filter": filtering.main,
    "hostile": hostile.main,
    "names": names.main,
    "pages": pages.main,
    "reconcile": reconcile.main,
    "serve": serve.main,
}
LONG = (["build", "5000", "40000"], ["serve", "40000"])

if __name__ == "__main__":
    for name, *rest in [sys.argv[1:]] if sys.argv[1:] else LONG:
        MEASURES[name]([int(number) for number in rest])
