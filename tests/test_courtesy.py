"""Others' servers are asked as they wish."""

import time
from email.message import Message
from email.utils import formatdate

import pytest

from citygraph.courtesy import retry_after


def headers(value):
    told = Message()
    told["Retry-After"] = value
    return told


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), (" 120 ", 120), ("", 0), ("soon", 0), ("²", 0), ("-3", 0)])
def test_a_wait_in_seconds_is_read_and_nonsense_is_none(value, seconds):
    """A number is the seconds to wait; what is neither number nor date asks for no wait."""
    assert retry_after(headers(value)) == seconds


@pytest.mark.parametrize(("ahead", "low", "high"), [(3600, 3000, 3600), (-3600, 0, 0)])
def test_a_wait_until_a_date_is_read(ahead, low, high):
    """A date is waited for, and one in the past is not."""
    assert low <= retry_after(headers(formatdate(time.time() + ahead, usegmt=True))) <= high
