"""Looking up where things stand."""

from citygraph.build.origins import Origins
from citygraph.findings import Finding, Severity
from citygraph.iris import CANONICAL, Iris

BASE = "https://e.org/"
CITY = f"{BASE}id/city/"
TEXT = f"""@prefix city: <{CANONICAL}id/city/> .

city:one a city:Kind ;
    city:two city:three .
<{CANONICAL}id/city/two> a city:Kind .
"""


def read(folder):
    origins = Origins(folder)
    for name in ("places", "source/x"):
        path = folder / f"{name.replace('/', '-')}.ttl"
        path.write_text(TEXT)
        origins.remember(name, path, Iris(BASE), {"city": CITY})
    origins.note(f"{CITY}four", "links", folder / "links.tsv", 7)
    return origins


def finding(file):
    return Finding(file, 0, Severity.WARNING, "", "", "", "")


def test_findings_are_given_the_place_of_their_thing(tmp_path):
    """A finding gets file and line of the block, in its graph or else in a source; an unknown thing keeps the file."""
    asked = [("one", ["places"]), ("one", []), ("two", []), ("three", []), ("four", [])]
    placed = read(tmp_path).place((finding("graph"), f"{CITY}{name}", graphs) for name, graphs in asked)
    assert [(row.file, row.line) for row in placed] == [
        ("places.ttl", 3),
        ("source-x.ttl", 3),
        ("source-x.ttl", 5),
        ("graph", 0),
        ("links.tsv", 7),
    ]


def test_a_file_that_is_read_later_is_looked_into_too(tmp_path):
    """What was asked for in vain is found once its file is read."""
    origins = read(tmp_path)
    assert origins.of(f"{CITY}five") == ("", 0)
    path = tmp_path / "late.ttl"
    path.write_text("\n<five> a <Kind> .\ncity:five a city:Kind .\n")
    origins.remember("late", path, Iris(BASE), {"city": CITY})
    assert origins.of(f"{CITY}five") == ("late.ttl", 3)
