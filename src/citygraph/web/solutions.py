"""The answer of a query worker as a table for people, cut to what a browser bears."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.formats import Kind
from citygraph.web.answers import local_url
from citygraph.web.names import Name, best
from citygraph.web.terms import compact
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.web.current import Served
    from citygraph.web.names import Names
    from citygraph.workers import Answer


@dataclass(frozen=True)
class Cell:
    """A term of an answer."""

    name: Name
    url: str | None = None


@dataclass(frozen=True)
class Table:
    """The rows of an answer."""

    kind: str
    """``table``, ``graph`` or ``boolean``."""
    columns: list[str]
    rows: list[list[Cell | None]]
    more: bool
    """Whether the answer has more rows than are shown."""
    truth: bool | None = None


def table(served: Served, answer: Answer, language: str, limit: int, *, named: bool = False) -> Table:
    """Make a table of solutions, of triples, or of a yes or no; no more of the answer is read than is shown.

    Things of ours are shown by kind and name, which a query would give; or as people call them, which one question to
    the store tells.
    """
    rows: Iterable[Iterable[object]]
    if answer.form.kind is not Kind.RESULTS:
        quads = ox.parse(answer.body, format=answer.form.rdf)
        kind, columns, rows = "graph", ["subject", "property", "value"], (quad.triple for quad in quads)
    else:
        results = ox.parse_query_results(answer.body, format=answer.form.results)
        if isinstance(results, ox.QueryBoolean):
            return Table("boolean", [], [], more=False, truth=bool(results))
        kind, columns, rows = "table", [variable.value for variable in results.variables], results
    terms = [list(row) for row in islice(rows, limit + 1)]
    things = {term.value for row in terms for term in row if isinstance(term, ox.NamedNode)} if named else set()
    names = served.names_of({iri for iri in things - set(served.terms.names) if served.iris.owns(iri)})
    shown = [[_cell(served, term, language, names) for term in row] for row in terms]
    return Table(kind, columns, shown[:limit], answer.truncated or len(shown) > limit)


def _cell(served: Served, term: object, language: str, names: Names) -> Cell | None:
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        return Cell(Name(term.value, term.language or ""))
    if not isinstance(term, ox.NamedNode):
        return Cell(Name(str(term)))
    if term.value in served.terms.names:
        return Cell(served.terms.name(term.value, language), local_url(term.value))
    if term.value in names:
        return Cell(best(names[term.value], language), local_url(term.value))
    shown = short_path(served.iris.base, term.value) if served.iris.owns(term.value) else compact(term.value)
    return Cell(Name(shown), local_url(term.value))
