"""Takes in tables of one's own that a CSVW description maps to RDF, and N-Triples that any other tool has made.

CSV on the Web (https://www.w3.org/TR/csv2rdf/, minimal mode) says beside a table what its columns mean: each row is
about the IRI that ``aboutUrl`` spells out, each column states ``propertyUrl``, and the cell, or ``valueUrl``, is the
value. The csvw library reads table and description and checks every cell. The description, the tables and the
statements made of them are kept together, so that a build needs no more than the statements. A mapping in RML is run
by its own engine, whose N-Triples come in the same way: the engines for Python need older versions of our own
libraries and cannot live beside them.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.errors import SourceError
from citygraph.imports.finish import Counts
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.imports.finish import About

STATEMENTS = "statements.nt"
_XSD = FOREIGN["xsd"]
_FORMS = {"gYear": re.compile(r"-?\d{4,}"), "gYearMonth": re.compile(r"-?\d{4,}-(0[1-9]|1[0-2])")}
"""The data types whose cells the library does not check."""
_EXTRA = "install it with `pip install citygraph[csvw]`"


def import_csvw(description: Path, folder: Path, about: About) -> tuple[Counts, list[tuple[int, str]]]:
    """Take tables and their description into a folder, with the statements that they make."""
    try:
        from csvw import CSVW  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, which the other importers do without
    except ImportError:
        raise SourceError(description, "the csvw library reads such tables, and is not there", _EXTRA) from None
    faults: list[tuple[int, str]] = []
    try:
        tables = CSVW(str(description)).tables
        paths = [table.url.resolve(table.base) for table in tables]
        triples = [triple for table in tables for triple in _table(table, faults)]
    except (ValueError, OSError, TypeError, KeyError) as error:
        remedy = "write the description as https://www.w3.org/TR/tabular-metadata/ says"
        raise SourceError(description, f"the tables cannot be read ({error})", remedy) from None
    for path in (description, *paths):
        _copy(path, folder)
    counts = _write(triples, folder, about, [description.name, *(path.name for path in paths)], len(faults))
    return counts, faults


def import_triples(path: Path, folder: Path, about: About, made_from: Iterable[Path] = ()) -> Counts:
    """Take a file of RDF into a folder, with the files that it was made from, if there are any."""
    form = ox.RdfFormat.from_extension(path.suffix.lstrip(".")) or ox.RdfFormat.N_TRIPLES
    try:
        triples = [quad.triple for quad in ox.parse(path=str(path), format=form)]
    except SyntaxError as error:
        raise SourceError(path, str(error.msg), "mend the file", line=error.lineno, column=error.offset) from None
    except OSError as error:
        raise SourceError(path, f"the file cannot be read ({error.strerror})", "check its name") from None
    for triple in triples:
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            raise SourceError(path, f"a blank node stands beside {triple.predicate}", "give the thing an IRI")
    sources = list(made_from)
    for source in sources:
        _copy(source, folder)
    return _write(triples, folder, about, [source.name for source in sources], 0)


def _copy(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / path.name).write_bytes(path.read_bytes())


def _write(triples: Iterable[ox.Triple], folder: Path, about: About, names: list[str], broken: int) -> Counts:
    folder.mkdir(parents=True, exist_ok=True)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    lines = sorted(set(text.splitlines(keepends=True)))
    (folder / STATEMENTS).write_bytes(b"".join(lines))
    manifest = about.manifest(folder, "triples", [*names, STATEMENTS])
    manifest.write()
    return Counts(len(lines) + broken, len(lines), broken, manifest)


def _table(table: Any, faults: list[tuple[int, str]]) -> Iterator[ox.Triple]:
    """Give the statements of a table, row by row; a row with a wrong cell is noted and skipped."""
    columns = {column.header: column for column in table.tableSchema.columns}

    class Log:
        """What the library tells of a wrong cell."""

        @staticmethod
        def warning(message: str) -> None:
            place = message.split(":")
            faults.append((int(place[1]), ":".join(place[3:]).strip()))

        error = warning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column without a description is no fault: it states nothing
        rows = table.iterdicts(log=Log, with_metadata=True)
        for place, (_, number, row) in enumerate(rows, 1):
            try:
                yield from _row(table, columns, row, place)
            except ValueError as error:
                faults.append((number, str(error)))


def _row(table: Any, columns: dict[str, Any], row: dict[str, Any], place: int) -> list[ox.Triple]:
    found = []
    for name, column in columns.items():
        about, states = column.inherit("aboutUrl"), column.inherit("propertyUrl")
        value = row.get(name)
        if column.suppressOutput or not about or not states or (value in (None, "", []) and not column.virtual):
            continue
        subject = ox.NamedNode(str(table.expand(about, row, _row=place)))
        predicate = ox.NamedNode(str(table.expand(states, row, _row=place, _name=name)))
        if link := column.inherit("valueUrl"):
            objects: list[Any] = [ox.NamedNode(str(table.expand(link, row, _row=place, _name=name)))]
        else:
            objects = [_literal(column, item) for item in (value if isinstance(value, list) else [value])]
        found += [ox.Triple(subject, predicate, term) for term in objects]
    return found


def _literal(column: Any, value: Any) -> ox.Literal:
    """Write a cell as a literal of its data type; a text has the language of its column."""
    datatype = column.inherit("datatype")
    base = datatype.base if datatype else "string"
    if base == "string":
        language = column.inherit("lang")
        return ox.Literal(str(value), language=language) if language and language != "und" else ox.Literal(str(value))
    if base == "anyURI":
        return ox.Literal(str(value), datatype=ox.NamedNode(_XSD + base))
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int | float | Decimal):
        text = str(value)
    elif isinstance(value, dt.datetime | dt.date):
        text = value.isoformat() if base.startswith("dateTime") else value.isoformat()[:10]
    else:
        text = str(datatype.formatted(value))
    if base in _FORMS and not _FORMS[base].fullmatch(text):
        raise ValueError(f"{column.header}: {text!r} is no {base}")
    return ox.Literal(text, datatype=ox.NamedNode(_XSD + {"number": "double"}.get(base, base)))
