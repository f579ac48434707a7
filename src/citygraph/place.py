"""What every command works on: settings, a repository of data, and a folder of releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.retention.policy import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.release import Release, Releases
    from citygraph.settings import Repository, Settings


@dataclass(frozen=True)
class Place:
    """Where a command is run, and how a release is made there."""

    settings: Settings
    repository: Repository
    releases: Releases
    builder: Callable[[Settings, Repository, Releases], Release]

    def build(self) -> Release:
        """Make a release of the repository's files and let it be the current one."""
        return self.builder(self.settings, self.repository, self.releases)

    def release(self, version: str) -> Release:
        """A release by its version; the current one is built first where there is none yet."""
        if version == "current" and self.releases.current() is None:
            return self.build()
        return find(self.releases, version)
