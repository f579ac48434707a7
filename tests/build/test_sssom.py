"""The mapping table of a release, read by an independent program."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
import sssom_pydantic

from citygraph.build.sssom import NAME, write_sssom
from citygraph.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

HEAD = "#mapping_date: 2026-11-22\n#curie_map:\n#  city: https://w3id.org/citygraph/id/city/\n#  wd: {wd}\n"
HEAD += "#  owl: http://www.w3.org/2002/07/owl#\n#  semapv: https://w3id.org/semapv/vocab/\n"
ROW = "city:{thing}\towl:sameAs\t{modifier}\twd:{item}\tsemapv:ManualMappingCuration\t0.9\n"
COLUMNS = "subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification\tconfidence\n"


def table(path: Path, *rows: str, wd: str = "http://www.wikidata.org/entity/") -> Path:
    """Write a table of links."""
    path.write_text(HEAD.format(wd=wd) + COLUMNS + "".join(rows), "utf-8")
    return path


def test_an_independent_reader_takes_the_tables_as_one(tmp_path: Path, settings: Settings) -> None:
    """Rows of several tables, rejected ones too, are valid SSSOM with licence, identifier and day."""
    one = table(tmp_path / "a.sssom.tsv", ROW.format(thing="b", modifier="", item="Q2"))
    other = table(tmp_path / "b.sssom.tsv", ROW.format(thing="a", modifier="Not", item="Q1"))
    assert write_sssom([one, other], settings, tmp_path / NAME) == 2
    mappings, converter, metadata, *_ = sssom_pydantic.read(tmp_path / NAME, return_errors=False)
    assert [(row.subject.curie, row.predicate_modifier, row.object.curie, row.confidence) for row in mappings] == [
        ("city:a", "Not", "wd:Q1", 0.9),
        ("city:b", None, "wd:Q2", 0.9),
    ]
    assert {str(row.mapping_date) for row in mappings} == {"2026-11-22"}
    assert converter.expand("wd:Q1") == "http://www.wikidata.org/entity/Q1"
    assert str(metadata.license) == settings.licence


def test_a_release_has_every_row_of_its_tables(world: Release, world_repository: Repository) -> None:
    """The table of the release holds the rows of the repository, sorted, and stands among the data set's files."""
    path = world.folder / "dumps" / NAME
    mappings = sssom_pydantic.read(path, return_errors=False)[0]
    tables = (world_repository.data / "links").glob("*.sssom.tsv")
    lines = (line for table in tables for line in table.read_text("utf-8").splitlines() if line[:1] != "#")
    rows = [line for line in lines if not line.startswith("subject_id")]
    assert len(mappings) == len(rows) > 0
    written = [line for line in path.read_text("utf-8").splitlines() if line[:1] != "#"]
    subjects = [row["subject_id"] for row in csv.DictReader(written, delimiter="\t")]
    assert subjects == sorted(subjects)
    catalogue = (world.folder / "dumps" / "catalogue.ttl").read_text("utf-8")
    assert NAME in catalogue
    assert "text/tab-separated-values" in catalogue


def test_a_prefix_means_one_thing(tmp_path: Path, settings: Settings) -> None:
    """Two tables that mean different things by a prefix are no one table; the error names the second."""
    one, other = table(tmp_path / "a.sssom.tsv"), table(tmp_path / "b.sssom.tsv", wd="http://example.org/")
    with pytest.raises(SourceError, match=r"b\.sssom\.tsv: the prefix wd "):
        write_sssom([one, other], settings, tmp_path / NAME)
