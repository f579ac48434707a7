"""Run a measurement: ``python -m bench [build|downloads|filter|hostile|names|pages|reconcile] [numbers]``.

Without a name it measures what takes minutes.
"""

from __future__ import annotations

import sys

from bench import build, downloads, hostile, names, pages, reconcile
from bench import filter as filtering

MEASURES = {
    "build": build.main,
    "downloads": downloads.main,
    "filter": filtering.main,
    "hostile": hostile.main,
    "names": names.main,
    "pages": pages.main,
    "reconcile": reconcile.main,
}

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["build", "4000", "40000"]
    MEASURES[name]([int(number) for number in rest])
