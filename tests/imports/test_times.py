"""The promises of `imports/times.py`: no date is more or less precise than it is stated, and none is lost."""

import doctest

import pytest

from citygraph.imports import times
from imports.samples import JULIAN, time

CASES = [
    ("+2009-00-00T00:00:00Z", 9, ("2009", "gYear"), None),
    ("+1987-05-00T00:00:00Z", 10, ("1987-05", "gYearMonth"), None),
    ("+1987-07-03T00:00:00Z", 11, ("1987-07-03", "date"), None),
    ("+1987-07-03T00:00:00Z", 9, ("1987", "gYear"), None),
    ("+2009-00-00T00:00:00Z", 11, ("2009", "gYear"), "+2009-00-00T00:00:00Z/11"),
    ("-0044-03-15T00:00:00Z", 9, ("-0043", "gYear"), None),
    ("-0001-00-00T00:00:00Z", 9, ("0000", "gYear"), None),
    ("+00000001960-00-00T00:00:00Z", 8, None, "+00000001960-00-00T00:00:00Z/8"),
    ("+1900-02-29T00:00:00Z", 11, None, "+1900-02-29T00:00:00Z/11"),
    ("+1987-13-01T00:00:00Z", 10, None, "+1987-13-01T00:00:00Z/10"),
    ("nonsense", 11, None, "nonsense/11"),
]


@pytest.mark.parametrize(("text", "precision", "lexical", "note"), CASES)
def test_a_date_has_the_precision_that_is_stated(text, precision, lexical, note):
    """Year, month and day become the XML Schema type of that precision; whatever else stays as text."""
    value = time(text, precision)["value"]
    assert (times.lexical(value), times.note(value)) == (lexical, note)


def test_a_julian_day_is_converted_and_noted():
    """A Julian day becomes the Gregorian one that xsd:date means, and the day as stated is kept as text."""
    value = time("+1500-02-29T00:00:00Z", 11, JULIAN)["value"]
    assert (times.lexical(value), times.note(value)) == (("1500-03-10", "date"), "+1500-02-29T00:00:00Z/11/J")
    year = time("+0836-00-00T00:00:00Z", 9, JULIAN)["value"]
    assert (times.lexical(year), times.note(year)) == (("0836", "gYear"), "+0836-00-00T00:00:00Z/9/J")


def test_margins_are_noted():
    """A date that is stated with a margin keeps it as text."""
    value = time("+1987-00-00T00:00:00Z", 9)["value"] | {"before": 2}
    assert times.note(value) == "+1987-00-00T00:00:00Z/9 before=2"


def test_calendars_lead_back_and_forth():
    """Every day of four thousand years comes back from the other calendar."""
    days = [(year, month, 28) for year in range(-1000, 3000, 7) for month in range(1, 13)]
    assert [times.gregorian(*times.julian(*day)) for day in days] == days


def test_examples_run():
    """The examples in the module are true."""
    assert doctest.testmod(times).failed == 0
