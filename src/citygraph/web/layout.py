"""Lays out a description as an article: what the thing is, its facts in a reader's order, and who states each.

Where two sources give different values of a property that has one value, each value names its rivals. A coarser value
is no rival: 2009 and 26 October 2009 agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from citygraph.vocab import ALT_LABEL, FOREIGN, PREF_LABEL, RDF_TYPE, RDFS_LABEL, SCHEMA_NAME, foreign
from citygraph.web import cards
from citygraph.web.answers import local_urls
from citygraph.web.article import Article, Evidence, Fact, Group, Mark
from citygraph.web.language import date as written_date
from citygraph.web.names import Name, best, names_in
from citygraph.web.portrait import first, one, portray
from citygraph.web.reasons import why_urls
from citygraph.web.terms import key_of
from citygraph.web.texts import short_path
from citygraph.written import is_iri, term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.web.current import Served
    from citygraph.web.portrait import Portrait
    from citygraph.written import Facts

ORDER = (
    *("party", "partnerOf", "partnership", "startDate", "cooperationSince", "endDate", "date", "targetDate"),
    *("form", "agreementForm", "characteristic", "initiativeStatus", "focusArea", "location", "person", "role"),
    *("office", "onBehalfOf", "publishedFor", "founder", "member", "memberOf", "participant", "initiatedBy"),
    *("guidedBy", "announcedBy", "agreement", "event", "participation", "signatory", "initiative", "assertedBy"),
    *("agreementOf", "eventOf", "participationIn", "initiativeOf", "unit", "unitOf", "country", "within"),
)
"""The order in which facts are told; others follow by name."""
_ORDERED = {key: place for place, key in enumerate(ORDER)}

PARTS = {
    "agreement": ("agreementForm", "characteristic", "focusArea", "event"),
    "event": ("date", "location", "participation"),
    "participation": ("person", "role", "office", "onBehalfOf"),
    "initiative": ("startDate", "endDate", "initiativeStatus", "location", "focusArea", "participant"),
}
"""Which facts of a part are told within the page of its whole."""

_TYPE = RDF_TYPE.value
_DEFINITIONS = (foreign("dct", "description").value, foreign("skos", "definition").value)
_NAMES = (PREF_LABEL.value, ALT_LABEL.value, SCHEMA_NAME.value)
_PHRASE = foreign("oa", "exact").value
_DATES = {FOREIGN["xsd"] + name for name in ("gYear", "gYearMonth", "date")}
_IDENTITY = ("owl:sameAs", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:relatedMatch")
_REGISTERS = (("Wikidata", FOREIGN["wd"]), ("GeoNames", "https://sws.geonames.org/"))
"""Other people's registers, whose things are called by their numbers."""
_HIDDEN = {_TYPE, RDFS_LABEL.value, *_NAMES, *_DEFINITIONS, foreign("dct", "identifier").value}


@dataclass(frozen=True)
class View:
    """Which part of a thing's page is shown: how many values, which page of its partnerships or of what points here."""

    limit: int
    number: int = 1
    pointing: str = ""
    """The local name of the one property by which what points here is listed; empty for all of them."""


def article(served: Served, iri: str, language: str, view: View) -> Article:
    """Describe a thing and lay it out: what the store tells of it, of its partnerships, and of the names of all."""
    portrait = portray(served.store, served.iris, iri)
    found = cards.find(served, portrait, 1 if view.pointing else view.number, view.limit)
    return _Layout(served, portrait, language, view, found).article()


