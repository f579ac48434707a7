"""Publishes a release into a SPARQL server: each graph by the Graph Store Protocol, then all put in their places.

Graphs come in under names of their own, in parts, so that neither side holds one whole; a last update moves them. Where
the engine does the updates of one request together, nobody sees half a release. Elsewhere the catalogue goes first and
comes last, so that the sites in front of the store answer 503 meanwhile and never the one release for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox

from citygraph.errors import ReleaseError, SettingsError, StoreError
from citygraph.iris import Iris
from citygraph.remote.backend import Remote
from citygraph.remote.http import Server
from citygraph.remote.store import DESCRIPTIONS, graph_names, union_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.remote.http import Credentials
    from citygraph.settings import Settings

PART = 8_000_000
"""How many bytes of N-Triples are sent at once."""
_SECONDS = 3_600.0
_DONE = (200, 201, 202, 204)


@dataclass(frozen=True)
class _Target:
    """A graph of the release on its way: where it comes in, and where it belongs (None is the default graph)."""

    name: str
    staged: ox.NamedNode
    place: ox.NamedNode | None
    content: Callable[[], Iterable[bytes]]

    @property
    def where(self) -> str:
        return "DEFAULT" if self.place is None else str(self.place)


def publish(settings: Settings, release: Release, credentials: Credentials | None, tell: Callable[[str], None]) -> None:
    """Send a release to the store that the settings name, and let it take the place of the one before."""
    for name in ("store", "store_graphs"):
        if not getattr(settings, name):
            raise SettingsError(name, "it is empty", "name the address of the server to publish into")
    iris, remote = Iris(release.base_iri), Remote(settings, credentials)
    if iris.base != settings.base_iri:
        raise ReleaseError(f"{release.version} names things under {iris.base}, the settings under {settings.base_iri}")
    targets = list(_targets(release, iris, union_graph=remote.engine.union_graph))
    graphs = Server(settings.store_graphs, credentials)
    staged = bool(settings.store_update)
    for target in targets:
        tell(f"sends {target.name}")
        lines = (remote.engine.stored(line.decode()).encode() for line in target.content())
        _send(graphs, target.staged if staged else target.place, lines)
    old = _left_over(remote, release, iris)
    if staged:
        tell("puts the graphs in their places")
        steps = [f"DROP SILENT GRAPH {node}" for node in old]
        steps += [f"MOVE {target.staged} TO {target.where}" for target in targets]
        requests = _requests(steps, iris, together=remote.engine.all_or_nothing)
        _update(Server(settings.store_update, credentials), requests)
    else:
        for node in old:
            _delete(graphs, node)
    if remote.published() != [release.version]:
        raise StoreError(settings.store, f"it does not show the release {release.version}, though it took all of it")


def _targets(release: Release, iris: Iris, *, union_graph: bool) -> Iterator[_Target]:
    """Every graph, the union of all, and last the catalogue, which says that the release is there."""
    stage = f"{iris.base}graph/coming/{release.version}"
    catalogue, void = (release.folder / "dumps" / f"{name}.ttl" for name in DESCRIPTIONS)
    for node in graph_names(release, iris):
        name = iris.graph_name(node.value)
        if name not in DESCRIPTIONS:
            path = release.folder / "dumps" / "graphs" / f"{name}.nt"
            yield _Target(name, ox.NamedNode(f"{stage}/{name}"), node, lambda path=path: _lines(path))  # type: ignore[misc]
    union = union_name(iris) if union_graph else None
    whole = release.folder / "dumps" / "citygraph.nt"

    def described() -> Iterator[bytes]:
        return chain(_lines(whole), _written(catalogue), _written(void))

    yield _Target("the union", ox.NamedNode(f"{stage}/union"), union, described)
    yield _Target("void", ox.NamedNode(f"{stage}/void"), iris.graph("void"), lambda: _written(void))
    yield _Target("catalogue", ox.NamedNode(f"{stage}/catalogue"), iris.graph("catalogue"), lambda: _written(catalogue))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as content:
        yield from content


def _written(turtle: Path) -> Iterator[bytes]:
    """A Turtle file as lines of N-Triples."""
    triples = (quad.triple for quad in ox.parse(path=str(turtle), format=ox.RdfFormat.TURTLE))
    content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert content is not None
    yield from content.splitlines(keepends=True)


def _send(server: Server, graph: ox.NamedNode | None, lines: Iterable[bytes]) -> None:
    """Send a graph in parts: the first replaces what is there (PUT), the others are added (POST)."""
    method = "PUT"
    for part in _parts(lines):
        _call(server, method, part, {"Content-Type": "application/n-triples"}, _graph_query(graph))
        method = "POST"


def _parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines in parts, the first of which may be empty; those with blank nodes in the last, since parts share none."""
    aside: list[bytes] = []
    walk = _plain(lines, aside)
    yield b"".join(_part(walk))
    while part := b"".join(_part(walk)):
        yield part
    if aside:
        yield b"".join(aside)


def _plain(lines: Iterable[bytes], aside: list[bytes]) -> Iterator[bytes]:
    """The lines without blank nodes; the others go aside."""
    for line in lines:
        if b"_:" in line:
            aside.append(line)
        else:
            yield line


def _part(lines: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for line in lines:
        yield line
        size += len(line)
        if size >= PART:
            return


def _delete(server: Server, graph: ox.NamedNode) -> None:
    _call(server, "DELETE", b"", {}, _graph_query(graph))


def _graph_query(graph: ox.NamedNode | None) -> str:
    return "default" if graph is None else urlencode({"graph": graph.value})


def _left_over(remote: Remote, release: Release, iris: Iris) -> list[ox.NamedNode]:
    """Graphs of ours in the store that this release does not have: of the one before, or half sent."""
    stage = f"{iris.base}graph/coming/"
    kept = {node.value for node in graph_names(release, iris)}
    rows = remote.everything(
        f'SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{iris.base}graph/")) }}'
    )
    found = {row["g"].value for row in rows if isinstance(row["g"], ox.NamedNode)} - kept
    return [ox.NamedNode(iri) for iri in sorted(found) if not iri.startswith(f"{stage}{release.version}/")]


def _requests(steps: list[str], iris: Iris, *, together: bool) -> Iterator[str]:
    """All steps in one request; or one by one, with the catalogue gone first."""
    if together:
        yield " ;\n".join(steps)
    else:
        yield f"DROP SILENT GRAPH {iris.graph('catalogue')}"
        yield from steps


def _update(server: Server, requests: Iterable[str]) -> None:
    for text in requests:
        fields = urlencode({"update": text}).encode()
        _call(server, "POST", fields, {"Content-Type": "application/x-www-form-urlencoded"}, "")


def _call(server: Server, method: str, body: bytes, headers: dict[str, str], query: str) -> None:
    with server.ask(method, body, headers | {"User-Agent": "citygraph"}, _SECONDS, query=query) as reply:
        if reply.status not in _DONE:
            raise StoreError(server.url, f"it answers {reply.status} to {method}: {reply.text()}")
