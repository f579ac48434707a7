"""Tokens of SPARQL 1.1 (section 19.8) in their plain forms, for texts that are read before the parser.

They have no escapes, and no letters but ASCII's. Every quantifier is possessive, so that no text is read twice; where a
token of the grammar could go on, ours does not end.

In all patterns of ours, what is repeated possessively fails at its first sign or not at all; else it stands in an
atomic group, ``(?>(?:…)*)``. Both mean the same, but Python before 3.11.5, as Debian 12 has it, keeps what the last
repetition read before it failed.
"""

from __future__ import annotations

SPACE = r"[ \t\r\n]*+"
GAP = rf"{SPACE}(?:\#[^\r\n]*+(?:[\r\n]|\Z){SPACE})*+"
IRI = r"[^<>\"{}|^`\\\x00-\x20]*+"
"""Without the brackets around it; not each is an IRI, which the parser tells."""
_SIGNS = r"[A-Za-z0-9._~!$&'()*+,;=:@-]++|%[0-9A-Fa-f]{2}"
_TAIL = rf"(?>(?:{_SIGNS}|[/?]++)*)"
_PATH = rf"(?>(?:/(?!\.)(?:{_SIGNS})*)+)"
ADDRESS = rf"https?://[A-Za-z0-9.-]++(?>(?::[0-9]++)?){_PATH}(?:\?{_TAIL})?+(?:\#{_TAIL})?+"
"""What surely is an IRI, and means itself whatever the base: no dots between its slashes (RFC 3986, section 5.2.4).

A name may be put behind it.
"""
PREFIX = r"(?:[A-Za-z][A-Za-z0-9_-]*+)?+:"
NAME = PREFIX + r"[A-Za-z0-9_][A-Za-z0-9_-]*+(?![\w:%\\-])"
"""A name with a prefix."""
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*+(?!\w)"
"""Without the sign before it."""
STRING = r"""(?:"[^"\\\r\n]*+"|'[^'\\\r\n]*+')(?!["'])"""


def in_turn(*parts: str, gap: str = GAP) -> str:
    """A pattern of parts that follow each other, with gaps between them."""
    return gap.join(parts)
