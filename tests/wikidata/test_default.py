"""What the repository's own five documents say beside the Wikidata of 2016, looked at line by line."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from citygraph.wikidata.desk import FILES
from conftest import ROOT

if TYPE_CHECKING:
    from citygraph.release import Release


def test_the_default_data_beside_wikidata(seed: Release) -> None:
    """Four twinnings agree, one stands there for the city in the place of the canton, three are not known there."""
    folder = seed.folder / "wikidata"
    content = json.loads((folder / FILES["json"]).read_text("utf-8"))
    head, lines = content["head"], content["lines"]
    assert (head["pairs"], head["equal"], head["proposals"], head["snapshot"], head["old"]) == (
        13,
        4,
        0,
        "2016-09-12",
        True,
    )
    assert {name.rpartition("/")[2] for name in head["asides"]} == {
        "basel-stadt-seoul",
        "basel-stadt-toyama",
        "hamburg-quebec",
        "university-of-hamburg-kyoto-university",
        "zal-criaq",
    }
    ours = {
        (row["kind"], row["field"], row["one"]["name"], row["other"]["name"]): (row["theirs"], row["reasons"])
        for row in lines
        if row["kind"] != "missing-here"
    }
    canton = "Canton of Basel-Stadt"
    assert ours == {
        ("missing-there", "stated", "Abidjan", canton): ([], ["no-page", "not-held"]),
        ("missing-there", "stated", canton, "Yopougon"): ([], ["no-item"]),
        ("missing-there", "stated", "Massachusetts", canton): ([], ["not-held"]),
        ("contradiction", "level", "Shanghai", canton): (["Q78 Q8686"], ["level"]),
    }
    assert (folder / FILES["quickstatements"]).read_bytes() == b""


def test_each_missing_twin_stands_in_the_extract(seed: Release) -> None:
    """What is missing here are just the extract's statements about our places, but those that we state ourselves."""
    extract = ROOT / "data" / "imported" / "wikidata-2016" / "relations.tsv"
    with extract.open(encoding="utf-8") as rows:
        stated = {tuple(row) for row in csv.reader(rows, delimiter="\t")}
    content = json.loads((seed.folder / "wikidata" / FILES["json"]).read_text("utf-8"))
    found = {
        (parties[said["by"]], parties[said["of"]])
        for row in content["lines"]
        if row["kind"] == "missing-here"
        for parties in [{row[end]["id"]: row[end]["item"] for end in ("one", "other")}]
        for said in row["statements"]
    }
    links = (ROOT / "data" / "links" / "wikidata.sssom.tsv").read_text("utf-8").splitlines()
    linked = {line.split("\t")[3].removeprefix("wd:") for line in links if line[:1] not in ("#", "s")}
    about = {pair for pair in stated if linked & set(pair)}
    known = {("Q78", "Q201516"), ("Q1040", "Q2814"), ("Q1040", "Q3646"), ("Q1040", "Q41262"), ("Q78", "Q8686")}
    assert found == about - known - {pair[::-1] for pair in known}
