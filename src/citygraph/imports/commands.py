"""The commands that take in what others publish; each writes one folder of ``data/imported`` and says what it holds."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from citygraph.imports.finish import ZERO, About
from citygraph.imports.manifest import begin, check_values
from citygraph.imports.rows import BROKEN
from citygraph.terminal import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from citygraph.imports.dump import Progress
    from citygraph.imports.finish import Counts, Fault

_path = click.Path(path_type=Path, exists=True, dir_okay=False)
_folder = click.Path(path_type=Path, file_okay=False)
_SHOWN = 20
"""How many faults of a table are shown."""
_WIKIDATA = {
    "en": "Twinned administrative bodies on Wikidata",
    "de": "Partnerstädte und -gemeinden in Wikidata",
    "fr": "Collectivités jumelées sur Wikidata",
}


@click.group("import")
def imports() -> None:
    """Take in what others publish, as a folder of data/imported.

    A stopped import of a dump or an endpoint goes on where it was when the same command is given again.
    """


def _about(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where an import comes from."""
    for option in (
        click.option("--restart", is_flag=True, help="Begin anew, whatever is in the folder."),
        click.option("--title", "titles", multiple=True, metavar="LANGUAGE=TEXT", help="The title; once a language."),
        click.option("--publisher", help="Who publishes it."),
        click.option("--licence", help="Under which licence, as an IRI."),
        click.option("--origin", help="Where it comes from."),
        click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="The day it was received; today if not given."),
    ):
        command = option(command)
    return command


def _told(given: dict[str, Any], defaults: dict[str, Any]) -> About:
    """Put together what is said of an import; what is not said and has no default is asked for."""
    titles: dict[str, str] = dict(text.partition("=")[::2] for text in given["titles"]) or defaults.get("title", {})
    values: dict[str, str] = {key: given[key] or defaults.get(key, "") for key in ("publisher", "licence", "origin")}
    for key, value in {"title": titles, **values}.items():
        if not value:
            example = 'en="…"' if key == "title" else "…"
            raise click.UsageError(f"nothing says what the import is: add --{key} {example}")
    check_values("the options", values | {"title": titles})
    day = given["date"]
    return About(title=titles, date=day.date() if day else dt.datetime.now(dt.UTC).date(), **values)


@imports.command()
@click.argument("dump")
@click.argument("folder", type=_folder)
@click.option("--language", "languages", multiple=True, help="Keep labels of this language; all if none is given.")
@click.option("--quick", is_flag=True, help="Do not read lines that are not kept: faster, and blind to their faults.")
@click.option("--complete", is_flag=True, help="Read the dump twice, for items that are only named by others.")
@click.option("--spark", metavar="MASTER", help="Read it on a cluster, such as spark://host:7077, or local[8].")
@_about
def dump(dump: str, folder: Path, languages: tuple[str, ...], quick: bool, complete: bool, **rest: Any) -> None:
    """Filter a Wikidata JSON DUMP (plain, .gz, .bz2, or - for standard input) into FOLDER."""
    from citygraph.imports.dump import Choice, import_dump  # noqa: PLC0415

    choice = Choice(languages, thorough=not quick, complete=complete, restart=rest["restart"])
    origin = f"Wikidata JSON dump {Path(dump).name}"
    about = _told(rest, {"title": _WIKIDATA, "publisher": "Wikidata", "licence": ZERO, "origin": origin})
    if rest["spark"]:
        from citygraph.imports import spark  # noqa: PLC0415

        counts = spark.import_dump(dump, folder, about, choice, rest["spark"])
    else:
        with _bar() as tell:
            counts = import_dump(Path(dump), folder, about, choice, tell)
    _say(counts, folder)


