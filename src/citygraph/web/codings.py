"""Content codings: which one a client likes best, and the bytes in it (RFC 9110, sections 8.4 and 12.5.3).

>>> coding("gzip, br;q=0.5", LASTING)
'gzip'
>>> coding("identity", LASTING) is None
True
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
import zstandard
from isal import igzip

from citygraph.web.negotiate import wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LEAST = 1_000
"""Bytes below which a coding saves nothing: one packet holds them anyway."""

LASTING: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.compress(body, 9),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""For what is made once and sent often; small before quick. Where a client likes several alike, the first is taken."""

PASSING: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.compress(body, 1),
    "gzip": lambda body: igzip.compress(body, 1, mtime=0),
    "br": lambda body: brotli.compress(body, quality=1),
}
"""For answers to queries, most of which are sent once; quick before small."""

_REMEMBERED = 200
_COMPRESSIBLE = re.compile(
    r"text/|image/svg|application/(?:[\w.-]+\+)?(?:json|xml|javascript|n-triples|n-quads|trig)\b"
)


def compressible(content_type: str) -> bool:
    """Tell whether a coding is worth while for a type; images and archives are compressed already."""
    return _COMPRESSIBLE.match(content_type) is not None


def coding(header: str, among: Mapping[str, object]) -> str | None:
    """The coding that a client likes best; None for the plain bytes, which are sent where nothing else will do."""
    return (_remembered if len(header) <= _REMEMBERED else _choose)(header, tuple(among))


def plain_refused(header: str) -> bool:
    """Tell whether a client wants no plain bytes (``identity;q=0``, or ``*;q=0`` without ``identity``)."""
    return "q" in header and _quality(header).get("identity", _quality(header).get("*", 1.0)) == 0


def likes(header: str, name: str) -> bool:
    """Tell whether a client accepts a coding."""
    return _likes(_quality(header), name) > 0


def coded_tag(tag: str, name: str) -> str:
    """The entity tag of the bytes in a coding."""
    return f'{tag[:-1]}-{name}"'


def _choose(header: str, among: tuple[str, ...]) -> str | None:
    liked = _quality(header)
    if not among:
        return None
    best = max(among, key=lambda name: _likes(liked, name))
    # Plain bytes win only where they are liked more, in so many words.
    return best if _likes(liked, best) > 0 and _likes(liked, best) >= liked.get("identity", 0.0) else None


_remembered = lru_cache(maxsize=1024)(_choose)


def _quality(header: str) -> dict[str, float]:
    return {wish.name.removeprefix("x-"): wish.quality for wish in wishes(header)}


def _likes(liked: dict[str, float], name: str) -> float:
    return liked.get(name, liked.get("*", 0.0))
