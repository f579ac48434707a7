r"""Writes proposals as commands of QuickStatements, in the tab-separated form that its versions 2 and 3 import as "V1".

https://www.wikidata.org/wiki/Help:QuickStatements: item, property, value, then pairs of qualifiers (``P580``) and of
parts of one reference (``S854``). A statement that exists is not added again; its qualifiers and reference are.

>>> from citygraph.wikidata.lines import Proposal, Reference
>>> source = Reference("a", "https://example.org/a|b", "Twins", "en", "2026-11-22")
>>> command(Proposal("Q1", "Q2", (("P580", "2009"),), source, "one")).split("\t")[:5]
['Q1', 'P190', 'Q2', 'P580', '+2009-00-00T00:00:00Z/9']
>>> command(Proposal("Q1", "Q2", (), source, "one")).split("\t")[3:]
['S854', '"https://example.org/a%7Cb"', 'S1476', 'en:"Twins"', 'S813', '+2026-11-22T00:00:00Z/11']
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from citygraph.wikidata.dates import quick
from citygraph.wikidata.sides import TWINNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.wikidata.lines import Line, Proposal

PAGE, TITLE, RETRIEVED = "S854", "S1476", "S813"
"""Reference URL, title and retrieved, as parts of a reference."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_RESERVED = re.compile(r'[\x00-\x20|"<>\\^`{}\x7f]')
"""Signs that no address holds, or that QuickStatements takes for its own."""
_TITLE = re.compile(r'[^\x00-\x1f|"\x7f]{1,1500}')


def commands(lines: Iterable[Line], warning: str = "") -> Iterator[str]:
    """Give the commands of all proposals, each once; a warning stands behind each as its summary."""
    told = set()
    for line in lines:
        for proposal in line.proposals:
            text = command(proposal)
            if text not in told:
                told.add(text)
                yield text + (f"\t/* {warning} */" if warning else "")


def command(proposal: Proposal) -> str:
    """Write one proposal."""
    cells = [proposal.subject, TWINNED, proposal.value]
    for name, date in proposal.qualifiers:
        cells += [name, quick(date)]
    source = proposal.reference
    cells += [PAGE, f'"{_RESERVED.sub(_escaped, source.page)}"']
    if _LANGUAGE.fullmatch(source.language) and _TITLE.fullmatch(source.title):
        cells += [TITLE, f'{source.language}:"{source.title}"']
    if day := quick(source.read):
        cells += [RETRIEVED, day]
    return "\t".join(cells)


def _escaped(sign: re.Match[str]) -> str:
    return f"%{ord(sign[0]):02X}"
