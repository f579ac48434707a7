"""Makes rows of what the Wikidata Query Service states, so that both ways of importing end in the same form.

https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format describes the graph that is read here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from citygraph.imports.rows import EARTH, NAMINGS, P, Point, Redirect, Reference, Row, Snak, Statement, number
from citygraph.imports.times import julian

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.imports.endpoint import Term

ENTITY = "http://www.wikidata.org/entity/"
_STATEMENT = ENTITY + "statement/"
_PROP = "http://www.wikidata.org/prop/"
_ONTOLOGY = "http://wikiba.se/ontology#"
_REFERENCE = "http://www.wikidata.org/reference/"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"
_SAME = "http://www.w3.org/2002/07/owl#sameAs"
_DERIVED = "http://www.w3.org/ns/prov#wasDerivedFrom"
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_WKT = re.compile(r"(?:<(?P<globe>[^>]+)>\s*)?Point\((?P<long>\S+) (?P<lat>\S+)\)", re.IGNORECASE)

QUERY = """\
SELECT DISTINCT ?s ?p ?o WHERE {
  VALUES ?item { %(items)s }
  {
    ?item p:P190 ?s . ?s ?p ?o
  } UNION {
    ?item p:P190 ?statement . ?statement ?value ?s . ?s wikibase:timeValue ?time . ?s ?p ?o
  } UNION {
    ?item p:P190 ?statement . ?statement prov:wasDerivedFrom ?s . ?s ?p ?o
  } UNION {
    ?item p:P190 ?statement . ?statement prov:wasDerivedFrom ?reference . ?reference ?value ?s .
    ?s wikibase:timeValue ?time . ?s ?p ?o
  } UNION {
    ?item p:P190 ?statement . ?statement ps:P190 ?s . ?s owl:sameAs ?o BIND (owl:sameAs AS ?p)
  } UNION {
    VALUES ?p { rdfs:label skos:altLabel wdt:P31 wdt:P625 wdt:P1566 }
    ?item ?p ?o BIND (?item AS ?s) %(languages)s
  } UNION {
    VALUES (?claim ?p) { (p:P1448 ps:P1448) (p:P1705 ps:P1705) (p:P1813 ps:P1813) (p:P2561 ps:P2561) }
    ?item ?claim ?naming . ?naming ?p ?o BIND (?item AS ?s) %(languages)s
    FILTER NOT EXISTS { ?naming wikibase:rank wikibase:DeprecatedRank }
  } UNION {
    VALUES (?p ?claim ?value) { (wdt:P17 p:P17 ps:P17) (wdt:P131 p:P131 ps:P131) }
    ?item ?p ?o . BIND (?item AS ?s)
    FILTER NOT EXISTS { ?item ?claim ?membership . ?membership ?value ?o ; pq:P582 ?end }
  }
}"""
"""Everything we keep of some items, as triples."""


class Graph:
    """The triples of an answer, by subject and predicate."""

    def __init__(self, triples: Iterable[tuple[Term, ...]]) -> None:
        self._objects: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, term in dict.fromkeys(triples):
            self._objects[subject.value][predicate.value].append(term)

    def of(self, subject: str) -> dict[str, list[Term]]:
        """Give what is said of a subject, by predicate."""
        return self._objects.get(subject, {})

    def rows(self, items: Iterable[str]) -> Iterator[Row]:
        """Make a row of each item, its statements in the order of their ids."""
        statements = defaultdict(list)
        for subject in self._objects:
            if subject.startswith(_STATEMENT):
                name = subject.removeprefix(_STATEMENT)
                statements[name.partition("-")[0].upper()].append(name)
        for item in items:
            said = self.of(ENTITY + item)
            yield Row(
                id=item,
                labels={term.language: term.value for term in sorted(said.get(_LABEL, []), key=lambda t: t.language)},
                aliases=_aliases(said),
                types=_items(said.get(f"{_PROP}direct/{P.TYPE}", [])),
                countries=_items(said.get(f"{_PROP}direct/{P.COUNTRY}", [])),
                within=_items(said.get(f"{_PROP}direct/{P.WITHIN}", [])),
                coordinates=_points(said.get(f"{_PROP}direct/{P.COORDINATES}", [])),
                geonames=sorted(term.value for term in said.get(f"{_PROP}direct/{P.GEONAMES}", [])),
                statements=[self._statement(name) for name in sorted(statements[item])],
            )

    def redirects(self) -> list[Redirect]:
        """List the items that were merged into others."""
        pairs = (
            (subject.removeprefix(ENTITY), term.value.removeprefix(ENTITY))
            for subject, said in self._objects.items()
            for term in said.get(_SAME, [])
        )
        items = re.compile(r"Q\d+")
        return sorted(
            (Redirect(*pair) for pair in pairs if all(items.fullmatch(end) for end in pair)),
            key=lambda found: number(found.id),
        )

    def _statement(self, name: str) -> Statement:
        said = self.of(_STATEMENT + name)
        qualifiers = self._snaks(said, f"{_PROP}qualifier/")
        none = _without(said)
        main = self._snaks(
            {key: said[key] for key in said if key == f"{_PROP}statement/{P.TWINNED}"}, f"{_PROP}statement/"
        )
        ranks = [
            term.value.removeprefix(_ONTOLOGY).removesuffix("Rank").lower() for term in said.get(f"{_ONTOLOGY}rank", [])
        ]
        lacking = [Snak(name, "novalue") for name in none if name != P.TWINNED]
        references = [term.value for term in said.get(_DERIVED, [])]
        return Statement(
            # The IRI has a hyphen where the id has a dollar sign.
            id=name.replace("-", "$", 1),
            main=main[0] if main else Snak(P.TWINNED, "novalue", "wikibase-item"),
            rank=ranks[0] if ranks else "normal",
            qualifiers=[*qualifiers, *lacking],
            references=[self._reference(iri) for iri in sorted(references)],
        )

    def _reference(self, iri: str) -> Reference:
        said = self.of(iri)
        lacking = [Snak(name, "novalue") for name in _without(said)]
        return Reference(iri.removeprefix(_REFERENCE), [*self._snaks(said, f"{_PROP}reference/"), *lacking])

    def _snaks(self, said: dict[str, list[Term]], prefix: str) -> list[Snak]:
        """Give the snaks of one kind, in order; a point in time comes from its value node, which has the precision."""
        found = []
        for predicate, terms in sorted(said.items()):
            name = predicate.removeprefix(prefix)
            if not predicate.startswith(prefix) or not re.fullmatch(r"P\d+", name):
                continue
            nodes = [self._time(term.value) for term in said.get(f"{prefix}value/{name}", [])]
            times = sorted((node for node in nodes if node), key=lambda node: str(node["time"]))
            found += [Snak(name, "value", "time", node) for node in times]
            found += [_snak(name, term) for term in sorted(terms) if not times or _is_unknown(term)]
        return found

    def _time(self, iri: str) -> dict[str, Any] | None:
        said = self.of(iri)
        values = {key.removeprefix(_ONTOLOGY): terms[0].value for key, terms in said.items()}
        if "timeValue" not in values:
            return None
        precision = int(values.get("timePrecision", 11))
        is_julian = values.get("timeCalendarModel", "").endswith("Q1985786")
        return {
            "time": _json_time(values["timeValue"], precision, is_julian=is_julian),
            "timezone": int(values.get("timeTimezone", 0)),
            "before": 0,
            "after": 0,
            "precision": precision,
            "calendarmodel": values.get("timeCalendarModel", f"{ENTITY}Q1985727"),
        }


def _json_time(text: str, precision: int, *, is_julian: bool) -> str:
    """Write a point in time as the JSON has it.

    There the year before 1 is -1, month and day that are not known are 0, and Julian days are not converted.
    """
    match = re.fullmatch(r"([+-]?)(\d+)-(\d\d)-(\d\d)(T.*)", text)
    if match is None:
        return text
    year, month, day = int(match[1] + match[2]), int(match[3]), int(match[4])
    if is_julian and precision >= 11:
        year, month, day = julian(year, month, day)
    if year <= 0:
        year -= 1
    month, day = month if precision >= 10 else 0, day if precision >= 11 else 0
    return f"{'-' if year < 0 else '+'}{abs(year):04}-{month:02}-{day:02}{match[5]}"


def _without(said: dict[str, list[Term]]) -> list[str]:
    """List the properties that have no value here."""
    prefix = f"{_PROP}novalue/"
    return sorted(term.value.removeprefix(prefix) for term in said.get(_TYPE, []) if term.value.startswith(prefix))


def _is_unknown(term: Term) -> bool:
    """Tell whether a term stands for some value that nobody knows."""
    return term.kind == "bnode" or "/.well-known/genid/" in term.value


def _snak(name: str, term: Term) -> Snak:
    if _is_unknown(term):
        return Snak(name, "somevalue")
    if term.kind == "uri":
        item = term.value.removeprefix(ENTITY)
        return (
            Snak(name, "value", "wikibase-item", item)
            if re.fullmatch(r"Q\d+", item)
            else Snak(name, "value", "url", term.value)
        )
    if term.language:
        return Snak(name, "value", "monolingualtext", {"text": term.value, "language": term.language})
    if term.datatype in {"", _STRING}:
        return Snak(name, "value", "string", term.value)
    if term.datatype.endswith("decimal"):
        return Snak(name, "value", "quantity", {"amount": term.value, "unit": "1"})
    return Snak(name, "value", "string", term.value)


def _aliases(said: dict[str, list[Term]]) -> dict[str, list[str]]:
    """The names beside the labels, by language."""
    stated = [term for name in NAMINGS for term in said.get(f"{_PROP}statement/{name}", []) if term.language]
    labels = {(term.language, term.value) for term in said.get(_LABEL, [])}
    found: dict[str, list[str]] = {}
    for language, name in sorted({(term.language, term.value) for term in [*said.get(_ALIAS, []), *stated]} - labels):
        found.setdefault(language, []).append(name)
    return found


def _items(terms: Iterable[Term]) -> list[str]:
    found = (term.value.removeprefix(ENTITY) for term in terms if not _is_unknown(term))
    return sorted({item for item in found if re.fullmatch(r"Q\d+", item)}, key=number)


def _points(terms: Iterable[Term]) -> list[Point]:
    found = [_WKT.fullmatch(term.value) for term in sorted(terms)]
    return [Point(float(match["lat"]), float(match["long"]), None, match["globe"] or EARTH) for match in found if match]