@imports.command()
@click.argument("endpoint", type=Address())
@click.argument("folder", type=_folder)
@click.option("--contact", required=True, help="A mail address or page where the endpoint's owner reaches you.")
@click.option("--page", default=100, type=click.IntRange(1, 5000), help="How many items are asked for at once.")
@click.option("--pause", default=0.5, type=click.FloatRange(0), help="The pause between two pages, in seconds.")
@click.option("--language", "languages", multiple=True, help="Keep labels of this language; all if none is given.")
@_about
def sparql(endpoint: str, folder: Path, languages: tuple[str, ...], **rest: Any) -> None:
    """Harvest an ENDPOINT that holds Wikidata's form of RDF into FOLDER, page by page."""
    from citygraph.imports.endpoint import Manner  # noqa: PLC0415
    from citygraph.imports.sparql import import_sparql  # noqa: PLC0415

    manner = Manner(
        rest["contact"], rest["page"], pause_seconds=rest["pause"], languages=languages, restart=rest["restart"]
    )
    origin = f"SPARQL endpoint {endpoint}"
    about = _told(rest, {"title": _WIKIDATA, "publisher": "Wikidata", "licence": ZERO, "origin": origin})
    with Console(stderr=True).status("0 items") as status:
        counts = import_sparql(endpoint, folder, about, manner, lambda now: status.update(f"{now.kept} items"))
    _say(counts, folder)


@imports.command()
@click.argument("table", type=_path)
@click.argument("folder", type=_folder)
@click.option("--names", type=_path, help="A table of names: what stands in TABLE, and what it is called.")
@click.option("--header", is_flag=True, help="The first row names the columns; start and end are dates.")
@click.option("--undirected", is_flag=True, help="A row does not say which side states it.")
@_about
def pairs(table: Path, folder: Path, names: Path | None, header: bool, undirected: bool, **rest: Any) -> None:
    """Take a TABLE of two columns, a pair a row, into FOLDER."""
    from citygraph.imports.tables import import_pairs  # noqa: PLC0415

    about = _told(rest, {"origin": table.name})
    begin(folder, restart=rest["restart"])
    counts, faults = import_pairs(table, folder, about, names=names, header=header, directed=not undirected)
    _say(counts, folder, faults)


@imports.command()
@click.argument("description", type=_path)
@click.argument("folder", type=_folder)
@_about
def csvw(description: Path, folder: Path, **rest: Any) -> None:
    """Take tables into FOLDER that a DESCRIPTION in CSVW (…-metadata.json) maps to RDF."""
    from citygraph.imports.triples import import_csvw  # noqa: PLC0415

    about = _told(rest, {"origin": description.name})
    begin(folder, restart=rest["restart"])
    counts, faults = import_csvw(description, folder, about)
    _say(counts, folder, faults)


@imports.command()
@click.argument("file", type=_path)
@click.argument("folder", type=_folder)
@click.option("--made-from", multiple=True, type=_path, help="A file that FILE was made from, for instance RML.")
@_about
def triples(file: Path, folder: Path, made_from: tuple[Path, ...], **rest: Any) -> None:
    """Take a FILE of N-Triples or Turtle, for instance what an RML engine has made, into FOLDER."""
    from citygraph.imports.triples import import_triples  # noqa: PLC0415

    about = _told(rest, {"origin": file.name})
    begin(folder, restart=rest["restart"])
    _say(import_triples(file, folder, about, made_from), folder)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    """Show rate, counts and what is left on a terminal, and nothing elsewhere."""
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)

        def tell(now: Progress) -> None:
            doing = "unpacking again up to where it stopped" if now.again else str(now.counts)
            text = f"{doing}; {now.rate / 1e6:.0f} MB/s"
            bar.update(task, completed=now.done, total=now.total or None, description=text)

        yield tell


def _say(counts: Counts, folder: Path, faults: Sequence[Fault] = ()) -> None:
    for fault in faults[:_SHOWN]:
        click.echo(str(fault), err=True)
    if len(faults) > _SHOWN:
        click.echo(f"and {len(faults) - _SHOWN} more; the report of the build names each", err=True)
    click.echo(f"{folder}: {counts}")
    if (folder / BROKEN).exists():
        click.echo(f"{folder / BROKEN} names each broken line and what is wrong with it", err=True)
