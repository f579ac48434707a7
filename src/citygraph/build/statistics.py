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
_COUNTS = {
    "graph": """SELECT path, COUNT(DISTINCT triple), COUNT(DISTINCT subject), COUNT(DISTINCT value),
            COUNT(DISTINCT subject) FILTER (entity)
        FROM counted GROUP BY GROUPING SETS ((path), ())""",
    "class": """SELECT path, class, COUNT(DISTINCT subject)
        FROM counted WHERE class IS NOT NULL GROUP BY GROUPING SETS ((path, class), (class))""",
    "property": """SELECT path, property, COUNT(DISTINCT triple), COUNT(DISTINCT subject), COUNT(DISTINCT value)
        FROM counted GROUP BY GROUPING SETS ((path, property), (property))""",
}


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
        names = ("triples", "subjects", "objects", "entities")
        for path, *numbers in database.execute(_COUNTS["graph"]).fetchall():
            counts = dict(zip(names, numbers, strict=True)) | {"classes": {}, "properties": {}}
            found[paths.get(path, WHOLE)] = counts
        for path, class_, entities in sorted(database.execute(_COUNTS["class"]).fetchall(), key=str):
            found[paths.get(path, WHOLE)]["classes"][class_.strip("<>")] = entities
        for path, term, *numbers in sorted(database.execute(_COUNTS["property"]).fetchall(), key=str):
            row = dict(zip(("triples", "subjects", "objects"), numbers, strict=True))
            found[paths.get(path, WHOLE)]["properties"][term.strip("<>")] = row
    for path in work.glob("statistics.*"):
        path.unlink()
    return dict(sorted(found.items()))


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
