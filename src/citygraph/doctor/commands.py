"""The command `doctor`: runs all checks against a site, prints them, and sets the exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from citygraph.doctor import endpoint, headers, linked, portals, running
from citygraph.doctor.check import Fault
from citygraph.doctor.site import Site, Unreachable
from citygraph.terminal import Address

if TYPE_CHECKING:
    from citygraph.doctor.check import Check

CHECKS: tuple[Check, ...] = (*running.CHECKS, *linked.CHECKS, *headers.CHECKS, *endpoint.CHECKS, *portals.CHECKS)
"""All checks, in the order in which they are made."""


def examine(site: Site, check: Check) -> list[Fault]:
    """The faults that a check finds; a site that breaks off is at fault too."""
    try:
        return list(check.look(site))
    except (Unreachable, SyntaxError, ValueError) as error:
        return [Fault(str(error), f"curl -si {site.address}/")]


@click.command()
@click.argument("url", type=Address())
@click.option("--json", "as_json", is_flag=True, help="Print a list of checks for programs.")
@click.option("--dump/--no-dump", default=True, help="Whether to read the whole dump and count its triples.")
@click.option(
    "--only", "names", multiple=True, type=click.Choice([row.name for row in CHECKS]), help="Only this check."
)
def doctor(url: str, names: tuple[str, ...], *, as_json: bool, dump: bool) -> None:
    """Check the running site at URL, and say what to mend, with a curl line to see it."""
    site = Site(url, whole=dump)
    site.ask("/")  # nothing can be said of a site that does not answer
    found = {row: examine(site, row) for row in CHECKS if not names or row.name in names}
    if as_json:
        click.echo(json.dumps([_told(row, faults) for row, faults in found.items()], ensure_ascii=False, indent=1))
    else:
        for row, faults in found.items():
            _print(row, faults)
        promises = [faults for row, faults in found.items() if not row.advice]
        kept = sum(not faults for faults in promises)
        click.echo(f"{kept} of {len(promises)} promises are kept by {site.address}")
    sys.exit(1 if any(faults for row, faults in found.items() if not row.advice) else 0)


def _told(check: Check, faults: list[Fault]) -> dict[str, object]:
    facts = {"check": check.name, "promise": check.promise, "kept": not faults, "advice": check.advice}
    return facts | ({"remedy": check.remedy, "faults": [asdict(row) for row in faults]} if faults else {})


def _print(check: Check, faults: list[Fault]) -> None:
    broken = click.style("!", "yellow") if check.advice else click.style("✗", "red")
    click.echo(f"{broken if faults else click.style('✓', 'green')} {check.promise} ({check.name})")
    for row in faults:
        click.echo(f"    {row.text}\n      {row.curl}")
    if faults:
        click.echo(f"    To mend: {check.remedy}")
