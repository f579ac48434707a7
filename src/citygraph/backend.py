"""What the site asks of a store, wherever the store is: the seam between the web and an engine.

The embedded engine answers pages in the process and strangers in workers; :mod:`citygraph.remote` asks a SPARQL server.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from citygraph.lookups import Lookups
from citygraph.release import ENGINE
from citygraph.vocab import prefixes
from citygraph.workers import QueryPool

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pyoxigraph as ox

    from citygraph.iris import Iris
    from citygraph.release import Release, Releases
    from citygraph.workers import Answer, Forms, Limits, Question
    from citygraph.written import Facts, Said


class Graphs(Protocol):
    """What pages ask: our own questions, which need no limits."""

    def select(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> ox.QuerySolutions:
        """Ask a SELECT query."""

    def construct(self, text: str, *, prefixes: Mapping[str, str] | None = None) -> Iterable[ox.Triple]:
        """Ask a CONSTRUCT query."""

    def quads(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.Literal | None = None,
        graph: ox.NamedNode | None = None,
        *,
        most: int | None = None,
    ) -> Iterable[ox.Quad]:
        """Statements of named graphs that fit a pattern, at most so many; None fits all."""

    def told(self, things: Iterable[str], properties: Collection[str]) -> Iterable[Said]:
        """What some graph or other says of things by some properties, all given by IRIs, each statement once."""

    def mentions(self, node: ox.NamedNode) -> bool:
        """Tell whether some statement is about a node or points to it, or some graph has this name.

        A node that others only replace (``dct:replaces``) is not spoken of, but gone.
        """

    def around(self, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
        """The statements about a thing and what its data tell along with it (:mod:`citygraph.around`), each once."""

    def gathered(self, iris: Iris, iri: str) -> Mapping[str, Facts]:
        """What is said of a thing and of what its page tells along with it, by the IRIs of these."""

    def pointing(self, iri: str, most: int) -> list[tuple[str, str]]:
        """What points to a thing, as written, and by which property: a pair for each statement, at most so many."""

    def graphs(self) -> list[ox.NamedNode]:
        """The names of the graphs, sorted."""


class Asked(Protocol):
    """Who answers strangers' queries within limits."""

    limits: Limits

    def ask(self, question: Question, forms: Forms, client: str = "") -> Answer:
        """Answer a stranger's query; the client is known by a name of the caller's choosing."""

    @property
    def standing(self) -> tuple[int, int]:
        """How many queries are answered at this moment, and how many wait."""

    @property
    def missing(self) -> list[str]:
        """The limits that are not kept here."""

    def capabilities(self) -> str:
        """Say at start-up which limits hold, and which do not."""


class Backend(Protocol):
    """Where the statements of a release are, and which release that is."""

    keeps: bool
    """Whether the statements of the release served before are still there when the next one cannot be opened."""
    tally: Counter[str]
    """What became of strangers' queries and those who answer them, by event; it outlives releases."""

    def version(self, releases: Releases) -> str | None:
        """The version of the release to be served now; None where there is none yet."""

    def release(self, releases: Releases, version: str) -> Release:
        """Open the release of that version, as far as it lies in the folder."""

    def store(self, release: Release) -> Graphs:
        """The statements of a release, for pages."""

    def pool(self, release: Release, limits: Limits) -> Asked:
        """The same, for strangers."""

    def lookups(self, release: Release, limits: Limits) -> Lookups | None:
        """The same, for queries that need no worker; None where the store is no nearer than the workers."""


class Embedded:
    """The engine in the release's own folder."""

    keeps = True

    def __init__(self) -> None:
        self.tally: Counter[str] = Counter()

    def version(self, releases: Releases) -> str | None:
        """The version that the folder's link names."""
        return releases.current_version()

    def release(self, releases: Releases, version: str) -> Release:  # noqa: ARG002 - the link names it
        """The release that the folder's link names."""
        return releases.get("current")

    def store(self, release: Release) -> Graphs:
        """The store, opened read-only, with what it holds of each thing beside it, where the build has written that."""
        return release.statements or release.store

    def pool(self, release: Release, limits: Limits) -> Asked:
        """Workers on the same store."""
        base = release.base_iri
        return QueryPool(release.folder / ENGINE / "store", limits, prefixes(base), self.tally, f"{base}sparql")

    def lookups(self, release: Release, limits: Limits) -> Lookups | None:
        """The store of the pages."""
        base = release.base_iri
        return Lookups(release.store.engine, limits, prefixes(base), f"{base}sparql", release.statements)
