"""Describes the release itself: DCAT 3 (see ``dcat.py``), VoID (counts) and PROV (made from what).

Nothing here depends on the clock: the date of a release is the newest date that a source gives.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.build.dcat import portal_triples
from citygraph.formats import by_name
from citygraph.harvest.commands import judge
from citygraph.harvest.score import FULL
from citygraph.vocab import DCT_LICENSE, DCT_TITLE, RDF_TYPE, foreign, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from citygraph.build.coverage import Coverage
    from citygraph.build.profiles import Profiles
    from citygraph.release import File
    from citygraph.settings import Settings

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
    files: Sequence[File]
    """The downloads, with paths below ``dumps/``."""
    coverage: Coverage
    profiles: Profiles

    def of(self, files: Sequence[File]) -> Contents:
        """The same with other files."""
        return replace(self, files=files)


def catalogue(contents: Contents, settings: Settings) -> Iterator[ox.Triple]:
    """Describe a release."""
    iris = settings.iris
    whole = ox.NamedNode(iris.base + "dataset/citygraph")
    yield from portal_triples(contents, settings)
    yield ox.Triple(whole, RDF_TYPE, foreign("void", "Dataset"))
    yield ox.Triple(whole, foreign("void", "sparqlEndpoint"), ox.NamedNode(iris.base + "sparql"))
    yield ox.Triple(whole, foreign("void", "uriSpace"), ox.Literal(iris.base))
    yield ox.Triple(whole, foreign("void", "triples"), _integer(contents.triples))
    yield from _provenance(whole, contents, settings)
    for name, count in sorted(contents.counts.items()):
        yield from _graph(name, count, whole, contents, settings)


def write_catalogue(contents: Contents, settings: Settings, folder: Path) -> list[ox.Triple]:
    """Write the catalogue in the formats that portals ask for; give its statements, sorted."""
    iris = settings.iris
    triples = sorted(set(catalogue(contents, settings)), key=str)
    for name in ("turtle", "rdfxml", "jsonld"):
        row = by_name(name)
        with (folder / f"catalogue.{row.extension}").open("wb") as target:
            ox.serialize(triples, target, format=row.rdf, prefixes=prefixes(iris.base))
    return triples


def write_views(contents: Contents, settings: Settings, folder: Path) -> None:
    """Write the catalogue as each portal reads it, as sorted N-Triples."""
    folder.mkdir()
    described = portal_triples(contents, settings)
    for name in contents.profiles.names():
        view = contents.profiles.view(name, described, settings)
        (folder / f"{name}.nt").write_text("".join(f"{triple} .\n" for triple in view), "utf-8")


def write_verdicts(profiles: Profiles, views: Path, target: Path) -> None:
    """Write what a portal would find fault with in its catalogue, and the points it would give."""
    shapes, found = profiles.folder / "shapes", {}
    for name in sorted(path.stem for path in views.glob("*.nt") if (shapes / f"{path.stem}.ttl").is_file()):
        verdict = judge(str(views / f"{name}.nt"), name, shapes, links=False)
        rules = {row.rule: row for row in reversed(verdict.findings)}
        counts = Counter(row.rule for row in verdict.findings)
        told = [asdict(row) | {"count": counts[rule]} for rule, row in sorted(rules.items())]
        points = {"points": verdict.score.points, "of": FULL}
        found[name] = {"violations": verdict.violations, **points, "findings": told}
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


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
    stated = contents.coverage.sources.get(name.removeprefix("source/"), {}).get(DCT_TITLE)
    for title in stated or [ox.Literal(_GRAPHS.get(name, name), language="en")]:
        yield ox.Triple(graph, DCT_TITLE, title)
    if name.startswith("source/"):
        source = ox.NamedNode(settings.iris.thing("source", name.removeprefix("source/")))
        yield ox.Triple(graph, foreign("prov", "wasDerivedFrom"), source)


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=foreign("xsd", "nonNegativeInteger"))
