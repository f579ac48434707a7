"""ldes-client, which nobody here wrote, follows the streams of a real server from nothing through further releases."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pyoxigraph as ox
import pytest

from citygraph.history.log import History
from citygraph.release import Releases
from servers import serving, until

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
CLIENT = HERE / "node_modules" / ".bin" / "ldes-client"
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
OF = ox.NamedNode("http://purl.org/dc/terms/isVersionOf")
AT = ox.NamedNode("http://www.w3.org/ns/prov#generatedAtTime")
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DELETE = ox.NamedNode("https://www.w3.org/ns/activitystreams#Delete")
STREAMS = {"ldes": "citygraph.nt", "ldes/graph/source/gazette-en": "graphs/source/gazette-en.nt"}
"""The addresses of streams, and the dump that each makes up."""


class Replica:
    """The newest version of each thing that the client gave; where it was, the client keeps in a folder."""

    def __init__(self, path, folder):
        self.path, self.folder, self.newest = path, folder, {}

    def follow(self, address):
        """Run the client once; return how many versions came."""
        command = [CLIENT, f"{address}/{self.path}", "--save", str(self.folder), "--ordered", "ascending"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
        came = ox.Dataset(ox.parse(done.stdout, format=ox.RdfFormat.TRIG, rename_blank_nodes=True))
        versions = sorted(
            (time_of(came, quad.subject), str(quad.subject), quad) for quad in came.quads_for_predicate(OF)
        )
        for _, _, quad in versions:
            self.newest[quad.object] = state(came, quad.subject, quad.object)
        return len(versions)

    def graph(self):
        """What it holds, as canonical lines."""
        return canonical(triple for triples in self.newest.values() for triple in triples)


def time_of(came, member):
    """When a version was published."""
    return next(quad.object.value for quad in came.quads_for_subject(member) if quad.predicate == AT)


def state(came, member, thing):
    """What a version says of its thing, and of the blank nodes that this leads to."""
    found, todo, seen = [], [member], set()
    while todo:
        node = todo.pop()
        seen.add(node)
        for quad in came.quads_for_subject(node):
            if node == member and quad.predicate in (OF, AT):
                continue
            found.append(ox.Triple(thing if node == member else node, quad.predicate, quad.object))
            if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                todo.append(quad.object)
    return [] if any((triple.predicate, triple.object) == (TYPE, DELETE) for triple in found) else found


def canonical(triples):
    """A graph as sorted lines with the labels of RDFC-1.0."""
    graph = ox.Dataset(ox.Quad(*triple) for triple in triples)
    graph.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in graph)


def test_the_client_holds_the_graph_of_each_release(world, edited, tmp_path):
    """From nothing and after three further releases, with things added, changed and gone: isomorphic each time."""
    folder = Releases(tmp_path / "releases")
    replicas = [Replica(path, tmp_path / str(number)) for number, path in enumerate(STREAMS)]
    for release in (world, edited):
        shutil.copytree(release.folder, folder.folder / release.version)
    folder.switch(world.version)
    with serving(folder.folder) as address:
        for turn, release in enumerate((world, edited) * 2):
            History(folder.folder).record(folder, release)
            folder.switch(release.version)
            until(lambda version=release.version: serves(address, version))
            for replica in replicas:
                came = replica.follow(address)
                dump = release.folder / "dumps" / STREAMS[replica.path]
                assert replica.graph() == canonical(row.triple for row in ox.parse(path=str(dump)))
                assert came > 0
                assert turn == 0 or came < len(replica.newest) / 2, "it is told no more than the news"


def serves(address, version):
    """Tell whether a server has turned to a release."""
    with urllib.request.urlopen(f"{address}/health") as answer:
        return json.load(answer)["release"] == version
