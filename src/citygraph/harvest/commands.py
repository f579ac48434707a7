"""The command `harvest-check`: reads a catalogue as a portal does, tells what it would find, sets the exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citygraph.harvest.fetch import harvest
from citygraph.harvest.links import follow
from citygraph.harvest.rules import check
from citygraph.harvest.score import FULL, Score, score
from citygraph.settings import Repository
from citygraph.terminal import Address

if TYPE_CHECKING:
    from citygraph.harvest.finding import Finding


@dataclass(frozen=True)
class Verdict:
    """What was found in a catalogue."""

    findings: list[Finding]
    score: Score
    datasets: int

    @property
    def violations(self) -> int:
        """How many findings are grave."""
        return sum(row.severity == "violation" for row in self.findings)


def judge(where: str, profile: str, shapes: Path, *, links: bool) -> Verdict:
    """Read a catalogue from an address or a file, and hold it to a profile."""
    found = harvest(where)
    findings = [*found.findings, *check(found, profile, shapes)]
    conforms = not any(row.severity == "violation" for row in findings)
    followed = list(follow(found)) if links else []
    findings += [row for _, row in followed]
    points = score(found, {url for url, _ in followed if url}, conforms=conforms)
    return Verdict(sorted(set(findings), key=lambda row: row), points, len(found.subjects("dcat:Dataset")))


def profile_of(where: str) -> str:
    """The profile that an address of ours names; data.europa.eu's for any other."""
    for name in ("de", "ch"):
        if f"/catalog/{name}" in where or f"/catalog-{name}" in where:
            return name
    return "eu"


@click.command("harvest-check")
@click.argument("where", metavar="URL|FILE", type=Address(or_file=True))
@click.option("--profile", type=click.Choice(["eu", "de", "ch"]), help="The portal's profile; by the address, else eu.")
@click.option("--links/--no-links", default=True, help="Whether to follow every link; of a file none is followed.")
@click.option("--json", "as_json", is_flag=True, help="Print findings and points for programs.")
def harvest_check(where: str, profile: str | None, *, links: bool, as_json: bool) -> None:
    """Read the catalogue at URL or in FILE as a portal's harvester does, and say what it would refuse or miss."""
    chosen = profile or profile_of(where)
    shapes = Repository.find(Path.cwd()).profiles / "shapes"
    verdict = judge(where, chosen, shapes, links=links and "://" in where)
    if as_json:
        points = {"points": verdict.score.points, "of": FULL, "band": verdict.score.band}
        missing = [
            dict(zip(("measure", "points", "subject", "remedy"), row, strict=True)) for row in verdict.score.missing
        ]
        found = [asdict(row) for row in verdict.findings]
        click.echo(json.dumps({"profile": chosen, **points, "missing": missing, "findings": found}, indent=1))
    else:
        _print(verdict, chosen)
    sys.exit(1 if verdict.violations else 0)


def _print(verdict: Verdict, profile: str) -> None:
    for row in verdict.findings:
        sign = click.style("✗", "red") if row.severity == "violation" else click.style("!", "yellow")
        click.echo(f"{sign} {row.subject}\n    {row.problem} ({row.rule})\n    To mend: {row.remedy}")
    for name, points, subject, remedy in verdict.score.missing:
        click.echo(f"- {points:.1f} points for {name}: {subject}\n    To mend: {remedy}")
    warnings = len(verdict.findings) - verdict.violations
    click.echo(
        f"{verdict.datasets} data sets, profile {profile}: {verdict.violations} violations, {warnings} warnings, "
        f"{verdict.score.points:g} of {FULL} points ({verdict.score.band})"
    )
