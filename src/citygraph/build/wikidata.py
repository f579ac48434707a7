"""States what filtered Wikidata items say, in our terms and, for the rest, in Wikidata's own.

Nothing of a statement is lost: a qualifier or reference that we have no term for keeps Wikidata's
(``pq:P1534``, ``pr:P854``), a date that XML Schema cannot hold stands as text, "unknown" and "none" are concepts.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from citygraph.build.claims import WIKIDATA, Claims, Known, Side
from citygraph.build.terms import decimal, is_language, item_term, property_term, text_term, value_term
from citygraph.imports.rows import BROKEN, COMPLETE, EARTH, ENTITIES, REDIRECTS, P, decode
from citygraph.imports.times import lexical, note
from citygraph.vocab import ALT_LABEL, PREF_LABEL, RDF_TYPE, SCHEMA_NAME, foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.imports.manifest import Manifest
    from citygraph.imports.rows import Point, Reference, Row, Snak, Statement
    from citygraph.iris import Iris

_GEONAMES = "https://sws.geonames.org/"
_ALTERNATE = foreign("schema", "alternateName")
_WKT = foreign("gsp", "wktLiteral")
_DATES: dict[str, str] = {P.START: "startDate", P.END: "endDate", P.POINT_IN_TIME: "date"}
_CLASSES = {"Q515": "City", "Q1549591": "City", "Q6256": "Country", "Q3624078": "Country"}
"""City, big city, country, sovereign state. Other classes vary by country and stay what Wikidata calls them."""
_TRUE = ox.Literal("true", datatype=foreign("xsd", "boolean"))
_KINDS = {"somevalue": "unknown", "novalue": "none"}


def read_entities(
    manifest: Manifest, iris: Iris, known: Known, fault: Callable[[str, int, str, str], None]
) -> Iterator[ox.Triple]:
    """Give the statements of a folder of filtered entities; ``fault`` is told file, line, thing and what is wrong."""
    path = manifest.file(ENTITIES)
    redirects = _redirects(manifest)
    claims = Claims(iris, manifest.name, known, redirects)
    for old in sorted(redirects):
        yield ox.Triple(item_term(old), foreign("dct", "isReplacedBy"), item_term(claims.resolve(old)))
    withdrawn = _Withdrawn(claims)
    with path.open("rb") as lines:
        for line in lines:
            if b'"deprecated"' in line:
                withdrawn.look(decode(line))
    reader, met = _Items(claims, iris, withdrawn), set[str]()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            row = decode(line)
            if row.id in met:
                fault(str(path), number, row.id, f"{row.id} comes a second time; what was read first stands")
                continue
            met.add(row.id)
            yield from reader.row(row, partial(fault, str(path), number))
    yield from withdrawn.triples()
    if manifest.options.get(COMPLETE) and BROKEN not in manifest.files:  # who is named and is not there was deleted
        for gone in sorted(claims.items() - met - redirects.keys()):
            yield ox.Triple(item_term(gone), foreign("owl", "deprecated"), _TRUE)


def _redirects(manifest: Manifest) -> dict[str, str]:
    if REDIRECTS not in manifest.files:
        return {}
    lines = manifest.file(REDIRECTS).read_text("utf-8").splitlines()
    return {old: new for old, _, new in (line.partition("\t") for line in lines) if new}


class _Withdrawn:
    """Claims of deprecated rank: they are told of a partnership that others assert, and make none by themselves."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._waiting: dict[ox.NamedNode, list[ox.NamedNode]] = {}
        self._asserted: set[ox.NamedNode] = set()

    def look(self, row: Row) -> None:
        """Note the partnerships that a row has deprecated statements of."""
        one = self._claims.side(row.id)
        for statement in row.statements:
            if statement.rank == "deprecated" and statement.main.kind == "value":
                other = self._claims.side(statement.main.value)
                self._waiting.setdefault(self._claims.partnership(one, other), [])

    def add(self, partnership: ox.NamedNode, claim: ox.NamedNode) -> None:
        """Keep a deprecated claim until it is known whether anyone asserts the partnership."""
        self._waiting[partnership].append(claim)

    def confirm(self, partnership: ox.NamedNode) -> None:
        """Note that someone asserts a partnership."""
        if partnership in self._waiting:
            self._asserted.add(partnership)

    def triples(self) -> Iterator[ox.Triple]:
        """Lead the deprecated claims to the partnerships that there are."""
        for partnership in sorted(self._asserted, key=str):
            for claim in self._waiting[partnership]:
                yield ox.Triple(claim, self._claims.term("claimOf"), partnership)


