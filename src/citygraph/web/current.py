"""The release that is served at this moment, and the timer that looks for the next one.

A request takes the release once and keeps it to its end, so that no answer mixes two. The next release is opened
aside; only then one reference is replaced. A release that cannot be opened leaves the old one in service.
"""

from __future__ import annotations

import logging
import threading
import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cachetools import LRUCache

from citygraph.backend import Embedded
from citygraph.errors import CitygraphError, ReleaseError
from citygraph.iris import Iris
from citygraph.linking.matcher import Matcher
from citygraph.release import ENGINE
from citygraph.search import Index, open_index
from citygraph.web.asking import Desk
from citygraph.web.kept import Shelf
from citygraph.web.names import names_of
from citygraph.web.terms import Terms
from citygraph.wikidata.keep import FILE, Kept
from citygraph.workers import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.backend import Asked, Backend, Graphs
    from citygraph.release import Hold, Release, Releases
    from citygraph.settings import Settings
    from citygraph.web.names import Names, Naming

_log = logging.getLogger(__name__)

_EARLIER = 2
"""How many earlier releases are held open for those who ask for them."""
_NAMES = 40_000
"""How many names of things are kept for a release."""
_WAITING = 32
"""How many queries may wait: half the threads of a server process, so that pages are answered meanwhile."""


