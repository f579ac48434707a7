"""The engines that run SHACL shapes: SQL on DuckDB, which builds use, and shifty and pySHACL, which judge it.

Each takes a file of N-Triples, each there once, and the text of the shapes, and gives the results with terms as
N-Triples write them.
"""

# ruff: noqa: S608 - the parts of a query are compiled from the shapes, whose quotes are doubled

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import pyoxigraph as ox
import pyshacl
import rdflib
import shifty
from rdflib.namespace import SH

from citygraph.build.constraints import MACROS, Compiler, Constraint, TooRichError
from citygraph.build.stages import AT_ONCE
from citygraph.build.tables import connect, lines_of
from citygraph.store import Store
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Filled = Callable[[], Store]
    """Gives a store once it is filled."""


class Result(NamedTuple):
    """One result of a validation, as SHACL has it (section 3.6); the value is empty where there is none."""

    focus: str
    value: str
    shape: str
    component: str


class Validator(Protocol):
    """An engine: data, shapes, and what gives a store whose union is the data, where there is one already."""

    def __call__(self, data: Path, shapes: str, store: Filled | None) -> Iterator[Result]:
        """Give the results, in any order."""
        ...


def by_joins(data: Path, shapes: str, store: Filled | None = None) -> Iterator[Result]:
    """Run each constraint once on all of the data; shapes that have no SQL here go to shifty."""
    try:
        constraints = Compiler(shapes).constraints()
    except TooRichError:
        yield from _by_reports(shifty_report, data, shapes)
        return
    with TemporaryDirectory(dir=data.parent) as folder, closing(connect(Path(folder), "shapes")) as database:
        database.execute(MACROS + _TABLES.format(lines=lines_of([data])))
        for row in constraints:
            if not row.sparql:
                for focus, value in database.execute(row.query).fetchall():
                    yield Result(focus, value, row.shape, row.component)
    if asked := [row for row in constraints if row.sparql]:
        filled = store() if store else _filled(data)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for found in threads.map(lambda row: list(_by_query(filled, row)), asked):
                yield from found


def _by_query(store: Store, constraint: Constraint) -> Iterator[Result]:
    for solution in store.select(constraint.query):
        this, value = str(solution["this"]), solution["value"]
        yield Result(this, "" if value is None else str(value), constraint.shape, constraint.component)


_TABLES: Final = f"""
CREATE TABLE t AS SELECT s, p, substr(line, length(s) + length(p) + 3, length(line) - length(s || p) - 4) AS o
    FROM (SELECT line, split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p FROM {{lines}});
CREATE TABLE above AS WITH RECURSIVE up(c, d) AS (
    SELECT s, o FROM t WHERE p = '{foreign("rdfs", "subClassOf")}'
    UNION SELECT up.c, t.o FROM up JOIN t ON t.s = up.d AND t.p = '{foreign("rdfs", "subClassOf")}'
) SELECT * FROM up;
CREATE TABLE kind AS
    SELECT s, o AS c FROM t WHERE p = '{foreign("rdf", "type")}'
    UNION SELECT t.s, above.d FROM t JOIN above ON above.c = t.o WHERE t.p = '{foreign("rdf", "type")}';
"""
"""The triples, and every class of each thing, those above its own too (SHACL, section 2.1.3.2).

The triples stand as they are sorted: to make them unique here would scatter them, and double the time of all queries.
"""


def _filled(data: Path) -> Store:
    return Store.memory(quad for quad in ox.parse(path=str(data), format=ox.RdfFormat.N_TRIPLES))


class _Engine(Protocol):
    def __call__(self, data: Path, shapes: str) -> rdflib.Graph: ...


def shifty_report(data: Path, shapes: str) -> rdflib.Graph:
    """Run shifty; only its report becomes an rdflib graph, the data go from the file to the engine."""
    return shifty.validate(data, shapes.encode(), infer=False)[1]


def pyshacl_report(data: Path, shapes: str) -> rdflib.Graph:
    """Run pySHACL: the reference, for small graphs only."""
    graph = rdflib.Graph().parse(data, format="nt")
    _, report, _ = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(data=shapes, format="turtle"))
    assert isinstance(report, rdflib.Graph)
    return report


def _by_reports(engine: _Engine, data: Path, shapes: str, store: Filled | None = None) -> Iterator[Result]:
    """Read the results out of the report that an engine makes."""
    del store  # these engines read the file
    with _quiet():
        report = engine(data, shapes)
    for node in report.objects(None, SH.result):
        focus, value = (_term(report.value(node, name)) for name in (SH.focusNode, SH.value))
        shape, component = (str(report.value(node, name)) for name in (SH.sourceShape, SH.sourceConstraintComponent))
        yield Result(focus, value, shape, component)


VALIDATORS: Final[dict[str, Validator]] = {
    "duckdb": by_joins,
    "shifty": partial(_by_reports, shifty_report),
    "pyshacl": partial(_by_reports, pyshacl_report),
}
"""The engines, by the name that the setting gives them."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rdflib from logging a traceback for each ill-formed literal; the finding says it better."""
    logger = logging.getLogger("rdflib.term")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _term(node: rdflib.term.Node | None) -> str:
    """Write a term as N-Triples; nothing for none."""
    if isinstance(node, rdflib.Literal):
        if node.language:
            return str(ox.Literal(str(node), language=node.language))
        return str(ox.Literal(str(node), datatype=ox.NamedNode(node.datatype) if node.datatype else None))
    return "" if node is None else node.n3()
