"""The release that is served at this moment, and the timer that looks for the next one.

A request takes the release once and keeps it to its end, so that no answer mixes two. The next release is opened
aside; only then one reference is replaced. A release that cannot be opened leaves the old one in service.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from citygraph.errors import CitygraphError, ReleaseError
from citygraph.iris import Iris
from citygraph.release import ENGINE
from citygraph.search import Index, open_index
from citygraph.web.terms import Terms

if TYPE_CHECKING:
    from citygraph.release import Release, Releases
    from citygraph.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """An opened release with what every page needs of it."""

    release: Release
    iris: Iris
    store: Store
    terms: Terms

    @classmethod
    def of(cls, release: Release) -> Served:
        """Open a release and read its ontology."""
        iris = Iris(release.base_iri)
        return cls(release, iris, release.store, Terms.read(release.store, iris))

    @property
    def version(self) -> str:
        """The version of the release."""
        return self.release.version

    @cached_property
    def index(self) -> Index:
        """The search file."""
        return open_index(self.release.folder / ENGINE / "search.sqlite")


class Current:
    """Holds the served release and renews it."""

    def __init__(self, releases: Releases) -> None:
        self.releases = releases
        self._served: Served | None = None
        self._opened: str | None = None
        self._refused: str | None = None
        self.renew()

    def get(self) -> Served:
        """The served release; before the first build there is none, which is a :class:`ReleaseError`."""
        if self._served is None:
            raise ReleaseError("there is no release yet; run `citygraph build`")
        return self._served

    def renew(self) -> None:
        """Look whether another release has become the current one, and serve it if it can be opened."""
        version = self.releases.current_version()
        if version in (None, self._opened):
            return
        try:
            release = self.releases.current()
            if release is not None:
                self._served, self._opened = Served.of(release), version
        except (CitygraphError, OSError, ValueError) as error:
            if version != self._refused:
                _log.error("the release %s cannot be served: %s", version, error)
            self._refused = version

    def watch(self, seconds: float) -> None:
        """Look on a timer, not on requests, so that an idle process lets go of an old release too."""
        threading.Thread(target=self._watch, args=(seconds,), name="release-watch", daemon=True).start()

    def _watch(self, seconds: float) -> None:
        pause = threading.Event()
        while not pause.wait(seconds):
            self.renew()
