"""QuickStatements take what we propose: read by others, never what Wikidata says already, nothing without reference."""

from __future__ import annotations

import doctest
import json
import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from citygraph.wikidata import dates, quickstatements
from citygraph.wikidata.lines import Proposal, Reference
from citygraph.wikidata.sides import Source
from wikidata.small import OURS, WIKIDATA, claim, compared, iri, stated

if TYPE_CHECKING:
    from types import ModuleType

    from citygraph.wikidata.compare import Comparison
    from citygraph.wikidata.sides import Claim, Stated

CLIENTS = Path(__file__).parents[1] / "clients"
CASES = 600
NAMES = {"alm": "Q1", "bourg": "Q2", "citta": "Q3", "dorf": "", "esbjerg": "Q5"}
YEARS = ("", "1999", "1999-05", "1999-05-01", "2001", "2030")
OLDER = Source("older", snapshot=True, whole=True, read="2016-01-01")
# Help:QuickStatements, "Command sequence syntax": what every command of ours has to look like.
LINE = re.compile(
    r"Q\d+\tP190\tQ\d+"
    r"(\tP58[02]\t\+\d{4}-\d\d-\d\dT00:00:00Z/(9|10|11)){0,2}"
    r'\tS854\t"https?://[^"|\s]+"'
    r'(\tS1476\t[a-z]{2,3}:"[^"|\t]+")?'
    r"(\tS813\t\+\d{4}-\d\d-\d\dT00:00:00Z/11)?"
)


@pytest.mark.parametrize("module", [dates, quickstatements], ids=lambda module: module.__name__)
def test_examples_are_true(module: ModuleType) -> None:
    """What a docstring shows is what Python answers."""
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


def world(seed: int) -> tuple[Comparison, list[Claim], list[Stated]]:
    """Both sides at random: every rank, several statements, denials, odd dates, sources with and without a page."""
    chance = random.Random(seed)
    pick = chance.choice
    paged = [replace(OURS, name="a"), replace(OURS, name="b", page=pick(["", "ftp://x/", "https://example.org/b"]))]
    pairs = [tuple(chance.sample(sorted(NAMES), 2)) for _ in range(8)]
    ours = [
        stated(*sorted(pair), pick(YEARS), pick(YEARS), pick(["a", "b"]), twinned=chance.random() < 0.8)
        for pair in pairs[:6]
    ]
    theirs = [
        claim(
            *(pair if chance.random() < 0.9 else pair[:1]),
            source=pick(["wikidata", "older"]),
            rank=pick(["normal", "normal", "preferred", "deprecated"]),
            start=pick(YEARS),
            end=pick(YEARS),
            odd=frozenset({"P580"} if chance.random() < 0.1 else ()),
        )
        for pair in (chance.choice(pairs)[:: chance.choice([1, -1])] for _ in range(chance.randrange(8)))
        if NAMES[pair[0]]
    ]
    return compared(ours, theirs, NAMES, sources=(*paged, WIKIDATA, OLDER)), theirs, ours


