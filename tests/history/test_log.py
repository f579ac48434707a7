"""The change log tells what each release changed, and survives whatever happens to it."""

import shutil
import signal
import subprocess
import sys

import pytest

from citygraph.errors import ReleaseError
from citygraph.history import streams
from citygraph.history.log import History
from citygraph.release import Releases
from history.small import BASE, publish

FIRST = {"places": ":basel rdfs:label 'Basel' . :bern rdfs:label 'Bern' .", "links": ":basel rdfs:seeAlso :bern ."}
SECOND = {"places": ":basel rdfs:label 'Basel', 'Bâle' . :chur rdfs:label 'Chur' ."}


@pytest.fixture
def log(tmp_path):
    """A log of two releases: Bern goes, Chur comes, Basel changes, and so does a whole graph."""
    history = History(tmp_path)
    for version, graphs in (("1", FIRST), ("2", SECOND)):
        history.record(publish(tmp_path, version, graphs))
    return history


def test_the_log_counts_what_changed(log):
    """The first release made everything new; the second is told by statements and things."""
    first, second = log.releases()
    assert (first.version, first.added, first.removed, first.new) == ("1", 3, 0, 2)
    assert (second.added, second.removed) == (2, 2)
    assert (second.new, second.changed, second.gone) == (1, 1, 1)
    assert first.published < second.published


def test_the_log_tells_what_happened_to_a_thing(log):
    """Of each thing: new, changed or gone, with the number of statements."""
    steps = {
        step.iri.removeprefix(f"{BASE}id/city/"): (step.what, step.added, step.removed) for step in log.steps_of(2)
    }
    assert steps == {"basel": ("changed", 1, 1), "bern": ("gone", 0, 1), "chur": ("new", 1, 0)}
    assert log.steps([f"{BASE}id/city/bern", f"{BASE}id/city/genf"]) == [log.steps_of(2)[1]]


def test_a_release_is_recorded_once(log, tmp_path):
    """Recording the release that the log ends with does nothing."""
    assert log.record(Releases(tmp_path)) is None
    assert len(log.releases()) == 2


def test_without_the_files_of_the_last_release_the_log_refuses_to_guess(log, tmp_path):
    """The error names the release and both ways out, and the log stays as it was."""
    shutil.rmtree(tmp_path / "2")
    with pytest.raises(ReleaseError, match=r"release 2, whose files are gone: put them back, or remove"):
        log.record(publish(tmp_path, "3", FIRST))
    assert [row.version for row in log.releases()] == ["1", "2"]


_KILLED = """
import os, signal, sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.execute("PRAGMA cache_size = 1")  # so that much is written before the end
base.executemany("INSERT INTO things VALUES (?, 3, 'new', 1, 0)", ((f"urn:{number}",) for number in range(10_000)))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_recording_that_is_killed_while_it_writes_is_undone(log, tmp_path):
    """The log is as it was before, for whoever reads it first, and takes the release in again."""
    before = log.releases()
    path = log.folder / "history.sqlite"
    assert subprocess.run([sys.executable, "-c", _KILLED, path], check=False).returncode == -signal.SIGKILL
    assert path.with_name("history.sqlite-journal").stat().st_size
    assert log.releases() == before
    assert log.steps_of(3) == []
    assert log.record(publish(tmp_path, "3", FIRST)).number == 3


def test_a_log_that_was_killed_before_its_first_line_is_begun_anew(tmp_path):
    """Of such a recording an empty file is left."""
    history = History(tmp_path)
    history.folder.mkdir()
    (history.folder / "history.sqlite").touch()
    assert history.releases() == []
    assert history.record(publish(tmp_path, "1", FIRST)).number == 1


def test_a_killed_recording_is_done_again(log, tmp_path):
    """What it left behind does no harm."""
    left = log.folder / "3" / "graphs"
    left.mkdir(parents=True)
    (left / "places.nt").write_text("half a line")
    log.record(publish(tmp_path, "3", FIRST))
    assert log.page("places", 3, 1).splitlines()[-1].startswith(b"<https://w3id.org/citygraph/id/city/chur> ")


def test_pages_hold_so_many_things_each(tmp_path, monkeypatch):
    """Every thing stands on one page, and no page is empty."""
    monkeypatch.setattr(streams, "MEMBERS", 3)
    log = History(tmp_path)
    text = " ".join(f":c{number} rdfs:label 'a', 'b' ." for number in range(7))
    log.record(publish(tmp_path, "1", {"places": text}))
    pages = [log.page("whole", 1, number) for number in range(1, log.pages("whole", 1) + 1)]
    assert [len(page.splitlines()) for page in pages] == [6, 6, 2]
    assert log.page("whole", 1, 0) is None
    assert log.page("whole", 1, 4) is None
