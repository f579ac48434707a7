"""Compares evidence with the saved documents, where somebody has them: they are not ours to publish.

A document is known by the SHA-256 that its source states, whatever its file is called.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from citygraph.build.texts import read_text
from citygraph.errors import SourceError
from citygraph.findings import Finding, Severity
from citygraph.vocab import foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.build.origins import Origins
    from citygraph.iris import Iris
    from citygraph.store import Store

_EVIDENCE = """
SELECT ?source ?sha256 ?evidence ?selector ?exact ?start ?end {
    ?evidence oa:hasSource ?source ; oa:hasSelector ?selector .
    ?source cg:sha256 ?sha256 .
    ?selector oa:exact ?exact ; oa:start ?start ; oa:end ?end .
} ORDER BY ?source ?start ?evidence
"""


def check_documents(store: Store, folder: Path, origins: Origins, iris: Iris) -> Iterator[Finding]:
    """Find evidence whose phrase does not stand at its place in the document; the remedy names the right place."""
    return origins.place(_compared(store, folder, iris))


def _compared(store: Store, folder: Path, iris: Iris) -> Iterator[tuple[Finding, str, tuple[str, ...]]]:
    """Give each finding with the thing whose block it is about."""
    if not folder.is_dir():
        raise SourceError(folder, "there is no such folder of documents", "name the folder with the saved documents")
    texts = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in sorted(folder.iterdir()) if path.is_file()}
    read: dict[str, str] = {}
    absent: set[str] = set()
    for row in store.select(_EVIDENCE, prefixes=prefixes(iris.base)):
        source, sha256, evidence, selector, exact = (row[name].value for name in _COLUMNS)
        start, end = int(row["start"].value), int(row["end"].value)
        if sha256 not in texts:
            if source not in absent:
                absent.add(source)
                message = (
                    f"no document in {folder} has the SHA-256 that the source states; save it there, or read it anew"
                )
                yield Finding("", 0, Severity.WARNING, source, "", "", message), source, ()
            continue
        text = read.setdefault(sha256, read_text(texts[sha256]))
        if text[start:end] != exact:
            found = text.find(exact)
            remedy = (
                f"write oa:start {found} ; oa:end {found + len(exact)}"
                if found >= 0
                else "it does not stand there at all"
            )
            message = f"the phrase does not stand at {start} to {end} of {texts[sha256].name}; {remedy}"
            path = foreign("oa", "exact").value
            yield Finding("", 0, Severity.VIOLATION, evidence, path, str(row["exact"]), message), selector, ()


_COLUMNS = ("source", "sha256", "evidence", "selector", "exact")
