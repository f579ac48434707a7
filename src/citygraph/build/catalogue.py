"""Describes the release itself: DCAT 3 (catalogue, datasets, distributions), VoID (counts) and PROV (made from what).

Nothing here depends on the clock: the date of a release is the newest date that a source gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import DCT_LICENSE, DCT_MODIFIED, DCT_TITLE, RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from citygraph.release import File
    from citygraph.settings import Settings

_IANA = "https://www.iana.org/assignments/media-types/"
_GRAPHS = {
    "ontology": "Ontology, code lists and alignments",
    "places": "Gazetteer of the places",
    "labels": "Names that the editors give in three languages",
    "links": "Identity links to Wikidata and GeoNames",
    "figures": "Figures of the network of partners",
    "queries": "Example queries",
    "inferred": "What follows from the other graphs",
}
"""Titles of the graphs that are no document's; a source brings its own."""


@dataclass(frozen=True)
class Contents:
    """What a release holds, as far as the catalogue tells it."""

    version: str
    date: str
    """The newest date that a source gives, as YYYY-MM-DD."""
    software: str
    counts: Mapping[str, int]
    """Triples per graph, by short name."""
    triples: int
    """Triples of the whole graph, as its dump holds them: one that stands in several graphs counts once."""
    titles: Mapping[str, Sequence[ox.Literal]]
    """Titles per source graph, by short name."""
    files: Sequence[File]
    """The downloads, with paths below ``dumps/``."""

    def of(self, files: Sequence[File]) -> Contents:
        """The same with other files."""
        return replace(self, files=files)


def catalogue(contents: Contents, settings: Settings) -> Iterator[ox.Triple]:
    """Describe a release."""
    iris = settings.iris
    catalog, whole = ox.NamedNode(iris.base + "catalog"), ox.NamedNode(iris.base + "dataset/citygraph")
    publisher = ox.NamedNode(iris.base + "catalog#publisher")
    date = ox.Literal(contents.date, datatype=foreign("xsd", "date"))
    titles = [ox.Literal(text, language=language) for language, text in settings.title.items()]
    descriptions = [ox.Literal(text, language=language) for language, text in settings.description.items()]

    yield ox.Triple(publisher, RDF_TYPE, foreign("foaf", "Agent"))
    yield ox.Triple(publisher, foreign("foaf", "name"), ox.Literal(settings.publisher))
    for node, type_ in ((catalog, foreign("dcat", "Catalog")), (whole, foreign("dcat", "Dataset"))):
        yield ox.Triple(node, RDF_TYPE, type_)
        yield from (ox.Triple(node, DCT_TITLE, title) for title in titles)
        yield from (ox.Triple(node, foreign("dct", "description"), text) for text in descriptions)
        yield ox.Triple(node, foreign("dct", "publisher"), publisher)
        yield ox.Triple(node, DCT_LICENSE, ox.NamedNode(settings.licence))
        yield ox.Triple(node, DCT_MODIFIED, date)
    yield ox.Triple(catalog, foreign("dcat", "dataset"), whole)
    yield ox.Triple(whole, RDF_TYPE, foreign("void", "Dataset"))
    yield ox.Triple(whole, foreign("dct", "identifier"), ox.Literal("citygraph"))
    yield ox.Triple(whole, foreign("dcat", "version"), ox.Literal(contents.version))
    yield ox.Triple(whole, foreign("void", "sparqlEndpoint"), ox.NamedNode(iris.base + "sparql"))
    yield ox.Triple(whole, foreign("void", "uriSpace"), ox.Literal(iris.base))
    yield ox.Triple(whole, foreign("void", "triples"), _integer(contents.triples))
    yield from _provenance(whole, contents, settings)
    for name, count in sorted(contents.counts.items()):
        yield from _graph(name, count, whole, contents, settings)
    yield from _distributions(whole, contents, settings)


