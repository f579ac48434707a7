"""Finds parties on Wikidata that bear the name of a partner of ours and are not it: the city beside the province."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from citygraph.linking.names import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citygraph.linking.names import Words
    from citygraph.wikidata.sides import Claim, Party, Stated


def namesakes(
    space: str, parties: Mapping[str, Party], stated: Iterable[Stated], claims: Iterable[Claim], words: Words
) -> dict[str, set[str]]:
    """Give, for each partner that our sources state, the items without a thing of ours that Wikidata has in its place.

    ``space`` is the beginning of our IRIs. An item counts if it is twinned with the other partner and has a name in
    common, in any language and without the word for its kind.
    """

    @cache
    def keys(party: str) -> frozenset[str]:
        texts = [text for text, _ in parties[party].names] if party in parties else []
        return frozenset(key for text in texts for key in Reading(text, words).spellings)

    beside: defaultdict[str, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.of:
            beside[claim.by].add(claim.of)
            beside[claim.of].add(claim.by)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in stated:
        for one, other in ((row.one, row.other), (row.other, row.one)):
            for near in beside[one]:
                if near != other and near.startswith(f"{space}wikidata/") and keys(near) & keys(other):
                    found[other].add(near)
    return found
