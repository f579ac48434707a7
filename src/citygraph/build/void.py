"""Describes the graph by VoID (https://www.w3.org/TR/void/): what it holds, how much of it, and where to get it.

All numbers are those that :mod:`citygraph.build.statistics` counted in the files that are published, so they are true
of the dumps. The same statements stand in the graph ``void``, in ``dumps/void.ttl`` and at ``/.well-known/void``.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox

from citygraph.build.dumps import WHOLE as NAME
from citygraph.build.statistics import WHOLE
from citygraph.formats import RDF
from citygraph.vocab import DCT_LICENSE, DCT_MODIFIED, DCT_TITLE, FOREIGN, RDF_TYPE, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from citygraph.build.catalogue import Contents
    from citygraph.settings import Settings

GRAPH = "void"
"""The short name of the graph."""
_BLOCK = 2**24
"""How many bytes of a file are looked through at once, and the rest of a line."""
EXAMPLES = 8
"""How many things are shown as examples."""
_LINKING = (
    *("http://www.w3.org/2002/07/owl#sameAs", "http://www.w3.org/2000/01/rdf-schema#seeAlso"),
    *(f"{FOREIGN['skos']}{name}Match" for name in ("broad", "close", "exact", "narrow", "related")),
)
"""The properties that lead to other people's things."""
_TARGETS = {
    "http://www.wikidata.org/entity/": ("wikidata", "Wikidata"),
    "https://sws.geonames.org/": ("geonames", "GeoNames"),
}
"""Data sets that we link to: how their names begin, and what they are called; a host names any other."""
_COUNTS = {
    "triples": "triples",
    "entities": "entities",
    "distinctSubjects": "subjects",
    "distinctObjects": "objects",
}
"""Terms of VoID for a data set or a part of it, and what the statistics call them."""

Links = Counter[tuple[str, str]]
"""How many triples link by a property to a data set: by the property and how names in the data set begin."""


def describe(
    contents: Contents, counted: Mapping[str, Any], shown: Mapping[str, Any], links: Links, settings: Settings
) -> Iterator[ox.Triple]:
    """Describe the whole and each named graph; ``counted`` and ``shown`` are the statistics and the examples."""
    iris = settings.iris
    whole, document = ox.NamedNode(f"{iris.base}dataset/citygraph"), ox.NamedNode(f"{iris.base}.well-known/void")
    date = ox.Literal(contents.date, datatype=foreign("xsd", "date"))
    yield ox.Triple(document, RDF_TYPE, foreign("void", "DatasetDescription"))
    yield ox.Triple(document, foreign("foaf", "primaryTopic"), whole)
    yield ox.Triple(document, DCT_MODIFIED, date)
    for language, text in settings.title.items():
        yield ox.Triple(whole, DCT_TITLE, ox.Literal(text, language=language))
    for language, text in settings.description.items():
        yield ox.Triple(whole, foreign("dct", "description"), ox.Literal(text, language=language))
    yield ox.Triple(whole, DCT_MODIFIED, date)
    yield ox.Triple(whole, foreign("foaf", "homepage"), ox.NamedNode(iris.base))
    yield ox.Triple(whole, foreign("void", "sparqlEndpoint"), ox.NamedNode(f"{iris.base}sparql"))
    yield ox.Triple(whole, foreign("void", "uriSpace"), ox.Literal(iris.base))
    for row in RDF:
        if row.iri:
            yield ox.Triple(whole, foreign("void", "feature"), ox.NamedNode(row.iri))
    for path in _dumps(contents, f"dumps/{NAME}."):
        yield ox.Triple(whole, foreign("void", "dataDump"), ox.NamedNode(f"{iris.base}{path}"))
    for space in _vocabularies(counted[WHOLE], iris.base):
        yield ox.Triple(whole, foreign("void", "vocabulary"), ox.NamedNode(space))
    things = (rows[0][0] for rows in shown["classes"].values() if rows[0][0].startswith(f"<{iris.base}id/"))
    for thing in islice(things, EXAMPLES):
        yield ox.Triple(whole, foreign("void", "exampleResource"), ox.NamedNode(thing.strip("<>")))
    yield from _linksets(whole, links, settings)
    yield from _graphs(whole, contents, counted, settings)


def _graphs(
    whole: ox.NamedNode, contents: Contents, counted: Mapping[str, Any], settings: Settings
) -> Iterator[ox.Triple]:
    """Describe the whole and each named graph by its numbers, the graphs as parts of the whole."""
    iris = settings.iris
    for name, counts in counted.items():
        node = iris.graph(name) if name else whole
        yield from _dataset(node, name or NAME, counts, settings)
        if name:
            yield ox.Triple(whole, foreign("void", "subset"), node)
            yield ox.Triple(node, RDF_TYPE, foreign("sd", "NamedGraph"))
            yield ox.Triple(node, foreign("sd", "name"), node)
            for path in _dumps(contents, f"dumps/graphs/{name}.nt"):
                yield ox.Triple(node, foreign("void", "dataDump"), ox.NamedNode(f"{iris.base}{path}"))


