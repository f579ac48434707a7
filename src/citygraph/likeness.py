"""Tells when two query texts ask the same, and when one text asked twice need not be answered alike."""

from __future__ import annotations

import re
from functools import lru_cache

# What a text may hold besides gaps in which a gap or a number sign is none.
_GAPS = re.compile(
    r"""(?P<kept>\\.|\"{3}(?>(?:[^"\\]++|\\.|\"(?!\"\"))*)(?:\"{3})?|'{3}(?>(?:[^'\\]++|\\.|'(?!''))*)(?:'{3})?
               |"(?>(?:[^"\\\n\r]++|\\.)*)"?|'(?>(?:[^'\\\n\r]++|\\.)*)'?)
       |(?P<iri><[^<>"{}|^`\\\x00-\x20]*+>)
       |(?:\#[^\n\r]*+|[ \t\r\n]++)++""",
    re.VERBOSE | re.DOTALL,
)
_HTTP = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*+://")
_VOLATILE = ("NOW", "RAND", "UUID", "BNODE", "SERVICE")
_VOLATILE_WORD = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE|SERVICE)\b", re.IGNORECASE)


def normalised(text: str) -> str:
    r"""A text with one space in the place of each gap and comment; texts that become equal ask the same.

    After an operand ``<`` may be less-than, and what looks like an IRI then hides the beginning of a comment or string.
    No expression has ``://`` there; a text that leaves the doubt stands for itself.

    >>> normalised('SELECT *  # all\n{ ?s ?p "a  # b" }')
    'SELECT * { ?s ?p "a  # b" }'
    """
    if text.isascii() and not any(sign in text for sign in "#\"'"):
        return " ".join(text.split())
    parts: list[str] = []
    done = 0
    for match in _GAPS.finditer(text):
        token = match[0]
        if match.lastgroup == "iri":
            if ("#" in token or "'" in token) and not _HTTP.match(token):
                return text
        elif match.lastgroup is None:
            parts += (text[done : match.start()], " ")
            done = match.end()
    return ("".join(parts) + text[done:]).strip(" ")


@lru_cache(maxsize=16)  # whoever asks for it asks twice
def is_volatile(text: str) -> bool:
    """Tell whether a text asks for the time, for chance or for what others say, so that two answers may differ."""
    return any(map(text.upper().__contains__, _VOLATILE)) and _VOLATILE_WORD.search(text) is not None
