"""The entity tags that a client names (RFC 9110, section 13.1), among which are those of codings.

The application knows plain bytes and one tag for them; a coding of them has the same with the name of the coding.

>>> known('"a"', 'W/"a-br", "b"', "br")
'"a-br"'
"""

from __future__ import annotations

import re

from citygraph.web import codings

ANY = "*"
"""What stands for every tag that there may be."""
_TAG = re.compile(r'(W/)?("[^"]*")')
_CODED = re.compile(rf'(".*)-({"|".join(codings.LASTING)})"')


def plain(header: str, accepted: str) -> list[str]:
    """The tags, and behind each that names a coding the one without it; weak ones are like others (section 13.1.2).

    One with a coding that the client does not accept now stands for nothing else.

    >>> plain('"a-br", W/"b-gzip"', "gzip")
    ['"a-br"', '"b-gzip"', '"b"']
    """
    found = []
    for _, tag in _TAG.findall(header):
        found.append(tag)
        if (match := _CODED.fullmatch(tag)) and codings.likes(accepted, match[2]):
            found.append(f'{match[1]}"')
    return found


def known(tag: str, header: str, accepted: str) -> str:
    """The tag under which a client knows an answer, plain or in a coding that it accepts now; empty if none."""
    named = [row for _, row in _TAG.findall(header)]
    if tag in named:
        return tag
    coded = ((codings.coded_tag(tag, name), name) for name in codings.LASTING)
    return next((row for row, name in coded if row in named and codings.likes(accepted, name)), "")


def is_met(tag: str, header: str, accepted: str) -> bool:
    """Whether ``If-Match`` allows for an answer; a weak tag does not (section 13.1.1)."""
    strong = ",".join(row for weak, row in _TAG.findall(header) if not weak)
    return header.strip() == ANY or tag in plain(strong, accepted)
