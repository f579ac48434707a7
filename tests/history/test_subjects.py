"""Two files of sorted lines are compared subject by subject."""

import pytest

from citygraph.history.subjects import changed

A, B, C = b"<a> <p> <x> .\n", b"<a/b> <p> <x> .\n", b"<b> <p> <x> .\n"
LEADS, BLANK, OTHER = b"<a> <p> _:c14n0 .\n", b"_:c14n0 <p> <x> .\n", b"_:c14n0 <p> <y> .\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [A], [(b"<a>", 1, 0)]),
        ([A], [], [(b"<a>", 0, 1)]),
        ([A, C], [A, C], []),
        ([A, B, C], [B], [(b"<a>", 0, 1), (b"<b>", 0, 1)]),
        ([B], [A, B, C], [(b"<a>", 1, 0), (b"<b>", 1, 0)]),
        ([A], [b"<a> <p> <y> .\n"], [(b"<a>", 1, 1)]),
        ([LEADS, C, BLANK], [LEADS, C, OTHER], [(b"<a>", 0, 0)]),
        ([LEADS, BLANK], [LEADS, BLANK], []),
    ],
)
def test_each_thing_that_differs_is_told_once(tmp_path, old, new, expected):
    """New, gone and changed things come in order; a thing that leads to a changed blank node has changed."""
    for name, lines in (("old", old), ("new", new)):
        (tmp_path / name).write_bytes(b"".join(sorted(lines)))
    found = changed(tmp_path / "old", tmp_path / "new")
    assert [(row.subject, row.added, row.removed) for row in found] == expected


def test_a_missing_file_is_an_empty_one(tmp_path):
    """A graph that only one release has is wholly new, or wholly gone."""
    (tmp_path / "graph").write_bytes(A + C)
    assert [row.old for row in changed(None, tmp_path / "graph")] == [None, None]
    assert [row.new for row in changed(tmp_path / "graph", None)] == [None, None]