class _Items:
    """Turns rows into triples."""

    def __init__(self, claims: Claims, iris: Iris, withdrawn: _Withdrawn) -> None:
        self._claims, self._iris, self._withdrawn = claims, iris, withdrawn
        self._references: set[str] = set()
        self._kinds = {kind: ox.NamedNode(iris.thing("value-kind", name)) for kind, name in _KINDS.items()}

    def row(self, row: Row, fault: Callable[[str, str], None]) -> Iterator[ox.Triple]:
        """Describe an item and state its claims."""
        side = self._claims.side(row.id)
        yield from self._claims.describe(side)
        yield from self._describe(row, side, fault)
        counts: Counter[str] = Counter()
        for statement in row.statements:
            target = statement.main.value if statement.main.kind == "value" else _KINDS[statement.main.kind]
            counts[target] += 1
            claim = self._claims.claim(row.id, target, counts[target])
            yield from self._claim(claim, side, statement, fault)

    def _describe(self, row: Row, side: Side, fault: Callable[[str, str], None]) -> Iterator[ox.Triple]:
        term, subject = self._claims.term, side.iri
        for kind in row.types:
            yield ox.Triple(subject, property_term("direct", "P31"), item_term(kind))
            if side.minted and kind in _CLASSES:
                yield ox.Triple(subject, RDF_TYPE, term(_CLASSES[kind]))
        yield from _names(row, side)
        for area in row.within:
            yield ox.Triple(subject, property_term("direct", P.WITHIN), item_term(area))
        for country in row.countries:
            found = self._claims.side(country)
            yield from self._claims.describe(found, "Country")
            yield ox.Triple(subject, term("country"), found.iri)
        for point in row.coordinates:
            globe = "" if point.globe == EARTH else f"<{point.globe}> "
            text = ox.Literal(f"{globe}POINT({point.longitude} {point.latitude})", datatype=_WKT)
            yield ox.Triple(subject, property_term("direct", "P625"), text)
        yield from self._place(row, side, fault)
        for name in row.geonames:
            yield ox.Triple(subject, property_term("direct", "P1566"), ox.Literal(name))
            if name.isascii() and name.isdigit():
                match = ox.NamedNode(f"{_GEONAMES}{name}/")
                yield ox.Triple(subject, foreign("skos", "closeMatch"), match)

    def _place(self, row: Row, side: Side, fault: Callable[[str, str], None]) -> Iterator[ox.Triple]:
        """Place a minted item on the map, if there is one place on Earth that it is said to be at."""
        points = []
        for point in row.coordinates:
            if odd := _odd(point):
                fault(
                    side.iri.value, f"it is said to lie at {point.latitude}, {point.longitude}, {odd}; no map shows it"
                )
            else:
                points.append(point)
        if side.minted and len(points) == 1:
            (point,) = points
            number = foreign("xsd", "decimal")
            for name, value in (("lat", point.latitude), ("long", point.longitude)):
                yield ox.Triple(side.iri, foreign("geo", name), ox.Literal(decimal(value), datatype=number))

    def _claim(
        self, claim: ox.NamedNode, one: Side, statement: Statement, fault: Callable[[str, str], None]
    ) -> Iterator[ox.Triple]:
        term, main = self._claims.term, statement.main
        yield ox.Triple(claim, RDF_TYPE, term("Claim"))
        yield ox.Triple(claim, term("claimedBy"), one.iri)
        yield ox.Triple(claim, term("rank"), ox.NamedNode(self._iris.thing("rank", statement.rank)))
        if statement.id:
            node = ox.NamedNode(f"{WIKIDATA}statement/{quote(statement.id.replace('$', '-', 1))}")
            yield ox.Triple(claim, foreign("dct", "source"), node)
        if main.kind != "value":
            yield ox.Triple(claim, term("valueKind"), self._kinds[main.kind])
        else:
            yield from self._pair(claim, one, statement, fault)
        yield from self._qualifiers(claim, statement)
        for reference in statement.references:
            yield from self._reference(claim, reference)

    def _pair(
        self, claim: ox.NamedNode, one: Side, statement: Statement, fault: Callable[[str, str], None]
    ) -> Iterator[ox.Triple]:
        """Lead a claim to its partnership; there is none with oneself, and none that is only deprecated."""
        term, target = self._claims.term, statement.main.value
        other = self._claims.side(target)
        yield from self._claims.describe(other)
        yield ox.Triple(claim, term("claimedOf"), other.iri)
        if other.item != target:
            yield ox.Triple(claim, property_term("statement", P.TWINNED), item_term(target))
            fault(claim.value, f"it names {target}, which was merged into {other.item}")
        if other.iri == one.iri:
            fault(claim.value, f"{one.item} states to be twinned with itself")
            return
        partnership = self._claims.partnership(one, other)
        if statement.rank == "deprecated":
            self._withdrawn.add(partnership, claim)
            return
        self._withdrawn.confirm(partnership)
        yield from self._claims.pair(partnership, one, other)
        yield ox.Triple(claim, term("claimOf"), partnership)

    def _qualifiers(self, claim: ox.NamedNode, statement: Statement) -> Iterator[ox.Triple]:
        """State start, end and date in our terms where each is one plain date, and all the rest in Wikidata's."""
        counts = Counter(snak.property for snak in statement.qualifiers)
        for snak in statement.qualifiers:
            name = _DATES.get(snak.property)
            is_date = name and counts[snak.property] == 1 and snak.kind == "value" and snak.type == "time"
            if is_date and (found := lexical(snak.value)):
                date = ox.Literal(found[0], datatype=foreign("xsd", found[1]))
                yield ox.Triple(claim, self._claims.term(str(name)), date)
                if text := note(snak.value):
                    predicate = property_term("qualifier", snak.property)
                    yield ox.Triple(claim, predicate, ox.Literal(text))
            else:
                yield from self._snak(claim, "qualifier", snak)

    def _reference(self, claim: ox.NamedNode, reference: Reference) -> Iterator[ox.Triple]:
        node = ox.NamedNode(self._iris.thing("reference", quote(reference.hash, safe="")))
        yield ox.Triple(claim, foreign("prov", "wasDerivedFrom"), node)
        if reference.hash not in self._references:
            self._references.add(reference.hash)
            yield ox.Triple(node, RDF_TYPE, self._claims.term("Reference"))
            for snak in reference.snaks:
                yield from self._snak(node, "reference", snak)

    def _snak(self, subject: ox.NamedNode, way: str, snak: Snak) -> Iterator[ox.Triple]:
        value = self._kinds[snak.kind] if snak.kind != "value" else value_term(snak)
        yield ox.Triple(subject, property_term(way, snak.property), value)


def _odd(point: Point) -> str:
    """Tell why a point is none on Earth; nothing of one that is."""
    if point.globe != EARTH:
        return f"on {point.globe} and not on Earth"
    return "" if abs(point.latitude) <= 90 and abs(point.longitude) <= 180 else "which is beyond the degrees of Earth"


def _names(row: Row, side: Side) -> Iterator[ox.Triple]:
    """Name an item. The gazetteer names the things that we know; of those, this is what Wikidata calls them."""
    names = [(PREF_LABEL, SCHEMA_NAME, language, name) for language, name in row.labels.items()]
    names += [(ALT_LABEL, _ALTERNATE, language, name) for language, found in row.aliases.items() for name in found]
    for own, foreign_name, language, name in names:
        named = own if side.minted and is_language(language) else foreign_name
        yield ox.Triple(side.iri, named, text_term(name, language))
