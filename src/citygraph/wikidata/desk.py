"""The desk as a whole: both sides, what was agreed, the differences, and the forms in which they are handed on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from citygraph.linking.names import Words
from citygraph.wikidata import openrefine, quickstatements, report
from citygraph.wikidata.agreed import FILE, FOLDER, read_agreed
from citygraph.wikidata.compare import Comparison
from citygraph.wikidata.head import Head, head_of
from citygraph.wikidata.read import read_sides
from citygraph.wikidata.sides import Rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.imports.endpoint import Manner
    from citygraph.iris import Iris
    from citygraph.settings import Repository
    from citygraph.store import Store
    from citygraph.wikidata.lines import Line

FILES = {
    "json": "differences.json",
    "csv": "differences.csv",
    "text": "report.txt",
    "quickstatements": "quickstatements.txt",
    "openrefine": "twinnings.openrefine.tar.gz",
}
"""The forms in which a comparison is handed on, and each file's name in the folder ``wikidata`` of a release."""


@dataclass(frozen=True)
class Desk:
    """A comparison and what follows from it."""

    comparison: Comparison
    iris: Iris
    release: str = ""

    @cached_property
    def lines(self) -> list[Line]:
        """Every difference."""
        return self.comparison.lines()

    @cached_property
    def head(self) -> Head:
        """What stands above the lines."""
        return head_of(self.comparison, self.lines, self.release)

    @property
    def warning(self) -> str:
        """How old what speaks for Wikidata is, in one sentence."""
        return f"compared with Wikidata as of {self.head.snapshot}; it may say otherwise today"

    def write(self, form: str, lines: Iterable[Line], *, comments: bool = False) -> bytes:
        """Write lines as ``text``, ``json``, ``csv``, ``quickstatements`` or ``openrefine``."""
        lines, sides = list(lines), self.comparison.sides
        if form == "json":
            return report.json(self.head, lines, sides)
        if form == "csv":
            return report.table(lines, sides)
        if form == "openrefine":
            return openrefine.project(self.head, lines, sides)
        rows: Iterator[str]
        if form == "quickstatements":
            rows = quickstatements.commands(lines, self.warning if comments else "")
        else:
            rows = report.text(self.head, lines, sides)
        return "".join(f"{row}\n" for row in rows).encode()


def open_desk(
    store: Store, iris: Iris, repository: Repository, release: str = "", live: tuple[str, Manner] | None = None
) -> Desk:
    """Read both sides and what was agreed; ``live`` is an endpoint that is asked first, and how."""
    words = Words.read(repository.linking / "words.toml")
    sides = read_sides(store, iris, Rules.read(repository.linking / "wikidata.toml"), words, always=live is not None)
    if live:
        from citygraph.wikidata.live import refresh  # noqa: PLC0415 - only who asks needs a client

        sides = refresh(sides, *live, iris, words, dt.datetime.now(dt.UTC).date())
    agreed = read_agreed(repository.data / FOLDER / FILE)
    return Desk(Comparison(sides, agreed, iris.base), iris, release)
