"""From files to a release, to commands, to pages: the world's cities beside recorded entities of Wikidata."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from citygraph.build.desk import write_desk
from citygraph.cli import main
from citygraph.iris import CANONICAL, Iris
from citygraph.release import ENGINE, Releases
from citygraph.web.app import create_app
from citygraph.wikidata.agreed import read_agreed, write_agreed
from citygraph.wikidata.desk import FILES
from citygraph.wikidata.keep import FILE, Kept, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from flask.testing import FlaskClient

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings

BERLIN = "https://www.berlin.de/rbmskzl/internationales/staedtepartnerschaften/"
RIVERMOUTH, TWINHAM, OBERSOED = (f"{CANONICAL}id/city/{name}" for name in ("rivermouth", "twinham-east", "obersoed"))


def lines(release: Release) -> list[dict[str, Any]]:
    """The differences that a release tells."""
    found: list[dict[str, Any]] = json.loads((release.folder / "wikidata" / FILES["json"]).read_text("utf-8"))["lines"]
    return found


def test_every_difference_has_the_sources_of_both(twins: Release) -> None:
    """A release tells each difference once, with our sources and with Wikidata's statement and what that rests on."""
    rows = {
        (row["kind"], row["field"], *sorted((row["one"]["item"] or row["one"]["name"], row["other"]["item"]))): row
        for row in lines(twins)
    }
    start = rows["contradiction", "start", "Q64", "Q65"]
    assert (start["ours"], start["sources"]) == (["2009", "2009-10-26"], ["obersoed-de", "rivermouth-en"])
    (said,) = start["statements"]
    assert (said["by"], said["of"], said["start"], said["references"]) == (RIVERMOUTH, OBERSOED, "1967-06-27", [BERLIN])
    assert said["statement"].startswith("http://www.wikidata.org/entity/statement/")
    assert rows["contradiction", "end", "Q64", "Q84"]["ours"] == ["2001"]
    assert rows["missing-there", "stated", "Q64", "Q65"]["reasons"] == ["dates"]
    here = {key[2:] for key in rows if key[0] == "missing-here"}
    recorded = {("Q2807", "Q64"), ("Q406", "Q64"), ("Q270", "Q64"), ("Q64", "Q649"), ("Q239", "Q64")}
    assert here == recorded | {("Q60", "Q84"), ("Q1156", "Q84")}


def test_commands_of_a_release(twins: Release) -> None:
    """What is proposed bears the dates and the page of the one source that states it."""
    text = (twins.folder / "wikidata" / FILES["quickstatements"]).read_text("utf-8")
    reference = (
        'S854\t"https://rivermouth.example/twins?page=1%7C2"\tS1476\ten:"Twin towns of Rivermouth"\t'
        "S813\t+2026-11-22T00:00:00Z/11"
    )
    assert text.splitlines() == [
        f"Q64\tP190\tQ84\tP580\t+1985-00-00T00:00:00Z/9\tP582\t+2001-00-00T00:00:00Z/9\t{reference}",
        f"Q84\tP190\tQ64\tP580\t+1985-00-00T00:00:00Z/9\t{reference}",
        f"Q84\tP190\tQ64\tP582\t+2001-00-00T00:00:00Z/9\t{reference}",
    ]


def test_the_same_release_makes_the_same_bytes(twins: Release, twins_repository: Repository, tmp_path: Path) -> None:
    """Every file of the comparison is a function of the release alone."""
    (tmp_path / ENGINE).mkdir()
    write_desk(twins.store, twins_repository, Iris(CANONICAL), tmp_path)
    for name in FILES.values():
        assert (tmp_path / "wikidata" / name).read_bytes() == (twins.folder / "wikidata" / name).read_bytes()
    assert {f"wikidata/{name}" for name in FILES.values()} <= {file.path for file in twins.files}


