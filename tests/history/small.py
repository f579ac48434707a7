"""Makes releases of a few triples, written as the build writes them: one sorted file per graph, and their union."""

import json

import pyoxigraph as ox

from citygraph.build.graphs import GraphFiles
from citygraph.release import ENGINE, Releases
from citygraph.store import Store

BASE = "https://w3id.org/citygraph/"
HEAD = f"""@prefix : <{BASE}id/city/> . @prefix cg: <{BASE}ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def publish(folder, version, graphs):
    """Publish a release of Turtle texts by the names of their graphs, and let it be the current one."""
    releases = Releases(folder)
    with releases.workspace() as work:
        files = GraphFiles(work / "dumps" / "graphs")
        for name, text in graphs.items():
            dataset = ox.Dataset(ox.parse(HEAD + text, format=ox.RdfFormat.TURTLE))
            dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
            files.write(name, (quad.triple for quad in dataset))
        with (work / "dumps" / "citygraph.nt").open("wb") as target, files.union(files.names()) as lines:
            target.writelines(lines)
        (work / ENGINE).mkdir()
        store = Store.create(work / ENGINE / "store")
        for name in files.names():
            store.load(files.path(name), ox.NamedNode(f"{BASE}graph/{name}"))
        counts = {"triples": sum(files.counts.values()), "graphs": files.counts}
        manifest = {"version": version, "date": "2026-11-22", "base_iri": BASE, "counts": counts, "files": []}
        del store
        releases.publish(work, json.loads(json.dumps(manifest)))
    return releases
