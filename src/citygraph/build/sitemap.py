"""Lists the pages of all things for crawlers (https://www.sitemaps.org/protocol.html), a file per 50,000 of them.

The things are read from the sorted union, in which all statements of one stand together. The site adds its own pages
and the list of these files.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.iris import Iris

MOST = 50_000
"""How many addresses a file may hold."""
FOLDER = "sitemap"
_LEFT_OUT = {"claim", "evidence", "participation"}
"""Kinds of which nobody looks for a single one; they are shown on the pages of others."""


def write_sitemaps(union: Path, work: Path, iris: Iris, date: str) -> None:
    """Write ``sitemap/1.xml`` and following, each page with the date of the release."""
    folder = work / FOLDER
    folder.mkdir()
    pages = _pages(union, iris)
    for number, rows in groupby(enumerate(pages), lambda row: row[0] // MOST):
        with (folder / f"{number + 1}.xml").open("w", encoding="utf-8", newline="\n") as target:
            target.write('<?xml version="1.0" encoding="UTF-8"?>\n')
            target.write('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n')
            target.writelines(f"<url><loc>{escape(page)}</loc><lastmod>{date}</lastmod></url>\n" for _, page in rows)
            target.write("</urlset>\n")


def _pages(union: Path, iris: Iris) -> Iterator[str]:
    start = f"<{iris.base}id/"
    with union.open(encoding="utf-8") as lines:
        for subject, _ in groupby(line.partition(" ")[0] for line in lines if line.startswith(start)):
            name = subject[len(start) : -1]
            kind, slash, _ = name.partition("/")
            if slash and kind not in _LEFT_OUT:
                yield f"{iris.base}page/{quote(name, safe='/:%')}"
