"""Writes a repository's ``data/`` of any size, to measure with: the same for the same number, no fact of the world.

    python -m bench.generate 40000 FOLDER

gives about 1.1 million triples as people write them: ``places.ttl``, ``labels.ttl`` and a file for each source. A
partnership has two parties, a form, a year, focus areas, labels in three languages, and evidence with its place in the
text; each eighth has an agreement with a signing and two signatories. As in the world, some cities have many partners.
Shapes and checks find no fault in it.
"""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from citygraph.iris import CANONICAL, Iris
from citygraph.vocab import PREF_LABEL, RDF_TYPE, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMS = ("twinning", "sister-state", "cooperation", "friendship")
AREAS = ("culture", "economy", "education", "health", "sustainability", "technology")
PER_SOURCE = 2_000
"""How many partnerships a source states."""
_CHARACTERS = 1_000_000
"""How long the document of each source is said to be."""
_IRIS = Iris(CANONICAL)
_LANGUAGE = ox.NamedNode("http://publications.europa.eu/resource/authority/language/ENG")
_LICENCE = ox.NamedNode("http://creativecommons.org/publicdomain/zero/1.0/")


class Pair(NamedTuple):
    """Who is in partnership with whom, by the numbers of the cities, and since which year."""

    one: int
    other: int
    year: int


def pairs(number: int) -> list[Pair]:
    """Draw so many different pairs of cities, a few cities far more often than most."""
    chance, cities = random.Random(number), count_of_cities(number)
    found: dict[frozenset[int], Pair] = {}
    while len(found) < number:
        one, other = (int(cities * chance.random() ** 1.5) for _ in range(2))
        if one != other:
            found.setdefault(frozenset((one, other)), Pair(one, other, 1950 + chance.randrange(70)))
    return list(found.values())


def count_of_cities(number: int) -> int:
    """How many cities have so many partnerships."""
    return max(10, number // 4)


def thing(kind: str, name: object) -> ox.NamedNode:
    """Name a thing."""
    return ox.NamedNode(_IRIS.thing(kind, str(name)))


def _typed(subject: ox.NamedNode, name: str) -> ox.Triple:
    return ox.Triple(subject, RDF_TYPE, _IRIS.term(name))


def _cg(subject: ox.NamedNode, name: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, _IRIS.term(name), value)


def _labels(subject: ox.NamedNode, english: str, german: str, french: str) -> Iterator[ox.Triple]:
    for language, text in (("en", english), ("de", german), ("fr", french)):
        yield ox.Triple(subject, PREF_LABEL, ox.Literal(text, language=language))


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=foreign("xsd", "integer"))