def _provenance(whole: ox.NamedNode, contents: Contents, settings: Settings) -> Iterator[ox.Triple]:
    """Say what the release was made from, and by which software (PROV-O, section 3)."""
    build = ox.NamedNode(settings.iris.base + f"build/{contents.version}")
    software = ox.NamedNode(settings.iris.base + "build/software")
    yield ox.Triple(whole, foreign("prov", "wasGeneratedBy"), build)
    yield ox.Triple(build, RDF_TYPE, foreign("prov", "Activity"))
    yield ox.Triple(build, foreign("prov", "wasAssociatedWith"), software)
    yield ox.Triple(software, RDF_TYPE, foreign("prov", "SoftwareAgent"))
    yield ox.Triple(software, foreign("rdfs", "label"), ox.Literal(contents.software))
    for name in contents.counts:
        if name.startswith("source/"):
            source = ox.NamedNode(settings.iris.thing("source", name.removeprefix("source/")))
            yield ox.Triple(build, foreign("prov", "used"), source)
            yield ox.Triple(whole, foreign("prov", "wasDerivedFrom"), source)


def _graph(name: str, count: int, whole: ox.NamedNode, contents: Contents, settings: Settings) -> Iterator[ox.Triple]:
    """Describe one named graph as a part of the whole."""
    graph = settings.iris.graph(name)
    yield ox.Triple(whole, foreign("void", "subset"), graph)
    yield ox.Triple(graph, RDF_TYPE, foreign("void", "Dataset"))
    yield ox.Triple(graph, RDF_TYPE, foreign("sd", "NamedGraph"))
    yield ox.Triple(graph, foreign("sd", "name"), graph)
    yield ox.Triple(graph, foreign("void", "triples"), _integer(count))
    yield ox.Triple(graph, DCT_LICENSE, ox.NamedNode(settings.licence))
    dump = ox.NamedNode(settings.iris.base + f"dumps/{contents.version}/graphs/{name}.nt")
    yield ox.Triple(graph, foreign("void", "dataDump"), dump)
    titles = contents.titles.get(name) or [ox.Literal(_GRAPHS.get(name, name), language="en")]
    yield from (ox.Triple(graph, DCT_TITLE, title) for title in titles)
    if name.startswith("source/"):
        source = ox.NamedNode(settings.iris.thing("source", name.removeprefix("source/")))
        yield ox.Triple(graph, foreign("prov", "wasDerivedFrom"), source)


def _distributions(whole: ox.NamedNode, contents: Contents, settings: Settings) -> Iterator[ox.Triple]:
    """Describe each download of the whole graph and each table, with size and checksum."""
    for file in contents.files:
        if file.path.startswith(("dumps/graphs/", "dumps/kinds/")):
            continue
        url = ox.NamedNode(f"{settings.iris.base}dumps/{contents.version}/{file.path.removeprefix('dumps/')}")
        node, checksum = ox.NamedNode(f"{url.value}#distribution"), ox.NamedNode(f"{url.value}#checksum")
        yield ox.Triple(whole, foreign("dcat", "distribution"), node)
        yield ox.Triple(node, RDF_TYPE, foreign("dcat", "Distribution"))
        yield ox.Triple(node, DCT_TITLE, ox.Literal(file.path.rpartition("/")[2]))
        yield ox.Triple(node, foreign("dcat", "accessURL"), url)
        yield ox.Triple(node, foreign("dcat", "downloadURL"), url)
        yield ox.Triple(node, DCT_LICENSE, ox.NamedNode(settings.licence))
        yield ox.Triple(node, foreign("dcat", "byteSize"), _integer(file.bytes))
        yield ox.Triple(node, foreign("dcat", "mediaType"), ox.NamedNode(_IANA + file.media_type))
        yield ox.Triple(node, foreign("spdx", "checksum"), checksum)
        yield ox.Triple(checksum, RDF_TYPE, foreign("spdx", "Checksum"))
        yield ox.Triple(checksum, foreign("spdx", "algorithm"), foreign("spdx", "checksumAlgorithm_sha256"))
        value = ox.Literal(file.sha256, datatype=foreign("xsd", "hexBinary"))
        yield ox.Triple(checksum, foreign("spdx", "checksumValue"), value)


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=foreign("xsd", "nonNegativeInteger"))
