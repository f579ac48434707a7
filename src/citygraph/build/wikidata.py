"""States what filtered Wikidata items say, in our terms and, for the rest, in Wikidata's own.

Nothing of a statement is lost: a qualifier or reference that we have no term for keeps Wikidata's
(``pq:P1534``, ``pr:P854``), a date that XML Schema cannot hold stands as text, "unknown" and "none" are concepts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox

from citygraph.build.claims import WIKIDATA, Claims, Known, Side
from citygraph.imports.rows import EARTH, ENTITIES, REDIRECTS, P, decode
from citygraph.imports.times import lexical, note
from citygraph.vocab import PREF_LABEL, RDF_TYPE, SCHEMA_NAME, foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from citygraph.imports.manifest import Manifest
    from citygraph.imports.rows import Reference, Row, Snak, Statement
    from citygraph.iris import Iris

_PROP = "http://www.wikidata.org/prop/"
_GEONAMES = "https://sws.geonames.org/"
_WKT = foreign("gsp", "wktLiteral")
_DATES: dict[str, str] = {P.START: "startDate", P.END: "endDate", P.POINT_IN_TIME: "date"}
_CLASSES = {"Q515": "City", "Q1549591": "City", "Q6256": "Country", "Q3624078": "Country"}
"""City, big city, country, sovereign state. Other classes vary by country and stay what Wikidata calls them."""
_KINDS = {"somevalue": "unknown", "novalue": "none"}
_ENTITY = re.compile(r"[QPL][1-9]\d*(-[FS]\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def read_entities(
    manifest: Manifest, iris: Iris, known: Known, fault: Callable[[str, int, str, str], None]
) -> Iterator[ox.Triple]:
    """Give the statements of a folder of filtered entities; ``fault`` is told file, line, thing and what is wrong."""
    path = manifest.file(ENTITIES)
    redirects = _redirects(manifest)
    claims = Claims(iris, manifest.name, known, redirects)
    for old in sorted(redirects):
        yield ox.Triple(_item(old), foreign("dct", "isReplacedBy"), _item(claims.resolve(old)))
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
        yield from self._describe(row, side)
        counts: Counter[str] = Counter()
        for statement in row.statements:
            target = statement.main.value if statement.main.kind == "value" else _KINDS[statement.main.kind]
            counts[target] += 1
            claim = self._claims.claim(row.id, target, counts[target])
            yield from self._claim(claim, side, statement, fault)

    def _describe(self, row: Row, side: Side) -> Iterator[ox.Triple]:
        term, subject = self._claims.term, side.iri
        for kind in row.types:
            yield ox.Triple(subject, _property("direct", "P31"), _item(kind))
            if side.minted and kind in _CLASSES:
                yield ox.Triple(subject, RDF_TYPE, term(_CLASSES[kind]))
        for language, name in row.labels.items():
            # The gazetteer names the things that we know; of those, this is what Wikidata calls them.
            named = PREF_LABEL if side.minted and _is_language(language) else SCHEMA_NAME
            yield ox.Triple(subject, named, _text(name, language))
        for country in row.countries:
            found = self._claims.side(country)
            yield from self._claims.describe(found, "Country")
            yield ox.Triple(subject, term("country"), found.iri)
        for point in row.coordinates:
            globe = "" if point.globe == EARTH else f"<{point.globe}> "
            text = ox.Literal(f"{globe}POINT({point.longitude} {point.latitude})", datatype=_WKT)
            yield ox.Triple(subject, _property("direct", "P625"), text)
        yield from self._place(row, side)
        for name in row.geonames:
            yield ox.Triple(subject, _property("direct", "P1566"), ox.Literal(name))
            if name.isascii() and name.isdigit():
                match = ox.NamedNode(f"{_GEONAMES}{name}/")
                yield ox.Triple(subject, foreign("skos", "closeMatch"), match)

    def _place(self, row: Row, side: Side) -> Iterator[ox.Triple]:
        """Place a minted item on the map, if there is one place on Earth that it is said to be at."""
        points = [point for point in row.coordinates if point.globe == EARTH]
        if side.minted and len(points) == 1:
            (point,) = points
            decimal = foreign("xsd", "decimal")
            for name, value in (("lat", point.latitude), ("long", point.longitude)):
                yield ox.Triple(side.iri, foreign("geo", name), ox.Literal(_decimal(value), datatype=decimal))

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
            yield ox.Triple(claim, _property("statement", P.TWINNED), _item(target))
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
                    predicate = _property("qualifier", snak.property)
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
        value = self._kinds[snak.kind] if snak.kind != "value" else _value(snak)
        yield ox.Triple(subject, _property(way, snak.property), value)


def _item(item: str) -> ox.NamedNode:
    return ox.NamedNode(WIKIDATA + item)


def _property(way: str, name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{_PROP}{way}/{name}")


@cache
def _is_language(code: str) -> bool:
    """Tell whether RDF takes a code for the tag of a language; some of Wikidata's are none (zh-classical)."""
    try:
        ox.Literal("", language=code)
    except ValueError:
        return False
    return True


def _text(text: str, language: str) -> ox.Literal:
    """Write a text in its language; a code that is no tag is left out."""
    return ox.Literal(text, language=language) if _is_language(language) else ox.Literal(text)


def _url(text: str) -> ox.NamedNode | ox.Literal:
    """Write an address as an IRI, if it is one."""
    try:
        return ox.NamedNode(text)
    except ValueError:
        return ox.Literal(text)


def _decimal(number: float) -> str:
    """Write a number without an exponent, which xsd:decimal has none of."""
    text = f"{number:.12f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _value(snak: Snak) -> ox.NamedNode | ox.Literal:
    """Write a value as a term; what no term can hold is the JSON that Wikidata writes."""
    value: Any = snak.value
    if snak.type == "time":
        return _time(value)
    if isinstance(value, str):
        if snak.type.startswith("wikibase") and _ENTITY.fullmatch(value):
            return _item(value)
        return _url(value) if snak.type == "url" else ox.Literal(value)
    if snak.type == "monolingualtext":
        return _text(value["text"], value["language"])
    if snak.type == "quantity" and _is_plain(value):
        return ox.Literal(str(value["amount"]).removeprefix("+"), datatype=foreign("xsd", "decimal"))
    return ox.Literal(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _is_plain(quantity: Mapping[str, Any]) -> bool:
    """Tell whether a quantity is a number and no more, without unit or margin."""
    margins = quantity.keys() - {"amount", "unit"}
    return not margins and quantity.get("unit") == "1" and _NUMBER.fullmatch(quantity["amount"]) is not None


def _time(value: Mapping[str, Any]) -> ox.Literal:
    found, text = lexical(value), note(value)
    if found and text is None:
        return ox.Literal(found[0], datatype=foreign("xsd", found[1]))
    return ox.Literal(str(text))
