"""Takes in tables of one's own that a CSVW description maps to RDF, and N-Triples that any other tool has made.

CSV on the Web (https://www.w3.org/TR/csv2rdf/, minimal mode) says beside a table what its columns mean: each row is
about the IRI that ``aboutUrl`` spells out, each column states ``propertyUrl``, and the cell, or ``valueUrl``, is the
value. The csvw library reads table and description and checks every cell. The description, the tables and the
statements made of them are kept together, so that a build needs no more than the statements. A mapping in RML is run
by its own engine, whose N-Triples come in the same way: the engines for Python need older versions of our own
libraries and cannot live beside them.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import warnings
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph.errors import SourceError
from citygraph.imports.finish import Counts, Fault, noting
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from citygraph.imports.finish import About

STATEMENTS = "statements.nt"
_XSD = FOREIGN["xsd"]
_FORMS = {"gYear": re.compile(r"-?\d{4,}"), "gYearMonth": re.compile(r"-?\d{4,}-(0[1-9]|1[0-2])")}
"""The data types whose cells the library does not check."""
_NOTHING: tuple[Any, ...] = (None, "", [])
_FORM = re.compile(r"(.*): (.*) -- (.*) -- re\.compile.*", re.DOTALL)
"""How the library tells that a cell is not of its form."""
_DESCRIBE = "write the description as https://www.w3.org/TR/tabular-metadata/ says"
_EXTRA = "install it with `pip install citygraph[csvw]`"


def import_csvw(description: Path, folder: Path, about: About) -> tuple[Counts, list[Fault]]:
    """Take tables and their description into a folder, with the statements that they make."""
    try:
        from csvw import CSVW  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, which the other importers do without
    except ImportError:
        raise SourceError(description, "the csvw library reads such tables, and is not there", _EXTRA) from None
    faults: list[Fault] = []
    _check(description)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what the library would overlook: an unknown data type, a wrong language
            tables = CSVW(str(description)).tables
        paths = [_beside(description, table) for table in tables]
    except (ValueError, OSError, TypeError, KeyError, AttributeError, UserWarning) as error:
        raise SourceError(description, f"the description cannot be used ({error})", _DESCRIBE) from None
    triples: list[ox.Triple] = []
    for table, path in zip(tables, paths, strict=True):
        try:
            triples += _table(table, path, faults)
        except UnicodeDecodeError:
            remedy = 'save it as UTF-8, or name its encoding in the description: "dialect": {"encoding": "…"}'
            raise SourceError(path, "the table is not in the encoding that is expected", remedy) from None
        except (csv.Error, ValueError, OSError, TypeError, KeyError) as error:
            raise SourceError(path, f"the table cannot be read ({error})", "mend it, or its description") from None
    if not triples:
        first = f" ({faults[0]})" if faults else ""
        remedy = "compare the names of the columns, and what separates them, with the description"
        raise SourceError(description, f"no row of its tables states anything{first}", remedy)
    broken = len({(fault.path, fault.number) for fault in faults if fault.number > 1})
    for path in (description, *paths):
        _copy(path, folder)
    counts = _write(triples, folder, about, [description.name, *(path.name for path in paths)], broken)
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


def _check(path: Path) -> None:
    """Refuse what is no description; the library would take it for a table, and look for one elsewhere."""
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(path, f"the description cannot be read ({error})", "mend the JSON") from None
    if not isinstance(told, dict):
        raise SourceError(path, "the description is no object", _DESCRIBE)


def _beside(description: Path, table: Any) -> Path:
    """Find a table, which is a file beside its description: nothing is fetched, and nothing taken from elsewhere."""
    name = str(table.url)
    path = description.parent / name
    if name != path.name or not path.is_file():
        raise ValueError(f"there is no table called {name!r} beside it")
    return path


def _table(table: Any, path: Path, faults: list[Fault]) -> Iterator[ox.Triple]:
    """Give the statements of a table, row by row; a row with a wrong cell is noted and skipped."""
    columns = {column.header: column for column in table.tableSchema.columns}
    empty = {name for name, column in columns.items() if not column.virtual}
    tell = noting(faults, path)

    class Log:
        """What the library tells of a wrong cell."""

        @staticmethod
        def warning(message: str) -> None:
            found = re.fullmatch(r".*?:(\d+):\d+ (.*)", message.removeprefix(str(path)), re.DOTALL)
            number, text = (int(found[1]), found[2]) if found else (0, message)
            tell(number, _FORM.sub(r"\1: \3 is not of the form \2", text))

        error = warning

    number = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column without a description is no fault: it states nothing
        rows = table.iterdicts(log=Log, with_metadata=True)
        for place, (_, number, row) in enumerate(rows, 1):
            empty -= {name for name in empty if row.get(name) not in _NOTHING}
            try:
                yield from _row(table, columns, row, place)
            except ValueError as error:
                tell(number, str(error))
    for name in sorted(empty):
        tell(1, f"no row has anything under {name}: is the column called so in the table?")


def _row(table: Any, columns: dict[str, Any], row: dict[str, Any], place: int) -> list[ox.Triple]:
    found = []
    if all(row.get(name) in _NOTHING for name, column in columns.items() if not column.virtual):
        return []
    for name, column in columns.items():
        about, states = column.inherit("aboutUrl"), column.inherit("propertyUrl")
        value = row.get(name)
        if column.suppressOutput or not about or not states or (value in _NOTHING and not column.virtual):
            continue

        def spelt(template: Any, name: str = name) -> ox.NamedNode:
            for part in template.variable_names:
                if not part.startswith("_") and row.get(part) in _NOTHING:
                    raise ValueError(f"{part} is empty, and {template.uri} needs it")
            return ox.NamedNode(str(table.expand(template, row, _row=place, _name=name)))

        subject, predicate = spelt(about), spelt(states)
        if link := column.inherit("valueUrl"):
            objects: list[Any] = [spelt(link)]
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
