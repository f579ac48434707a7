"""The command ``citygraph wikidata``: what we and Wikidata may learn from each other, and what was agreed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygraph.errors import SourceError
from citygraph.iris import Iris
from citygraph.terminal import Address
from citygraph.wikidata.agreed import FILE, FOLDER, agree, read_agreed, write_agreed
from citygraph.wikidata.words import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from citygraph.place import Place
    from citygraph.wikidata.desk import Desk
    from citygraph.wikidata.lines import Line


def _sides(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what is compared."""
    for option in (
        click.option("--party", "parties", multiple=True, help="Only pairs of this party, such as city/basel or Q78."),
        click.option("--live", is_flag=True, help="Ask Wikidata first what it states today."),
        click.option(
            "--endpoint", type=Address(), help="The SPARQL endpoint to ask; the one of the settings if not given."
        ),
        click.option("--contact", help="Where the endpoint's owner reaches you: a mail address or a page."),
    ):
        command = option(command)
    return command


@click.group("wikidata")
def wikidata() -> None:
    """Compare our partnerships with Wikidata's, both ways, and with what was last agreed."""


@wikidata.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "quickstatements", "openrefine"]),
    default="text",
    help="A report; data; commands for QuickStatements; a project of OpenRefine.",
)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only differences of this kind.")
@click.option("--all", "known", is_flag=True, help="Tell also what was looked at and left so.")
@click.option("--comments", is_flag=True, help="QuickStatements: put the age of the snapshot behind each command.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@_sides
@click.pass_obj
def diff(place: Place, /, form: str, output: Path | None, **given: Any) -> None:
    """Tell what is missing on Wikidata, what is missing here, and what contradicts; exit code 1 if anything is open."""
    desk = _desk(place, given)
    lines = [line for line in _chosen(desk, given["parties"]) if line.kind in given["kinds"] or not given["kinds"]]
    lines = [line for line in lines if line.open or given["known"]]
    content = desk.write(form, lines, comments=given["comments"])
    if output:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    sys.stdout.flush()
    if desk.head.old and form != "text":
        click.echo(f"citygraph: {desk.warning}", err=True)
    sys.exit(1 if form == "text" and any(line.open for line in lines) else 0)


@wikidata.command("agree")
@click.option("--curator", required=True, help="Who agrees; stands in the rows.")
@click.option("--comment", default="", help="What the agreement rests on.")
@_sides
@click.pass_obj
def agree_to(place: Place, /, curator: str, comment: str, **given: Any) -> None:
    """Remember what both sides say, so that the next comparison tells what has changed, and where."""
    desk = _desk(place, given)
    path = place.repository.data / FOLDER / FILE
    names = {name.removeprefix("wd:") for name in _keys(desk, given["parties"])}
    states = [row for row in desk.comparison.states() if not names or names & set(row[0][:2])]
    before = read_agreed(path)
    after = agree(before, states, curator, dt.datetime.now(dt.UTC).date(), comment)
    write_agreed(path, after)
    changed = sum(before.get(key) != base for key, base in after.items())
    click.echo(f"{path}: {len(after)} rows, {changed} of them new or changed; `citygraph build` publishes it")


def _desk(place: Place, given: dict[str, Any]) -> Desk:
    from citygraph.wikidata.desk import open_desk  # noqa: PLC0415 - other commands start without it

    release = place.release("current")
    if not given["live"]:
        return open_desk(release.store, Iris(release.base_iri), place.repository, release.version)
    from citygraph.imports.endpoint import Manner  # noqa: PLC0415 - with the next one

    settings = place.settings
    contact = given["contact"] or settings.contact_email or settings.contact_url
    if not contact:
        raise click.UsageError("say where the owner of the endpoint reaches you: --contact you@example.org")
    live = (given["endpoint"] or settings.wikidata_endpoint, Manner(contact, languages=("en", "de", "fr")))
    return open_desk(release.store, Iris(release.base_iri), place.repository, release.version, live)


def _keys(desk: Desk, parties: tuple[str, ...]) -> list[str]:
    """The keys of parties as they are given: our identifiers or items; one of whom nothing is said is an error."""
    sides, space = desk.comparison.sides, f"{desk.iris.base}id/"
    found = []
    for name in parties:
        iri = space + name.removeprefix(space)
        key = sides.party(iri).item or name.removeprefix(space)
        if iri not in sides.parties and key not in {party.item for party in sides.parties.values()}:
            remedy = "write kind and name, as in city/basel, or the id of an item, as in Q78"
            raise SourceError(name, "neither side speaks of it", remedy)
        found.append(key)
    return found


def _chosen(desk: Desk, parties: tuple[str, ...]) -> list[Line]:
    keys = set(_keys(desk, parties))
    sides = desk.comparison.sides
    return [
        line
        for line in desk.lines
        if not keys or keys & {sides.key(iri, desk.iris.base) for iri in (line.one, line.other)}
    ]
