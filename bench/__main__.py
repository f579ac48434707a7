"""Run a measurement: ``python -m bench [build|infer …] [numbers]``; without a name, what takes minutes."""

from __future__ import annotations

import sys

from bench import build, hostile

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["build", "4000", "40000"]
    {"build": build.main, "hostile": hostile.main}[name]([int(number) for number in rest])
