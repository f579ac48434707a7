"""What differs between two releases is told whole: what is applied to the one gives the other."""

import json

import pytest
import rdflib

from citygraph.diff import Difference
from history.small import publish

RELEASES = {
    "empty": {"places": ""},
    "first": {
        "places": ":a rdfs:label 'A', '01' . :b rdfs:label 'B' ; rdfs:seeAlso [ cg:is 'x' ], [ cg:is 'y' ] .",
        "links": ":a cg:near :b . :b cg:near :a .",
    },
    "second": {
        "places": ":a rdfs:label 'A', 'Ä\\n' . :b rdfs:label 'B' ; rdfs:seeAlso [ cg:is 'x' ], [ cg:is 'z' ] .",
        "more": ":a cg:near :b . :b cg:near :a .",
    },
}
PAIRS = [(old, new) for old in RELEASES for new in RELEASES]


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Releases by their names."""
    folder = tmp_path_factory.mktemp("releases")
    for version, graphs in RELEASES.items():
        releases = publish(folder, version, graphs)
    return releases.get


def quads(release):
    """The lines of the quads of a release."""
    folder = release.folder / "dumps" / "graphs"
    return {
        f"{line.removesuffix(' .')} <{release.base_iri}graph/{path.stem}> ."
        for path in folder.rglob("*.nt")
        for line in path.read_text("utf-8").splitlines()
    }


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_patch_turns_one_release_into_the_other(release, old, new):
    """Line by line: what it deletes was there, what it adds was not, and the rest is the new release."""
    old, new = release(old), release(new)
    held = quads(old)
    header, begin, *lines, end = Difference(old, new).patch()
    assert header.startswith("H id <urn:uuid:")
    assert (begin, end) == ("TX .", "TC .")
    for line in lines:
        sign, _, quad = line.partition(" ")
        assert (sign, quad in held) in (("A", False), ("D", True))
        (held.add if sign == "A" else held.remove)(quad)
    assert held == quads(new)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_another_reader_of_patches_understands_ours(release, old, new):
    """rdflib, which applies patches to a dataset, ends with the new release, blank nodes and all."""
    held, expected = rdflib.Dataset(), rdflib.Dataset()
    for dataset, steps in ((held, (("empty", old), (old, new))), (expected, (("empty", new),))):
        for before, after in steps:
            dataset.parse(data="\n".join(Difference(release(before), release(after)).patch()), format="patch")
    assert set(held.quads()) == set(expected.quads())


def test_a_patch_backwards_is_the_inverse(release):
    """The same rows with the signs exchanged."""
    there, back = ([*Difference(release(old), release(new)).patch()][2:-1] for old, new in (PAIRS[5], PAIRS[7]))
    assert back == [{"A": "D", "D": "A"}[line[0]] + line[1:] for line in there]


def test_the_json_is_one_document_with_counts(release):
    """Its counts are those of what it lists."""
    found = json.loads("\n".join(Difference(release("first"), release("second")).json()))
    rows = found["changes"]
    assert (found["old"], found["new"], found["things"]) == ("first", "second", {"new": 0, "changed": 2, "gone": 0})
    assert found["statements"] == {"added": sum(row["added"] for row in rows), "removed": 5}
    assert json.loads("".join(Difference(release("first"), release("first")).json()))["changes"] == []


def test_the_text_begins_with_a_summary_and_names_things(release):
    """Things and properties by the names that are given, nothing that could steer a terminal."""
    lines = [*Difference(release("first"), release("second")).text(lambda thing: f"«{thing.value[-1]}»\x1b")]
    assert lines[0] == "first → second"
    assert lines[2] == "things: 0 new, 2 changed, 0 gone"
    assert lines[4].startswith("«a»\ufffd  <https://")
    assert "  + «l»\ufffd: Ä\ufffd  (places)" in lines
    assert [*Difference(release("first"), release("first")).text(str)] == []
