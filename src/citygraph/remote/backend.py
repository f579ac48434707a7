"""The backend of a site whose statements are in a SPARQL server (:class:`citygraph.backend.Backend`).

Which release is served the store itself tells, by the catalogue that it holds: so any number of sites in front of one
store change together. Search, dumps and manifest come from the release's folder, which therefore must be there too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.backend import Embedded
from citygraph.errors import ReleaseError
from citygraph.iris import Iris
from citygraph.remote import quirks
from citygraph.remote.http import Credentials, Server
from citygraph.remote.pool import RemotePool
from citygraph.remote.store import PAGE_SECONDS, Asking, RemoteStore
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citygraph.backend import Backend
    from citygraph.release import Release, Releases
    from citygraph.settings import Settings
    from citygraph.workers import Limits

_PROBE = b"query=ASK%7B%7D"


class Remote:
    """A SPARQL server and what is published there."""

    keeps = False

    def __init__(self, settings: Settings, credentials: Credentials | None = None) -> None:
        self.server = Server(settings.store, credentials)
        self.iris = settings.iris
        self.tally: Counter[str] = Counter()
        self._named = settings.store_engine

    @cached_property
    def engine(self) -> quirks.Engine:
        """The engine, as the settings name it or the server itself."""
        if self._named:
            return quirks.by_name(self._named)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/sparql-results+json"}
        with self.server.ask("POST", _PROBE, headers, PAGE_SECONDS) as reply:
            return quirks.by_server(reply.headers.get("Server", ""))

    def published(self) -> list[str]:
        """The versions that the store says it holds: one, unless it is empty or a release is just coming in."""
        catalogue, term = self.iris.graph("catalogue"), foreign("dcat", "version")
        store = RemoteStore(Asking(self.server, self.engine, self.iris, (catalogue,)))
        found = store.quads(predicate=term, graph=catalogue)
        return sorted({quad.object.value for quad in found if isinstance(quad.object, ox.Literal)})

    def everything(self, text: str) -> ox.QuerySolutions:
        """Ask a SELECT query of all that is in the store, whoever put it there."""
        return RemoteStore(Asking(self.server, replace(self.engine, union_graph=False), self.iris, ())).select(text)

    def version(self, releases: Releases) -> str | None:  # noqa: ARG002 - the store tells
        """The version that the store holds."""
        found = self.published()
        if len(found) != 1:
            raise ReleaseError(
                f"the store holds {len(found)} releases, not one; run `citygraph publish`, or wait until it is done"
            )
        return found[0]

    def release(self, releases: Releases, version: str) -> Release:
        """Open the folder of the release that the store holds."""
        for release in releases.all():
            if release.version == version:
                return release
        raise ReleaseError(
            f"the store holds the release {version}, which is not in {releases.folder}: copy its folder there, or "
            "publish one that is"
        )

    def store(self, release: Release) -> RemoteStore:
        """The statements in the store, for pages."""
        return RemoteStore(self._asking(release))

    def pool(self, release: Release, limits: Limits) -> RemotePool:
        """The same, for strangers."""
        return RemotePool(self._asking(release), limits, self.tally)

    def lookups(self, release: Release, limits: Limits) -> None:
        """None: whatever is asked goes to the server."""

    def _asking(self, release: Release) -> Asking:
        return Asking.of(self.server, self.engine, release, Iris(release.base_iri))


def backend_of(settings: Settings, environ: Mapping[str, str]) -> Backend:
    """The backend that the settings name: the embedded engine, or a server."""
    return Remote(settings, Credentials.read(environ)) if settings.store else Embedded()
