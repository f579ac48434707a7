"""The promises of `imports/tables.py`: two columns, however they are separated, and no row lost in silence."""

import pytest

from citygraph.errors import SourceError
from citygraph.imports.manifest import read_manifest
from citygraph.imports.tables import Pair, import_pairs, read_names, read_pairs
from imports.samples import about


def pairs(path, text, **options):
    """Read a table; give its pairs and its faults."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    faults = []
    return list(read_pairs(path, lambda *fault: faults.append(fault), **options)), faults


@pytest.mark.parametrize("text", ["Q1\tQ2\n", "Q1,Q2\r\n", "Q1;Q2", "Q1 Q2\n\n", '\ufeff"Q1","Q2"\n'])
def test_every_common_separator_is_understood(tmp_path, text):
    """Tabs, commas, semicolons and spaces separate, with or without quotation marks."""
    assert pairs(tmp_path / "t", text) == ([Pair(1, "Q1", "Q2")], [])


def test_a_header_may_name_dates(tmp_path):
    """Columns called start and end are dates at the precision that they have."""
    found = pairs(tmp_path / "t", "from,to,Start,end\na,b,1969,\na,c,2009-10,2011-10-26\n", header=True)
    assert found == ([Pair(2, "a", "b", "1969"), Pair(3, "a", "c", "2009-10", "2011-10-26")], [])


def test_broken_rows_are_told_by_number_and_skipped(tmp_path):
    """A row with one cell, a wrong encoding, a wrong date or a control character is told with its number."""
    text = b"from\tto\tstart\nQ1\tQ2\t1969\nQ3\nQ4\t\xff\nQ5\tQ6\t19x9\nQ7\tQ8\t2000\nQ9\tA\x0bB\t2001\n"
    found, faults = pairs(tmp_path / "t", text, header=True)
    assert [pair.one for pair in found] == ["Q1", "Q7"]
    assert [number for number, _ in faults] == [3, 4, 5, 7]


def test_names_belong_to_cells(tmp_path):
    """A table of names says what a cell is called, spaces included."""
    (tmp_path / "n").write_text("Q1\tNew Place\nQ2\n", "utf-8")
    faults = []
    assert list(read_names(tmp_path / "n", lambda *fault: faults.append(fault))) == [("Q1", "New Place")]
    assert [number for number, _ in faults] == [2]


def test_a_table_is_kept_as_received(tmp_path):
    """The folder holds the tables byte for byte, and a label that says how they are read."""
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n", "utf-8")
    (tmp_path / "n.csv").write_text("id,name\n1,One\n", "utf-8")
    out = tmp_path / "out"
    counts, faults = import_pairs(
        tmp_path / "t.csv", out, about(), names=tmp_path / "n.csv", header=True, directed=False
    )
    assert (counts.kept, counts.broken, [fault.number for fault in faults]) == (1, 1, [3])
    assert (out / "t.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()
    options = {"relations": "t.csv", "names": "n.csv", "header": True, "directed": False}
    assert read_manifest(out).check().options == options


def test_a_table_without_pairs_is_refused(tmp_path):
    """A file that holds no pair is no import."""
    (tmp_path / "t.csv").write_text("only\none\n", "utf-8")
    with pytest.raises(SourceError, match="no row is a pair"):
        import_pairs(tmp_path / "t.csv", tmp_path / "out", about())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("one,other\nA,B\n".encode("utf-16"), "UTF-16; save the table as UTF-8"),
        ("Köln,Orléans\n".encode("latin-1"), r"no row is a pair \(t\.csv:1: the row is not UTF-8: save"),
        (b"A,B\rC,D\r", r"no row is a pair \(t\.csv:1: the row cannot be read"),
        (b"one,other,start,start\nA,B,1990,1991\n", "t.csv:1: two columns are called start; rename"),
    ],
)
def test_a_table_of_another_form_is_refused_with_what_to_do(tmp_path, text, fault):
    """Another encoding, other line ends or a header that is not clear are told with the remedy."""
    (tmp_path / "t.csv").write_bytes(text)
    with pytest.raises(SourceError, match=fault):
        import_pairs(tmp_path / "t.csv", tmp_path / "out", about(), header=b"start" in text)


@pytest.mark.parametrize(
    "row",
    ["A,B,31.12.1999", "A,B,1999-13", "A,B,1999-02-30", "Q 64,B", "q64,B", "A,Q0", '"A', 'A line",B', ",B"],
)
def test_a_row_that_says_something_else_than_meant_is_told(tmp_path, row):
    """A day that there is not, an id that is nearly one, and a cell over two lines are told with their row."""
    (tmp_path / "t.csv").write_text(f"sep=,\none,other,start\n{row}\nQ64,https://www.wikidata.org/wiki/Q65,2000\n")
    counts, faults = import_pairs(tmp_path / "t.csv", tmp_path / "out", about(), header=True)
    assert (counts.kept, [fault.number for fault in faults]) == (1, [3])


def test_the_faults_of_a_table_of_names_are_told(tmp_path):
    """A table of names is read when it is taken in, and its faults name it."""
    (tmp_path / "t.csv").write_text("Q64,Q65\n")
    (tmp_path / "names.csv").write_text("Q64,Berlin\nQ65,\n")
    counts, faults = import_pairs(tmp_path / "t.csv", tmp_path / "out", about(), names=tmp_path / "names.csv")
    assert (counts.broken, [str(fault) for fault in faults]) == (0, ["names.csv:2: a name has two cells"])