class _Layout:
    """One portrait on its way to becoming an article."""

    def __init__(
        self, served: Served, portrait: Portrait, language: str, view: View, found: cards.Found | None
    ) -> None:
        self.served, self.portrait, self.language, self.found = served, portrait, language, found
        self.view, self.limit = view, view.limit
        self.base, self.url, self.why = served.iris.base, local_urls(), why_urls()
        self._key = partial(key_of, self.base)
        self._names: dict[str, Name] = {}
        self._mark_of: dict[str, Mark] = {}
        self.pointing = self._pointing()
        self.evidence = served.iris.term("evidence").value
        portrait.names.update(found.names if found else {})
        portrait.names.update((iri, rows) for iri, own in portrait.about.items() if (rows := names_in(own)))
        told = {*portrait.about, *(found.facts if found else ())}
        portrait.names.update(served.names_of([iri for iri in self._neighbours() if iri not in told]))

    def article(self) -> Article:
        """Lay out."""
        own, iri = self.portrait.own, self.portrait.iri
        groups = self._groups(own, frozenset({iri}), iri)
        is_source = str(self.served.iris.term("Source")) in own.get(_TYPE, {})
        graph = f"{self.base}graph/source/{iri.rpartition('/')[2]}"
        return Article(
            iri=iri,
            name=self.name(iri),
            kinds=self._kinds(own),
            definitions=self._in_my_language(own),
            groups=[group for group in groups if group.key not in _IDENTITY],
            elsewhere=[group for group in groups if group.key in _IDENTITY],
            names=[self._group(own, name) for name in _NAMES if name in own],
            evidence=sorted(self._evidence(own), key=lambda row: (row.source.text, int(row.start or 0))),
            incoming=[self._incoming(key, iris) for key, iris in sorted(self.pointing.items())],
            truncated=self.portrait.truncated,
            identifier=short_path(self.base, iri),
            statements_url=self.url(graph) if is_source else None,
            cards=self.found.cards(self.name, self.url, iri) if self.found else None,
            number=self.found.number if self.found else 1,
            following=bool(self.found and self.found.following),
            place=_place(own),
        )

    def name(self, iri: str) -> Name:
        """Name a thing: by its own names, by the ontology, by its document if it is a graph, else by its path."""
        found = self._names.get(iri)
        if found is None:
            named = self.portrait.names.get(iri)
            found = self._names[iri] = best(named, self.language) if named else self._path(iri)
        return found

    def _path(self, iri: str) -> Name:
        for register, start in _REGISTERS:
            if iri.startswith(start):
                return Name(f"{register} {iri.removeprefix(start).strip('/')}")
        if iri in self.served.terms.names or not self.served.iris.owns(iri):
            return self.served.terms.name(iri, self.language) if self._is_term(iri) else Name(iri)
        return Name(short_path(self.base, iri))

    def _is_term(self, iri: str) -> bool:
        return iri in self.served.terms.names or any(iri.startswith(space) for space in FOREIGN.values())

    def _pointing(self) -> dict[str, list[str]]:
        """What points to the thing, by property, but for what the page tells elsewhere.

        That is what the thing itself says in the other direction, and the partnerships that stand on cards.
        """
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        carded = self.found.by if self.found and not self.view.pointing else ""
        for thing, name in self.portrait.pointing:
            if name == carded:
                continue
            back = self.served.terms.inverses.get(name, ())
            if is_iri(thing) and not any(thing in self.portrait.own.get(other, {}) for other in back):
                found[name][thing[1:-1]] = None
        return {key: sorted(subjects) for key, subjects in found.items()}

    def _neighbours(self) -> list[str]:
        """Everything that the page names."""
        found, graphs = [self.portrait.iri], set[str]()
        for own in self.portrait.about.values():
            for name, values in own.items():
                graphs.update(*values.values())
                if name not in (_TYPE, self.evidence):  # classes are named by the ontology, evidence by its words
                    found += [value[1:-1] for value in values if is_iri(value)]
        found += map(self._document_of, graphs)
        for key, subjects in self.pointing.items():
            found += self._page(key, subjects)
        return found + (self.found.things() if self.found else [])

    def _document_of(self, graph: str) -> str:
        """The document whose statements a graph holds; other graphs stand for themselves."""
        return graph.replace(f"{self.base}graph/source/", f"{self.base}id/source/")

    def _kinds(self, own: Facts) -> list[tuple[Name, str | None]]:
        """The most specific classes of ours, or of others where there is none of ours."""
        classes = {value[1:-1] for value in own.get(_TYPE, {}) if is_iri(value)}
        ours = {iri for iri in classes if self.served.iris.owns(iri)} or classes
        found = [(self.served.terms.name(iri, self.language), iri) for iri in self.served.terms.most_specific(ours)]
        return [(name, self.url(iri)) for name, iri in sorted(found)]

    def _in_my_language(self, own: Facts) -> list[Fact]:
        """Definitions and descriptions in the reader's language, else in any."""
        found = [fact for name in _DEFINITIONS if name in own for fact in self._group(own, name).facts]
        return [fact for fact in found if fact.name.language == self.language] or found

    def _groups(self, own: Facts, seen: frozenset[str], subject: str, only: tuple[str, ...] = ()) -> list[Group]:
        shown = [name for name in own if name not in _HIDDEN and name != self.evidence]
        if only:
            shown = [name for name in shown if self._key(name) in only]
        groups = [group for name in shown if (group := self._group(own, name, seen, subject)).facts]
        order = {key: place for place, key in enumerate(only)} if only else _ORDERED
        return sorted(groups, key=lambda row: (order.get(row.key, len(order)), row.label.text, row.key))

    def _group(self, own: Facts, name: str, seen: frozenset[str] = frozenset(), subject: str = "") -> Group:
        key, values = self._key(name), own[name]
        if key == "event" and own is not self.portrait.own:
            # An agreement's event is told once, among those of the partnership whose page this is.
            told = self.portrait.own.get(name, {})
            values = {value: graphs for value, graphs in values.items() if value not in told}
        single = name in self.served.terms.single_valued
        why = self.why(subject, name) if subject else None
        facts = []
        for value in sorted(values):  # so that those of one name stand in one order
            fact = self._fact(key, value, values[value], values if single else {}, seen)
            if why and (value[0] == '"' or is_iri(value)):
                fact.why = why(value)
            facts.append(fact)
        if len(facts) > 1:
            facts.sort(key=lambda fact: (fact.date, fact.name.text.casefold()))
        label = self.served.terms.name(name, self.language)
        return Group(label, self.url(name), key, facts[: self.limit], max(0, len(facts) - self.limit))

    def _fact(self, key: str, value: str, graphs: set[str], rivals: dict[str, set[str]], seen: frozenset[str]) -> Fact:
        marks, (iri, text, language, datatype) = self._marks(graphs), term(value)
        if not iri:
            date = text if datatype in _DATES else ""
            name = Name(written_date(date), self.language) if date else Name(text, language)
            return Fact(name, date=date, marks=marks, rivals=self._rivals(value, graphs, rivals))
        fact = Fact(self.name(iri), self.url(iri), not self.served.iris.owns(iri), marks=marks)
        fact.rivals = self._rivals(value, graphs, rivals)
        part = self.portrait.about.get(iri) if key in PARTS else None
        if part and iri not in seen:
            fact.parts = self._groups(part, seen | {iri}, iri, PARTS[key])
            if key == "event":
                fact.kind = next((name for name, _ in self._kinds(part)), None)
        return fact

    def _rivals(
        self, value: str, graphs: set[str], values: dict[str, set[str]]
    ) -> tuple[tuple[str, tuple[Mark, ...]], ...]:
        """The values of other sources that neither are coarser than this one nor finer."""
        if len(values) < 2:
            return ()
        found = []
        for other, others in values.items():
            mine, theirs = term(value).text, term(other).text
            if others - graphs and not (mine.startswith(theirs) or theirs.startswith(mine)):
                date = term(other).datatype in _DATES
                shown = written_date(theirs) if date else self.name(theirs).text
                found.append((shown, self._marks(others - graphs)))
        return tuple(sorted(found))

    def _marks(self, graphs: set[str]) -> tuple[Mark, ...]:
        return tuple([self.mark(graph) for graph in (sorted(graphs) if len(graphs) > 1 else graphs)])

    def mark(self, graph: str) -> Mark:
        """Say who states what stands in a graph."""
        found = self._mark_of.get(graph)
        if found is None:
            found = self._mark_of[graph] = self._mark(graph)
        return found

    def _mark(self, graph: str) -> Mark:
        short = graph.removeprefix(f"{self.base}graph/")
        kind = "source" if short.startswith("source/") else "inferred" if short == "inferred" else "editorial"
        found = self.name(graph if graph in self.portrait.names else self._document_of(graph))
        return Mark(short.rpartition("/")[2], found, self.url(self._document_of(graph)), kind)

    def _evidence(self, own: Facts) -> Iterator[Evidence]:
        for node in sorted(filter(is_iri, own.get(self.evidence, ()))):
            rows = self.portrait.about.get(node[1:-1], {})
            selector = self.portrait.about.get(one(rows, "oa:hasSelector"), {})
            source = one(rows, "oa:hasSource")
            phrase = term(first(selector.get(_PHRASE, ())))
            start, end = one(selector, "oa:start"), one(selector, "oa:end")
            spoken = Name(phrase.text, phrase.language)
            yield Evidence(self.name(source), self.url(source), spoken, start, end, self.url(node[1:-1]))

    def _incoming(self, key: str, subjects: list[str]) -> Group:
        number = self.view.number if self._key(key) == self.view.pointing else 1
        shown = self._page(key, subjects)
        facts = [Fact(self.name(iri), self.url(iri), not self.served.iris.owns(iri)) for iri in shown]
        facts.sort(key=lambda fact: fact.name.text.casefold())
        label = self.served.terms.name(key, self.language)
        more = max(0, len(subjects) - number * self.limit)
        return Group(label, self.url(key), self._key(key), facts, more, number, (number - 1) * self.limit)

    def _page(self, key: str, subjects: list[str]) -> list[str]:
        """The page of what points here by a property that is shown."""
        start = (self.view.number - 1) * self.limit if self._key(key) == self.view.pointing else 0
        return subjects[start : start + self.limit]


def _place(own: Facts) -> tuple[float, float] | None:
    """The coordinates of a thing, if it has both and they are on earth."""
    try:
        latitude, longitude = float(one(own, "geo:lat")), float(one(own, "geo:long"))
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
