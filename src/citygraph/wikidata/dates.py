"""Dates of different precision: which agree, which is finer, and how Wikidata writes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_PRECISION = {4: 9, 7: 10, 10: 11}


def agree(one: str, other: str) -> bool:
    """Tell whether one date is the other or a coarser form of it.

    >>> agree("2009", "2009-10-26"), agree("2019-08", "2018-08-24")
    (True, False)
    """
    return one.startswith(other) or other.startswith(one)


def agree_all(dates: Iterable[str]) -> bool:
    """Tell whether no two of some dates contradict each other."""
    ordered = sorted(dates, key=len)
    return all(agree(one, ordered[-1]) for one in ordered)


def before(date: str, day: str) -> bool:
    """Tell whether a date lies wholly before a day.

    >>> before("2025", "2026-11-22"), before("2026", "2026-11-22"), before("2026-11-21", "2026-11-22")
    (True, False, True)
    """
    return date < day and not day.startswith(date)


def finest(dates: Iterable[str]) -> str:
    """The date of the highest precision, the earliest of equals; empty where there is none."""
    return min(dates, key=lambda text: (-len(text), text), default="")


def quick(text: str) -> str:
    """Write a date as QuickStatements reads it; empty where it is no plain year, month or day.

    >>> quick("2009"), quick("2023-06"), quick("2009-10-26"), quick("-0043")
    ('+2009-00-00T00:00:00Z/9', '+2023-06-00T00:00:00Z/10', '+2009-10-26T00:00:00Z/11', '')
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return ""
    year, month, day = match[1], match[2] or "00", match[3] or "00"
    return f"+{year}-{month}-{day}T00:00:00Z/{_PRECISION[len(text)]}"
