"""What portals demand of a catalogue, each rule a line: a question that finds what breaks it, and finds nothing.

The rules are those of DCAT-AP 3.0.1, of DCAT-AP.de 3.0 with its conventions, and of opendata.swiss' import.
"""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from citygraph.build.profiles import Profiles
from citygraph.release import VIEWS, Release
from citygraph.settings import Repository, Settings
from citygraph.vocab import FOREIGN
from citygraph.web.portfolio import portfolio

EU = "http://publications.europa.eu/resource/authority/"
PREFIXES = "".join(f"PREFIX {name}: <{iri}> " for name, iri in FOREIGN.items())


def lacks(kind: str, *paths: str) -> list[str]:
    """Questions for things of a class without one of some properties."""
    return [f"?thing a {kind} FILTER NOT EXISTS {{ ?thing {path} ?any }}" for path in paths]


def outside(path: str, start: str) -> str:
    """A question for values that do not come from a code list."""
    return f'?thing {path} ?value FILTER(!ISIRI(?value) || !STRSTARTS(STR(?value), "{start}"))'


def many(kind: str, path: str) -> str:
    """A question for things with two values of a property that may have one."""
    return f"?thing a {kind} ; {path} ?one, ?two FILTER(STR(?one) < STR(?two))"


EVERYWHERE = [
    *lacks(
        "dcat:Catalog", "dct:title", "dct:description", "dct:publisher", "dct:license", "dct:issued", "dct:modified"
    ),
    *lacks("dcat:Catalog", "dct:language", "foaf:homepage", "dcat:themeTaxonomy", "dct:spatial", "dcat:dataset"),
    *lacks("dcat:Dataset", "dct:title", "dct:description", "dcat:keyword", "dcat:theme", "dct:spatial", "dct:temporal"),
    *lacks("dcat:Dataset", "dcat:contactPoint", "dct:publisher", "dct:accessRights", "dct:issued", "dct:modified"),
    *lacks("dcat:Dataset", "dct:identifier", "dct:accrualPeriodicity", "dct:language", "dcat:landingPage"),
    *lacks("dcat:Dataset", "^dcat:dataset", "dcat:distribution", "dcat:version"),
    *lacks("dcat:Distribution", "dcat:accessURL", "dcat:downloadURL", "dct:format", "dcat:mediaType", "dct:license"),
    *lacks("dcat:Distribution", "dcat:byteSize", "dct:issued", "dct:modified", "dcatap:availability", "spdx:checksum"),
    *lacks("dcat:DataService", "dct:title", "dcat:endpointURL", "dcat:servesDataset", "dcat:endpointDescription"),
    *lacks("dcat:DataService", "dct:license", "dcat:contactPoint", "dct:publisher"),
    *lacks("foaf:Agent", "foaf:name"),
    *lacks("dct:PeriodOfTime", "dcat:startDate", "dcat:endDate"),
    *lacks("vcard:Kind", "vcard:fn", "(vcard:hasEmail|vcard:hasURL)"),
    *lacks("spdx:Checksum", "spdx:algorithm", "spdx:checksumValue"),
    outside("dcat:theme", f"{EU}data-theme/"),
    outside("dct:accrualPeriodicity", f"{EU}frequency/"),
    outside("dct:language", f"{EU}language/"),
    outside("dct:format", f"{EU}file-type/"),
    outside("dct:accessRights", f"{EU}access-right/"),
    outside("dcatap:availability", f"{EU}planned-availability/"),
    outside("dcat:mediaType", "http://www.iana.org/assignments/media-types/"),
    outside("dcat:compressFormat", "http://www.iana.org/assignments/media-types/"),
    many("dcat:Dataset", "dct:identifier"),
    many("dcat:Dataset", "dct:publisher"),
    many("dcat:Distribution", "dct:license"),
    many("dcat:Distribution", "dcatap:availability"),
    many("vcard:Kind", "vcard:fn"),
    "?thing dcat:byteSize ?value FILTER(DATATYPE(?value) != xsd:nonNegativeInteger)",
    "?thing spdx:checksumValue ?value FILTER(DATATYPE(?value) != xsd:hexBinary)",
    "?thing dct:issued|dct:modified ?value FILTER(DATATYPE(?value) != xsd:date)",
    "?thing dcat:landingPage|dcat:accessURL|dcat:downloadURL|dct:spatial|foaf:homepage ?v FILTER(!ISIRI(?v))",
    "?thing dct:conformsTo ?v FILTER(!ISIRI(?v))",
    "?thing dcat:distribution|dct:publisher|dcat:contactPoint|spdx:checksum|dct:temporal ?v FILTER(!ISIRI(?v))",
    "?thing dcat:keyword|dct:identifier ?v FILTER(!ISLITERAL(?v))",
    "?thing vcard:hasEmail|vcard:hasURL ?v FILTER(!ISIRI(?v))",
    "?thing ?property ?value FILTER(ISBLANK(?thing) || ISBLANK(?value))",
    "?thing ?property ?v FILTER(ISIRI(?v) && CONTAINS(STR(?v), 'localhost'))",
]
"""What would be wrong in the catalogue of any portal."""