def test_pages_of_lines_are_whole(twins: Release) -> None:
    """Page by page the kept lines are those of the file, by kind and by party; an older release has none."""
    kept, every = Kept(twins.folder / ENGINE / FILE), lines(twins)
    total = kept.count(Wanted())
    assert total == len(every)
    pages = [kept.page(Wanted(), start, 3) for start in range(0, total, 3)]
    assert [row.kind for page in pages for row in page] == [row["kind"] for row in every]
    party = Wanted("missing-here", TWINHAM)
    assert {row.items for row in kept.page(party, 0, 50)} == {("Q60", "Q84"), ("Q84", "Q1156")}
    assert kept.count(party) == 2
    assert kept.parties(f"{CANONICAL}id/", 2)[0] == (RIVERMOUTH, 10)
    gone = Kept(twins.folder / "nowhere")
    assert (gone.head(), gone.count(Wanted()), gone.page(Wanted(), 0, 5)) == (None, 0, [])


@pytest.fixture
def run(twins: Release, twins_repository: Repository, tmp_path: Path) -> Callable[..., Result]:
    """Call the command on a copy of the data, in which `agree` may write."""
    shutil.copytree(twins_repository.data, tmp_path / "data")
    site = tmp_path / "site"
    shutil.copytree(twins.folder, site / twins.version)
    (site / "current").symlink_to(twins.version)

    def call(*words: str) -> Result:
        options = ["--data", str(tmp_path / "data"), "--releases", str(site), "wikidata"]
        return CliRunner().invoke(main, [*options, *words], catch_exceptions=False)

    return call


def test_the_report(run: Callable[..., Result]) -> None:
    """The report tells what it rests on, both sides with their sources, and why nothing is proposed; exit code 1."""
    found = run("diff")
    assert found.exit_code == 1
    assert "Wikidata: A test, as of 2026-11-22" in found.stdout
    assert (
        "zweistadt-de: Aussenbeziehungen des Kantons Zweistadt, read on 2026-11-22; no address of a page"
        in found.stdout
    )
    assert f"(wikidata-recorded; rests on {BERLIN})" in found.stdout
    assert "Wikidata gives another date: decide first which is right" in found.stdout
    assert run("diff", "--party", "city/lakeview").exit_code == 0
    assert run("diff", "--party", "city/nowhere").exit_code == 1
    rows = list(csv.DictReader(io.StringIO(run("diff", "--format", "csv", "--party", "Q84").stdout)))
    assert {row["theirs"] for row in rows} >= {"Q84 → Q64", "Q84 → Q60"}
    assert {row["one_item"] for row in rows} | {row["other_item"] for row in rows} == {"Q64", "Q84", "Q60", "Q1156"}
    (only,) = run("diff", "--format", "quickstatements", "--kind", "contradiction", "--comments").stdout.splitlines()
    assert only.endswith("\t/* compared with Wikidata as of 2026-11-22; it may say otherwise today */")


