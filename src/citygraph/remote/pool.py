"""Strangers' queries in front of a SPARQL server (:class:`citygraph.backend.Asked`).

Length, nesting, SERVICE, the queue, each client's share, the deadline, rows and bytes are bounded here; memory, and
what a query costs after its deadline, are the engine's own to bound. An answer is read as it comes in and written anew,
so that every engine gives every format in the same form, cut between two rows. No query is hung up on before its
deadline: the engine would work on while another took its seat.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph import scanner
from citygraph.answerer import Writer
from citygraph.errors import CitygraphError, QueryTimeout, QueryTooLarge, StoreError
from citygraph.remote.store import RESULTS, TRIPLES, Asking, with_base
from citygraph.seats import Seats
from citygraph.vocab import prefixes
from citygraph.workers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.formats import Format
    from citygraph.remote.http import Reply
    from citygraph.seats import Seat
    from citygraph.workers import Forms, Limits, Question

_GRACE = 1.0
"""Seconds after the deadline in which the engine may still say itself that it has ended a query."""


class RemotePool:
    """A number of seats before one server."""

    def __init__(self, asking: Asking, limits: Limits, tally: Counter[str] | None = None) -> None:
        self.limits = limits
        self.tally: Counter[str] = Counter() if tally is None else tally
        self._asking = asking
        self._seats: Seats[int] = Seats(limits)
        for number in range(limits.workers):
            self._seats.give(number)
        known = prefixes(asking.iris.base)
        self._writer = Writer(rows=limits.rows, most=limits.answer_bytes, prefixes=known)

    def ask(self, question: Question, forms: Forms, client: str = "") -> Answer:
        """Answer a stranger's query; the client is known by a name of the caller's choosing, such as its address."""
        asking, text = self._asking, question.text
        asking.engine.check(text, self.limits.services)
        try:
            body, headers = asking.form(
                with_base(text, f"{asking.iris.base}sparql"), question.default_graphs, question.named_graphs
            )
        except UnicodeEncodeError as error:
            fault = "there is half a character (a lone surrogate)"
            raise scanner.refusal(text, error.start, fault) from None
        key = hash(body)
        if (failure := self._seats.failed.get(key)) is not None:
            raise failure()
        triples = scanner.form(text) in ("CONSTRUCT", "DESCRIBE")
        headers = headers | {"Accept": TRIPLES if triples else RESULTS}
        slow = self._seats.is_heavy(client) or bool(self._seats.long.get(key))
        seat = self._seats.take(client, slow=slow)
        began = time.perf_counter()
        try:
            seconds = self.limits.seconds + _GRACE
            long = partial(self._promote, seat, key)
            with asking.server.ask("POST", body, headers, seconds, waiting=long) as reply:
                form, content, cut = self._read(asking.checked(reply), forms, triples=triples)
            return Answer(form, content, cut, time.perf_counter() - began)
        except QueryTimeout:
            raise self._failed(key, "time", partial(QueryTimeout, self.limits.seconds)) from None
        except QueryTooLarge as error:
            raise self._failed(key, "engine", partial(QueryTooLarge, error.what)) from None
        except SyntaxError:
            # The server stops in mid-answer, for which there is no status: mostly its own limit of time.
            if time.perf_counter() - began < self.limits.seconds / 2:
                raise StoreError(asking.server.url, "it has broken off its answer") from None
            raise self._failed(key, "time", partial(QueryTimeout, self.limits.seconds)) from None
        finally:
            self._seats.leave(seat, time.perf_counter() - began, back=True)

    @property
    def standing(self) -> tuple[int, int]:
        """How many queries the server has at this moment, and how many wait."""
        return self._seats.standing

    @property
    def missing(self) -> list[str]:
        """The limits that are not kept here."""
        return ["a ceiling of memory", "an end of queries at the deadline: both are the store's own to keep"]

    def capabilities(self) -> str:
        """Say at start-up which limits hold, and which do not."""
        limits, asking = self.limits, self._asking
        return (
            f"{asking.server.url} ({asking.engine.name}): {limits.workers} queries at once, {limits.slow_seats} of "
            f"them long; at most {limits.seconds:g} s, {limits.rows} rows and {limits.answer_bytes / 2**20:.3g} MiB of "
            f"answer for a query; not here: {' and '.join(self.missing)}"
        )

    def _failed(self, key: int, reason: str, failure: Callable[[], CitygraphError]) -> CitygraphError:
        """Count and remember why a query came to nothing."""
        self.tally[reason] += 1
        self._seats.failed.keep(key, failure)
        return failure()

    def _promote(self, seat: Seat[int], key: int, wait: Callable[[float], bool]) -> None:
        """Move a query that takes long to a slow seat, if one is free; the client is charged in either."""
        if not wait(self.limits.quick_seconds):
            self._seats.long.keep(key, True)
            if not seat.slow:
                self._seats.promote(seat)

    def _read(self, reply: Reply, forms: Forms, *, triples: bool) -> tuple[Format, bytes, bool]:
        """Read an answer and write it in the format that is wanted."""
        cut = self._asking.is_cut(reply)
        if triples:
            left_out, body = self._writer.triples(self._asking.triples(reply), forms.triples.tag)
            return forms.triples, bytes(body), cut or left_out
        found = self._asking.results(reply)
        if isinstance(found, ox.QueryBoolean):
            content = found.serialize(format=forms.boolean.results)
            assert content is not None
            return forms.boolean, content, False
        left_out, body = self._writer.solutions(found, forms.solutions.tag)
        return forms.solutions, bytes(body), cut or left_out
