"""What a build is made from, and what its stages have made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from citygraph.build.graphs import GraphFiles
from citygraph.build.origins import Origins
from citygraph.errors import ValidationFailed
from citygraph.findings import Report
from citygraph.release import ENGINE
from citygraph.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citygraph.build.apart import Apart
    from citygraph.build.catalogue import Contents
    from citygraph.build.coverage import Coverage
    from citygraph.build.void import Links
    from citygraph.iris import Iris
    from citygraph.network.figures import Figures
    from citygraph.network.read import Network
    from citygraph.release import File
    from citygraph.settings import Repository, Settings

_MANY = 100_000
"""From how many statements on other processes are used, each of which takes more than a second to begin."""
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


@dataclass
class Job:
    """One build. A stage sets what it makes; whoever needs that has the stage among its needs."""

    work: Path
    """The folder that becomes the release."""
    settings: Settings
    repository: Repository
    extra: tuple[Path, ...] = ()
    """Further files of data."""
    documents: Path | None = None
    """The saved documents with which evidence is compared."""
    imports: bool = True
    """Whether to take in what others published."""
    processes: Apart | None = None
    """Where work on large files is done, if not here."""

    iris: Iris = field(init=False)
    origins: Origins = field(init=False)
    files: GraphFiles = field(init=False)
    store: Store = field(init=False)
    found: dict[str, Report] = field(init=False, default_factory=dict)
    """The findings, by the stage that has made them."""

    written: SimpleQueue[str | None] = field(init=False, default_factory=SimpleQueue)
    """The graphs that people wrote, as they come, and None behind the last."""
    filled: Event = field(init=False, default_factory=Event)
    """Set when the store holds all of them."""
    stated: list[str] = field(init=False)
    """The graphs from which conclusions are drawn, by their short names."""
    imported: list[str] = field(init=False)
    """Those of them that were imported."""
    network: Network = field(init=False)
    figures: Figures = field(init=False)
    size: int = field(init=False)
    """How many triples the union of all graphs has."""
    links: Links = field(init=False)
    """How many links lead where."""
    covered: Coverage = field(init=False)
    date: str = field(init=False)
    """The newest day on which a source of ours was read, published or changed, as YYYY-MM-DD."""
    things: dict[str, int] = field(init=False)
    """How many things there are of each class of ours."""
    contents: Contents = field(init=False)
    measured: list[File] = field(init=False)
    """The files that are known to be finished."""

    def __post_init__(self) -> None:
        self.iris = self.settings.iris
        self.origins = Origins(self.repository.root)
        self.files = GraphFiles(self.dumps / "graphs")
        (self.work / ENGINE).mkdir()
        self.store = Store.create(self.work / ENGINE / "store")

    @property
    def dumps(self) -> Path:
        """The folder of the downloads."""
        return self.work / "dumps"

    @property
    def report(self) -> Report:
        """What was found so far."""
        return Report.of(*(report.findings for report in self.found.values()))

    def refuse_violations(self) -> None:
        """Raise :class:`ValidationFailed` where something was found that no release may hold."""
        report = self.report
        if report.violations:
            raise ValidationFailed(report)

    def apart(self, function: Callable[_Given, _Made], *args: _Given.args, **more: _Given.kwargs) -> _Made:
        """Call a function in a process of its own, if there are so many statements that its start is worth while."""
        if self.processes and sum(self.files.counts.values()) >= _MANY:
            return self.processes.call(function, *args, **more)
        return function(*args, **more)

    def load(self, *names: str) -> None:
        """Take graphs into the store."""
        for name in names:
            self.store.load(self.files.path(name), self.iris.graph(name))