RULES = {
    "eu": [
        outside("dct:license", f"{EU}licence/"),
        *lacks("dcat:Distribution", "dct:rights"),
        *(
            f"?thing dcat:theme|dct:format|dct:language ?concept FILTER NOT EXISTS {{ ?concept {path} ?any }}"
            for path in ("skos:inScheme", "skos:prefLabel")
        ),
    ],
    "de": [
        "?thing a dcat:Distribution ; dct:license ?v FILTER(!STRSTARTS(STR(?v), 'http://dcat-ap.de/def/licenses/'))",
        *lacks("dcat:Dataset", "dcatde:politicalGeocodingLevelURI"),
        outside("dcatde:politicalGeocodingLevelURI", "http://dcat-ap.de/def/politicalGeocoding/Level/"),
        "?agent a foaf:Agent ; foaf:name ?v FILTER(!ISLITERAL(?v))",
    ],
    "ch": [
        outside("dct:license", "http://dcat-ap.ch/vocabulary/licenses/terms_"),
        "?set dcat:distribution ?a, ?b . ?a dct:license ?one . ?b dct:license ?two FILTER(?one != ?two)",
        "?set a dcat:Dataset ; dct:identifier ?v FILTER(!REGEX(STR(?v), '^[^@]+@[a-z0-9-]+$'))",
        *(
            f"?set a dcat:Dataset FILTER NOT EXISTS {{ ?set {path} ?v FILTER(LANG(?v) = '{code}') }}"
            for path in ("dct:title", "dct:description")
            for code in ("de", "fr", "it", "en")
        ),
        "?set dcat:keyword ?v FILTER(LANG(?v) = '')",
        "?thing dct:rights ?v",
        "?set a dcat:Dataset ; dct:conformsTo ?v FILTER(ISLITERAL(?v))",
    ],
}
"""What would be wrong for one portal."""


def ask(release: Release, profile: str, rule: str) -> bool:
    path = release.folder / VIEWS / f"{profile}.nt"
    store = _STORES.get(str(path))
    if store is None:
        store = _STORES[str(path)] = ox.Store()
        # The engine writes numbers anew, so their types are kept as they stand in the file.
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
            store.add(quad)
    return bool(store.query(f"{PREFIXES} ASK {{ {rule} }}"))


_STORES: dict[str, ox.Store] = {}
LINES = [(profile, rule) for profile, rules in RULES.items() for rule in (*EVERYWHERE, *rules)]
TYPED = ("nonNegativeInteger",)


@pytest.mark.parametrize(("profile", "rule"), [row for row in LINES if not any(word in row[1] for word in TYPED)])
def test_nothing_breaks_a_rule(world: Release, profile: str, rule: str) -> None:
    """In the catalogue of a portal nothing is found that the portal would refuse or miss."""
    assert not ask(world, profile, rule)


