"""The promises of `imports/manifest.py`: nothing is built from a file that nobody vouches for."""

from dataclasses import replace

import pytest

from citygraph.errors import SourceError
from citygraph.imports.manifest import NAME, begin, digests, read_manifest
from imports.samples import about


@pytest.fixture
def folder(tmp_path):
    """An imported folder."""
    found = tmp_path / "some-source"
    found.mkdir()
    (found / "t.tsv").write_text("a\tb\n", "utf-8")
    about().manifest(found, "pairs", ["t.tsv"], relations="t.tsv").write()
    return found


def test_a_label_comes_back_as_it_was_written(folder):
    """Title, publisher, licence, date, origin, checksums and options survive writing and reading."""
    found = read_manifest(folder).check()
    assert found == about().manifest(folder, "pairs", ["t.tsv"], relations="t.tsv")
    assert (found.name, found.files) == ("some-source", digests(folder, ["t.tsv"]))
    paged = replace(found, page="https://example.org/twins")
    paged.write()
    assert read_manifest(folder) == paged


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("licence = ", "license = ", "'license' is unknown"),
        ('licence = "http', 'licence = "ftp', "licence is"),
        ("date = 2026-11-22\n", "", "date is missing; add it"),
        ("date = 2026-11-22", 'date = "22.11.2026"', "date is"),
        ('kind = "pairs"', 'kind = "pears"', "one of wikidata-entities, pairs, triples"),
        ('"t.tsv" = "', '"t.tsv" = "0', "files is"),
        ('publisher = "Nobody"', "publisher = 3", "publisher is"),
        ("date = 2026-11-22", 'date = 2026-11-22\npage = "twins"', "page is 'twins'; write page = \"https:"),
        ("kind =", "kind", "mend the TOML"),
    ],
)
def test_a_label_that_is_wrong_is_refused(folder, old, new, match):
    """Each wrong or missing key is one clear error with its remedy."""
    text = (folder / NAME).read_text("utf-8")
    assert old in text
    (folder / NAME).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SourceError, match=match):
        read_manifest(folder)


def test_altered_missing_and_stray_files_are_refused(folder):
    """A file that has changed, is gone or is not listed stops the reading, and the error says what to do."""
    (folder / "t.tsv").write_text("a\tc\n", "utf-8")
    with pytest.raises(SourceError, match=r"has changed.*restore it as received"):
        read_manifest(folder).check()
    (folder / "t.tsv").unlink()
    with pytest.raises(SourceError, match="is missing; restore it"):
        read_manifest(folder).check()
    (folder / "stray").touch()
    with pytest.raises(SourceError, match="does not list this file"):
        read_manifest(folder).check()


def test_folders_without_label_or_name_are_refused(tmp_path, folder):
    """A folder needs a label and a name that can stand in an IRI."""
    (tmp_path / "Bad Name").mkdir()
    with pytest.raises(SourceError, match="no name of a source"):
        read_manifest(tmp_path / "Bad Name")
    (folder / NAME).unlink()
    with pytest.raises(SourceError, match="nothing says what this folder holds"):
        read_manifest(folder)


def test_nothing_is_overwritten_unasked(folder):
    """A finished import is replaced only when that is asked for, and then with everything it lists."""
    with pytest.raises(SourceError, match="--restart"):
        begin(folder, restart=False)
    begin(folder, restart=True)
    assert list(folder.iterdir()) == []