def limits_of(settings: Settings) -> Limits:
    """What the settings let strangers' queries use; of three workers one may serve long queries, and two one client."""
    return Limits(
        workers=settings.query_workers,
        slow_seats=max(1, settings.query_workers // 3),
        seconds=settings.query_seconds,
        memory_bytes=settings.query_memory,
        rows=settings.result_rows,
        answer_bytes=settings.result_bytes,
        per_client=max(1, settings.query_workers * 2 // 3),
        waiting=_WAITING,
        services=settings.allowed_services,
    )


@dataclass(frozen=True)
class Served:
    """An opened release with what every page needs of it."""

    release: Release
    iris: Iris
    store: Graphs
    terms: Terms
    limits: Limits = field(default_factory=Limits)
    backend: Backend = field(default_factory=Embedded)
    held: Hold | None = field(default=None, repr=False, compare=False)
    """Keeps the release's files from being pruned as long as it is served."""
    _starting: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, release: Release, limits: Limits | None = None, backend: Backend | None = None) -> Served:
        """Open a release and read its ontology."""
        iris, backend, held = Iris(release.base_iri), backend or Embedded(), release.hold()
        store = backend.store(release)
        return cls(release, iris, store, Terms.read(store, iris), limits or Limits(), backend, held)

    _names: Shelf[tuple[Naming, ...]] = field(
        default_factory=lambda: Shelf(_NAMES, lambda rows: 1 + len(rows)), init=False, repr=False, compare=False
    )

    def names_of(self, things: Iterable[str]) -> Names:
        """The names of those things that have some; what many pages name is asked for once."""
        wanted = dict.fromkeys(things)
        kept = {iri: rows for iri in wanted if (rows := self._names.get(iri)) is not None}
        if missing := [iri for iri in wanted if iri not in kept]:
            found = names_of(self.store, missing)
            for iri in missing:
                kept[iri] = rows = tuple(found.get(iri, ()))
                self._names.put(iri, rows)
        return {iri: rows for iri, rows in kept.items() if rows}

    @property
    def version(self) -> str:
        """The version of the release."""
        return self.release.version

    @cached_property
    def index(self) -> Index:
        """The search file."""
        return open_index(self.release.folder / ENGINE / "search.sqlite")

    @cached_property
    def matcher(self) -> Matcher:
        """The index by which names and identifiers of others are matched; a release of before has none."""
        path = self.release.folder / ENGINE / "names.sqlite"
        if not path.exists():
            raise ReleaseError(f"{self.version} was built before names could be matched; build it again")
        return Matcher(path)

    @cached_property
    def differing(self) -> frozenset[str]:
        """The things of which differences from Wikidata are told."""
        return Kept(self.release.folder / ENGINE / FILE).differing()

    @property
    def pool(self) -> Asked:
        """The workers for strangers' queries; they start when first wanted, and end with the last reference."""
        with self._starting:
            return self._pool

    @cached_property
    def _pool(self) -> Asked:
        return self.backend.pool(self.release, self.limits)

    @cached_property
    def desk(self) -> Desk:
        """Where strangers' queries are answered, and answers kept."""
        return Desk(self.pool, self.backend.lookups(self.release, self.limits))

    @property
    def has_pool(self) -> bool:
        """Whether somebody has asked."""
        return "_pool" in vars(self)


class Current:
    """Holds the served release and renews it."""

    def __init__(self, releases: Releases, limits: Limits | None = None, backend: Backend | None = None) -> None:
        self.releases = releases
        self.limits = limits or Limits()
        self.backend = backend or Embedded()
        self.served: Served | None = None
        """The served release, as long as there is one."""
        self._absent: CitygraphError = ReleaseError("there is no release yet; run `citygraph build`")
        self._opened: str | None = None
        self._refused: str | None = None
        self._earlier: LRUCache[str, Served] = LRUCache(_EARLIER)
        self._opening = threading.Lock()
        self.renew()

    def get(self) -> Served:
        """The served release; before the first build there is none, which is a :class:`ReleaseError`."""
        if self.served is None:
            raise self._absent.with_traceback(None)
        return self.served

    def at(self, version: str) -> Served:
        """An earlier release that is still kept, by its whole version; it has one query worker of its own.

        A few stay open, those asked for last. One that is not kept is a :class:`ReleaseError`.
        """
        if (now := self.get()).version == version:
            return now
        with self._opening:
            served = self._earlier.get(version)
            if served is None:
                limits = replace(self.limits, workers=1, slow_seats=1, per_client=1)
                served = self._earlier[version] = Served.of(self.releases.get(version), limits)
            return served

    def renew(self) -> None:
        """Look whether another release has become the current one, and serve it if it can be opened."""
        version = None
        try:
            version = self.backend.version(self.releases)
            if version in (None, self._opened):
                return
            fresh = Served.of(self.backend.release(self.releases, str(version)), self.limits, self.backend)
            if self.served is not None and self.served.has_pool:
                _ = fresh.pool  # so that the first to ask the new release does not wait for its workers
            self.served, self._opened, self._refused = fresh, version, None
        except (CitygraphError, OSError, ValueError) as error:
            self._refuse(version, error)

    def _refuse(self, version: str | None, error: Exception) -> None:
        """Tell once that a release cannot be served; where the statements of the old one are gone, neither can that."""
        fault = f"the release {version or 'of the store'} cannot be served: {error}"
        if fault != self._refused:
            _log.error("%s", fault)
        self._refused = fault
        if isinstance(error, CitygraphError):
            self._absent = error
        if isinstance(error, ReleaseError) and not self.backend.keeps:
            self.served = self._opened = None

    def prepare(self) -> None:
        """Start the query workers of the served release, and tell which limits this system does not keep."""
        if self.served is None:
            return
        try:
            pool = self.served.pool
        except ReleaseError as error:
            _log.error("%s", error)
            return
        if pool.missing:
            _log.warning("%s", pool.capabilities())

    def watch(self, seconds: float) -> None:
        """Look on a timer, not on requests, so that an idle process lets go of an old release too."""
        threading.Thread(target=_watch, args=(weakref.ref(self), seconds), name="release-watch", daemon=True).start()


def _watch(watched: weakref.ref[Current], seconds: float) -> None:
    """Renew what is served as long as somebody serves it."""
    pause = threading.Event()
    while not pause.wait(seconds) and (current := watched()) is not None:
        current.renew()
        del current  # is not held meanwhile
