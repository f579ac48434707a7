"""The door to the engine."""

import pyoxigraph as ox
import pytest

from citygraph.errors import QueryError, ReleaseError
from citygraph.store import Store

A, B = ox.NamedNode("https://e.org/a"), ox.NamedNode("https://e.org/b")


def count(store, **dataset):
    (row,) = store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **dataset)
    return int(row["n"].value)


@pytest.fixture
def store():
    return Store.memory(ox.Quad(A, A, ox.Literal(graph.value), graph) for graph in (A, B))


def test_the_default_graph_is_the_union_unless_a_dataset_is_given(store):
    """A query without a dataset sees every graph; with one, only what it names."""
    assert count(store) == 2
    assert count(store, default_graphs=[A]) == 1
    assert count(store, named_graphs=[A]) == 0


def test_a_united_store_gives_a_triple_of_two_graphs_once(tmp_path):
    """What two sources state alike is one triple of the default graph, and one in each of their graphs."""
    store = Store.create(tmp_path / "store")
    store.add(A, [ox.Triple(A, A, ox.Literal("same"))])
    (tmp_path / "same.nt").write_text('<https://e.org/a> <https://e.org/a> "same" .\n')
    store.load(tmp_path / "same.nt", B)
    assert count(store) == 1
    assert len(list(store.quads())) == 2
    (row,) = store.query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
    assert row["n"].value == "2"


def test_a_file_is_loaded_whole_whatever_its_size(tmp_path, monkeypatch):
    """A file of several pieces is all there, and a blank node that several lines mention stays one."""
    monkeypatch.setattr("citygraph.store._PIECE", 100)
    lines = [f'<https://e.org/{number:03}> <https://e.org/p> "{number}" .\n' for number in range(250)]
    lines += [f"<https://e.org/{number:03}> <https://e.org/p> _:one .\n" for number in (0, 240)]
    (tmp_path / "large.nt").write_text("".join(sorted(lines)))
    store = Store.create(tmp_path / "store")
    store.load(tmp_path / "large.nt", A)
    assert count(store) == len(list(store.quads(graph=A))) == len(lines)
    for graph in ("", f"GRAPH {A}"):
        (row,) = store.query(f"SELECT (COUNT(DISTINCT ?o) AS ?n) {{ {graph} {{ ?s ?p ?o FILTER ISBLANK(?o) }} }}")
        assert row["n"].value == "1"


def test_a_blank_node_keeps_its_name(tmp_path):
    """What a graph says of a blank node joins what the union says, and answers name it alike in every build."""
    lines = ("<https://e.org/s> <https://e.org/p> _:c14n0 .\n", '_:c14n0 <https://e.org/p> "b" .\n')
    (tmp_path / "one.nt").write_text("".join(lines))
    store = Store.create(tmp_path / "store")
    store.load(tmp_path / "one.nt", A)
    (row,) = store.query(f"SELECT ?o {{ ?s <https://e.org/p> ?o GRAPH {A} {{ ?o <https://e.org/p> 'b' }} }}")
    assert str(row["o"]) == "_:c14n0"


def test_a_query_that_cannot_be_read_names_line_and_column(store):
    """A syntax error says where it is."""
    with pytest.raises(QueryError) as caught:
        store.query("SELECT *\nWHERE { ?s ?p }")
    assert (caught.value.line, caught.value.column is not None) == (2, True)


def test_a_folder_that_holds_no_store_is_told_with_the_remedy(tmp_path):
    """A missing store is an error of ours, not the engine's."""
    with pytest.raises(ReleaseError, match="build the release again"):
        Store.open(tmp_path / "none")


def test_two_readers_open_one_store(world):
    """Read-only stores do not shut each other out."""
    folder = world.folder / "engine" / "store"
    assert len(Store.open(folder)) == len(Store.open(folder)) > 0


@pytest.mark.parametrize("wanted", [1, 20])
@pytest.mark.parametrize("make", [lambda folder: Store.create(folder / "store"), lambda _: Store.memory()])
def test_what_is_told_of_things_is_told_once(tmp_path, make, wanted):
    """Of each thing the properties that are wanted, few or many, however many graphs state them."""
    store = make(tmp_path)
    same, other = ox.Triple(A, A, ox.Literal("same")), ox.Triple(A, B, ox.Literal("not wanted"))
    for graph in (A, B):
        store.add(graph, [same, other, ox.Triple(B, A, graph)])
    properties = [A.value, *(f"https://e.org/{number}" for number in range(1, wanted))]
    things = [A.value, "https://e.org/unheard-of", "no IRI"]
    assert list(store.told(things, properties)) == [(A.value, A.value, '"same"')]
    assert len(list(store.told([A.value, B.value], properties))) == 3
