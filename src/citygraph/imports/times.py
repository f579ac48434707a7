"""Wikidata's points in time as XML Schema dates of the same precision, and the rest as text.

A value loses nothing: where a date cannot hold it (a decade, a Julian day, a margin), :func:`note` gives the whole
value in the notation of QuickStatements, ``+1960-00-00T00:00:00Z/8``, with ``/J`` for the Julian calendar.
"""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIME = re.compile(r"([+-])0*(\d+)-(\d\d)-(\d\d)T.*")
_JULIAN = "Q1985786"
_YEAR, _MONTH, _DAY = 9, 10, 11
"""The precisions that XML Schema has a type for; below are decades and longer, above hours and shorter."""


def lexical(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """Give (text, XML Schema type) at the stated precision; None where no type fits.

    >>> lexical({"time": "+1987-05-00T00:00:00Z", "precision": 10})
    ('1987-05', 'gYearMonth')
    >>> lexical({"time": "-0044-03-15T00:00:00Z", "precision": 9})
    ('-0043', 'gYear')
    """
    precision = int(value.get("precision", _DAY))
    match = _TIME.fullmatch(str(value.get("time", "")))
    if match is None or not _YEAR <= precision <= _DAY:
        return None
    sign, digits, month, day = match[1], int(match[2]), int(match[3]), int(match[4])
    if digits == 0 or month > 12:
        return None  # there is no year 0 in Wikidata's JSON
    # XSD 1.1 counts the year before 1 as 0 (https://www.w3.org/TR/xmlschema11-2/#vp-dt-year).
    year = digits if sign == "+" else 1 - digits
    if precision == _YEAR or month == 0:
        return _year(year), "gYear"
    if precision == _MONTH or day == 0:
        return f"{_year(year)}-{month:02}", "gYearMonth"
    if _is_julian(value):
        # xsd:date is Gregorian; Wikidata's own RDF converts days alike, and no coarser date.
        year, month, day = gregorian(year, month, day)
    elif day > days_of(year, month):
        return None
    return f"{_year(year)}-{month:02}-{day:02}", "date"


def note(value: Mapping[str, Any]) -> str | None:
    """Give the whole value as text where :func:`lexical` says less than it; None where nothing is lost."""
    found = lexical(value)
    widths = {"gYear": _YEAR, "gYearMonth": _MONTH, "date": _DAY}
    precision = int(value.get("precision", _DAY))
    margins = any(value.get(key) for key in ("before", "after", "timezone"))
    if found and widths[found[1]] == precision and not _is_julian(value) and not margins:
        return None
    text = f"{value.get('time')}/{precision}" + ("/J" if _is_julian(value) else "")
    return text + "".join(f" {key}={value[key]}" for key in ("before", "after", "timezone") if value.get(key))


def gregorian(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Give a day of the Julian calendar in the Gregorian one.

    >>> gregorian(1582, 10, 5)
    (1582, 10, 15)
    """
    years, months = _from_march(year, month)
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - 32083
    centuries = (4 * (number + 32044) + 3) // 146097
    return _to_january(number + 32044 - 146097 * centuries // 4, 100 * centuries)


def julian(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Give a day of the Gregorian calendar in the Julian one.

    >>> julian(1582, 10, 15)
    (1582, 10, 5)
    """
    years, months = _from_march(year, month)
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400 - 32045
    return _to_january(number + 32082, 0)


# Both go by the Julian day number, with years that begin in March 4801 BCE, so that the odd day comes last: E. G.
# Richards, "Calendars", in: Explanatory Supplement to the Astronomical Almanac, 3rd edition, section 15.11.


def _from_march(year: int, month: int) -> tuple[int, int]:
    shift = (14 - month) // 12
    return year + 4800 - shift, month + 12 * shift - 3


def _to_january(days: int, since: int) -> tuple[int, int, int]:
    years = (4 * days + 3) // 1461
    days -= 1461 * years // 4
    months = (5 * days + 2) // 153
    return (
        since + years - 4800 + months // 10,
        months + 3 - 12 * (months // 10),
        days - (153 * months + 2) // 5 + 1,
    )


def _is_julian(value: Mapping[str, Any]) -> bool:
    return str(value.get("calendarmodel", "")).endswith(_JULIAN)


def _year(year: int) -> str:
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def days_of(year: int, month: int) -> int:
    """Count the days of a month; the Gregorian calendar repeats every 400 years."""
    return calendar.monthrange(year % 400 + 2000, month)[1]
