"""Programs that nobody here wrote read what we serve: rapper, Comunica, SPARQLWrapper and rdflib, over real HTTP."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import rdflib
from rdflib.compare import isomorphic
from SPARQLWrapper import CSV, JSON, TURTLE, XML, SPARQLWrapper

from citygraph.formats import RDF
from servers import serving

HERE = Path(__file__).parent
COMUNICA = HERE / "node_modules" / ".bin" / "comunica-sparql"
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
THING = "partnership/rivermouth-obersoed"
RAPPER = {"turtle": "turtle", "ntriples": "ntriples", "rdfxml": "rdfxml", "nquads": "nquads", "trig": "trig"}
NAMES = [row.name for row in RDF]


@pytest.fixture(scope="module")
def site(world):
    """The address of a real server that serves the fixture world."""
    with serving(world.folder.parent) as address:
        yield address


@pytest.fixture(scope="module")
def expected(site):
    """The thing as N-Triples, read by rdflib."""
    return rdflib.Graph().parse(f"{site}/data/{THING}.nt", format="nt")


def extension(name):
    return next(row.extension for row in RDF if row.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_rdflib_reads_every_format_as_the_same_graph(site, expected, name):
    """Whatever the format, rdflib finds the same triples."""
    dataset = rdflib.Dataset(default_union=True)
    with urllib.request.urlopen(f"{site}/data/{THING}.{extension(name)}") as answer:
        form = {"ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}.get(name, name)
        dataset.parse(data=answer.read(), format=form)
    found = rdflib.Graph()
    for triple in dataset.triples((None, None, None)):
        found.add(triple)
    assert len(found) > 10
    assert isomorphic(found, expected)


@pytest.mark.parametrize("name", RAPPER)
def test_rapper_reads_every_format_as_the_same_graph(site, expected, name):
    """Whatever the format, rapper finds the same triples and has nothing to complain about."""
    url = f"{site}/data/{THING}.{extension(name)}"
    done = subprocess.run(
        ["rapper", "-q", "-i", RAPPER[name], "-o", "ntriples", url], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert isomorphic(rdflib.Graph().parse(data=done.stdout, format="nt"), expected)


@pytest.fixture(scope="module")
def read_by_comunica(site):
    """What Comunica reads in each format, as N-Triples."""
    addresses = {name: f"{site}/data/{THING}.{extension(name)}" for name in NAMES}
    command = ["node", HERE / "read_by_comunica.cjs", *addresses.values()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name: found[address] for name, address in addresses.items()}


@pytest.mark.parametrize("name", NAMES)
def test_comunica_reads_every_format_as_the_same_graph(read_by_comunica, expected, name):
    """Whatever the format, Comunica finds the same triples."""
    assert isomorphic(rdflib.Graph().parse(data=read_by_comunica[name], format="nt"), expected)


def test_comunica_asks_the_endpoint(site):
    """Comunica finds out that /sparql is a SPARQL endpoint, and asks it."""
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/citygraph/ontology#Partnership> }"
    command = [COMUNICA, f"{site}/sparql", "-q", query, "-t", "application/sparql-results+json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["results"]["bindings"]
    assert int(row["n"]["value"]) > 3


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", [JSON, XML, CSV])
def test_sparqlwrapper_reads_results(site, form, method):
    """SPARQLWrapper, with its habit of naming the format three times, gets the format that it asks for."""
    client = SPARQLWrapper(f"{site}/sparql")
    client.setQuery("SELECT ?s WHERE { ?s a <https://w3id.org/citygraph/ontology#Partnership> } ORDER BY ?s")
    client.setMethod(method)
    client.setReturnFormat(form)
    answer = client.query().convert()
    text = answer.toxml() if form == XML else answer.decode() if form == CSV else json.dumps(answer)
    assert THING in text


def test_sparqlwrapper_reads_a_graph(site):
    """A CONSTRUCT comes back as a graph."""
    client = SPARQLWrapper(f"{site}/sparql")
    client.setQuery(f"CONSTRUCT WHERE {{ <https://w3id.org/citygraph/id/{THING}> ?p ?o }}")
    client.setReturnFormat(TURTLE)
    assert len(rdflib.Graph().parse(data=client.query().convert(), format="turtle")) > 3
