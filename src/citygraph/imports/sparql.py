"""Harvests partnerships from a SPARQL endpoint that speaks Wikidata's form of RDF, page by page.

A page that is too much is asked for in halves. A stopped harvest goes on behind the last item that it kept.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from citygraph.imports.bindings import ENTITY, QUERY, Graph
from citygraph.imports.endpoint import Endpoint, Manner, NoAnswerError, no_answer
from citygraph.imports.finish import MERGED, Counts, finish, new_journal
from citygraph.imports.rows import ENTITIES, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citygraph.imports.endpoint import Term
    from citygraph.imports.finish import About

_NEXT = """\
SELECT DISTINCT ?item WHERE {{
  ?item p:P190 ?statement
  FILTER (STR(?item) > "{last}")
}} ORDER BY STR(?item) LIMIT {limit}"""
_ENTITY = re.compile(rf"{re.escape(ENTITY)}(?P<id>[A-Z][\w-]*)", re.ASCII)
_ITEM = re.compile(r"Q[1-9]\d*", re.ASCII)


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
            while page := _after(endpoint, position["last"], manner.page):
                items = [item for item in page if _ITEM.fullmatch(item)]  # a property is no party
                graph = Graph(_triples(endpoint, items, manner))
                for row in graph.rows(items):
                    journal.write(ENTITIES, encode(row))
                journal.write(MERGED, "".join(f"{one.id}\t{one.to}\n" for one in graph.redirects()).encode())
                position = {"last": ENTITY + page[-1], "kept": position["kept"] + len(items)}
                journal.save(position)
                tell(Counts(position["kept"], position["kept"]))
                time.sleep(manner.pause_seconds)
        except NoAnswerError as failure:
            remedy = f"run the same command again: {position['kept']} items are kept, and it goes on behind them"
            raise no_answer(url, failure, remedy) from None
        manifest = finish(journal, about)
    return Counts(position["kept"], position["kept"], 0, manifest)


def fetch(endpoint: Endpoint, items: list[str], manner: Manner) -> Graph:
    """Ask for everything about some items, page by page, without keeping it in a folder."""
    rows: list[tuple[Term, ...]] = []
    try:
        for start in range(0, len(items), manner.page):
            rows += _triples(endpoint, items[start : start + manner.page], manner)
            time.sleep(manner.pause_seconds)
    except NoAnswerError as failure:
        raise no_answer(endpoint.url, failure, "try again later") from None
    return Graph(rows)


def _after(endpoint: Endpoint, last: str, limit: int) -> list[str]:
    """List the entities that follow one, each once and in order, whatever the endpoint repeats."""
    rows = endpoint.ask(_NEXT.format(last=last, limit=limit), "item")
    found = {match["id"] for (term,) in rows if term.value > last and (match := _ENTITY.fullmatch(term.value))}
    if rows and not found:
        raise NoAnswerError(f"asked for what follows {last or 'nothing'}, it names nothing that does", smaller=False)
    return sorted(found)


def _triples(endpoint: Endpoint, items: list[str], manner: Manner) -> list[tuple[Term, ...]]:
    """Ask for everything about some items, in halves where that is too much at once."""
    if not items:
        return []
    names = ", ".join(f'"{name}"' for name in manner.languages)
    languages = f'FILTER (!ISLITERAL(?o) || LANG(?o) IN ({names}, ""))' if names else ""
    try:
        return endpoint.ask(QUERY % {"items": " ".join(f"wd:{item}" for item in items), "languages": languages}, *"spo")
    except NoAnswerError as failure:
        if len(items) == 1 or not failure.smaller:
            raise
    half = len(items) // 2
    return [*_triples(endpoint, items[:half], manner), *_triples(endpoint, items[half:], manner)]
