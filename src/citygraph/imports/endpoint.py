"""Asks a SPARQL endpoint of somebody else's, politely, and believes nothing but a whole answer.

Each request says who asks, and a busy answer is waited out as long as it asks for. An endpoint may cut an answer off
and still say 200, or give fewer rows than there are; each query therefore asks for a last row that
says that it is whole.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener

import msgspec
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from citygraph.courtesy import agent, retry_after
from citygraph.errors import CitygraphError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPResponse

_QUERY = """\
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
SELECT * WHERE {{
  {{ {select} }} UNION {{ VALUES ?whole {{ true }} }}
}} ORDER BY BOUND(?whole)"""
_WHOLE = "whole"
_LEAVE_ALONE = 429
_PASSING = {408, 425, _LEAVE_ALONE, 500, 502, 503, 504}
"""The statuses that another try may cure."""
_LARGEST, _PIECE = 1 << 28, 1 << 16
"""How many bytes an answer may have, and how many are read at once."""
_PATIENCE_SECONDS = 600.0
"""How long an answer may take, once it has begun."""


@dataclass(frozen=True)
class Manner:
    """How an endpoint is asked: who asks, how much at once, and how patiently."""

    contact: str = ""
    """Where the owner of the endpoint reaches whoever runs the harvest: a mail address or a page."""
    page: int = 100
    """How many items are asked for at once."""
    tries: int = 6
    wait_seconds: float = 2.0
    """The first wait before another try; each further one is twice as long."""
    longest_wait_seconds: float = 300.0
    """An endpoint that asks to be left alone for longer is not asked again."""
    pause_seconds: float = 0.5
    """The pause between two pages."""
    timeout_seconds: int = 90
    """How long an endpoint may keep silent."""
    languages: tuple[str, ...] = ()
    restart: bool = False


class Term(msgspec.Struct, frozen=True, order=True, rename={"kind": "type", "language": "xml:lang"}):
    """A term as the JSON of SPARQL results writes it (https://www.w3.org/TR/sparql11-results-json/)."""

    kind: str
    value: str
    datatype: str = ""
    language: str = ""


class _Results(msgspec.Struct):
    bindings: list[dict[str, Term]]


class _Answer(msgspec.Struct):
    results: _Results


_ANSWER = msgspec.json.Decoder(_Answer)


class NoAnswerError(CitygraphError):
    """A question stays without an answer, however often it is asked; ``smaller`` ones may have one."""

    def __init__(self, fault: str, *, smaller: bool) -> None:
        super().__init__(fault)
        self.smaller = smaller


class _Passing(Exception):  # noqa: N818 - never leaves the module
    """A fault that another try may cure, and how many seconds the endpoint wants to be left alone."""

    def __init__(self, fault: str, wanted: float = 0.0, *, smaller: bool = True) -> None:
        super().__init__(fault)
        self.wanted, self.smaller = wanted, smaller


class _Stay(HTTPRedirectHandler):
    """Follows nobody elsewhere: the query gets lost on the way, and nobody has chosen that place."""

    def redirect_request(self, *_: object) -> None:
        """Ask for nothing, so that the status of the redirect is an error."""


class _Client(SPARQLWrapper):
    """The library's client; its own opener follows redirects, and tells some statuses without their headers."""

    def _query(self) -> tuple[HTTPResponse, str]:
        return build_opener(_Stay).open(self._createRequest(), timeout=self.timeout), self.returnFormat


class Endpoint:
    """A SPARQL endpoint, asked politely."""

    def __init__(self, url: str, manner: Manner, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url, self._manner, self._sleep = url, manner, sleep

    def ask(self, select: str, *names: str) -> list[tuple[Term, ...]]:
        """Give what a query binds these variables to, row by row; try again where that may help.

        The query is a ``SELECT`` without prefixes; those of Wikidata are there.
        """
        query, wait = _QUERY.format(select=select), self._manner.wait_seconds
        for left in reversed(range(self._manner.tries)):
            try:
                return self._ask(query, names)
            except _Passing as fault:
                wanted = fault.wanted
                if not left:
                    raise NoAnswerError(str(fault), smaller=fault.smaller) from None
            if wanted > self._manner.longest_wait_seconds:
                raise NoAnswerError(f"it asks to be left alone for {wanted:.0f} seconds", smaller=False)
            self._sleep(min(max(wait, wanted), self._manner.longest_wait_seconds))
            wait *= 2
        raise AssertionError  # pragma: no cover - the last try has returned or raised

    def _ask(self, query: str, names: tuple[str, ...]) -> list[tuple[Term, ...]]:
        client = _Client(self.url, agent=f"{agent(self._manner.contact)} SPARQLWrapper")
        client.setMethod(POST)
        client.setReturnFormat(JSON)
        client.setTimeout(self._manner.timeout_seconds)
        client.setQuery(query)
        try:
            with client.query().response as answer:
                content, kind = _read(answer), answer.headers.get_content_type()
        except HTTPError as error:
            error.close()
            if place := error.headers.get("Location"):
                raise NoAnswerError(f"it leads to {place}: give that address if you trust it", smaller=False) from None
            fault = f"status {error.code}"
            if error.code not in _PASSING:
                raise NoAnswerError(fault, smaller=False) from None
            raise _Passing(fault, retry_after(error.headers), smaller=error.code != _LEAVE_ALONE) from None
        except (OSError, HTTPException) as error:
            raise _Passing(f"{type(error).__name__}: {error}") from None
        except ValueError as error:  # such as an address that it leads to and that is none
            raise NoAnswerError(str(error), smaller=False) from None
        try:
            rows = _ANSWER.decode(content).results.bindings
        except (ValueError, RecursionError) as error:
            raise _Passing(f"what it sends as {kind} are no results of SPARQL: {error}") from None
        if not any(_WHOLE in row for row in rows):
            raise _Passing("its answer is cut off: rows are missing")
        try:
            return [tuple(row[name] for name in names) for row in rows if _WHOLE not in row]
        except KeyError as error:
            raise _Passing(f"a row of its answer has no {error}") from None


def ask(endpoint: Endpoint, select: str, *names: str) -> list[tuple[Term, ...]]:
    """Ask one question; an endpoint that does not answer is an error with its remedy."""
    try:
        return endpoint.ask(select, *names)
    except NoAnswerError as failure:
        raise no_answer(endpoint.url, failure, "try again later") from None


def no_answer(url: str, failure: NoAnswerError, remedy: str) -> SourceError:
    """The error that an endpoint does not answer."""
    return SourceError(url, f"the endpoint does not answer ({failure})", remedy)


def _read(answer: HTTPResponse) -> bytes:
    """Read an answer, which may neither drip for ever nor fill the memory."""
    end, found = time.monotonic() + _PATIENCE_SECONDS, bytearray()
    while piece := answer.read1(_PIECE):
        found += piece
        if len(found) > _LARGEST or time.monotonic() > end:
            raise _Passing(f"its answer has more than {_LARGEST >> 20} MB, or takes {_PATIENCE_SECONDS:.0f} seconds")
    return bytes(found)
