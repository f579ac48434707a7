"""The official SHACL shapes of DCAT-AP 3, run by pySHACL, report nothing on what we give to portals."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyshacl
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, FOAF, SH
from rdflib.namespace import RDF as RDF_TERMS

from citygraph.release import VIEWS, Releases
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

OFFICIAL = Path(__file__).parent / "official" / "dcat_ap_shacl.jsonld"
WHOLE = URIRef("https://w3id.org/citygraph/dataset/citygraph")


@cache
def shapes() -> Graph:
    """The shapes as SEMIC publishes them (DCAT-AP 3.0.0)."""
    return Graph().parse(OFFICIAL, format="json-ld")


def found(data: Graph) -> set[tuple[str, str, str]]:
    """What the shapes report: thing, property and message; without inference, and with no other data beside."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes(), inference="none")
    rows = (
        (report.value(row, SH.focusNode), report.value(row, SH.resultPath), report.value(row, SH.resultMessage))
        for row in report.subjects(RDF_TERMS.type, SH.ValidationResult)
    )
    return {(str(node), str(path), str(message)) for node, path, message in rows}


@pytest.mark.real
@pytest.mark.parametrize("profile", ["eu", "de", "ch"])
def test_a_catalogue_conforms(world: Release, profile: str) -> None:
    """The catalogue of each portal is one of DCAT-AP 3; the shapes are many, and mind what is missing."""
    data = Graph().parse(world.folder / VIEWS / f"{profile}.nt")
    assert len(set(shapes().subjects(RDF_TERMS.type, SH.NodeShape))) > 30
    assert found(data) == set()
    publisher = data.value(WHOLE, URIRef("http://purl.org/dc/terms/publisher"))
    data.remove((publisher, FOAF.name, None))
    data.remove((WHOLE, DCAT.landingPage, None))
    data.add((WHOLE, DCAT.landingPage, URIRef("http://x/nowhere")))
    assert {(node, path) for node, path, _ in found(data)} == {
        (str(publisher), str(FOAF.name)),
        (str(WHOLE), str(DCAT.landingPage)),
    }


@pytest.mark.real
@pytest.mark.parametrize("path", ["/dataset/citygraph", "/dataset/links", "/catalog?page=1"])
def test_what_is_served_conforms(world: Release, settings: Settings, repository: Repository, path: str) -> None:
    """So does the document of a data set, with its versions, and a page of the catalogue."""
    client = create_app(settings, Releases(world.folder.parent), repository).test_client()
    answer = client.get(path, headers={"Accept": "text/turtle"})
    assert found(Graph().parse(data=answer.data, format="turtle")) == set()