@pytest.mark.parametrize("profile", sorted(RULES))
def test_sizes_are_numbers_of_the_type_that_the_profile_asks_for(world: Release, profile: str) -> None:
    """A size is an xsd:nonNegativeInteger, as DCAT 3 has it; the engine would write it otherwise."""
    sizes = [
        quad.object
        for quad in ox.parse(path=str(world.folder / VIEWS / f"{profile}.nt"), format=ox.RdfFormat.N_TRIPLES)
        if quad.predicate.value == f"{FOREIGN['dcat']}byteSize"
    ]
    assert {size.datatype.value for size in sizes if isinstance(size, ox.Literal)} == {
        f"{FOREIGN['xsd']}nonNegativeInteger"
    }


@pytest.mark.parametrize("profile", sorted(RULES))
def test_what_is_reached_from_a_data_set_is_about_it_alone(world: Release, profile: str) -> None:
    """Piveau cuts a catalogue into data sets by following all links; opendata.swiss drops what then holds two."""
    catalogue = portfolio(world, profile)
    assert catalogue is not None
    kinds = {FOREIGN["dcat"] + name for name in ("Dataset", "DatasetSeries", "DataService", "Catalog")}
    for dataset in catalogue.datasets:
        seen, waiting, found = {dataset}, [dataset], set()
        while waiting:
            for row in catalogue.about.get(waiting.pop(), ()):
                target = getattr(row.object, "value", "")
                if row.predicate.value.endswith("#type") and target in kinds:
                    found.add(str(row.subject))
                if isinstance(row.object, ox.NamedNode) and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        assert found == {f"<{dataset}>"}


@pytest.mark.parametrize("rule", sorted({rule for _, rule in LINES if "FILTER NOT EXISTS { ?thing" in rule}))
def test_a_rule_finds_what_breaks_it(world: Release, rule: str) -> None:
    """Each rule about what must not be missing finds a thing that has nothing."""
    kind = rule.split(" a ")[1].split(" FILTER", maxsplit=1)[0].split(" ;", maxsplit=1)[0]
    store = ox.Store()
    store.update(f"{PREFIXES} INSERT DATA {{ <urn:bare> a {kind} }}")
    assert bool(store.query(f"{PREFIXES} ASK {{ {rule} }}"))


def test_settings_reach_the_portals_that_want_them(repository: Repository) -> None:
    """GovData gets its contributor, opendata.swiss its organisation, and a "by" licence its attribution."""
    settings = Settings(organisation="city", contributor_id="http://dcat-ap.de/def/contributors/openNRW")
    profiles = Profiles(repository.profiles, settings.iris)
    dataset, file = (ox.NamedNode(f"{settings.base_iri}dataset/x{part}") for part in ("", "#f"))
    dct, dcat = FOREIGN["dct"], FOREIGN["dcat"]
    triples = [
        ox.Triple(dataset, ox.NamedNode(f"{FOREIGN['rdf']}type"), ox.NamedNode(f"{dcat}Dataset")),
        ox.Triple(dataset, ox.NamedNode(f"{dct}identifier"), ox.Literal("x")),
        ox.Triple(file, ox.NamedNode(f"{dct}license"), ox.NamedNode("http://creativecommons.org/licenses/by/4.0/")),
    ]
    lines = {name: {str(row) for row in profiles.view(name, triples, settings)} for name in profiles.names()}
    assert any("contributors/openNRW>" in line for line in lines["de"])
    assert not any("contributorID" in line for line in lines["eu"] | lines["ch"])
    assert any(line.endswith('"x@city"') for line in lines["ch"])
    assert any("licences/" in line or "licenses/terms_by>" in line for line in lines["ch"])
    assert any("licence/CC_BY_4_0>" in line for line in lines["eu"])
