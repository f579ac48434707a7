"""The tables that joins run on."""

from contextlib import closing

import pytest

from citygraph.build import tables

_LINE = f'<https://e.org/a> <https://e.org/b> "{"x" * 980}" .\n'


@pytest.mark.parametrize("longest", [1, 16_000])
def test_files_larger_than_the_memory_are_read(tmp_path, monkeypatch, longest):
    """A file of any size is read within the limit of memory, however long a line of it is."""
    monkeypatch.setattr(tables, "MEMORY", "150MB")
    path, count = tmp_path / "large.nt", 200_000
    with path.open("w") as lines:
        lines.write(_LINE.replace("x", "x" * longest))
        lines.writelines(_LINE for _ in range(count))
    with closing(tables.connect(tmp_path, "work")) as database:
        database.execute(f"CREATE TABLE t AS SELECT line FROM {tables.lines_of([path])}")
        assert database.execute("SELECT count(*) FROM t").fetchone() == (count + 1,)
