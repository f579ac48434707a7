"""Counts what each graph and the whole hold: triples, subjects, objects, classes with their entities, and properties.

It is read once from the sorted files, when the graphs are complete, so that no page, catalogue or service description
has to count. Subjects, objects and triples are counted by their MD5 sums, in bounded memory: the engine's own hash has
64 bits, and takes some lines for others that differ in two letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from citygraph.build.tables import connect, lines_of
from citygraph.vocab import RDF_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from citygraph.build.graphs import GraphFiles

WHOLE = ""
"""The name under which the union of all graphs is counted."""
EXAMPLES = 3
"""How many examples of a term are kept."""
LONGEST = 400
"""How long a term of an example may be, in characters as written."""

_TERMS = """
    SELECT filename AS path, md5_number(line) AS triple, md5_number(subject) AS subject, property,
        md5_number(value) AS value,
        CASE WHEN property = '{type}' THEN value END AS class,
        starts_with(subject, '<{space}') AS entity
    FROM (SELECT filename, line, line[:gap - 1] AS subject, rest[:strpos(rest, ' ') - 1] AS property,
            rest[strpos(rest, ' ') + 1 : -3] AS value
        FROM (SELECT filename, line, strpos(line, ' ') AS gap, line[strpos(line, ' ') + 1 :] AS rest FROM {lines}))
"""
_COUNTED = {
    (): {"triples": "triple", "subjects": "subject", "objects": "value", "entities": "subject"},
    ("class",): {"entities": "subject"},
    ("property",): {"triples": "triple", "subjects": "subject", "objects": "value"},
}
"""What is counted by a term, or by none, in each graph and in the whole: names, and which column has to differ."""
_WHERE = {(): {"entities": "entity"}, ("class",): {"entities": "class IS NOT NULL"}}
"""Which rows alone count for some."""


def count(files: GraphFiles, work: Path, space: str) -> dict[str, dict[str, Any]]:
    """Count each graph by its short name, and the union of them by :data:`WHOLE`.

    Each has ``triples``, ``subjects``, ``objects``, ``entities`` (subjects whose names begin with ``space``),
    ``classes`` (IRI to the number of its entities) and ``properties`` (IRI to ``triples``, ``subjects``, ``objects``).
    """
    paths = {str(files.path(name)): name for name in files.names()}
    found: dict[str, dict[str, Any]] = {}
    with connect(work, "statistics") as database:
        lines = lines_of(files.path(name) for name in files.names())
        start = space.replace("'", "''")
        database.execute(f"CREATE TABLE counted AS {_TERMS.format(type=RDF_TYPE, lines=lines, space=start)}")
        for (path,), counts in _counted(database, ()):
            found[paths.get(path, WHOLE)] = counts | {"classes": {}, "properties": {}}
        for (path, name), counts in _counted(database, ("class",)):
            found[paths.get(path, WHOLE)]["classes"][name.strip("<>")] = counts["entities"]
        for (path, name), counts in _counted(database, ("property",)):
            found[paths.get(path, WHOLE)]["properties"][name.strip("<>")] = counts
    for path in work.glob("statistics.*"):
        path.unlink()
    return dict(sorted(found.items()))


def _counted(database: DuckDBPyConnection, terms: tuple[str, ...]) -> list[tuple[tuple[Any, ...], dict[str, int]]]:
    """The counts by path and terms, and without a path those of the whole, sorted.

    Rows are made different first and counted then: DuckDB writes the one to disk where memory ends, and not what it
    notes for ``COUNT(DISTINCT)``.
    """
    names = _COUNTED[terms]
    rows: dict[tuple[Any, ...], dict[str, int]] = {}
    for by in (("path", *terms), terms):
        for name, column in names.items():
            where = _WHERE.get(terms, {}).get(name, "true")
            # Only names of this module's own tables are put in.
            different = f"SELECT DISTINCT {', '.join((*by, f'{column} AS told'))} FROM counted WHERE {where}"  # noqa: S608
            text = f"SELECT {', '.join((*by, 'COUNT(*)'))} FROM ({different}) GROUP BY ALL"  # noqa: S608
            for *keys, number in database.execute(text).fetchall():
                key = tuple(keys) if by != terms else (None, *keys)
                rows.setdefault(key, dict.fromkeys(names, 0))[name] = number
    return sorted(rows.items(), key=str)


def examples(files: GraphFiles, space: str) -> dict[str, dict[str, list[list[str]]]]:
    """A few things of each class and a few statements of each property of a namespace, as N-Triples.

    The graphs of sources go first, the smallest before the others: what people wrote by hand shows a term best. The
    ontology comes last, which holds the concepts of code lists.
    """

    def place(name: str) -> tuple[bool, bool, int, str]:
        return name == "ontology", not name.startswith("source/"), files.counts[name], name

    found: dict[str, dict[str, list[list[str]]]] = {"classes": {}, "properties": {}}
    start, kind = f"<{space}".encode(), str(RDF_TYPE).encode()
    for name in sorted(files.names(), key=place):
        with files.path(name).open("rb") as lines:
            for line in lines:
                subject, term, value = line.removesuffix(b" .\n").split(b" ", 2)
                if term == kind and value.startswith(start):
                    _add(found["classes"], value, [subject])
                elif term.startswith(start):
                    _add(found["properties"], term, [subject, value])
    return found


def _add(table: dict[str, list[list[str]]], term: bytes, row: list[bytes]) -> None:
    rows = table.setdefault(term.decode().strip("<>"), [])
    shown = [part.decode() for part in row]
    if len(rows) < EXAMPLES and shown not in rows and all(len(part) < LONGEST for part in shown):
        rows.append(shown)
