"""Receipts: what was asked of which release and what came of it, short enough to keep, and how to try it again.

The hash of a result does not depend on how it was written: rows are compared as sets of terms, in their order only
where the query asks for one, and blank nodes are all alike, since their labels are nobody's promise.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from citygraph import scanner
from citygraph.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

_REMEDY = "save the answer of /receipt again"
JSON, TRIPLES = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True)
class Receipt:
    """What was asked, and the hashes of the question and of the result (as RFC 9530 writes digests)."""

    endpoint: str
    release: str
    query: str
    default_graphs: list[str]
    named_graphs: list[str]
    query_hash: str
    result_hash: str
    rows: int
    truncated: bool
    date: str
    """When it was asked, as an ``xsd:dateTime``."""

    @classmethod
    def read(cls, path: Path) -> Receipt:
        """Read a saved receipt; what is none is a :class:`SourceError` that names the field."""
        try:
            found = json.loads(path.read_text("utf-8"))
            receipt = cls(**{row.name: found[row.name] for row in fields(cls)})
        except (OSError, ValueError) as error:
            raise SourceError(
                path, f"it cannot be read as a receipt ({error})", "save the answer of /receipt"
            ) from None
        except (KeyError, TypeError) as error:
            raise SourceError(path, f"a receipt has the field {error}", "save the answer of /receipt") from None
        if not isinstance(receipt.query, str) or receipt.query_hash != digest(receipt.query):
            raise SourceError(path, "query_hash is not the hash of query", "save the answer of /receipt again")
        return receipt

    def text(self) -> str:
        """The receipt as it is saved."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def media_type(query: str) -> str:
    """The media type in which a query is asked so that its result can be compared."""
    return JSON if scanner.form(query) in ("SELECT", "ASK") else TRIPLES


def rows(query: str, body: bytes) -> list[str]:
    """The rows of a result as lines, sorted unless the query asks for an order."""
    if media_type(query) == TRIPLES:
        triples = ox.parse(body, ox.RdfFormat.N_TRIPLES)
        return sorted({" ".join(map(_term, (row.subject, row.predicate, row.object))) for row in triples})
    found = json.loads(body)
    if "boolean" in found:
        return [json.dumps(found["boolean"])]
    lines = [json.dumps({name: _cell(row[name]) for name in sorted(row)}) for row in found["results"]["bindings"]]
    return lines if "ORDER" in scanner.words(query) else sorted(lines)


def result_hash(lines: list[str]) -> str:
    """The hash of a result."""
    return digest("\n".join(lines))


def changed(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many rows have come and how many have gone; both are 0 where only their order is another."""
    one, other = Counter(before), Counter(after)
    return (other - one).total(), (one - other).total()


def digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8."""
    return f"sha-256=:{b64encode(hashlib.sha256(text.encode()).digest()).decode()}:"


def _cell(term: dict[str, Any]) -> list[str]:
    """A term of a JSON result; a plain string has the datatype that RDF 1.1 gives it or none."""
    if term["type"] == "bnode":
        return ["bnode"]
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    return [kind, str(term["value"]), term.get("xml:lang", "").lower(), term.get("datatype", "")]


def _term(term: object) -> str:
    return "_:" if isinstance(term, ox.BlankNode) else str(term)
