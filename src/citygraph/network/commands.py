"""The command ``citygraph network``: figures, a way between two parties, and files for other tools."""

from __future__ import annotations

import sys
from dataclasses import astuple, fields
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from citygraph.network.read import Network
    from citygraph.place import Place


_FORM = click.option("--format", "form", type=click.Choice(["text", "csv"]), help="A table on a terminal, else CSV.")
_EXACT = click.option("--exact", is_flag=True, help="Measure every distance; a minute for 10,000 parties.")


@click.group(invoke_without_command=True)
@click.option("--release", "version", default="current", help="The release to measure.")
@click.option("--source", help="Only what one imported source claims, for instance wikidata-2016.")
@click.pass_context
def network(ctx: click.Context, version: str, source: str | None) -> None:
    """Measure the network of partners, find ways through it, hand it on; alone it tells the figures of the whole."""
    # read when the rest of the line is found right: it may take a build
    ctx.obj = cache(partial(_read, ctx.obj, version, source))
    if ctx.invoked_subcommand is None:
        ctx.invoke(summary)


def _read(place: Place, version: str, source: str | None) -> Network:
    from citygraph.iris import Iris  # noqa: PLC0415 - with the next one
    from citygraph.network.read import read_network  # noqa: PLC0415 - other commands start without it

    release = place.release(version)
    return read_network(release.folder / "dumps" / "graphs", Iris(release.base_iri), source)


@network.command()
@_FORM
@_EXACT
@click.pass_obj
def summary(read: Callable[[], Network], form: str | None, *, exact: bool) -> None:
    """Tell the figures of the whole network, and how sure each is."""
    from citygraph.network.figures import measure  # noqa: PLC0415 - loading igraph takes a third of a second

    rows = [astuple(row) for row in measure(read(), exact=exact).whole]
    _print(("figure", "value", "method"), rows, form)


@network.command()
@click.option("--by", default="degree", help="The column to sort by, highest first.")
@click.option("--limit", default=20, type=click.IntRange(min=0), help="How many parties; 0 for all.")
@_FORM
@_EXACT
@click.pass_obj
def table(read: Callable[[], Network], by: str, limit: int, form: str | None, *, exact: bool) -> None:
    """List the parties with their figures."""
    from citygraph.network.figures import Party, measure  # noqa: PLC0415 - see summary

    columns = [column.name for column in fields(Party)]
    if by not in columns:
        raise click.BadParameter(f"{by!r} is no column; choose one of {', '.join(columns)}", param_hint="--by")
    found = read()
    figures = measure(found, exact=exact)
    order = sorted(range(len(figures.parties)), key=lambda party: (-getattr(figures.parties[party], by), party))
    rows = [(found.name(party), *astuple(figures.parties[party]), found.parties[party]) for party in order]
    _print(("name", *columns, "party"), rows[: limit or None], form)


@network.command()
@click.argument("start", metavar="FROM")
@click.argument("goal", metavar="TO")
@click.option("--language", type=click.Choice(["en", "de", "fr"]), default="en", help="The language of the names.")
@click.pass_obj
def path(read: Callable[[], Network], start: str, goal: str, language: str) -> None:
    """Tell how FROM is linked to TO, by the fewest partnerships; each is a name, an IRI or a QID."""
    from citygraph.network.paths import find_party, shortest_way  # noqa: PLC0415 - see summary

    found = read()
    way = shortest_way(found, find_party(found, start), find_party(found, goal))
    if way is None:
        click.echo("no way leads from one to the other")
        sys.exit(1)
    equals = "the only shortest way" if way.equals == 1 else f"one of {way.equals} equally short ways"
    click.echo(f"{way.steps} partnership{'' if way.steps == 1 else 's'}, {equals}:")
    for party in way.parties:
        click.echo(f"  {found.name(party, language)}  <{found.parties[party]}>")


@network.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(["graphml", "gexf", "edges"]))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write; else standard output.")
@click.pass_obj
def export(read: Callable[[], Network], form: str, output: Path | None) -> None:
    """Write the network as graphml, gexf or a list of edges."""
    from citygraph.network.export import EXPORTS  # noqa: PLC0415 - see summary

    found = read()
    if output is None:
        EXPORTS[form](found, sys.stdout.buffer)
    else:
        with output.open("wb") as target:
            EXPORTS[form](found, target)


def _print(head: Sequence[str], rows: Sequence[Sequence[object]], form: str | None) -> None:
    """A table for people on a terminal, for programs elsewhere."""
    from citygraph.network.tables import table_bytes, written  # noqa: PLC0415 - it loads igraph

    if form == "text" or (form is None and sys.stdout.isatty()):
        shown = Table(*head)
        for row in rows:
            shown.add_row(*(written(value) for value in row))
        Console().print(shown)
    else:
        sys.stdout.buffer.write(table_bytes(head, rows))