@pytest.mark.parametrize("tens", range(10))
def test_nothing_that_wikidata_says_and_nothing_without_reference(tens: int) -> None:
    """Of whatever both sides state, a command tells only what no snapshot states, with the page of a source of ours."""
    for seed in range(tens * CASES // 10, (tens + 1) * CASES // 10):
        check(*world(seed))


def check(comparison: Comparison, theirs: list[Claim], ours: list[Stated]) -> None:
    """Compare each command with what both sides state."""
    party = {item: iri(name) for name, item in NAMES.items() if item}
    for text in quickstatements.commands(comparison.lines()):
        assert LINE.fullmatch(text), text
        subject, _, value, *rest = text.split("\t")
        parts = dict(zip(rest[::2], rest[1::2], strict=True))
        by, of = party[subject], party[value]
        assert any({row.one, row.other} == {by, of} and row.twinned for row in ours)
        assert parts["S854"].strip('"') in {row.page for row in comparison.sides.sources.values() if row.page}
        said = [row for row in theirs if (row.by, row.of) == (by, of)]
        if not said:
            continue
        # The statement is there: the command adds one qualifier to the one that stands, which has none of it.
        (only,) = [row for row in said if comparison.sides.held[by] == row.source]
        (name,) = [key for key in parts if key.startswith("P")]
        assert only.rank != "deprecated"
        assert name not in only.odd
        assert not (only.start if name == "P580" else only.end)


def test_the_cases_are_no_empty_ones() -> None:
    """Among the cases at random are statements, qualifiers and both kinds of refusal, or they would prove nothing."""
    lines = [line for seed in range(CASES) for line in world(seed)[0].lines()]
    proposals = [row for line in lines for row in line.proposals]
    assert sum(not row.known for row in proposals) > 100
    assert sum(row.known for row in proposals) > 20
    reasons = {reason for line in lines for reason in line.reasons}
    assert {"removed", "no-page", "no-item", "several", "dates", "denied", "rank"} <= reasons


HOSTILE = Reference("a", 'https://example.org/a|b?c="d"#e\tf||g', 'He said "so" | or not', "en", "2026-11-22")


def test_signs_of_its_own_break_no_command() -> None:
    """Bars, tabs and quotation marks in addresses are escaped; a title that cannot be written is left out."""
    text = quickstatements.command(Proposal("Q1", "Q2", (), HOSTILE, "one"))
    assert LINE.fullmatch(text)
    assert text.split("\t")[4] == '"https://example.org/a%7Cb?c=%22d%22#e%09f%7C%7Cg"'
    assert "S1476" not in text


@pytest.mark.real
def test_another_parser_reads_every_command(tmp_path: Path) -> None:
    """quickstatements-to-wikibase-edit, which nobody here wrote, finds in the commands just what was proposed."""
    proposals = {row for seed in range(CASES) for line in world(seed)[0].lines() for row in line.proposals}
    proposals |= {Proposal("Q1", "Q2", (("P580", "1999"),), HOSTILE, "one")}
    ordered = sorted(proposals, key=str)
    (tmp_path / "batch").write_text("".join(f"{quickstatements.command(row)}\n" for row in ordered), "utf-8")
    script = (
        "const read = require('quickstatements-to-wikibase-edit');"
        "process.stdout.write(JSON.stringify(read(require('fs').readFileSync(process.argv[1], 'utf8'))))"
    )
    answer = subprocess.run(
        ["node", "-e", script, str(tmp_path / "batch")], cwd=CLIENTS, capture_output=True, check=True, text=True
    )
    found = json.loads(answer.stdout)
    assert (found["creations"], found["merges"]) == ([], [])
    read = [(edit["id"], row) for edit in found["edits"] for row in edit["claims"]["P190"]]
    assert {property_ for edit in found["edits"] for property_ in edit["claims"]} == {"P190"}
    wanted = [(row.subject, plain(row)) for row in ordered]
    assert sorted(map(str, read)) == sorted(map(str, wanted))


def plain(row: Proposal) -> dict[str, Any]:
    """A proposal in the form of wikibase-edit."""
    source = row.reference
    qualifiers = {name: [time(date)] for name, date in row.qualifiers}
    page = re.sub(r'[|"\t]', lambda sign: f"%{ord(sign[0]):02X}", source.page)
    title = {} if source is HOSTILE else {"P1476": [{"text": source.title, "language": source.language}]}
    references = {"P854": [page], **title, "P813": [time(source.read)]}
    found = {"value": row.value, "qualifiers": qualifiers, "references": references}
    return {key: value for key, value in found.items() if value}


def time(text: str) -> dict[str, Any]:
    """A date in the form of wikibase-edit."""
    parts = [*text.split("-"), "00", "00"][:3]
    return {"time": f"+{'-'.join(parts)}T00:00:00Z", "precision": 9 + text.count("-")}