def places(cities: int) -> Iterator[ox.Triple]:
    """Cities within provinces within countries, each with labels and coordinates."""
    provinces, countries = max(1, cities // 50), max(1, cities // 1000)
    for number in range(countries):
        yield from _area("country", f"land-{number}", "Land", number)
    for number in range(provinces):
        province = thing("province", f"mark-{number}")
        yield from _area("province", f"mark-{number}", "Mark", number)
        yield _cg(province, "within", thing("country", f"land-{number % countries}"))
    for number in range(cities):
        city = thing("city", f"ort-{number}")
        yield from _area("city", f"ort-{number}", "Ort", number)
        yield _cg(city, "within", thing("province", f"mark-{number % provinces}"))
        yield _cg(city, "country", thing("country", f"land-{number % provinces % countries}"))


def _area(kind: str, name: str, word: str, number: int) -> Iterator[ox.Triple]:
    area, decimal = thing(kind, name), foreign("xsd", "decimal")
    yield _typed(area, kind.capitalize())
    yield from _labels(area, f"{word} {number}", f"{word} {number}", f"{word} {number}")
    yield ox.Triple(area, foreign("geo", "lat"), ox.Literal(f"{number % 90}.5", datatype=decimal))
    yield ox.Triple(area, foreign("geo", "long"), ox.Literal(f"{number % 180}.25", datatype=decimal))


def labels(drawn: list[Pair], sources: Iterable[str]) -> Iterator[ox.Triple]:
    """What everything but places is called."""
    for name in sources:
        yield from _labels(thing("source", name), f"Source {name}", f"Quelle {name}", f"Source {name} (fr)")
    for number, (one, other, _) in enumerate(drawn):
        text = f"Ort {one} – Ort {other}"
        yield from _labels(thing("partnership", f"bund-{number}"), text, text, text)
        if not number % 8:
            agreement, signing = thing("agreement", f"text-{number}"), thing("event", f"signing-{number}")
            yield from _labels(agreement, f"Agreement {text}", f"Vertrag {text}", f"Accord {text}")
            yield from _labels(signing, f"Signing {text}", f"Unterzeichnung {text}", f"Signature {text}")
            for name in (f"{number}-0", f"{number}-1"):
                yield from _labels(
                    thing("participation", name), f"Signatory {name}", f"Unterzeichner {name}", f"Signataire {name}"
                )
                yield from _labels(thing("person", name), f"Person {name}", f"Mensch {name}", f"Personne {name}")


def _evidence(about: Iterable[ox.NamedNode], source: ox.NamedNode, name: str, start: int) -> Iterator[ox.Triple]:
    evidence, selector = thing("evidence", name), thing("evidence", f"{name}-selector")
    phrase = f"line {start}"
    for each in about:
        yield _cg(each, "evidence", evidence)
    yield _typed(evidence, "Evidence")
    yield ox.Triple(evidence, foreign("oa", "hasSource"), source)
    yield ox.Triple(evidence, foreign("oa", "hasSelector"), selector)
    yield ox.Triple(selector, RDF_TYPE, foreign("oa", "TextQuoteSelector"))
    yield ox.Triple(selector, RDF_TYPE, foreign("oa", "TextPositionSelector"))
    yield ox.Triple(selector, foreign("oa", "exact"), ox.Literal(phrase, language="en"))
    yield ox.Triple(selector, foreign("oa", "start"), _integer(start))
    yield ox.Triple(selector, foreign("oa", "end"), _integer(start + len(phrase)))


def _source(name: str, city: int) -> Iterator[ox.Triple]:
    source, date = thing("source", name), foreign("xsd", "date")
    yield _typed(source, "Source")
    yield ox.Triple(source, foreign("dct", "title"), ox.Literal(f"Source {name}", language="en"))
    yield ox.Triple(source, foreign("dct", "language"), _LANGUAGE)
    yield ox.Triple(source, foreign("dct", "license"), _LICENCE)
    yield ox.Triple(source, foreign("dct", "modified"), ox.Literal("2026-01-01", datatype=date))
    yield ox.Triple(source, foreign("dct", "publisher"), thing("city", f"ort-{city}"))
    yield _cg(source, "publishedFor", thing("city", f"ort-{city}"))
    yield _cg(source, "characters", _integer(_CHARACTERS))
    yield _cg(source, "sha256", ox.Literal(hashlib.sha256(name.encode()).hexdigest()))


def partnerships(name: str, first: int, drawn: list[Pair]) -> Iterator[ox.Triple]:
    """A source, and the partnerships that it states; they are numbered from the given number on."""
    source, chance = thing("source", name), random.Random(first)
    yield from _source(name, drawn[0].one)
    for number, (one, other, year) in enumerate(drawn, first):
        about, start = thing("partnership", f"bund-{number}"), 40 * (number - first)
        yield _typed(about, "Partnership")
        yield _cg(about, "party", thing("city", f"ort-{one}"))
        yield _cg(about, "party", thing("city", f"ort-{other}"))
        yield _cg(about, "form", thing("form", chance.choice(FORMS)))
        yield _cg(about, "startDate", ox.Literal(str(year), datatype=foreign("xsd", "gYear")))
        for area in chance.sample(AREAS, 2):
            yield _cg(about, "focusArea", thing("focus-area", area))
        if not number % 8:
            yield _cg(about, "agreement", thing("agreement", f"text-{number}"))
        yield from _evidence([about], source, f"{name}-{number}", start)
        if not number % 8:
            yield from _agreement(number, source, f"{name}-{number}-text", drawn[number - first])


def _agreement(number: int, source: ox.NamedNode, evidence: str, pair: Pair) -> Iterator[ox.Triple]:
    agreement, signing = thing("agreement", f"text-{number}"), thing("event", f"signing-{number}")
    stated = [agreement, signing]
    yield _typed(agreement, "Agreement")
    yield _cg(agreement, "event", signing)
    yield _typed(signing, "Signing")
    yield _cg(signing, "date", ox.Literal(f"{pair.year}-06-20", datatype=foreign("xsd", "date")))
    for place, party in enumerate((pair.one, pair.other)):
        taking_part, person = thing("participation", f"{number}-{place}"), thing("person", f"{number}-{place}")
        stated += [taking_part, person]
        yield _cg(signing, "participation", taking_part)
        yield _typed(taking_part, "Participation")
        yield _cg(taking_part, "role", thing("role", "signatory"))
        yield _cg(taking_part, "person", person)
        yield _cg(taking_part, "onBehalfOf", thing("city", f"ort-{party}"))
        yield _typed(person, "Person")
    yield from _evidence(stated, source, evidence, 20 + number)


def generate(number: int) -> Iterator[tuple[str, Iterator[ox.Triple]]]:
    """Give the name of each graph of so many partnerships, and its triples."""
    drawn = pairs(number)
    parts = {f"made-{first // PER_SOURCE:04}": first for first in range(0, number, PER_SOURCE)}
    yield "places", places(count_of_cities(number))
    yield "labels", labels(drawn, parts)
    for name, first in parts.items():
        yield f"source/{name}", partnerships(name, first, drawn[first : first + PER_SOURCE])


def write(number: int, data: Path) -> None:
    """Write the ``data/`` of a repository with so many partnerships."""
    for folder in ("sources", "links"):
        (data / folder).mkdir(parents=True)
    for name, triples in generate(number):
        path = data / f"{name.replace('source/', 'sources/')}.ttl"
        ox.serialize(triples, path, format=ox.RdfFormat.TURTLE, prefixes=prefixes())


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
