"""What a search finds: things by their names, what they have in common, and the choice of some of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import prefixes
from citygraph.web.answers import local_url
from citygraph.web.language import gettext, marked
from citygraph.web.listing import kind_name
from citygraph.web.names import Name, best
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citygraph.search import Hit
    from citygraph.web.current import Served
    from citygraph.web.names import Naming

MOST = 200
"""How many things a search looks at; whoever finds more writes more."""
SHOWN = 12
"""How many values of a facet are offered, the most common ones."""
FACETS = {
    "kind": marked("Kind"),
    "country": marked("Country"),
    "area": marked("Focus area"),
    "form": marked("Form"),
    "period": marked("Period"),
}
"""By what things can be chosen, and how it is called."""

_QUERY = """SELECT DISTINCT ?thing ?facet ?value WHERE {{
    VALUES ?thing {{ {things} }}
    {{ ?thing cg:country|(cg:party/cg:country) ?value BIND("country" AS ?facet) }}
    UNION {{ ?thing cg:focusArea|(cg:partnership/cg:focusArea) ?value BIND("area" AS ?facet) }}
    UNION {{ ?thing cg:form|(cg:partnership/cg:form) ?value BIND("form" AS ?facet) }}
    UNION {{ ?thing cg:startDate|cg:date|(cg:partnership/cg:startDate) ?value BIND("period" AS ?facet) }}
}}"""


@dataclass(frozen=True)
class Choice:
    """A value of a facet: how many things of the list have it, and whether it is chosen."""

    value: str
    name: Name
    count: int
    chosen: bool


@dataclass(frozen=True)
class Result:
    """A thing that was found."""

    iri: str
    name: Name
    kind: str
    kind_name: Name
    url: str | None
    found_by: Name
    """The name that fits what was looked for; it need not be the one that the thing has in the reader's language."""
    near: bool
    """Whether that name is only like it."""


@dataclass(frozen=True)
class Results:
    """What a search found, and by what it can be narrowed."""

    results: list[Result]
    facets: list[tuple[str, str, list[Choice]]]
    total: int
    number: int = 1
    following: bool = False


def suggest(served: Served, text: str, language: str, limit: int) -> list[Result]:
    """The first things that a text finds, without any question to the store."""
    return [_result(served, hit, language) for hit in served.index.find(text, limit)]


def find(served: Served, text: str, language: str, chosen: Mapping[str, str], number: int, size: int) -> Results:
    """Search, and narrow what is found to the chosen values; two questions, however many things are found."""
    hits = served.index.find(text, MOST)
    values = _values(served, hits)
    kept = [hit for hit in hits if all(value in values[hit.iri][key] for key, value in chosen.items())]
    counts = {key: Counter(value for hit in kept for value in values[hit.iri][key]) for key in FACETS}
    named = {f"{served.iris.base}id/{value}" for key in ("country", "area", "form") for value in counts[key]}
    start = (number - 1) * size
    page = kept[start : start + size]
    names = served.names_of(named | {hit.iri for hit in page})

    def name(key: str, value: str) -> Name:
        if key == "kind":
            return kind_name(served, value, language)
        iri = f"{served.iris.base}id/{value}"
        return best(names[iri], language) if iri in names else Name(value)

    facets = []
    for key, words in FACETS.items():
        rows = sorted(counts[key].items(), key=lambda row: (-row[1], row[0]))[:SHOWN]
        choices = [Choice(value, name(key, value), count, chosen.get(key) == value) for value, count in rows]
        facets.append((key, gettext(words), choices))
    shown = [_result(served, hit, language, names.get(hit.iri)) for hit in page]
    return Results(shown, facets, len(kept), number, len(kept) > start + size)


def _values(served: Served, hits: list[Hit]) -> defaultdict[str, defaultdict[str, set[str]]]:
    """The values of all facets of some things."""
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for hit in hits:
        found[hit.iri]["kind"].add(hit.kind)
    things = " ".join(f"<{hit.iri}>" for hit in hits)
    text = _QUERY.format(things=things)
    for row in served.store.select(text, prefixes=prefixes(served.iris.base)) if things else ():
        value = row["value"]
        if row["facet"].value == "period" and isinstance(value, ox.Literal) and value.value[:4].isdigit():
            found[row["thing"].value]["period"].add(f"{value.value[:3]}0–{value.value[:3]}9")
        elif isinstance(value, ox.NamedNode):
            found[row["thing"].value][row["facet"].value].add(short_path(served.iris.base, value.value))
    return found


def _result(served: Served, hit: Hit, language: str, names: Sequence[Naming] | None = None) -> Result:
    found_by = Name(hit.text, hit.language)
    name = best(names, language) if names else found_by
    return Result(
        hit.iri, name, hit.kind, kind_name(served, hit.kind, language), local_url(hit.iri), found_by, hit.near
    )