def _dataset(node: ox.NamedNode, name: str, counts: Mapping[str, Any], settings: Settings) -> Iterator[ox.Triple]:
    """Describe how much a data set holds, and its parts by class and by property (section 4.6.2)."""
    yield ox.Triple(node, RDF_TYPE, foreign("void", "Dataset"))
    yield ox.Triple(node, DCT_LICENSE, ox.NamedNode(settings.licence))
    yield from _numbers(node, counts)
    yield ox.Triple(node, foreign("void", "classes"), _integer(len(counts["classes"])))
    yield ox.Triple(node, foreign("void", "properties"), _integer(len(counts["properties"])))
    parts = {
        "class": {iri: {"entities": number} for iri, number in counts["classes"].items()},
        "property": counts["properties"],
    }
    for kind, rows in parts.items():
        for iri, numbers in rows.items():
            part = ox.NamedNode(f"{settings.iris.base}void#{name}/{kind}/{quote(_short(iri, settings), safe=':')}")
            yield ox.Triple(node, foreign("void", f"{kind}Partition"), part)
            yield ox.Triple(part, foreign("void", kind), ox.NamedNode(iri))
            yield from _numbers(part, numbers)


def _numbers(node: ox.NamedNode, counts: Mapping[str, Any]) -> Iterator[ox.Triple]:
    for term, name in _COUNTS.items():
        if name in counts:
            yield ox.Triple(node, foreign("void", term), _integer(counts[name]))


def _linksets(whole: ox.NamedNode, links: Links, settings: Settings) -> Iterator[ox.Triple]:
    """Describe the links to other data sets, a set per data set and property (section 5)."""
    for (term, space), count in sorted(links.items()):
        short, title = _TARGETS.get(space, (quote(space, safe=""), space))
        target = ox.NamedNode(f"{settings.iris.base}void#{short}")
        node = ox.NamedNode(f"{target.value}/{quote(_short(term, settings), safe=':')}")
        yield ox.Triple(whole, foreign("void", "subset"), node)
        yield ox.Triple(node, RDF_TYPE, foreign("void", "Linkset"))
        yield ox.Triple(node, foreign("void", "linkPredicate"), ox.NamedNode(term))
        yield ox.Triple(node, foreign("void", "subjectsTarget"), whole)
        yield ox.Triple(node, foreign("void", "objectsTarget"), target)
        yield ox.Triple(node, foreign("void", "triples"), _integer(count))
        yield ox.Triple(target, RDF_TYPE, foreign("void", "Dataset"))
        yield ox.Triple(target, DCT_TITLE, ox.Literal(title))
        yield ox.Triple(target, foreign("void", "uriSpace"), ox.Literal(space))


def count_links(union: Path, base: str) -> Links:
    """Count the links of the union to things that are not ours."""
    terms = b"|".join(re.escape(term.encode()) for term in _LINKING)
    spaces = b"|".join(re.escape(space.encode()) for space in _TARGETS)
    link = re.compile(rb"^<[^>]*> <(" + terms + rb")> <(" + spaces + rb"|https?://[^/>]*/)", re.MULTILINE)
    found: Links = Counter()
    with union.open("rb") as lines:
        while block := lines.read(_BLOCK):
            for match in link.finditer(block + lines.readline()):
                term, space = match[1].decode(), match[2].decode()
                if not base.startswith(space):
                    found[term, space] += 1
    return found


def _vocabularies(counts: Mapping[str, Any], base: str) -> list[str]:
    """The vocabularies whose terms are used, by the names of their spaces."""
    used = {_space(iri) for iri in (*counts["classes"], *counts["properties"])}
    return sorted(used & {*FOREIGN.values(), f"{base}ontology#"})


def _space(iri: str) -> str:
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _short(iri: str, settings: Settings) -> str:
    """An IRI as prefix and name, so that what is named after it can be read."""
    for prefix, space in prefixes(settings.iris.base).items():
        if space == _space(iri):
            return f"{prefix}:{iri.removeprefix(space)}"
    return iri


def _dumps(contents: Contents, start: str) -> list[str]:
    """The addresses of files, below the base, that keep their bytes."""
    paths = (file.path.removeprefix("dumps/") for file in contents.files if file.path.startswith(start))
    return [f"dumps/{contents.version}/{path}" for path in paths]


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=foreign("xsd", "integer"))
