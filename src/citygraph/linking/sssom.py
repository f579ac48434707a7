"""Reads SSSOM tables (https://mapping-commons.github.io/sssom/): a head of YAML behind ``#``, and rows of TSV."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import yaml

from citygraph.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path


def read_table(path: Path, text: str) -> tuple[dict[str, Any], list[tuple[int, dict[str, str]]]]:
    """Read the text of a file as it stands: its head, and its rows with the numbers of their lines."""
    lines = text.splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    body = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    try:
        facts: dict[str, Any] = dict(yaml.safe_load("\n".join(head)) or {})
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise SourceError(path, f"the head is no YAML ({error})", "write `#curie_map:` and a prefix a line") from None
    rows = csv.DictReader((line for _, line in body), delimiter="\t", quoting=csv.QUOTE_NONE)
    return facts, [(number, row) for (number, _), row in zip(body[1:], rows, strict=True)]
