"""The names of terms that Python code mentions, and the one table of prefixes.

A test compares the terms with ``ontology/`` and the prefixes with every Turtle and SPARQL file.
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from citygraph.iris import CANONICAL

KINDS: Final = (
    "agreement",
    "agreement-form",
    "canton",
    "characteristic",
    "city",
    "claim",
    "commune",
    "country",
    "document",
    "event",
    "evidence",
    "figure",
    "focus-area",
    "form",
    "imported",
    "initiative",
    "institution",
    "network",
    "participation",
    "partnership",
    "person",
    "place",
    "prefecture",
    "province",
    "rank",
    "reference",
    "role",
    "source",
    "standing",
    "state",
    "status",
    "value-kind",
    "wikidata",
)
"""The segment after ``id/``: kinds of things and code lists."""

_OWN: Final = {
    "cg": "ontology#",
    "id": "id/",
    "graph": "graph/",
    "shape": "shapes#",
    **{kind: f"id/{kind}/" for kind in KINDS},
}

FOREIGN: Final = {
    "dbo": "http://dbpedia.org/ontology/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def prefixes(base: str = CANONICAL) -> dict[str, str]:
    """Every prefix we use, ours under the given base, sorted by name."""
    return dict(sorted((FOREIGN | {name: base + path for name, path in _OWN.items()}).items()))


def foreign(prefix: str, name: str) -> ox.NamedNode:
    """Spell out a term of somebody else's vocabulary."""
    return ox.NamedNode(FOREIGN[prefix] + name)


RDF_TYPE: Final = foreign("rdf", "type")
RDFS_LABEL: Final = foreign("rdfs", "label")
PREF_LABEL: Final = foreign("skos", "prefLabel")
ALT_LABEL: Final = foreign("skos", "altLabel")
SCHEMA_NAME: Final = foreign("schema", "name")
DCT_MODIFIED: Final = foreign("dct", "modified")
DCT_REPLACES: Final = foreign("dct", "replaces")
DCT_TITLE: Final = foreign("dct", "title")
DCT_LICENSE: Final = foreign("dct", "license")

SOURCE: Final = "Source"
PARTY: Final = "Party"
"""Local names of our own classes; :meth:`citygraph.iris.Iris.term` spells them out."""
