"""The files that releases are compared by are the canonical forms of their graphs (RDFC-1.0)."""

import pyoxigraph as ox


def test_the_file_of_each_graph_is_its_canonical_form(world):
    """Whatever labels blank nodes have, canonicalising a graph gives the lines of its file."""
    graphs = sorted((world.folder / "dumps" / "graphs").rglob("*.nt"))
    blank = 0
    for path in graphs:
        lines = path.read_text("utf-8").splitlines()
        dataset = ox.Dataset(ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True))
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        assert sorted(f"{quad.triple} ." for quad in dataset) == lines, path
        blank += any(line.startswith("_:") for line in lines)
    assert blank == 1, "the ontology has blank nodes, sources have none"
