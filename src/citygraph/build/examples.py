"""Publishes the example queries as data, in the form by which SIB's endpoints and editors find examples.

Each is a ``sh:SPARQLExecutable`` (SHACL, sections 5 and 8; SHACL Advanced Features, section 5) at the address of its
page, with its parameters filled in, so that whoever reads it can ask it as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.vocab import RDF_TYPE, RDFS_LABEL, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.iris import Iris
    from citygraph.queries import Query

GRAPH = "queries"
"""The short name of the graph of examples."""
_SCHEMA = "https://schema.org/"
"""Readers of such examples look for terms of schema.org under https, which the rest of our data writes with http."""
_FORMS = {"SELECT": "Select", "ASK": "Ask", "CONSTRUCT": "Construct"}
_PREFIX = re.compile(r"^PREFIX\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE | re.IGNORECASE)


def example_triples(queries: Iterable[Query], iris: Iris) -> Iterator[ox.Triple]:
    """Describe queries, and the prefixes that they declare."""
    spaces: dict[str, str] = {}
    declared = ox.NamedNode(f"{iris.base}queries/#prefixes")
    for query in queries:
        spaces.update(_PREFIX.findall(query.text))
        node = ox.NamedNode(f"{iris.base}queries/{query.name}")
        yield ox.Triple(node, RDF_TYPE, foreign("sh", "SPARQLExecutable"))
        yield ox.Triple(node, RDF_TYPE, foreign("sh", f"SPARQL{_FORMS[query.form]}Executable"))
        yield ox.Triple(node, foreign("sh", query.form.lower()), ox.Literal(query.bound(iris=iris)))
        yield ox.Triple(node, foreign("sh", "prefixes"), declared)
        yield ox.Triple(node, RDFS_LABEL, ox.Literal(query.title, language="en"))
        yield ox.Triple(node, foreign("rdfs", "comment"), ox.Literal(query.summary, language="en"))
        yield ox.Triple(node, ox.NamedNode(f"{_SCHEMA}target"), ox.NamedNode(f"{iris.base}sparql"))
        for word in query.head.get("keywords", ()):
            yield ox.Triple(node, ox.NamedNode(f"{_SCHEMA}keywords"), ox.Literal(str(word), language="en"))
    yield ox.Triple(declared, RDF_TYPE, foreign("owl", "Ontology"))
    yield ox.Triple(declared, RDFS_LABEL, ox.Literal("Prefixes of the example queries", language="en"))
    for prefix, space in spaces.items():
        row = ox.NamedNode(f"{iris.base}queries/#prefix-{prefix}")
        yield ox.Triple(declared, foreign("sh", "declare"), row)
        yield ox.Triple(row, RDF_TYPE, foreign("sh", "PrefixDeclaration"))
        yield ox.Triple(row, foreign("sh", "prefix"), ox.Literal(prefix))
        yield ox.Triple(row, foreign("sh", "namespace"), ox.Literal(space, datatype=foreign("xsd", "anyURI")))
