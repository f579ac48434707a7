"""How others' servers are asked: by name, and again only when they like it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import citygraph

if TYPE_CHECKING:
    from email.message import Message


def agent(contact: str) -> str:
    """How we call ourselves, and where the owner of a server reaches whoever asks.

    >>> agent("mail@example.org").partition(" ")[2]
    '(mail@example.org)'
    """
    return f"citygraph/{citygraph.__version__}" + (f" ({contact})" if contact else "")


def retry_after(headers: Message) -> float:
    """How many seconds a server asks to wait, said as a number or as a date (RFC 9110, section 10.2.3)."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdecimal() and text.isascii():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
