"""What is told along with a thing: the parts that nobody knows by a name of their own, and what hangs on each.

The same is said twice: as steps, which an engine at hand is led along by short scans, and as paths of a SPARQL query,
which an engine elsewhere is asked at once.
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
_POINTING = ("person", "initiative")
_SELECTOR, _GEOMETRY = foreign("oa", "hasSelector"), foreign("gsp", "hasGeometry")
_SCHEME = foreign("skos", "inScheme")

# Virtuoso reads no optional step within an alternative, so evidence stands there twice.
_HANGING = "(cg:evidence|(cg:evidence/oa:hasSelector)|oa:hasSelector|gsp:hasGeometry|^skos:inScheme)?"
"""Evidence with the place in the document, geometry, concepts of a code list."""
_WHOLE = tuple(
    f"({'|'.join(f'{sign}cg:{name}' for name in names)}){repeated}/{_HANGING}"
    for sign, names, repeated in (("", _PARTS, "*"), ("^", _POINTING, ""))
)
_STATEMENTS = "SELECT ?graph ?subject ?property ?value WHERE {{ {ways} }}"
_WAY = "{{ {node} {path} ?subject . GRAPH ?graph {{ ?subject ?property ?value }} }}"


def ask(store: Graphs, iris: Iris, node: ox.NamedNode, *, parts: bool) -> set[ox.Quad]:
    """The statements about a thing and what hangs on it, and about its parts if they are wanted, by one question."""
    ways = " UNION ".join(_WAY.format(node=node, path=path) for path in (_WHOLE if parts else (_HANGING,)))
    rows = store.select(_STATEMENTS.format(ways=ways), prefixes=prefixes(iris.base))
    return {ox.Quad(row["subject"], row["property"], row["value"], row["graph"]) for row in rows}


def mentioned(scan: Scan, node: ox.NamedNode) -> bool:
    """Tell by scans whether some statement is about a node or points to it, or some graph has this name.

    What another thing replaces is not spoken of, but gone.
    """
    if next(iter(scan(node)), None) or next(iter(scan(graph=node)), None):
        return True
    return any(quad.predicate != DCT_REPLACES for quad in scan(value=node))


def walk(scan: Scan, iris: Iris, node: ox.NamedNode, *, parts: bool) -> set[ox.Quad]:
    """The same by scans for all statements with a subject, or with a property and a value, as a store gives them."""
    steps, pointing = _steps(iris)
    waiting: list[tuple[object, str]] = [(node, "whole" if parts else "side")]
    for term in pointing if parts else ():
        waiting += [(quad.subject, "side") for quad in scan(predicate=term, value=node)]
    found: set[ox.Quad] = set()
    seen = set()
    while waiting:
        subject, role = step = waiting.pop()
        if step not in seen and not isinstance(subject, ox.Literal):
            seen.add(step)
            if role in ("whole", "side"):
                waiting += [(quad.subject, "leaf") for quad in scan(predicate=_SCHEME, value=subject)]
            rows = list(scan(subject))
            found.update(rows)
            waiting += [(quad.object, then) for quad in rows if (then := steps[role].get(quad.predicate))]
    return found


@cache
def _steps(iris: Iris) -> tuple[Mapping[str, Mapping[ox.NamedNode, str]], tuple[ox.NamedNode, ...]]:
    """Which properties lead on from things of each role, and to what role; and which lead to parts from behind."""
    hanging = {iris.term("evidence"): "evidence", _SELECTOR: "leaf", _GEOMETRY: "leaf"}
    steps = {
        "whole": hanging | {iris.term(name): "whole" for name in _PARTS},
        "side": hanging,
        "evidence": {_SELECTOR: "leaf"},
        "leaf": {},
    }
    return steps, tuple(map(iris.term, _POINTING))
