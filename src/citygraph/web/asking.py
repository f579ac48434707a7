"""The desk at which strangers' queries are answered: what took long is kept, and equal queries are worked out once.

A desk belongs to a release, so what it keeps is never stale. It knows nothing of HTTP.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from citygraph import likeness, lookups
from citygraph.formats import JSON, NTRIPLES, RDF, RESULTS, Format
from citygraph.web.kept import Shelf
from citygraph.workers import Forms

if TYPE_CHECKING:
    from citygraph.backend import Asked
    from citygraph.lookups import Lookup, Lookups
    from citygraph.workers import Answer, Question

    Key: TypeAlias = tuple[object, ...]

WORTH_KEEPING = 0.005
"""Seconds: an answer that took less is worked out again as quickly as it is found."""
LARGEST = 1_000_000
ROOM = 32_000_000

BOOLEAN = tuple(row for row in RESULTS if row.boolean)
OFFERS = {"ASK": BOOLEAN, "SELECT": RESULTS, "CONSTRUCT": RDF, "DESCRIBE": RDF}
"""The formats in which each form of query can be answered."""


@dataclass(frozen=True)
class _Sized:
    answer: Answer

    def __len__(self) -> int:
        return len(self.answer.body)


class _Flight:
    """A query that is being answered; whoever asks the same waits for it to land."""

    __slots__ = ("answer", "landed")

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.landed = threading.Lock()
        self.landed.acquire()


class Desk:
    """Answers from the workers of a release."""

    def __init__(self, pool: Asked, near: Lookups | None = None) -> None:
        self._pool, self._lookups = pool, near
        self._kept: Shelf[_Sized] = Shelf(ROOM)
        self._flights: dict[Key, _Flight] = {}
        self._lock = threading.Lock()

    def ask(self, question: Question, form: Format, client: str) -> Answer:
        """Answer a query in a format; for a page the results come in JSON or N-Triples."""
        near = None if question.default_graphs or question.named_graphs else lookups.read(question.text)
        found = self.look(near, form) if near else None
        return found or self.work(question, form, client)

    def look(self, lookup: Lookup, form: Format) -> Answer | None:
        """Answer a look-up without a worker, if it is short and the store is in this process."""
        return self._lookups.ask(lookup, forms(form)) if self._lookups else None

    def work(self, question: Question, form: Format, client: str) -> Answer:
        """Have a worker answer; who gets the answer to another's query is charged nothing."""
        if likeness.is_volatile(question.text):
            return self._pool.ask(question, forms(form), client)
        raw: Key = (question, form.name)
        if (found := self._kept.get(raw)) is not None:
            return found.answer
        key: Key = (likeness.normalised(question.text), question.default_graphs, question.named_graphs, form.name)
        if (found := self._kept.get(key)) is not None:
            return found.answer
        with self._lock:
            flight = self._flights.get(key)
            if leads := flight is None:
                flight = self._flights[key] = _Flight()
        if not leads:
            return self._follow(flight, question, form, client)
        try:
            answer = flight.answer = self._pool.ask(question, forms(form), client)
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.release()
        if answer.seconds > WORTH_KEEPING and len(answer.body) <= LARGEST:
            for name in {raw, key}:
                self._kept.put(name, _Sized(answer))
        return answer

    def _follow(self, flight: _Flight, question: Question, form: Format, client: str) -> Answer:
        limits = self._pool.limits
        if flight.landed.acquire(timeout=limits.seconds + limits.wait_seconds):
            flight.landed.release()
        if flight.answer is not None:
            return flight.answer
        # The other was refused, perhaps for what it had asked before; what the text itself fails of is remembered.
        return self._pool.ask(question, forms(form), client)


@lru_cache(maxsize=64)
def forms(form: Format) -> Forms:
    """The formats of every kind of answer, where one is wanted."""
    return Forms(
        form if form in RESULTS else JSON, form if form in BOOLEAN else JSON, form if form in RDF else NTRIPLES
    )
