"""Small words of the pages: dates as people write them, paths as people read them.

>>> plain_date("2009-10-26"), plain_date("2019-08"), plain_date("2009")
('26 October 2009', 'August 2019', '2009')
"""

from __future__ import annotations

import re

_DATE = re.compile(r"(-?\d{4,})(?:-(\d\d)(?:-(\d\d))?)?(?:Z|[+-]\d\d:\d\d)?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def plain_date(lexical: str) -> str:
    """Write a date at the precision it has; what is no date is given back."""
    match = _DATE.fullmatch(lexical)
    if not match or not 0 < int(match[2] or 1) <= len(_MONTHS):
        return lexical
    year, month, day = match.groups()
    return " ".join(
        part for part in (str(int(day)) if day else "", _MONTHS[int(month) - 1] if month else "", year) if part
    )


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
    return f"{size} bytes"
