"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citygraph.doctor.site import Reply, Site


@dataclass(frozen=True)
class Fault:
    """What is wrong, and a line for the shell that shows it."""

    text: str
    curl: str


Look = Callable[["Site"], Iterator[Fault]]


@dataclass(frozen=True)
class Check:
    """A promise that a site keeps, how to see whether it does, and what to mend where it does not."""

    name: str
    promise: str
    remedy: str
    look: Look = field(repr=False)
    advice: bool = False
    """Whether it is only advised: a site may do without, and still be sound."""


def fault(reply: Reply, text: str) -> Fault:
    """A fault that an answer shows."""
    return Fault(text, reply.curl)


def status(reply: Reply, *wanted: int) -> Iterator[Fault]:
    """Hold an answer to a status."""
    if reply.status not in wanted:
        yield fault(reply, f"answers {reply.status} instead of {' or '.join(map(str, wanted))}")


def kind(reply: Reply, *wanted: str) -> Iterator[Fault]:
    """Hold an answer to a media type."""
    if reply.type not in wanted:
        yield fault(reply, f"is {reply.type or 'of no type'} instead of {' or '.join(wanted)}")
