"""Describes data sets and their files for portals (DCAT 3, DCAT-AP 3.0.1): the part of the catalogue that is harvested.

Everything has an IRI that stays from release to release, since harvesters take a new one for a new thing. Only
``dcat:downloadURL`` names the release, so that its checksum holds for ever.

Nothing leads from a data set to another, or to the service, which leads to all of them: Piveau, which data.europa.eu
and opendata.swiss run, takes for the description of a data set whatever can be reached from it, and opendata.swiss
drops a description in which there are two. So the service names the data sets, and no file names the service.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from citygraph.build.profiles import SOURCE, first, source_dataset
from citygraph.build.words import PACKED, Value, date, iana, media_type, plain, say, term, texts
from citygraph.vocab import DCT_TITLE, RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.build.catalogue import Contents
    from citygraph.release import File
    from citygraph.settings import Settings

_EU: Final = "http://publications.europa.eu/resource/authority/"
_SERVICE: Final = {
    "en": "SPARQL endpoint",
    "de": "SPARQL-Endpunkt",
    "fr": "Point d’accès SPARQL",
    "it": "Punto di accesso SPARQL",
}
_WRITTEN: Final = ("title", "description", "keyword", "theme", "accrualPeriodicity", "language")


def portal_triples(contents: Contents, settings: Settings) -> list[ox.Triple]:
    """The catalogue with its data sets, distributions and service."""
    return sorted(set(_Writer(contents, settings).catalogue()), key=str)


class _Writer:
    def __init__(self, contents: Contents, settings: Settings) -> None:
        self.contents, self.settings, self.iris = contents, settings, settings.iris
        self.base, self.profiles = settings.iris.base, contents.profiles
        self.catalog = ox.NamedNode(f"{self.base}catalog")
        self.publisher, self.contact, self.rights, self.service = (
            ox.NamedNode(f"{self.base}{name}")
            for name in ("catalog#publisher", "catalog#contact", "catalog#rights", "sparql#service")
        )
        self.licence = ox.NamedNode(settings.licence)
        self.date = date(contents.date)
        self.files = self._files()
        self.points: dict[ox.NamedNode, ox.Literal | None] = {}  # a place has one centroid at most

    def catalogue(self) -> Iterator[ox.Triple]:
        """Everything."""
        parts = list(self._datasets())
        found = {row.subject for row in parts if row.object == term("dcat:Dataset")}
        datasets = sorted((row for row in found if isinstance(row, ox.NamedNode)), key=str)
        yield from parts
        yield from self._agents()
        yield from self._service(datasets)
        themes = ox.NamedNode(f"{_EU}data-theme")
        home = ox.NamedNode(self.base)
        yield ox.Triple(home, RDF_TYPE, term("foaf:Document"))
        yield from say(
            self.catalog,
            ("rdf:type", [term("dcat:Catalog")]),
            ("dct:title", texts(self.settings.title)),
            ("dct:description", texts(self.settings.description)),
            ("dct:publisher", [self.publisher]),
            ("dct:license", [self.licence]),
            ("dct:issued", [date(self._issued())]),
            ("dct:modified", [self.date]),
            ("dct:language", self._written("citygraph", "language")),
            ("foaf:homepage", [home]),
            ("dcat:themeTaxonomy", [themes]),
            ("dcat:dataset", datasets),
            ("dcat:service", [self.service]),
        )
        yield from self._spatial(self.catalog, "")

    def _issued(self) -> str:
        """The first day on which somebody wrote down what a source states."""
        days = (first(row, "dct", "modified") for row in self.contents.coverage.sources.values())
        return min((day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default=self.contents.date)

    def _files(self) -> dict[str, list[File]]:
        names = [name.removeprefix("source/") for name in self.contents.counts if name.startswith("source/")]
        found: dict[str, list[File]] = {}
        for file in self.contents.files:
            home = self.profiles.home(file.path.removeprefix("dumps/"), names)
            if home and self._format(file.path):
                found.setdefault(home, []).append(file)
        return found

    def _format(self, path: str) -> ox.NamedNode | None:
        return self.profiles.formats.get(plain(path).rpartition(".")[2])

    def _datasets(self) -> Iterator[ox.Triple]:
        for name in self.contents.counts:
            if name.startswith("source/"):
                yield from self._source(name.removeprefix("source/"))
        for name in self.profiles.datasets:
            if name != SOURCE and self.files.get(name):
                yield from self._dataset(name, name, self.contents.date, self.licence, self._issued())

    def _source(self, name: str) -> Iterator[ox.Triple]:
        """The data set of a source: the words of the pattern, with its title."""
        known = self.contents.coverage.sources.get(name, {})
        titles = {row.language or "": row.value for row in known.get(DCT_TITLE, []) if isinstance(row, ox.Literal)}
        chosen = {code: titles.get(code) or next(iter(titles.values()), name) for code in ("de", "en", "fr", "it")}
        dataset = source_dataset(name)
        node = self._node(dataset)
        for word in ("title", "description"):
            for row in self.profiles.datasets[SOURCE].get(term(f"dct:{word}"), []):
                assert isinstance(row, ox.Literal)
                text = row.value.replace("{title}", chosen.get(row.language or "en", name)).replace("{name}", name)
                yield ox.Triple(node, term(f"dct:{word}"), ox.Literal(text, language=row.language))
        languages = [row for row in known.get(term("dct:language"), []) if row.value.startswith(_EU)]
        yield from say(node, ("dct:language", languages or self._written("citygraph", "language")))
        day = first(known, "dct", "modified") or self.contents.date
        licence = first(known, "dct", "license")
        yield from self._dataset(
            dataset, f"source/{name}", day, ox.NamedNode(licence) if licence else self.licence, day, SOURCE
        )

    def _dataset(
        self, name: str, graph: str, day: str, licence: ox.NamedNode, issued: str, pattern: str = ""
    ) -> Iterator[ox.Triple]:
        """A data set by its name: what is written of it, what it covers, and its files."""
        node = self._node(name)
        landing = ox.NamedNode(f"{node.value}.html")
        words = [word for word in _WRITTEN if not pattern or word not in ("title", "description", "language")]
        written = {word: self._written(pattern or name, word) for word in words}
        if name == "citygraph":  # the site's own words
            for word, own in (("title", self.settings.title), ("description", self.settings.description)):
                others = [row for row in written[word] if isinstance(row, ox.Literal) and row.language not in own]
                written[word] = [*texts(own), *others]
        yield ox.Triple(landing, RDF_TYPE, term("foaf:Document"))
        yield from say(
            node,
            ("rdf:type", [term("dcat:Dataset")]),
            *((f"{'dcat' if word in ('keyword', 'theme') else 'dct'}:{word}", rows) for word, rows in written.items()),
            ("dct:identifier", [name]),
            ("dct:publisher", [self.publisher]),
            ("dcat:contactPoint", [self.contact]),
            ("dct:license", [licence]),
            ("dct:accessRights", [ox.NamedNode(f"{_EU}access-right/PUBLIC")]),
            ("dct:issued", [date(issued)]),
            ("dct:modified", [date(day)]),
            ("dcat:landingPage", [landing]),
            ("dcat:version", [self.contents.version]),
        )
        yield from self._spatial(node, graph)
        yield from self._temporal(node, graph)
        for file in self.files.get(name, ()):
            yield from self._distribution(node, file, licence)

    def _spatial(self, node: ox.NamedNode, graph: str) -> Iterator[ox.Triple]:
        for country in self.contents.coverage.places(graph):
            place = self.profiles.countries.get(country.code, country.iri)
            point = self.points.setdefault(place, country.point)
            yield ox.Triple(node, term("dct:spatial"), place)
            yield from say(
                place, ("rdf:type", [term("dct:Location")]), ("dcat:centroid", [point] if point is not None else [])
            )

    def _temporal(self, node: ox.NamedNode, graph: str) -> Iterator[ox.Triple]:
        if years := self.contents.coverage.period(graph):
            period = ox.NamedNode(f"{node.value}#period")
            start, end = (ox.Literal(year, datatype=term("xsd:gYear")) for year in years)
            yield ox.Triple(node, term("dct:temporal"), period)
            yield from say(
                period,
                ("rdf:type", [term("dct:PeriodOfTime")]),
                ("dcat:startDate", [start]),
                ("dcat:endDate", [end]),
            )

    def _distribution(self, dataset: ox.NamedNode, file: File, licence: ox.NamedNode) -> Iterator[ox.Triple]:
        path = file.path.removeprefix("dumps/")
        node = ox.NamedNode(f"{dataset.value}#{path}")
        checksum, packed = ox.NamedNode(f"{node.value}-checksum"), PACKED.get(path.rpartition(".")[2])
        kind, url = self._format(path), ox.NamedNode(f"{self.base}dumps/{self.contents.version}/{path}")
        assert kind is not None
        yield ox.Triple(dataset, term("dcat:distribution"), node)
        yield from say(
            node,
            ("rdf:type", [term("dcat:Distribution")]),
            ("dct:title", [path.rpartition("/")[2]]),
            ("dcat:accessURL", [ox.NamedNode(f"{self.base}dumps/{path}")]),
            ("dcat:downloadURL", [url]),
            ("dct:license", [licence]),
            ("dct:rights", [self.rights]),
            ("dct:format", [kind]),
            ("dcat:mediaType", [iana(media_type(path))]),
            ("dcat:compressFormat", [iana(packed)] if packed else []),
            ("dcat:byteSize", [ox.Literal(str(file.bytes), datatype=term("xsd:nonNegativeInteger"))]),
            ("dct:issued", [self.date]),
            ("dct:modified", [self.date]),
            ("dcatap:availability", [ox.NamedNode(f"{_EU}planned-availability/AVAILABLE")]),
            ("spdx:checksum", [checksum]),
        )
        yield ox.Triple(iana(media_type(path)), RDF_TYPE, term("dct:MediaType"))
        if packed:
            yield ox.Triple(iana(packed), RDF_TYPE, term("dct:MediaType"))
        yield from say(
            checksum,
            ("rdf:type", [term("spdx:Checksum")]),
            ("spdx:algorithm", [term("spdx:checksumAlgorithm_sha256")]),
            ("spdx:checksumValue", [ox.Literal(file.sha256, datatype=term("xsd:hexBinary"))]),
        )

    def _agents(self) -> Iterator[ox.Triple]:
        """Publisher, contact and rights."""
        settings = self.settings
        yield from say(
            self.publisher,
            ("rdf:type", [term("foaf:Agent")]),
            ("foaf:name", [settings.publisher]),
            ("foaf:homepage", [ox.NamedNode(settings.publisher_url)] if settings.publisher_url else []),
        )
        yield from say(
            self.contact,
            ("rdf:type", [term("vcard:Kind"), term("vcard:Organization")]),
            ("vcard:fn", [settings.publisher]),
            ("vcard:hasURL", [ox.NamedNode(settings.contact_url or f"{self.base}about")]),
            ("vcard:hasEmail", [ox.NamedNode(f"mailto:{settings.contact_email}")] if settings.contact_email else []),
        )
        yield from say(
            self.rights,
            ("rdf:type", [term("dct:RightsStatement")]),
            ("rdfs:label", [ox.Literal(f"Published under {settings.licence}", language="en")]),
        )

    def _service(self, datasets: Iterable[ox.NamedNode]) -> Iterator[ox.Triple]:
        endpoint = ox.NamedNode(f"{self.base}sparql")
        protocol = ox.NamedNode("https://www.w3.org/TR/sparql11-protocol/")
        yield ox.Triple(protocol, RDF_TYPE, term("dct:Standard"))
        name = next(iter(self.settings.title.values()), "citygraph")
        yield from say(
            self.service,
            ("rdf:type", [term("dcat:DataService")]),
            ("dct:title", texts({code: f"{self.settings.title.get(code, name)}: {t}" for code, t in _SERVICE.items()})),
            ("dct:description", texts(self.settings.description)),
            ("dcat:endpointURL", [endpoint]),
            ("dcat:endpointDescription", [endpoint]),
            ("dcat:servesDataset", list(datasets)),
            ("dct:conformsTo", [protocol]),
            ("dct:publisher", [self.publisher]),
            ("dcat:contactPoint", [self.contact]),
            ("dct:license", [self.licence]),
            ("dct:accessRights", [ox.NamedNode(f"{_EU}access-right/PUBLIC")]),
            ("dcat:keyword", self._written("citygraph", "keyword")),
            ("dcat:theme", self._written("citygraph", "theme")),
        )

    def _node(self, name: str) -> ox.NamedNode:
        return ox.NamedNode(f"{self.base}dataset/{name}")

    def _written(self, dataset: str, word: str) -> list[Value]:
        terms = self.profiles.datasets.get(dataset, {})
        return [*terms.get(foreign("dct", word), []), *terms.get(foreign("dcat", word), [])]
