"""The description of the query service, by the SPARQL 1.1 Service Description vocabulary and nothing else.

How much the graphs hold is told by VoID, of the nodes to which ``sd:graph`` leads: each graph's own IRI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.formats import FORMATS
from citygraph.vocab import RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def describe_service(base: str, graphs: Iterable[ox.NamedNode], *, federated: bool) -> Iterator[ox.Triple]:
    """Say where the service is, what it speaks, and which graphs it holds; its address is the configured one."""
    service, dataset = ox.NamedNode(f"{base}sparql"), ox.NamedNode(f"{base}sparql#dataset")
    union = ox.NamedNode(f"{base}sparql#union")
    yield ox.Triple(service, RDF_TYPE, foreign("sd", "Service"))
    yield ox.Triple(service, foreign("sd", "endpoint"), service)
    yield ox.Triple(service, foreign("sd", "supportedLanguage"), foreign("sd", "SPARQL11Query"))
    yield ox.Triple(service, foreign("sd", "feature"), foreign("sd", "UnionDefaultGraph"))
    if federated:
        yield ox.Triple(service, foreign("sd", "feature"), foreign("sd", "BasicFederatedQuery"))
    for row in FORMATS:
        if row.iri is not None:
            yield ox.Triple(service, foreign("sd", "resultFormat"), ox.NamedNode(row.iri))
    yield ox.Triple(service, foreign("sd", "defaultDataset"), dataset)
    yield ox.Triple(dataset, RDF_TYPE, foreign("sd", "Dataset"))
    yield ox.Triple(dataset, foreign("sd", "defaultGraph"), union)
    yield ox.Triple(union, RDF_TYPE, foreign("sd", "Graph"))
    for name in graphs:
        node = ox.NamedNode(f"{base}sparql#{name.value.removeprefix(base)}")
        yield ox.Triple(dataset, foreign("sd", "namedGraph"), node)
        yield ox.Triple(node, RDF_TYPE, foreign("sd", "NamedGraph"))
        yield ox.Triple(node, foreign("sd", "name"), name)
        yield ox.Triple(node, foreign("sd", "graph"), name)
        yield ox.Triple(name, RDF_TYPE, foreign("sd", "Graph"))
