"""What is told along with a thing: in its data what hangs on it, and on its page its parts and what it rests on.

Parts are what nobody knows by a name of its own. Both are said twice: as steps, which an engine at hand is led along by
short scans, and as paths of a SPARQL query, which an engine elsewhere is asked at once.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import DCT_REPLACES, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from citygraph.backend import Graphs
    from citygraph.iris import Iris

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


def ask(store: Graphs, iris: Iris, node: ox.NamedNode, *, parts: bool) -> list[ox.Quad]:
    """The statements about a thing and what is told along with it, each once, by one question."""
    ways = " UNION ".join(_WAY.format(node=node, path=path) for path in (_PAGE if parts else _DATA))
    rows = store.select(_STATEMENTS.format(ways=ways), prefixes=prefixes(iris.base))
    quads = (ox.Quad(row["subject"], row["property"], row["value"], row["graph"]) for row in rows)
    return list(dict.fromkeys(quads))


def mentioned(scan: Scan, node: ox.NamedNode) -> bool:
    """Tell by scans whether some statement is about a node or points to it, or some graph has this name.

    What another thing replaces is not spoken of, but gone.
    """
    if next(iter(scan(node)), None) or next(iter(scan(graph=node)), None):
        return True
    return any(quad.predicate != DCT_REPLACES for quad in scan(value=node))


def walk(scan: Scan, iris: Iris, node: ox.NamedNode, *, parts: bool) -> list[ox.Quad]:
    """The same by scans for all statements with a subject, or with a property and a value, as a store gives them."""
    steps = _steps(iris)
    waiting: list[tuple[object, str]] = [(node, "page" if parts else "data")]
    if not parts:
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
