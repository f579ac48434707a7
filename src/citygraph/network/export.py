"""Writes a network for other people's tools: GraphML, GEXF and a list of edges, streaming and always the same bytes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from citygraph.network.read import Network

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_GEXF = "http://www.gexf.net/1.2draft"  # the version that every reader of GEXF understands
_NODE = ("iri", "label", "country", "wikidata")
"""What is told of a party."""
_EDGE = "statements"
"""What is told of a pair: how many of its two directions an imported source states."""
# XML 1.0, section 2.2: signs that no document may hold.
_UNWANTED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graphml(network: Network, target: BinaryIO) -> None:
    """Write GraphML (http://graphml.graphdrawing.org/specification.html)."""
    xml = _Writer(target)
    with xml.element("graphml", xmlns=_GRAPHML):
        for name in _NODE:
            xml.empty("key", {"id": name, "for": "node", "attr.name": name, "attr.type": "string"})
        xml.empty("key", {"id": _EDGE, "for": "edge", "attr.name": _EDGE, "attr.type": "int"})
        with xml.element("graph", id="partners", edgedefault="undirected"):
            # A node's id is a name token, which an IRI is not.
            for party in range(len(network.parties)):
                with xml.element("node", id=f"n{party}"):
                    for key, value in _about(network, party).items():
                        xml.text("data", value, key=key)
            for one, other in network.pairs:
                with xml.element("edge", source=f"n{one}", target=f"n{other}"):
                    xml.text("data", str(_stated(network, one, other)), key=_EDGE)
    xml.end()


def write_gexf(network: Network, target: BinaryIO) -> None:
    """Write GEXF (https://gexf.net/schema.html), which Gephi opens."""
    xml = _Writer(target)
    with xml.element("gexf", xmlns=_GEXF, version="1.2"), xml.element("graph", defaultedgetype="undirected"):
        with xml.element("attributes", {"class": "node"}):
            for name in _NODE:
                xml.empty("attribute", {"id": name, "title": name, "type": "string"})
        with xml.element("attributes", {"class": "edge"}):
            xml.empty("attribute", {"id": _EDGE, "title": _EDGE, "type": "integer"})
        with xml.element("nodes"):
            for party, iri in enumerate(network.parties):
                with xml.element("node", id=iri, label=network.name(party)), xml.element("attvalues"):
                    for key, value in _about(network, party).items():
                        xml.empty("attvalue", {"for": key, "value": value})
        with xml.element("edges"):
            for place, (one, other) in enumerate(network.pairs):
                ends = {"source": network.parties[one], "target": network.parties[other]}
                with xml.element("edge", {"id": str(place), **ends}), xml.element("attvalues"):
                    xml.empty("attvalue", {"for": _EDGE, "value": str(_stated(network, one, other))})
    xml.end()


def write_edges(network: Network, target: BinaryIO) -> None:
    """Write a pair of IRIs a line, with a space between them, which no IRI holds."""
    target.writelines(f"{network.parties[one]} {network.parties[other]}\n".encode() for one, other in network.pairs)


EXPORTS: Mapping[str, Callable[[Network, BinaryIO], None]] = {
    "graphml": write_graphml,
    "gexf": write_gexf,
    "edges": write_edges,
}
"""The formats, by name."""


def _about(network: Network, party: int) -> dict[str, str]:
    values = (
        network.parties[party],
        network.name(party),
        network.country(party) or "",
        " ".join(network.items.get(party, ())),
    )
    return {key: value for key, value in zip(_NODE, values, strict=True) if value}


def _stated(network: Network, one: int, other: int) -> int:
    return ((one, other) in network.statements) + ((other, one) in network.statements)


class _Writer:
    """XML as it is written: elements one inside the other, a line each."""

    def __init__(self, target: BinaryIO) -> None:
        # XMLGenerator itself would pass every piece on at once, which takes most of its time
        self._text = TextIOWrapper(target, "utf-8", newline="\n")
        self._xml = XMLGenerator(self._text, "utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def element(self, tag: str, attributes: Mapping[str, str] | None = None, **more: str) -> Iterator[None]:
        """An element with others inside."""
        self._open(tag, {**(attributes or {}), **more})
        self._xml.ignorableWhitespace("\n")
        yield
        self._xml.endElement(tag)
        self._xml.ignorableWhitespace("\n")

    def empty(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element with nothing inside."""
        self._open(tag, attributes)
        self._xml.endElement(tag)
        self._xml.ignorableWhitespace("\n")

    def text(self, tag: str, content: str, **attributes: str) -> None:
        """An element with text inside."""
        self._open(tag, attributes)
        self._xml.characters(_clean(content))
        self._xml.endElement(tag)

    def end(self) -> None:
        """Write out what is left."""
        self._xml.endDocument()
        self._text.detach()

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._xml.startElement(tag, AttributesImpl({name: _clean(value) for name, value in attributes.items()}))


def _clean(text: str) -> str:
    return _UNWANTED.sub("\ufffd", text)
