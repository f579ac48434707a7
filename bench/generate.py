"""Writes a partnership graph of any size, to measure with: the same bytes for the same number, no fact of the world.

    python -m bench.generate 40000 FOLDER

gives about 1.1 million triples: ``FOLDER/places.ttl`` and ``FOLDER/source/*.nt`` sorted by line. A partnership has two
parties, dates, a form, focus areas, evidence with its place in the text, and each fifth an agreement with a signing
and two signatories.
"""

from __future__ import annotations

import random
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.graphs import GraphFiles
from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import PREF_LABEL, RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMS = ("twinning", "sister-state", "cooperation", "friendship")
AREAS = ("culture", "economy", "education", "health", "sustainability", "technology")
_IRIS = Iris(CANONICAL)


def thing(kind: str, name: object) -> ox.NamedNode:
    """Name a thing."""
    return ox.NamedNode(_IRIS.thing(kind, str(name)))


def _typed(subject: ox.NamedNode, name: str) -> ox.Triple:
    return ox.Triple(subject, RDF_TYPE, _IRIS.term(name))


def _cg(subject: ox.NamedNode, name: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, _IRIS.term(name), value)


def places(cities: int) -> Iterator[ox.Triple]:
    """Cities within provinces within countries, each with a label and coordinates."""
    provinces, countries = max(1, cities // 50), max(1, cities // 1000)
    double = foreign("xsd", "decimal")
    for number in range(countries):
        yield from _area(thing("country", f"land-{number}"), "Country", f"Land {number}")
    for number in range(provinces):
        province = thing("province", f"mark-{number}")
        yield from _area(province, "Province", f"Mark {number}")
        yield _cg(province, "within", thing("country", f"land-{number % countries}"))
    for number in range(cities):
        city = thing("city", f"ort-{number}")
        yield from _area(city, "City", f"Ort {number}")
        yield _cg(city, "within", thing("province", f"mark-{number % provinces}"))
        yield _cg(city, "country", thing("country", f"land-{number % provinces % countries}"))
        yield ox.Triple(city, foreign("geo", "lat"), ox.Literal(f"{number % 90}.5", datatype=double))
        yield ox.Triple(city, foreign("geo", "long"), ox.Literal(f"{number % 180}.25", datatype=double))


def _area(area: ox.NamedNode, kind: str, label: str) -> Iterator[ox.Triple]:
    yield _typed(area, kind)
    yield ox.Triple(area, PREF_LABEL, ox.Literal(label, language="en"))


def _evidence(about: ox.NamedNode, source: ox.NamedNode, name: str, start: int) -> Iterator[ox.Triple]:
    evidence, selector = thing("evidence", name), thing("evidence", f"{name}-selector")
    integer = foreign("xsd", "integer")
    yield _cg(about, "evidence", evidence)
    yield _typed(evidence, "Evidence")
    yield ox.Triple(evidence, foreign("oa", "hasSource"), source)
    yield ox.Triple(evidence, foreign("oa", "hasSelector"), selector)
    yield ox.Triple(selector, RDF_TYPE, foreign("oa", "TextQuoteSelector"))
    yield ox.Triple(selector, RDF_TYPE, foreign("oa", "TextPositionSelector"))
    yield ox.Triple(selector, foreign("oa", "exact"), ox.Literal(f"line {start}", language="en"))
    yield ox.Triple(selector, foreign("oa", "start"), ox.Literal(str(start), datatype=integer))
    yield ox.Triple(selector, foreign("oa", "end"), ox.Literal(str(start + 5 + len(str(start))), datatype=integer))


def partnerships(numbers: range, source_name: str, cities: int, chance: random.Random) -> Iterator[ox.Triple]:
    """The partnerships that one source states."""
    source = thing("source", source_name)
    yield _typed(source, "Source")
    yield ox.Triple(source, foreign("dct", "title"), ox.Literal(f"Source {source_name}", language="en"))
    yield _cg(source, "publishedFor", thing("city", f"ort-{numbers.start % cities}"))
    for number in numbers:
        one, other = chance.sample(range(cities), 2)
        about = thing("partnership", f"bund-{number}")
        year = 1950 + chance.randrange(70)
        yield _typed(about, "Partnership")
        yield _cg(about, "party", thing("city", f"ort-{one}"))
        yield _cg(about, "party", thing("city", f"ort-{other}"))
        yield _cg(about, "form", thing("form", chance.choice(FORMS)))
        yield _cg(about, "startDate", ox.Literal(str(year), datatype=foreign("xsd", "gYear")))
        for area in chance.sample(AREAS, 2):
            yield _cg(about, "focusArea", thing("focus-area", area))
        yield ox.Triple(about, PREF_LABEL, ox.Literal(f"Ort {one} and Ort {other} ({number})", language="en"))
        yield ox.Triple(about, PREF_LABEL, ox.Literal(f"Ort {one} und Ort {other} ({number})", language="de"))
        yield from _evidence(about, source, f"{source_name}-{number}", number)
        if number % 5 == 0:
            parties = [thing("city", f"ort-{place}") for place in (one, other)]
            yield from _agreement(number, source, source_name, year, parties)


def _agreement(
    number: int, source: ox.NamedNode, source_name: str, year: int, parties: list[ox.NamedNode]
) -> Iterator[ox.Triple]:
    agreement, signing = thing("agreement", f"text-{number}"), thing("event", f"signing-{number}")
    yield _cg(thing("partnership", f"bund-{number}"), "agreement", agreement)
    yield _typed(agreement, "Agreement")
    yield from _evidence(agreement, source, f"{source_name}-{number}-text", number)
    yield _cg(agreement, "event", signing)
    yield _typed(signing, "Signing")
    yield _cg(signing, "date", ox.Literal(f"{year}-06-20", datatype=foreign("xsd", "date")))
    for party, place in zip(parties, count()):
        taking_part, person = thing("participation", f"{number}-{place}"), thing("person", f"p-{number}-{place}")
        yield _cg(signing, "participation", taking_part)
        yield _typed(taking_part, "Participation")
        yield _cg(taking_part, "role", thing("role", "signatory"))
        yield _cg(taking_part, "person", person)
        yield _cg(taking_part, "onBehalfOf", party)
        yield _typed(person, "Person")
        yield ox.Triple(person, PREF_LABEL, ox.Literal(f"Person {number} {place}", language="en"))


def generate(number: int, files: GraphFiles, sources: int = 20) -> int:
    """Write the graphs of so many partnerships and return how many triples that is."""
    cities = max(2, number // 4)
    total = files.write("places", places(cities))
    size = -(-number // sources)
    for place in range(sources):
        name = f"made-{place:02}"
        numbers = range(place * size, min(number, (place + 1) * size))
        chance = random.Random(place)
        total += files.write(f"source/{name}", partnerships(numbers, name, cities, chance))
    return total


def main() -> None:
    """Write the graphs into a folder."""
    number, folder = int(sys.argv[1]), Path(sys.argv[2])
    print(f"{generate(number, GraphFiles(folder)):,} triples")


if __name__ == "__main__":
    main()
