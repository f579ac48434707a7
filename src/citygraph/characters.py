r"""The characters that RDF allows and XML does not, in whose formats a release is told too.

>>> beyond_xml("a bell \x07"), beyond_xml("two\nlines")
('the character U+0007, which no XML can hold', '')
"""

from __future__ import annotations

import re

_BEYOND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def beyond_xml(text: str) -> str:
    """Name the first character that no XML can hold (XML 1.0, section 2.2); empty if a text has none."""
    found = None if text.isprintable() else _BEYOND.search(text)
    return f"the character U+{ord(found[0]):04X}, which no XML can hold" if found else ""
