"""Reading Turtle, and saying plainly what is wrong with a file."""

import pytest

from citygraph.build.load import read_ontology, read_turtle
from citygraph.build.origins import Origins
from citygraph.errors import SourceError
from citygraph.iris import CANONICAL, Iris

HEAD = f"@prefix city: <{CANONICAL}id/city/> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
BLOCK = 'city:one skos:prefLabel "One"@en .\n'


def read(path, base=CANONICAL):
    origins = Origins()
    return list(read_turtle(path, "source/x", Iris(base), origins)), origins


def test_the_line_of_a_thing_is_remembered(tmp_path):
    """Whoever is told of a thing is told the line where its block begins."""
    path = tmp_path / "x.ttl"
    path.write_text(HEAD + "\n# a comment\n" + BLOCK)
    assert read(path)[1].of(f"{CANONICAL}id/city/one") == (str(path), 5)


def test_another_base_moves_every_iri(tmp_path):
    """With another base, no canonical IRI is left."""
    path = tmp_path / "x.ttl"
    path.write_text(HEAD + BLOCK)
    ((subject, _, _),) = read(path, "https://e.org/")[0]
    assert subject.value == "https://e.org/id/city/one"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ((HEAD + "city:one skos:prefLabel ; .\n").encode(), r"x\.ttl:3:\d+: .*mend the Turtle"),
        ((HEAD + BLOCK).replace("One", "Genève").encode("latin-1"), r"x\.ttl:3: .*save the file in the encoding UTF-8"),
        ((HEAD + BLOCK).encode("utf-16"), r"x\.ttl:1: .*save the file in the encoding UTF-8"),
        ((HEAD + 'city:one skos:note [ skos:prefLabel "x" ] .').encode(), r"x\.ttl.*blank node.*give the thing an IRI"),
        (
            (HEAD + BLOCK.replace("One", "O\\u0007ne")).encode(),
            r"x\.ttl:3.*prefLabel holds the character U\+0007.*take it out",
        ),
        ((HEAD + "<one> a skos:Concept .").encode(), r"x\.ttl:3"),
        ((HEAD + "town:one a skos:Concept .").encode(), r"x\.ttl:3"),
    ],
    ids=["broken", "latin-1", "utf-16", "blank-node", "no-xml", "relative", "undeclared-prefix"],
)
def test_a_broken_file_is_told_with_file_line_and_remedy(tmp_path, content, fault):
    """Each way to break a file gives one error that names the place and what to do."""
    path = tmp_path / "x.ttl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=fault):
        read(path)


def test_a_file_that_is_not_there_or_no_file_is_told(tmp_path):
    """A missing file and a folder in its place are errors with a remedy."""
    for path in (tmp_path / "none.ttl", tmp_path):
        with pytest.raises(SourceError, match="check that it is there and readable"):
            read(path)


def test_a_byte_order_mark_does_not_matter(tmp_path):
    """Windows editors write one; the file reads the same."""
    path = tmp_path / "x.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + BLOCK).encode())
    assert len(read(path)[0]) == 1


def test_blank_nodes_of_the_ontology_get_the_same_labels_in_any_order(tmp_path):
    """The labels of blank nodes come from the graph, not from the order of the files."""
    texts = (
        "<https://e.org/a> <https://e.org/p> [ <https://e.org/q> 1 ] .",
        "<https://e.org/b> <https://e.org/p> [ <https://e.org/q> 2 ] .",
    )
    paths = [tmp_path / f"{number}.ttl" for number in (1, 2)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    orders = [
        {str(t) for t in read_ontology(order, "ontology", Iris(CANONICAL), Origins())} for order in (paths, paths[::-1])
    ]
    assert orders[0] == orders[1]
    assert len(orders[0]) == 4
