"""Reads which classes of Wikidata stand for which of ours, from ``linking/classes.tsv``."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_classes(path: Path) -> dict[str, set[str]]:
    """Read the table of Wikidata's classes: our classes by the id of theirs."""
    found: dict[str, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            found[row["item"]].add(row["class"])
    return dict(found)
