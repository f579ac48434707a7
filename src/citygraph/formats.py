"""The one table of RDF, result and page formats; negotiation, dumps and the command line all read it.

>>> by_name("ttl").media_type
'text/turtle'
>>> by_name("application/rdf+xml").name
'rdfxml'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property

import pyoxigraph as ox

from citygraph.errors import FormatError


class Kind(Enum):
    """What a format can carry."""

    GRAPH = "graph"
    """Triples, without the names of their graphs."""
    DATASET = "dataset"
    """Triples with the names of their graphs."""
    RESULTS = "results"
    """The solutions of a SPARQL SELECT or the answer of an ASK."""
    PAGE = "page"
    """A page for people."""


@dataclass(frozen=True, eq=False)  # each is one row of a table, so it is equal to itself only
class Format:
    """A row of the table: how a format is named, asked for, sent and written."""

    name: str
    title: str
    kind: Kind
    media_types: tuple[str, ...]
    """The first is sent; the others are understood as a request for it."""
    extensions: tuple[str, ...]
    """Without the dot; the first names our own files."""
    engine: ox.RdfFormat | ox.QueryResultsFormat | None
    iri: str | None = None
    """The name in https://www.w3.org/ns/formats/, where it has one."""
    charset: bool = False
    """Whether the media type is sent with ``charset=utf-8``."""
    boolean: bool = True
    """Whether a results format can carry the answer of an ASK."""

    @property
    def media_type(self) -> str:
        """The media type that is sent, without parameters."""
        return self.media_types[0]

    @property
    def content_type(self) -> str:
        """The value of the ``Content-Type`` header."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type

    @property
    def extension(self) -> str:
        """The extension of our own files, without the dot."""
        return self.extensions[0]

    @cached_property
    def tag(self) -> bytes:
        """The engine's own extension, by which query workers know the format."""
        assert self.engine is not None, "a page is no answer of a worker"
        return self.engine.file_extension.encode()

    @property
    def tells_graphs(self) -> bool:
        """Whether documents name the graphs of their statements.

        JSON-LD could, but its usual readers look for the triples in the default graph.
        """
        return self.kind is Kind.DATASET and self.engine is not ox.RdfFormat.JSON_LD

    @property
    def rdf(self) -> ox.RdfFormat:
        """The engine's name of an RDF format."""
        assert isinstance(self.engine, ox.RdfFormat)
        return self.engine

    @property
    def results(self) -> ox.QueryResultsFormat:
        """The engine's name of a results format."""
        assert isinstance(self.engine, ox.QueryResultsFormat)
        return self.engine


_W3C = "http://www.w3.org/ns/formats/"

FORMATS: tuple[Format, ...] = (
    Format(
        "turtle",
        "Turtle",
        Kind.GRAPH,
        ("text/turtle", "application/turtle", "application/x-turtle"),
        ("ttl",),
        ox.RdfFormat.TURTLE,
        _W3C + "Turtle",
        charset=True,
    ),
    Format(
        "ntriples",
        "N-Triples",
        Kind.GRAPH,
        ("application/n-triples", "text/plain", "text/ntriples"),
        ("nt",),
        ox.RdfFormat.N_TRIPLES,
        _W3C + "N-Triples",
    ),
    Format(
        "rdfxml",
        "RDF/XML",
        Kind.GRAPH,
        ("application/rdf+xml", "application/xml", "text/xml"),
        ("rdf", "xml", "owl"),
        ox.RdfFormat.RDF_XML,
        _W3C + "RDF_XML",
    ),
    Format(
        "jsonld",
        "JSON-LD",
        Kind.DATASET,
        ("application/ld+json", "application/x-json+ld", "application/json"),
        ("jsonld", "json"),
        ox.RdfFormat.JSON_LD,
        _W3C + "JSON-LD",
    ),
    Format(
        "n3",
        "Notation3",
        Kind.GRAPH,
        ("text/n3", "text/rdf+n3"),
        ("n3",),
        ox.RdfFormat.TURTLE,  # every Turtle document is a Notation3 document
        _W3C + "N3",
        charset=True,
    ),
    Format(
        "trig",
        "TriG",
        Kind.DATASET,
        ("application/trig", "application/x-trig"),
        ("trig",),
        ox.RdfFormat.TRIG,
        _W3C + "TriG",
    ),
    Format(
        "nquads",
        "N-Quads",
        Kind.DATASET,
        ("application/n-quads", "text/x-nquads", "text/nquads"),
        ("nq",),
        ox.RdfFormat.N_QUADS,
        _W3C + "N-Quads",
    ),
    Format(
        "json",
        "SPARQL results in JSON",
        Kind.RESULTS,
        (
            "application/sparql-results+json",
            "application/json",
            "text/javascript",
            "application/x-sparqlstar-results+json",
        ),
        ("srj", "json"),
        ox.QueryResultsFormat.JSON,
        _W3C + "SPARQL_Results_JSON",
    ),
    Format(
        "xml",
        "SPARQL results in XML",
        Kind.RESULTS,
        ("application/sparql-results+xml", "application/xml", "text/xml"),
        ("srx", "xml"),
        ox.QueryResultsFormat.XML,
        _W3C + "SPARQL_Results_XML",
    ),
    Format(
        "csv",
        "CSV",
        Kind.RESULTS,
        ("text/csv",),
        ("csv",),
        ox.QueryResultsFormat.CSV,
        _W3C + "SPARQL_Results_CSV",
        charset=True,
        boolean=False,
    ),
    Format(
        "tsv",
        "TSV",
        Kind.RESULTS,
        ("text/tab-separated-values",),
        ("tsv",),
        ox.QueryResultsFormat.TSV,
        _W3C + "SPARQL_Results_TSV",
        charset=True,
        boolean=False,
    ),
    Format("html", "page", Kind.PAGE, ("text/html", "application/xhtml+xml"), ("html",), None, charset=True),
)

RDF = tuple(row for row in FORMATS if row.kind in (Kind.GRAPH, Kind.DATASET))
RESULTS = tuple(row for row in FORMATS if row.kind is Kind.RESULTS)
HTML = FORMATS[-1]


@cache
def by_name(wanted: str, among: tuple[Format, ...] = FORMATS) -> Format:
    """Find a format by its name, extension or media type; names go before extensions, those before media types."""
    key = wanted.partition(";")[0].strip().lower().removeprefix(".")
    for names in (lambda row: (row.name,), lambda row: row.extensions, lambda row: row.media_types):
        for row in among:
            if key in names(row):
                return row
    raise FormatError(wanted, (row.name for row in among))


JSON, NTRIPLES = by_name("json", RESULTS), by_name("ntriples")
"""Results as most programs ask for them, and triples as all of them read them."""

_FILES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "cff": "application/yaml; charset=utf-8",
    "edges": "text/plain; charset=utf-8",
    "gexf": "application/xml",
    "graphml": "application/xml",
    "gz": "application/gzip",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml",
    "zst": "application/zstd",
}
"""The media types of files in none of the formats above, by their extensions."""


def file_type(path: str) -> str:
    """The media type of a file, by the last extension of its name; text where it has none.

    >>> file_type("dumps/citygraph.nt.gz"), file_type("SHA256SUMS")
    ('application/gzip', 'text/plain; charset=utf-8')
    """
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    if extension in _FILES or not dot:
        return _FILES[extension if dot else "txt"]
    try:
        return by_name(f".{extension}").content_type
    except FormatError:
        return "application/octet-stream"