def test_what_is_agreed_is_remembered(run: Callable[..., Result], tmp_path: Path) -> None:
    """After agreeing about a party its differences are known and left so; the others are open as before."""
    table = tmp_path / "data" / "wikidata" / "agreed.tsv"
    assert run("agree").exit_code == 2
    assert run("agree", "--curator", "me", "--party", "city/twinham-east", "--comment", "looked\tat").exit_code == 0
    rows = read_agreed(table)
    assert {key[:2] for key in rows} == {("Q64", "Q84"), ("Q60", "Q84"), ("Q84", "Q1156")}
    assert rows["Q64", "Q84", "end"].ours == ("2001",)
    assert {(base.curator, base.comment) for base in rows.values()} == {("me", "looked at")}
    assert "Q84" not in run("diff", "--format", "csv").stdout
    assert run("diff", "--format", "quickstatements").stdout == ""
    known = run("diff", "--all", "--party", "Q84")
    assert (known.exit_code, "known, and left so" in known.stdout) == (0, True)
    text = table.read_text("utf-8")
    assert run("agree", "--curator", "another", "--party", "Q84").exit_code == 0
    assert table.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one\tother\n", "the columns are not those of this table"),
        ("{head}\nQ1\tQ2\tstated\tstated\tone\t22.11.2026\tme\t\n", "agreed.tsv:2: the row is not whole"),
        ("{head}\nQ1\tQ2\tcolour\t\t\t2026-11-22\tme\t\n", "agreed.tsv:2: the row is not whole"),
        ("{head}\n" + "Q1\tQ2\tend\t\t\t2026-11-22\tme\t\n" * 2, "stand here twice"),
    ],
)
def test_a_broken_table_is_told(run: Callable[..., Result], tmp_path: Path, text: str, told: str) -> None:
    """A row that is not whole is an error with file, line and remedy, and nothing is lost."""
    table = tmp_path / "data" / "wikidata" / "agreed.tsv"
    write_agreed(table, {})
    table.write_text(text.format(head=table.read_text("utf-8").rstrip("\n")), "utf-8")
    before = table.read_bytes()
    found = run("agree", "--curator", "me")
    assert (found.exit_code, "agreed.tsv" in found.stderr, told in found.stderr) == (1, True, True), found.stderr
    assert table.read_bytes() == before


@pytest.fixture(scope="module")
def client(twins: Release, settings: Settings, twins_repository: Repository) -> FlaskClient:
    """A client of the application over these data."""
    return create_app(settings, Releases(twins.folder.parent), twins_repository).test_client()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Missing on Wikidata 4", "Contradictions 2", "Missing here 7", "decide first which is right")),
        ("de", ("Fehlt in Wikidata 4", "Widersprüche 2", "Fehlt hier 7", "erst entscheiden, welches stimmt")),
        ("fr", ("Manque sur Wikidata 4", "Contradictions 2", "Manque ici 7", "décider d’abord laquelle est juste")),
    ],
)
def test_the_page(client: FlaskClient, language: str, words: tuple[str, ...]) -> None:
    """The page tells each difference with the sources of both sides, in the reader's language."""
    page = client.get(f"/wikidata?lang={language}", headers={"Accept": "text/html"}).text
    assert [text for text in words if text not in page] == []
    assert 'href="https://www.wikidata.org/wiki/Q64#P190"' in page
    assert f'href="{BERLIN}"' in page
    assert 'href="/page/source/rivermouth-en' in page
    assert 'href="/page/partnership/rivermouth-twinham-east' in page


def test_a_party_sees_its_own(client: FlaskClient) -> None:
    """A party's page leads to its differences, which are no others; kinds and parties that are none do no harm."""
    assert "/wikidata?party=city/twinham-east" in client.get("/page/city/twinham-east").text
    assert "/wikidata?party=" not in client.get("/page/city/lakeview").text
    page = client.get("/wikidata?party=city/twinham-east&kind=missing-here", headers={"Accept": "text/html"}).text
    assert ("wiki/Q1156" in page, "wiki/Q2807" in page) == (True, False)
    assert client.get("/wikidata?party=city/<script>").status_code == 404
    nothing = client.get("/wikidata?kind=nonsense&party=city/nowhere&page=99999999999")
    assert (nothing.status_code, "There is no difference" in nothing.text) == (200, True)


def test_files(client: FlaskClient, twins: Release) -> None:
    """Programs get all differences as JSON and CSV, by extension or by Accept, and every file among the downloads."""
    content = (twins.folder / "wikidata" / FILES["json"]).read_bytes()
    assert client.get("/wikidata.json").data == content
    assert client.get("/wikidata", headers={"Accept": "application/json"}).data == content
    assert client.get("/wikidata", headers={"Accept": "text/csv"}).text.startswith("kind,field,one,")
    assert client.get("/wikidata.exe").status_code == 406
    for name in FILES.values():
        assert client.get(f"/dumps/wikidata/{name}").status_code == 200
