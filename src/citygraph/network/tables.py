"""Hands the figures on: tables for people without RDF, and statements that SPARQL can ask.

Figures are no source's statements: they stand in a graph of their own, ``graph/figures``, and every number says there
whether it is exact.
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, fields
from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox

from citygraph.network.figures import Figure, Party
from citygraph.vocab import RDF_TYPE, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.iris import Iris
    from citygraph.network.figures import Figures
    from citygraph.network.read import Network

GRAPH = "figures"
"""The short name of the graph of figures."""
_INTEGER, _DECIMAL = foreign("xsd", "integer"), foreign("xsd", "decimal")
_DIGITS = 6
"""How many digits of a figure are told; further ones may differ between machines."""
_STATED = {
    "betweenness": "betweenness",
    "clustering": "clustering",
    "core_number": "coreNumber",
    "degree": "degree",
    "harmonic": "harmonicCentrality",
}
"""The figures of a party that become statements, and the term of each."""
LABELS = {
    "parties": ("parties with partners", "Parteien mit Partnern", "parties ayant des partenaires"),
    "pairs": ("pairs of partners", "Paare von Partnern", "paires de partenaires"),
    "density": ("density", "Dichte", "densité"),
    "mean_degree": ("mean number of partners", "mittlere Zahl der Partner", "nombre moyen de partenaires"),
    "highest_degree": ("highest number of partners", "höchste Zahl von Partnern", "nombre maximal de partenaires"),
    "highest_core_number": ("highest core number", "höchste Kernzahl", "indice de cœur maximal"),
    "components": ("connected components", "Zusammenhangskomponenten", "composantes connexes"),
    "largest_component": (
        "parties in the largest component",
        "Parteien in der größten Komponente",
        "parties dans la plus grande composante",
    ),
    "triangles": ("triangles", "Dreiecke", "triangles"),
    "transitivity": ("transitivity", "Transitivität", "transitivité"),
    "mean_clustering": ("mean clustering", "mittlere Clusterung", "regroupement moyen"),
    "degree_assortativity": ("assortativity by degree", "Assortativität nach Grad", "assortativité par degré"),
    "pairs_of_known_countries": (
        "pairs of partners with known countries",
        "Paare von Partnern mit bekannten Ländern",
        "paires de partenaires de pays connus",
    ),
    "country_assortativity": ("assortativity by country", "Assortativität nach Land", "assortativité par pays"),
    "statements": ("directed statements", "gerichtete Aussagen", "énoncés orientés"),
    "one_sided_statements": ("statements without a reverse", "Aussagen ohne Gegenstück", "énoncés sans réciproque"),
    "reciprocity": ("reciprocity", "Gegenseitigkeit", "réciprocité"),
    "bridges": ("bridges", "Brücken", "ponts"),
    "articulation_points": ("articulation points", "Artikulationspunkte", "points d’articulation"),
    "mean_distance": ("mean distance", "mittlere Entfernung", "distance moyenne"),
    "diameter": ("diameter", "Durchmesser", "diamètre"),
}
"""What the figures of the whole are called, in English, German and French."""


def network_tables(network: Network, figures: Figures) -> dict[str, bytes]:
    """Make the tables of a release, as CSV (RFC 4180) by file name."""
    columns = [column.name for column in fields(Party)]
    parties = (
        (iri, network.name(party), network.country(party), " ".join(network.items.get(party, ())), *astuple(row))
        for party, (iri, row) in enumerate(zip(network.parties, figures.parties, strict=True))
    )
    whole = ((row.name, row.value, row.method) for row in figures.whole)
    return {
        "network-parties.csv": table_bytes(("party", "name", "country", "wikidata", *columns), parties),
        "network-degrees.csv": table_bytes(("degree", "parties"), figures.degrees),
        "network-summary.csv": table_bytes(("figure", "value", "method"), whole),
    }


def network_triples(network: Network, figures: Figures, iris: Iris) -> Iterator[ox.Triple]:
    """State the figures: those of a party about the party, those of the whole as things of the class ``cg:Figure``."""
    terms = [(column, iris.term(term)) for column, term in _STATED.items()]
    for iri, row in zip(network.parties, figures.parties, strict=True):
        party = ox.NamedNode(iri)
        yield from (ox.Triple(party, term, _literal(getattr(row, column))) for column, term in terms)
    for figure in figures.whole:
        if figure.value is not None:
            yield from _figure(figure, iris)


def _figure(figure: Figure, iris: Iris) -> Iterator[ox.Triple]:
    node = ox.NamedNode(iris.thing("figure", figure.name.replace("_", "-")))
    assert figure.value is not None, "a figure without a value is not stated"
    yield ox.Triple(node, RDF_TYPE, iris.term("Figure"))
    for language, label in zip(("en", "de", "fr"), LABELS[figure.name], strict=True):
        for predicate in (foreign("rdfs", "label"), foreign("skos", "prefLabel")):
            yield ox.Triple(node, predicate, ox.Literal(label, language=language))
    yield ox.Triple(node, foreign("rdf", "value"), _literal(figure.value))
    yield ox.Triple(node, foreign("dct", "description"), ox.Literal(figure.method, language="en"))


def _literal(value: float) -> ox.Literal:
    return ox.Literal(written(value), datatype=_INTEGER if isinstance(value, int) else _DECIMAL)


def written(value: object) -> str:
    """Write a value as a table does: a number with six digits and no exponent, and nothing where there is none."""
    if isinstance(value, float):
        text = f"{value:.{_DIGITS}g}"
        return format(Decimal(text), "f") if "e" in text else text
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def table_bytes(head: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table as CSV (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([written(value) for value in row] for row in rows)
    return text.getvalue().encode()
