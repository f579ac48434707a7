"""Small words that are the same in every language: days of dates, paths and sizes as people read them.

>>> calendar_day("2009-10-26"), calendar_day("2019-08")[1], calendar_day("soon")
((datetime.date(2009, 10, 26), 'day'), 'month', (None, 'year'))
"""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:Z|[+-]\d\d:\d\d)?")


def calendar_day(lexical: str) -> tuple[date | None, str]:
    """The first day of a date and its precision: ``day``, ``month`` or ``year``; None for what is no date."""
    match = _DATE.fullmatch(lexical)
    if not match:
        return None, "year"
    try:
        day = date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None, "year"
    return day, "day" if match[3] else "month" if match[2] else "year"


def short_path(base: str, iri: str) -> str:
    """The part of an IRI of ours that tells it from others: ``city/basel``."""
    return iri.removeprefix(base).removeprefix("id/")


def plain_bytes(size: int) -> str:
    """Write a size as people do.

    >>> plain_bytes(154_000_000)
    '154 MB'
    """
    for unit, divisor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= divisor:
            return f"{size / divisor:.3g} {unit}"
    return f"{size} B"
