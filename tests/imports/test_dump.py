"""The promises of `imports/dump.py`: one pass, bounded memory, no line lost, and the same bytes after any stop."""

import bz2
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citygraph.errors import SourceError
from citygraph.imports import dump
from citygraph.imports.dump import Choice, Dump, import_dump
from citygraph.imports.journal import STATE, Journal
from citygraph.imports.manifest import read_manifest
from citygraph.imports.rows import BROKEN, read_rows
from imports.samples import EXCERPT, about, entity, item, line, snak, statement

ROOT = Path(__file__).parents[2]


def content(folder):
    """Give every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def made_up(path, count):
    """Write a dump of made-up items, each twinned with the next."""
    lines = [line(entity(n, statement(f"Q{n}$A", item(n + 1)), descriptions="x" * 500)) for n in range(1, count + 1)]
    path.write_bytes(b"[\n" + b"".join(lines) + b"]\n")
    return lines


@pytest.mark.parametrize(
    ("name", "pack"), [("d.json", bytes), ("d.json.gz", gzip.compress), ("d.json.bz2", bz2.compress)]
)
def test_packed_and_plain_give_the_same(tmp_path, name, pack):
    """A dump gives the same rows, whichever way it is packed, and a label that vouches for them."""
    (tmp_path / name).write_bytes(pack(EXCERPT.read_bytes()))
    counts = import_dump(tmp_path / name, tmp_path / "out", about())
    assert (counts.lines, counts.kept, counts.broken) == (9, 5, 0)
    assert read_manifest(tmp_path / "out").check().kind == "wikidata-entities"
    assert sorted(content(tmp_path / "out")) == ["entities.ndjson", "source.toml"]
    assert [len(row.statements) for row in read_rows(tmp_path / "out" / "entities.ndjson")] == [6, 3, 1, 7, 11]


def test_damaged_lines_are_named_and_the_others_kept(tmp_path):
    """With one line in twenty damaged the others are imported, and the report has the number of each damaged one."""
    lines = made_up(tmp_path / "d.json", 1000)
    chance = random.Random(5)
    damaged = sorted(chance.sample(range(1000), 50))
    for place in damaged:
        cut = chance.randrange(1, len(lines[place]) - 3)
        lines[place] = lines[place][:cut] + chance.choice([b"\n", b"\xff\x00{\n", b'"]}{,\n'])
    (tmp_path / "d.json").write_bytes(b"[\n" + b"".join(lines) + b"]\n")
    counts = import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert (counts.kept, counts.broken) == (950, 50)
    report = (tmp_path / "out" / "broken.tsv").read_text("utf-8").splitlines()
    assert [int(row.split("\t")[0]) for row in report] == [place + 2 for place in damaged]


def test_a_killed_import_ends_with_the_same_bytes(tmp_path):
    """However often an import is killed, it goes on where it was and ends like one that never stopped."""
    made_up(tmp_path / "d.json", 30_000)
    import_dump(tmp_path / "d.json", tmp_path / "whole", about())
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; from pathlib import Path\n"
        "from citygraph.imports import dump, journal; from imports.samples import about\n"
        "dump._STEP = 50; journal.Journal.is_due = lambda _: True\n"
        "dump.import_dump(Path(sys.argv[3]), Path(sys.argv[4]), about())"
    )
    arguments = [str(ROOT / "src"), str(ROOT / "tests"), str(tmp_path / "d.json"), str(tmp_path / "out")]
    kept = []
    for _ in range(3):
        run = subprocess.Popen([sys.executable, "-c", program, *arguments])
        while not (state := tmp_path / "out" / STATE).exists() or reached(state) < reached_before(kept) + 500:
            assert run.poll() is None
            time.sleep(0.01)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        kept.append(reached(state))
    assert kept == sorted(set(kept))
    import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def reached(state):
    """Give how many lines are noted."""
    return json.loads(state.read_text("utf-8"))["position"].get("line", 0)


def reached_before(kept):
    """Give how many lines the last run had noted."""
    return kept[-1] if kept else 0


def test_only_redirects_that_matter_are_kept(tmp_path):
    """A redirect is kept if a statement names the item that was merged."""
    lines = [
        line(entity(1, statement("Q1$A", item(2)))),
        line({"entity": "Q2", "redirect": "Q3"}),
        line({"entity": "Q8", "redirect": "Q9"}),
    ]
    (tmp_path / "d.json").write_bytes(b"".join(lines))
    import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert (tmp_path / "out" / "redirects.tsv").read_text("utf-8") == "Q2\tQ3\n"


def test_a_chain_of_redirects_is_kept_whole(tmp_path):
    """Where a named item was merged twice, or is a country, every step is kept, and a circle ends."""
    country = {"P17": [{"mainsnak": snak("P17", "wikibase-item", item(7)), "rank": "normal"}]}
    source = entity(1, statement("Q1$A", item(2)))
    source["claims"] |= country
    steps = {"Q2": "Q3", "Q3": "Q4", "Q7": "Q8", "Q8": "Q7", "Q5": "Q6"}
    lines = [line(source), *(line({"entity": old, "redirect": new}) for old, new in steps.items())]
    (tmp_path / "d.json").write_bytes(b"".join(lines))
    import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert (tmp_path / "out" / "redirects.tsv").read_text("utf-8") == "Q2\tQ3\nQ3\tQ4\nQ7\tQ8\nQ8\tQ7\n"


def test_a_line_beyond_all_measure_is_dropped_and_told(tmp_path, monkeypatch):
    """A line longer than any entity is broken, is never held as a whole, and hides no other line."""
    monkeypatch.setattr(dump, "LONGEST", 2000)
    lines = [line(entity(n, statement(f"Q{n}$A", item(9)), descriptions="x" * n * 1000)) for n in (1, 5, 1)]
    (tmp_path / "d.json").write_bytes(b"".join(lines))
    counts = import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert (counts.lines, counts.kept, counts.broken) == (3, 2, 1)
    with Dump(tmp_path / "d.json") as found:
        assert (len(list(found.lines())), found.offset) == (3, sum(map(len, lines)))


@pytest.mark.parametrize(("pack", "again"), [(bytes, False), (gzip.compress, True), (bz2.compress, True)])
def test_progress_says_that_a_packed_dump_is_unpacked_again(tmp_path, monkeypatch, pack, again):
    """An import that goes on tells how far it is, how fast, and what is left; unpacking again is told as such."""
    made_up(tmp_path / "d", 3000)
    (tmp_path / "d").write_bytes(pack((tmp_path / "d").read_bytes()))
    monkeypatch.setattr(dump, "_STEP", 100)
    monkeypatch.setattr(dump._Watch, "is_due", lambda _: True)
    monkeypatch.setattr(Journal, "is_due", lambda _: True)

    def stop(now):
        if now.counts.lines > 2000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_dump(tmp_path / "d", tmp_path / "out", about(), tell=stop)
    told = []
    import_dump(tmp_path / "d", tmp_path / "out", about(), tell=told.append)
    assert any(now.again for now in told) is again
    assert [now.done for now in told] == sorted(now.done for now in told)
    assert (told[-1].done, told[-1].counts.kept) == (told[-1].total, 3000)
    assert all(now.rate > 0 for now in told[1:])


def test_what_a_broken_line_holds_breaks_no_report(tmp_path):
    """The report has one row for each broken line, whatever stands in it."""
    broken = b'{"id":"Q1\r\x0b\xc2\x85\xe2\x80\xa8\t\x00\n'
    (tmp_path / "d.json").write_bytes(broken * 3 + line(entity(1, statement("Q1$A", item(2)))))
    import_dump(tmp_path / "d.json", tmp_path / "out", about())
    rows = (tmp_path / "out" / "broken.tsv").read_text("utf-8").splitlines()
    assert [len(row.split("\t")) for row in rows] == [3, 3, 3]


def test_a_complete_import_has_the_items_that_are_only_named(tmp_path):
    """Read twice, a dump gives the items too that carry no statement, and only those that are named."""
    plain = {"en": {"language": "en", "value": "Named"}}
    lines = [
        line(entity(2, labels=plain) | {"claims": {}}),
        line(entity(1, statement("Q1$A", item(2)))),
        line(entity(5)),
    ]
    (tmp_path / "d.json").write_bytes(b"".join(lines))
    import_dump(tmp_path / "d.json", tmp_path / "out", about(), Choice(complete=True))
    rows = list(read_rows(tmp_path / "out" / "entities.ndjson"))
    assert [(row.id, len(row.statements)) for row in rows if row.id != "Q5"] == [("Q1", 1), ("Q2", 0)]


def test_the_day_it_began_stays(tmp_path):
    """An import that goes on on another day keeps the day on which it began."""
    folder = tmp_path / "out"
    with Journal(folder, ["a"], {"dump": "d", "date": "2026-01-01"}) as first:
        first.write("a", b"1\n")
        first.save({"line": 1})
        first.write("a", b"lost\n")
    with Journal(folder, ["a"], {"dump": "d", "date": "2026-01-02"}) as second:
        assert (second.task["date"], second.position) == ("2026-01-01", {"line": 1})
    assert (folder / "a").read_bytes() == b"1\n"


def test_a_stop_while_it_is_closed_loses_nothing(tmp_path, monkeypatch):
    """Stopped at whichever step of closing it, an import is whole or goes on, and what stands there can be built."""
    import_dump(EXCERPT, tmp_path / "whole", about())
    steps = 1  # the first is where it begins
    while True:
        folder, left = tmp_path / str(steps), iter(range(steps))
        with monkeypatch.context() as patched:
            for name in ("replace", "unlink", "write_text"):
                patched.setattr(Path, name, stopping(getattr(Path, name), folder, left))
            try:
                import_dump(EXCERPT, folder, about())
                break
            except KeyboardInterrupt:
                steps += 1
        if not (folder / "source.toml").exists():
            import_dump(EXCERPT, folder, about())
        read_manifest(folder).check()
        kept = {name: text for name, text in content(folder).items() if not name.startswith(".")}
        assert kept == content(tmp_path / "whole")
    assert steps > 5


def stopping(function, folder, left):
    """Let a function that changes a folder stop the run once it has been called so often."""

    def stopped(path, *given, **more):
        if path.parent == folder and next(left, None) is None:
            raise KeyboardInterrupt
        return function(path, *given, **more)

    return stopped


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_dump_that_ends_between_two_lines_is_told(tmp_path, pack):
    """A list that nothing closes is counted and named with its last line, and what was read is kept."""
    lines = made_up(tmp_path / "d.json", 30)
    (tmp_path / "cut.json").write_bytes(pack(b"\xef\xbb\xbf [\r\n" + b"".join(lines[:20]) + b"\n \n"))
    counts = import_dump(tmp_path / "cut.json", tmp_path / "cut", about())
    assert (counts.lines, counts.kept, counts.broken) == (23, 20, 1)
    assert (tmp_path / "cut" / BROKEN).read_text().startswith("23\tthe dump ends here without the bracket")
    for number, end in enumerate((b"]", b"]\n\n", b"\n ]  \r\n")):
        (tmp_path / "d.json").write_bytes(pack(b"[" + b"".join(lines).rstrip(b",\n") + end))
        assert import_dump(tmp_path / "d.json", tmp_path / str(number), about()).broken == 0
    (tmp_path / "d.json").write_bytes(pack(b"".join(lines)))
    assert import_dump(tmp_path / "d.json", tmp_path / "plain", about()).broken == 0


def test_a_cut_dump_is_told_once(tmp_path, monkeypatch):
    """Stopped after any save, also the last, a run that goes on ends with the same bytes."""
    lines = made_up(tmp_path / "d.json", 2000)
    (tmp_path / "d.json").write_bytes(b"[\n" + b"".join(lines[:-3]))
    import_dump(tmp_path / "d.json", tmp_path / "whole", about())
    monkeypatch.setattr(Journal, "is_due", lambda _: True)
    save = Journal.save
    for stop in range(2, 7):  # the first opens the journal
        saves = iter(range(1, 100))

        def stopping(journal, position, stop=stop, saves=saves):
            save(journal, position)
            if next(saves) == stop:
                raise InterruptedError

        with monkeypatch.context() as patched:
            patched.setattr(Journal, "save", stopping)
            with pytest.raises(InterruptedError):
                import_dump(tmp_path / "d.json", tmp_path / str(stop), about())
        assert import_dump(tmp_path / "d.json", tmp_path / str(stop), about()).broken == 1
        assert content(tmp_path / str(stop)) == content(tmp_path / "whole")
    assert import_dump(tmp_path / "d.json", tmp_path / "twice", about(), Choice(complete=True)).broken == 1


NOTHING = {
    "empty": b"",
    "no item": b"[\n]\n",
    "a table": b"a,b\n1,2\n",
    "no partnership": line(entity(1) | {"claims": {}}),
    "packed": gzip.compress(b""),
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_dump_that_brings_nothing_is_an_error(tmp_path, text):
    """An empty dump, a file that is none and one without partnerships are told; the right one may then follow."""
    (tmp_path / "d.json").write_bytes(text)
    with pytest.raises(SourceError, match="nothing was imported: no item of tests is twinned"):
        import_dump(tmp_path / "d.json", tmp_path / "out", about())
    assert import_dump(EXCERPT, tmp_path / "out", about()).kept == 5


def test_refusals_say_what_to_do(tmp_path):
    """Another import's folder, a finished one, a missing and a cut-off dump are refused with a remedy that helps."""
    whole = gzip.compress(EXCERPT.read_bytes())
    (tmp_path / "d.json.gz").write_bytes(whole[:-500])
    with pytest.raises(SourceError, match=r"damaged.*fetch the dump again.*--restart"):
        import_dump(tmp_path / "d.json.gz", tmp_path / "out", about())
    (tmp_path / "d.json.gz").write_bytes(whole)
    assert import_dump(tmp_path / "d.json.gz", tmp_path / "out", about(), Choice(restart=True)).kept == 5
    (tmp_path / "d.json.gz").write_bytes(whole[:-500])
    with pytest.raises(SourceError, match="damaged"):
        import_dump(tmp_path / "d.json.gz", tmp_path / "out", about(), Choice(restart=True))
    import_dump(EXCERPT, tmp_path / "out", about())  # of the other, nothing had been kept
    with pytest.raises(SourceError, match=r"finished import.*--restart"):
        import_dump(EXCERPT, tmp_path / "out", about())
    with Journal(tmp_path / "begun", ["a"], {"dump": "d", "date": "2026-01-01"}) as other:
        other.save({"line": 1})
    with pytest.raises(SourceError, match=r"another import.*--restart"):
        import_dump(EXCERPT, tmp_path / "begun", about())
    with pytest.raises(SourceError, match="cannot be read"):
        import_dump(tmp_path / "absent.json", tmp_path / "other", about())
