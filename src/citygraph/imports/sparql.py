"""Harvests partnerships from a SPARQL endpoint that speaks Wikidata's form of RDF, page by page.

The endpoint is somebody else's: each request says who asks, a busy answer is waited out as long as it asks for, and a
page that is too much is asked for in halves. A stopped harvest goes on behind the last item that it kept.
"""

from __future__ import annotations

import json
import time
import urllib.error
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

from citygraph.courtesy import agent, retry_after
from citygraph.errors import CitygraphError, SourceError
from citygraph.imports.bindings import ENTITY, QUERY, Graph
from citygraph.imports.finish import MERGED, Counts, finish, new_journal
from citygraph.imports.rows import ENTITIES, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citygraph.imports.finish import About

_NEXT = """\
PREFIX p: <http://www.wikidata.org/prop/>
SELECT DISTINCT ?item WHERE {{
  ?item p:P190 ?statement
  FILTER (STR(?item) > "{last}")
}} ORDER BY STR(?item) LIMIT {limit}"""
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""The statuses that another try may cure."""


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
    pause_seconds: float = 0.5
    """The pause between two pages."""
    timeout_seconds: int = 90
    languages: tuple[str, ...] = ()
    restart: bool = False


class _AnswerError(CitygraphError):
    """A request failed for good; ``passing`` tells whether a smaller one may succeed."""

    def __init__(self, fault: str, *, passing: bool) -> None:
        super().__init__(fault)
        self.passing = passing


class Endpoint:
    """A SPARQL endpoint, asked politely."""

    def __init__(self, url: str, manner: Manner, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url, self._manner, self._sleep = url, manner, sleep

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Give the rows of an answer; try again where that may help."""
        wait = self._manner.wait_seconds
        for left in reversed(range(self._manner.tries)):
            try:
                return self._ask(query)
            except urllib.error.HTTPError as error:
                fault, passing, wanted = f"status {error.code}", error.code in _PASSING, retry_after(error.headers)
                error.close()
            except EndPointInternalError:
                fault, passing, wanted = "status 500", True, 0.0
            except SPARQLWrapperException as error:
                fault, passing, wanted = str(error).splitlines()[0], False, 0.0
            except (OSError, HTTPException, ValueError, KeyError) as error:
                # A ValueError is an answer that breaks off: a time limit that strikes after the status is sent.
                fault, passing, wanted = f"{type(error).__name__}: {error}", True, 0.0
            if not passing or not left:
                raise _AnswerError(fault, passing=passing)
            self._sleep(min(max(wait, wanted), self._manner.longest_wait_seconds))
            wait *= 2
        raise AssertionError  # pragma: no cover - the last try has returned or raised

    def _ask(self, query: str) -> list[dict[str, Any]]:
        client = SPARQLWrapper(self.url, agent=f"{agent(self._manner.contact)} SPARQLWrapper")
        client.setMethod(POST)
        client.setReturnFormat(JSON)
        client.setTimeout(self._manner.timeout_seconds)
        client.setQuery(query)
        with client.query().response as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())["results"]["bindings"]
        return found


def import_sparql(
    url: str,
    folder: Path,
    about: About,
    manner: Manner | None = None,
    tell: Callable[[Counts], None] = lambda _: None,
) -> Counts:
    """Harvest an endpoint into a folder, or go on where an earlier run was stopped."""
    manner = manner or Manner()
    endpoint = Endpoint(url, manner)
    task: dict[str, object] = {"endpoint": url, "languages": list(manner.languages)}
    with new_journal(folder, task, about, restart=manner.restart) as journal:
        position = journal.position or {"last": "", "kept": 0}
        try:
            while items := _items_after(endpoint, position["last"], manner.page):
                graph = _fetch(endpoint, items, manner)
                for row in graph.rows(items):
                    journal.write(ENTITIES, encode(row))
                journal.write(MERGED, "".join(f"{one.id}\t{one.to}\n" for one in graph.redirects()).encode())
                position = {"last": ENTITY + items[-1], "kept": position["kept"] + len(items)}
                journal.save(position)
                tell(Counts(position["kept"], position["kept"]))
                time.sleep(manner.pause_seconds)
        except _AnswerError as failure:
            remedy = f"run the same command again: {position['kept']} items are kept, and it goes on behind them"
            raise SourceError(url, f"the endpoint does not answer ({failure})", remedy) from None
        manifest = finish(journal, about)
    return Counts(position["kept"], position["kept"], 0, manifest)


def fetch(endpoint: Endpoint, items: list[str], manner: Manner) -> Graph:
    """Ask for everything about some items, page by page, without keeping it in a folder."""
    rows: list[dict[str, Any]] = []
    try:
        for start in range(0, len(items), manner.page):
            rows += _triples(endpoint, items[start : start + manner.page], manner)
            time.sleep(manner.pause_seconds)
    except _AnswerError as failure:
        raise SourceError(endpoint.url, f"the endpoint does not answer ({failure})", "try again later") from None
    return Graph(rows)


def ask(endpoint: Endpoint, query: str) -> list[dict[str, Any]]:
    """Ask one question; an endpoint that does not answer is an error with its remedy."""
    try:
        return endpoint.ask(query)
    except _AnswerError as failure:
        raise SourceError(endpoint.url, f"the endpoint does not answer ({failure})", "try again later") from None


def _items_after(endpoint: Endpoint, last: str, limit: int) -> list[str]:
    rows = endpoint.ask(_NEXT.format(last=last, limit=limit))
    return [row["item"]["value"].removeprefix(ENTITY) for row in rows]


def _fetch(endpoint: Endpoint, items: list[str], manner: Manner) -> Graph:
    """Ask for everything about some items, in halves where that is too much at once."""
    return Graph(_triples(endpoint, items, manner))


def _triples(endpoint: Endpoint, items: list[str], manner: Manner) -> list[dict[str, Any]]:
    names = ", ".join(f'"{name}"' for name in manner.languages)
    languages = f'FILTER (!ISLITERAL(?o) || LANG(?o) IN ({names}, ""))' if names else ""
    try:
        return endpoint.ask(QUERY % {"items": " ".join(f"wd:{item}" for item in items), "languages": languages})
    except _AnswerError as failure:
        if len(items) == 1 or not failure.passing:
            raise
    half = len(items) // 2
    return [*_triples(endpoint, items[:half], manner), *_triples(endpoint, items[half:], manner)]
