"""What is told along with a thing: in its data what hangs on it, and on its page its parts and what it rests on.

Parts are what nobody knows by a name of its own. Both are said twice: as steps, which an engine at hand is led along by
short scans, and as paths of a SPARQL query, which an engine elsewhere is asked at once.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph import written
from citygraph.vocab import DCT_REPLACES, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from citygraph.backend import Graphs
    from citygraph.iris import Iris
    from citygraph.written import Facts

    Scan = Callable[..., Iterable[ox.Quad]]

_PARTS = ("agreement", "event", "participation", "initiative")
_SELECTOR, _GEOMETRY = foreign("oa", "hasSelector"), foreign("gsp", "hasGeometry")
_SCHEME = foreign("skos", "inScheme")

# Virtuoso reads no optional step within an alternative, so evidence stands there twice.
_EVIDENCE = "cg:evidence|(cg:evidence/oa:hasSelector)"
_DATA = (f"({_EVIDENCE}|oa:hasSelector|gsp:hasGeometry|^skos:inScheme)?",)
"""Evidence with the place in the document, geometry, concepts of a code list."""
_PAGE = (f"({'|'.join(f'cg:{name}' for name in _PARTS)})*", f"({_EVIDENCE})")
"""The parts, and the evidence of the thing alone."""
_STATEMENTS = "SELECT ?graph ?subject ?property ?value WHERE {{ {ways} }}"
_WAY = "{{ {node} {path} ?subject . GRAPH ?graph {{ ?subject ?property ?value }} }}"


def ask(store: Graphs, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
    """The statements about a thing and what is told along with it in its data, each once, by one question."""
    return _ask(store, iris, node, _DATA)


def ask_for_page(store: Graphs, iris: Iris, node: ox.NamedNode) -> dict[str, Facts]:
    """The same for its page, by the IRIs of the things that the statements are about."""
    about: defaultdict[str, list[ox.Quad]] = defaultdict(list)
    for quad in _ask(store, iris, node, _PAGE):
        if isinstance(quad.subject, ox.NamedNode):
            about[quad.subject.value].append(quad)
    return {iri: written.facts(quads) for iri, quads in about.items()}


def _ask(store: Graphs, iris: Iris, node: ox.NamedNode, paths: tuple[str, ...]) -> list[ox.Quad]:
    ways = " UNION ".join(_WAY.format(node=node, path=path) for path in paths)
    rows = store.select(_STATEMENTS.format(ways=ways), prefixes=prefixes(iris.base))
    quads = (ox.Quad(row["subject"], row["property"], row["value"], row["graph"]) for row in rows)
    return list(dict.fromkeys(quads))


def pairs(quads: Iterable[ox.Quad]) -> list[tuple[str, str]]:
    """The subjects of statements, as written, with their properties."""
    return [(written.write(quad.subject), quad.predicate.value) for quad in quads]


def mentioned(scan: Scan, node: ox.NamedNode) -> bool:
    """Tell by scans whether some statement is about a node or points to it, or some graph has this name.

    What another thing replaces is not spoken of, but gone.
    """
    if next(iter(scan(node)), None) or next(iter(scan(graph=node)), None):
        return True
    return any(quad.predicate != DCT_REPLACES for quad in scan(value=node))


def walk(scan: Scan, iris: Iris, node: ox.NamedNode) -> list[ox.Quad]:
    """What :func:`ask` finds, by scans for all statements with a subject, or with a property and a value."""
    steps = _steps(iris)
    waiting: list[tuple[object, str]] = [(node, "data")]
    waiting += [(quad.subject, "leaf") for quad in scan(predicate=_SCHEME, value=node)]
    found: dict[object, list[ox.Quad]] = {}
    seen = set()
    while waiting:
        subject, role = step = waiting.pop()
        if step not in seen and not isinstance(subject, ox.Literal):
            seen.add(step)
            if subject not in found:
                found[subject] = list(scan(subject))
            if leading := steps[role]:
                waiting += [(quad.object, then) for quad in found[subject] if (then := leading.get(quad.predicate))]
    return [quad for rows in found.values() for quad in rows]


def gather(read: Callable[[str], Facts], iris: Iris, iri: str) -> dict[str, Facts]:
    """What :func:`ask_for_page` finds, by reading what is said of one thing after the other."""
    steps = _page_steps(iris)
    waiting, found = [(iri, "page")], dict[str, "Facts"]()
    seen = set()
    while waiting:
        thing, role = step = waiting.pop()
        if step not in seen:
            seen.add(step)
            own = found.get(thing) or read(thing)
            if own:
                found[thing] = own
            for name, then in steps[role]:
                waiting += [(value[1:-1], then) for value in own.get(name, ()) if written.is_iri(value)]
    return found


@cache
def _page_steps(iris: Iris) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The steps with the IRIs of properties in the place of their nodes."""
    return {role: tuple((node.value, then) for node, then in rows.items()) for role, rows in _steps(iris).items()}


@cache
def _steps(iris: Iris) -> Mapping[str, Mapping[ox.NamedNode, str]]:
    """Which properties lead on from things of each role, and to what role."""
    evidence, parts = {iris.term("evidence"): "evidence"}, {iris.term(name): "part" for name in _PARTS}
    return {
        "data": evidence | {_SELECTOR: "leaf", _GEOMETRY: "leaf"},
        "page": evidence | parts,
        "part": parts,
        "evidence": {_SELECTOR: "leaf"},
        "leaf": {},
    }
