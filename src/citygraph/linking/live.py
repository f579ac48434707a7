"""Asks a reconciliation service elsewhere for candidates, by version 0.2 of the W3C's Reconciliation API.

Any service will do whose identifiers are items of Wikidata, or that has a property ``wikidata``, as another citygraph
has. What it finds is scored as what is imported is, so that both are shown alike and the same is asked of both.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from citygraph.courtesy import agent, retry_after
from citygraph.errors import SourceError
from citygraph.linking.countries import ITEM
from citygraph.linking.names import likeness
from citygraph.linking.score import Candidate, Entry, Query, parts, rank, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from citygraph.linking.matcher import Matcher

BATCH = 10
"""How many queries are sent at once; fewer where a service says so."""
_LARGEST = 4 * 2**20
_SECONDS, _TRIES, _WAIT, _LONGEST = 30.0, 3, 2.0, 60.0
"""How long an answer is waited for, how often it is asked for, and how long is waited at first and at most."""
_PASSING = (429, 502, 503, 504)
_PLACES = {"http://www.wikidata.org/entity/", "https://www.wikidata.org/entity/"}
_THEIRS = {"country": "P17", "coordinates": "P625"}
"""What Wikidata calls the properties that help to tell namesakes apart; a citygraph calls them as we do."""
_NAMED = ("name", "label", "all_labels")
"""The parts of a score that tell how alike a name is."""


@dataclass(frozen=True)
class Manner:
    """How a service is asked: who asks, and how long is waited before another try."""

    contact: str = ""
    """Where the owner of the service reaches whoever asks."""
    wait_seconds: float = _WAIT


class Service:
    """A service, asked as :class:`Matcher` is; ``classes`` tells our classes by the id of Wikidata's."""

    def __init__(
        self, url: str, matcher: Matcher, classes: Mapping[str, set[str]], manner: Manner | None = None
    ) -> None:
        self._url, self._matcher, self._classes, self._manner = url, matcher, classes, manner or Manner()

    def match_all(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        """Answer a batch, in its order."""
        found = []
        for start in range(0, len(queries), self._batch):
            batch = queries[start : start + self._batch]
            answer = self._ask(queries={f"q{number}": self._written(query) for number, query in enumerate(batch)})
            rows = [_rows(answer, f"q{number}") for number in range(len(batch))]
            items = self._items({str(row["id"]) for several in rows for row in several})
            found += [self._candidates(*pair, items) for pair in zip(batch, rows, strict=True)]
        return found

    def standing(self, items: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Tell what has become of items: each with its id now, or with nothing where the service is sure of none."""
        for start in range(0, len(items), self._batch):
            batch = items[start : start + self._batch]
            answer = self._ask(queries={item: {"query": item, "limit": 1} for item in batch})
            sure = {item: row["id"] for item in batch for row in _rows(answer, item)[:1] if row.get("match") is True}
            found = self._items(sure.values())
            yield from ((item, found.get(sure.get(item, ""), "")) for item in batch)

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        return self._fetch(urllib.request.Request(self._url, headers=self._headers))  # noqa: S310 - see _headers

    @property
    def _headers(self) -> dict[str, str]:
        if not self._url.startswith(("http://", "https://")):
            raise SourceError(self._url, "this is no address of a service", "give one that begins with https://")
        return {"User-Agent": agent(self._manner.contact), "Accept": "application/json"}

    @property
    def _batch(self) -> int:
        size = self._manifest.get("batchSize")
        return max(1, min(BATCH, size if isinstance(size, int) else BATCH))

    @property
    def _is_wikidata(self) -> bool:
        return self._manifest.get("identifierSpace") in _PLACES

    def _written(self, query: Query) -> dict[str, Any]:
        """A query in the words of the service."""
        told: dict[str, Any] = {}
        if query.country and (code := self._matcher.country(query.country)):
            item = self._matcher.country_item(code)
            told["country"] = {"id": item} if self._is_wikidata and item else code
        if query.coordinates:
            told["coordinates"] = "{:.5f},{:.5f}".format(*query.coordinates)
        names = _THEIRS if self._is_wikidata else {name: name for name in _THEIRS}
        properties = [{"pid": names[name], "v": value} for name, value in told.items()]
        kind = {} if self._is_wikidata or not query.kind else {"type": query.kind}
        return {"query": query.name, "limit": max(1, query.limit), "properties": properties} | kind

    def _items(self, identifiers: Iterable[str]) -> dict[str, str]:
        """The item of each identifier of the service."""
        wanted = sorted(identifiers)
        if self._is_wikidata or not wanted:
            return {name: match[1] for name in wanted if (match := ITEM.fullmatch(name))}
        rows = self._ask(extend={"ids": wanted, "properties": [{"id": "wikidata"}]}).get("rows", {})
        cells = {name: row.get("wikidata") for name, row in rows.items() if isinstance(row, dict)}
        return {
            name: match[1] for name, row in cells.items() if row and (match := ITEM.fullmatch(row[0].get("str", "")))
        }

    def _candidates(self, query: Query, rows: list[dict[str, Any]], items: Mapping[str, str]) -> list[Candidate]:
        """Score what the service found, best first; what is no item of Wikidata is left out."""
        found = [self._candidate(query, row, items[row["id"]]) for row in rows if row["id"] in items]
        return sorted(found, key=rank)[: query.limit]

    def _candidate(self, query: Query, row: dict[str, Any], item: str) -> Candidate:
        told = {
            feature.get("id"): feature.get("value")
            for feature in row.get("features") or ()
            if isinstance(feature, dict)
        }
        types = [str(one.get("id")) for one in row.get("type") or () if isinstance(one, dict)]
        kinds = {kind for name in types for kind in self._classes.get(name, {name})}
        entry = Entry(
            f"http://www.wikidata.org/entity/{item}", item, frozenset(kinds & self._matcher.words.levels.keys())
        )
        label, words = str(row.get("name") or item), self._matcher.words
        named = max(
            likeness(words.key(query.name), words.key(label)), *(_share(told.get(name)) or 0.0 for name in _NAMED)
        )
        others = parts(query, entry, words, None)
        for name, part in (("country", "country"), ("coordinates", "distance")):
            if part in others:
                others[part] = next(
                    (share for key in (part, _THEIRS[name]) if (share := _share(told.get(key))) is not None), None
                )
        return Candidate(entry, label, label, total(named, others), {"name": named, **others})

    def _ask(self, **fields: Any) -> dict[str, Any]:
        body = urllib.parse.urlencode({name: json.dumps(value) for name, value in fields.items()}).encode()
        return self._fetch(urllib.request.Request(self._url, body, self._headers))  # noqa: S310 - see _headers

    def _fetch(self, request: urllib.request.Request) -> dict[str, Any]:
        """Give an answer; a busy service is waited for, another fault is an error with its remedy."""
        wait = self._manner.wait_seconds
        for left in reversed(range(_TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - see _headers
                    found = json.loads(answer.read(_LARGEST))
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _PASSING or not left:
                    raise self._fault(f"status {error.code}") from None
                time.sleep(min(max(wait, retry_after(error.headers)), _LONGEST))
                wait *= 2
            except (OSError, HTTPException, ValueError, RecursionError) as error:
                raise self._fault(str(getattr(error, "reason", error))) from None
            else:
                if not isinstance(found, dict):
                    raise self._fault("the answer is no object")
                return found
        raise AssertionError  # pragma: no cover - the last try has returned or raised

    def _fault(self, fault: str) -> SourceError:
        remedy = "look whether there is a network and the address is right; without --live what is imported is proposed"
        return SourceError(self._url, f"the service does not answer ({fault})", remedy)


def _rows(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The candidates of a query; anything but the form of the specification is none."""
    result = answer.get(key)
    rows = result.get("result") if isinstance(result, dict) else None
    return [row for row in rows or () if isinstance(row, dict) and isinstance(row.get("id"), str)]


def _share(value: object) -> float | None:
    """A part of a score from 0 to 1; services tell it from 0 to 100, or as true and false."""
    if isinstance(value, bool):
        return float(value)
    return max(0.0, min(1.0, value / 100)) if isinstance(value, int | float) else None
