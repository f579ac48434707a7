r"""Reads a query file into a :class:`Query` and binds typed parameters safely.

A query file begins with a head of YAML behind ``#+``; ordinary ``#`` comments stay free. A parameter ``city`` stands
in the text as ``?_city`` and is replaced by a serialised term, never by text from outside.

>>> query = Query.parse("#+ title: T\n#+ parameters:\n#+   n: {type: integer, example: 2}\nSELECT ?s { ?s ?p ?_n }")
>>> query.bound({"n": "3"}).splitlines()[-1]
'SELECT ?s { ?s ?p "3"^^<http://www.w3.org/2001/XMLSchema#integer> }'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import yaml

from citygraph.errors import ParameterError, QueryError
from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_DATE = re.compile(r"-?\d{4,}(-\d\d(-\d\d)?)?")
_NAME = re.compile(r"\{(\w+)\}")
_DATE_TYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}
TYPES = ("iri", "text", "integer", "date")


@dataclass(frozen=True)
class Parameter:
    """A place in a query that whoever asks fills in."""

    name: str
    type: str
    example: str
    summary: str = ""

    def term(self, value: str, iris: Iris) -> ox.NamedNode | ox.Literal:
        """Make a term of a value; a relative IRI lies under our base. A value that does not fit is an error."""
        try:
            match self.type:
                case "iri":
                    return ox.NamedNode(value if ":" in value.partition("/")[0] else iris.base + value)
                case "integer":
                    return ox.Literal(str(int(value)), datatype=foreign("xsd", "integer"))
                case "date" if _DATE.fullmatch(value):
                    return ox.Literal(value, datatype=foreign("xsd", _DATE_TYPES[len(value.lstrip("-"))]))
                case "text":
                    return ox.Literal(value)
        except (ValueError, KeyError):
            pass
        raise ParameterError(self.name, f"{value[:80]!r} is no {self.type}; for instance {self.example!r}")


@dataclass(frozen=True)
class Query:
    """A query file: its name, its head and its text."""

    name: str
    text: str
    title: str = ""
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    head: dict[str, Any] = field(default_factory=dict)
    """The whole head, with the keys that only one folder has (``because``, ``problem``, ``remedy`` …)."""

    @classmethod
    def parse(cls, source: str, name: str = "query", path: Path | str = "query") -> Query:
        """Read the text of a query file."""
        head_lines = [line[2:].removeprefix(" ") for line in source.splitlines() if line.startswith("#+")]
        body = "\n".join(line for line in source.splitlines() if not line.startswith("#+")).strip() + "\n"
        try:
            head = yaml.safe_load("\n".join(head_lines)) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise QueryError(path, f"the head is no YAML: {error}", line=mark.line + 1 if mark else None) from None
        if not isinstance(head, dict):
            raise QueryError(path, "the head is no table; write `#+ title: …` first")
        try:
            parameters = tuple(
                Parameter(key, row["type"], str(row["example"]), row.get("summary", ""))
                for key, row in (head.get("parameters") or {}).items()
            )
        except (AttributeError, KeyError, TypeError):
            fault = (
                "its parameters are unreadable; write `#+ parameters:` and a line `#+   name: {type: …, example: …}`"
            )
            raise QueryError(path, f"{fault} for each") from None
        for row in parameters:
            if row.type not in TYPES:
                raise QueryError(
                    path, f"parameter {row.name} has the type {row.type!r}; choose one of {', '.join(TYPES)}"
                )
        return cls(name, body, str(head.get("title", "")), str(head.get("summary", "")), parameters, head)

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        code = re.sub(r"<[^<>\s]*>|#[^\n]*", " ", self.text)
        found = re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", code, re.IGNORECASE)
        return found[1].upper() if found else ""

    def bound(self, values: Mapping[str, str | Sequence[str]] | None = None, iris: Iris | None = None) -> str:
        """Fill in the parameters, those not given by their examples, and return a text that any endpoint runs.

        A parameter that stands in a list of ``VALUES`` may be given several values.
        """
        values, iris = values or {}, iris or Iris(CANONICAL)
        terms = {}
        for row in self.parameters:
            given = values.get(row.name, row.example)
            texts = [str(given)] if isinstance(given, (str, int)) else given
            terms[row.name] = " ".join(str(row.term(text, iris)) for text in texts)
        return re.sub(r"[?$]_(\w+)", lambda found: terms.get(found[1], found[0]), self.text)


def read_query(path: Path, iris: Iris) -> Query:
    """Read one query file, moved to our base."""
    try:
        return Query.parse(iris.rebase(path.read_text(encoding="utf-8-sig")), path.stem, path)
    except UnicodeDecodeError as error:
        raise QueryError(path, f"the file is not UTF-8 ({error.reason}); save it as UTF-8") from None


def read_queries(folder: Path, iris: Iris) -> Iterator[Query]:
    """Read every query of a folder, in the order of their names."""
    for path in sorted(folder.glob("*.rq")):
        yield read_query(path, iris)


def filled(words: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their names in braces; a name without a value stays.

    >>> filled("{thing} has {count} names", {"count": "two"})
    '{thing} has two names'
    """
    return _NAME.sub(lambda found: values.get(found[1], found[0]), words)
