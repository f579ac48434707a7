"""The sorted files of the growing dataset."""

import random

import pyoxigraph as ox
import pytest

from citygraph.build.graphs import GraphFiles, sorted_unique


def triple(number):
    return ox.Triple(
        ox.NamedNode(f"https://e.org/{number % 7}"), ox.NamedNode("https://e.org/p"), ox.Literal(str(number))
    )


@pytest.mark.parametrize("run", [1, 2, 5, 1000])
def test_lines_are_sorted_and_unique_whatever_fits_into_memory(run):
    """Sorting in runs of any length gives what sorting at once gives."""
    lines = [b"%03d\n" % random.Random(7).randrange(60) for _ in range(1)] + [
        b"%03d\n" % (n * 17 % 60) for n in range(200)
    ]
    with sorted_unique(lines, run) as found:
        assert list(found) == sorted(set(lines))


def test_a_graph_comes_back_as_it_was_written(tmp_path):
    """What is written is what is read, each triple once."""
    files = GraphFiles(tmp_path)
    wanted = {triple(number) for number in range(50)}
    assert files.write("source/one", [*wanted, triple(3)]) == 50
    assert set(files.triples("source/one")) == wanted


def test_a_literal_keeps_its_spelling(tmp_path):
    """A number written 01 is not rewritten to 1."""
    files = GraphFiles(tmp_path)
    number = ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    files.write("g", [ox.Triple(ox.NamedNode("https://e.org/s"), ox.NamedNode("https://e.org/p"), number)])
    assert [found.object for found in files.triples("g")] == [number]


def test_the_union_holds_each_triple_once(tmp_path):
    """A triple that two graphs state stands once in their union."""
    files = GraphFiles(tmp_path)
    files.write("a", [triple(1), triple(2)])
    files.write("b", [triple(2), triple(3)])
    with files.union(["a", "b"]) as lines:
        assert len(list(lines)) == 3


def test_a_written_union_is_read_as_long_as_it_is_one(tmp_path):
    """The union is the same from its file as from the graphs, and follows a graph that is written after it."""
    files = GraphFiles(tmp_path)
    files.write("a", [triple(1), triple(2)])
    files.write("b", [triple(2), triple(3)])
    with files.union(["a", "b"]) as lines:
        merged = list(lines)
    assert files.unite(tmp_path / "union") == len(merged)
    assert (tmp_path / "union").read_bytes() == b"".join(merged)
    with files.union(["a", "b"]) as lines:
        assert list(lines) == merged
    with files.union(["a"]) as lines:
        assert len(list(lines)) == 2
    files.write("b", [triple(4)])
    with files.union(["a", "b"]) as lines:
        assert len(list(lines)) == 3
