"""The command line: read settings, call one function, print, set the exit code (0 fine, 1 findings, 2 usage)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pyoxigraph as ox
from rich.console import Console
from rich.table import Table

import citygraph
from citygraph.build import inputs, pipeline
from citygraph.build.report import report_turtle
from citygraph.diff import Difference
from citygraph.doctor.commands import doctor
from citygraph.errors import ParameterError, QueryError
from citygraph.formats import RDF, RESULTS, by_name
from citygraph.harvest.commands import harvest_check
from citygraph.imports.commands import imports
from citygraph.linking.commands import link
from citygraph.network.commands import network
from citygraph.place import Place
from citygraph.queries import Query, read_query
from citygraph.release import Release, Releases
from citygraph.remote.http import Credentials
from citygraph.remote.publish import publish as send
from citygraph.retention.commands import releases
from citygraph.retention.policy import find
from citygraph.settings import LANGUAGES, Repository, Settings
from citygraph.terminal import Group
from citygraph.verify import verify
from citygraph.vocab import prefixes
from citygraph.web.names import NAMING, best, named
from citygraph.wikidata.commands import wikidata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.build.stages import Tell
    from citygraph.store import Answer

_ENVIRONMENT = {"repository": "CITYGRAPH_REPOSITORY", "data": "CITYGRAPH_DATA", "releases": "CITYGRAPH_RELEASE_FOLDER"}


@contextmanager
def _progress() -> Iterator[Tell]:
    """Show the stage at work on a terminal, and nothing elsewhere."""
    with Console(stderr=True).status("") as status:
        yield lambda stage: status.update(f"{stage} …")


def _build(settings: Settings, repository: Repository, releases: Releases) -> Release:
    if releases.current() is None:
        click.echo(f"{releases.folder} holds no release yet: one is built of {repository.data}", err=True)
    with _progress() as tell:
        return pipeline.build(settings, repository, releases, tell)


_path = click.Path(path_type=Path)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(citygraph.__version__, message="citygraph %(version)s")
@click.option("--repository", type=_path, envvar=_ENVIRONMENT["repository"], help="The folder with ontology, data, …")
@click.option("--data", type=_path, envvar=_ENVIRONMENT["data"], help="Another folder of data.")
@click.option("--releases", type=_path, help="Where releases are kept.")
@click.pass_context
def main(ctx: click.Context, repository: Path | None, data: Path | None, releases: Path | None) -> None:
    """Build, check, ask and serve the knowledge graph of city partnerships."""
    found = Repository.at(repository, data) if repository else Repository.find(Path.cwd(), data)
    chosen = {_ENVIRONMENT["releases"]: str(releases.absolute())} if releases else {}
    settings = Settings.read(found.settings_file(Path.cwd()), os.environ | chosen)
    ctx.obj = Place(settings, found, Releases(Path(settings.release_folder)), _build)


@main.command()
@click.option("--force", is_flag=True, help="Build although nothing has changed.")
@click.pass_obj
def build(place: Place, force: bool) -> None:
    """Make a release of the repository's files and let it be the current one."""
    same = None if force else inputs.unchanged(place.settings, place.repository, place.releases)
    if same:
        click.echo(f"{same.version}: nothing has changed since it was built (--force builds it again)")
        return
    release = place.build()
    click.echo(f"{release.version}: {release.manifest['counts']['triples']} triples in {release.folder}")
    click.echo((release.folder / "report.txt").read_text("utf-8").splitlines()[-1])


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", help="The language of the messages.")
@click.option("--imports", is_flag=True, help="Check what was imported as well, which takes longer.")
@click.option("--documents", type=_path, help="A folder with the saved documents, to compare evidence with.")
@click.pass_obj
def validate(
    place: Place, files: tuple[Path, ...], form: str, language: str, documents: Path | None, *, imports: bool
) -> None:
    """Check the repository, with FILES of data beside its own (- is standard input); publish nothing."""
    with tempfile.TemporaryDirectory() as scratch, _progress() as tell:
        extra = [_from_stdin(Path(scratch)) if str(path) == "-" else path for path in files]
        releases = Releases(Path(scratch) / "releases")
        report = pipeline.check(place.settings, place.repository, releases, tell, extra, documents, imports=imports)
    if form == "turtle":
        click.echo(report_turtle(report, place.settings.iris), nl=False)
    elif form == "json":
        click.echo(json.dumps([asdict(finding) for finding in report.findings], ensure_ascii=False, indent=1))
    else:
        click.echo(report.text(language), nl=False)
    sys.exit(1 if report.violations else 0)


def _from_stdin(folder: Path) -> Path:
    path = folder / "stdin.ttl"
    path.write_bytes(sys.stdin.buffer.read())
    return path


@main.command()
@click.argument("what")
@click.option("--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the query.")
@click.option("--format", "form", help="A name, extension or media type; a table on a terminal, else CSV or Turtle.")
@click.option("--release", "version", default="current", help="The release to ask.")
@click.pass_obj
def query(place: Place, what: str, params: tuple[str, ...], form: str | None, version: str) -> None:
    """Ask a query: WHAT is a file, - for standard input, or the name of an example."""
    found = _find_query(place, what)
    values = dict(text.partition("=")[::2] for text in params)
    if unknown := values.keys() - {row.name for row in found.parameters}:
        raise ParameterError(what, f"the query has no parameter {', '.join(sorted(unknown))}")
    text = found.bound(values, place.settings.iris)
    try:
        answer = place.release(version).store.query(text)
    except QueryError as error:  # which knows the text, and not where it comes from
        raise QueryError(what, error.fault, line=error.line, column=error.column) from None
    if form is None and sys.stdout.isatty() and isinstance(answer, ox.QuerySolutions):
        Console().print(_table(answer))
    else:
        sys.stdout.buffer.write(_write(answer, form))


def _find_query(place: Place, what: str) -> Query:
    iris = place.settings.iris
    if what == "-":
        return Query.parse(iris.rebase(sys.stdin.read()), "stdin", "stdin")
    example = place.repository.queries("examples") / f"{what}.rq"
    if not (path := Path(what)).is_file() and not (path := example).is_file():
        raise QueryError(what, "neither a file nor the name of an example; `ls queries/examples` names them")
    return read_query(path, iris)


def _table(answer: ox.QuerySolutions) -> Table:
    """A table for people: values without their types, IRIs by their ends."""
    table = Table(*(variable.value for variable in answer.variables))
    for row in answer:
        table.add_row(*("" if term is None else str(getattr(term, "value", term)) for term in row))
    return table


def _write(answer: Answer, form: str | None) -> bytes:
    """An answer for programs."""
    if isinstance(answer, ox.QueryTriples):
        content = answer.serialize(format=by_name(form or "turtle", RDF).rdf)
    else:
        default = "csv" if isinstance(answer, ox.QuerySolutions) else "json"
        content = answer.serialize(format=by_name(form or default, RESULTS).results)
    assert content is not None
    return content


@main.command()
@click.option("--host", help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--workers", "processes", type=click.IntRange(1, 64), help="Processes that answer.")
@click.pass_obj
def serve(place: Place, /, **given: Any) -> None:
    """Serve the current release; where there is none yet, build it first."""
    from citygraph.web.server import begin_anew, ensure_free, run  # noqa: PLC0415 - others do without it

    begin_anew()
    places = {"repository": place.repository.root, "data": place.repository.data, "releases": place.releases.folder}
    for name, folder in places.items():  # the processes of build and server read the same settings from the environment
        os.environ[_ENVIRONMENT[name]] = str(folder.absolute())
    chosen = replace(place.settings, **{name: value for name, value in given.items() if value is not None})
    ensure_free(chosen.host, chosen.port)
    if place.releases.current() is None:
        # The processes that answer are forked from this one: stores and threads that a build leaves would break them.
        built = subprocess.run([sys.executable, "-m", "citygraph", "build"], check=False)
        if built.returncode:
            sys.exit(built.returncode)
    version = place.release("current").version
    where = f"http://{chosen.host}:{chosen.port}/"
    click.echo(f"citygraph {citygraph.__version__} serves {version} on {where} (Ctrl+C ends it)")
    run(chosen.host, chosen.port, chosen.processes, chosen)


@main.command()
@click.option("--release", "version", default="current", help="The release to send.")
@click.pass_obj
def publish(place: Place, version: str) -> None:
    """Send a release to the SPARQL server that the settings name, and let it be the one served from there."""
    release = place.release(version)
    with _progress() as tell:
        send(place.settings, release, Credentials.read(os.environ), tell)
    click.echo(f"{release.version} is published at {place.settings.store}")


@main.command()
@click.argument("old")
@click.argument("new", default="current")
@click.option("--format", "form", type=click.Choice(["text", "json", "patch"]), default="text")
@click.pass_obj
def diff(place: Place, old: str, new: str, form: str) -> None:
    """Say what the release NEW states that OLD does not, and the reverse; patch is RDF Patch."""
    found = Difference(find(place.releases, old), find(place.releases, new))
    name = _naming(found.new, found.old)
    lines: dict[str, Callable[[], Iterator[str]]]
    lines = {"text": partial(found.text, name), "json": found.json, "patch": found.patch}
    for line in lines[form]():
        click.echo(line)
    sys.exit(1 if found.statements else 0)


def _naming(*releases: Release) -> Callable[[ox.NamedNode], str]:
    """Call things by the names that one of some releases gives them, else by their IRIs, shortened by prefixes."""
    spaces = prefixes(releases[0].base_iri).items()

    @lru_cache(10_000)
    def name(thing: ox.NamedNode) -> str:
        for release in releases:
            quads = ((rank, quad) for rank, by in enumerate(NAMING) for quad in release.store.quads(thing, by))
            names = [(rank, named(quad.object)) for rank, quad in quads if isinstance(quad.object, ox.Literal)]
            if names:
                return best(names, "en").text
        short = ((space, prefix) for prefix, space in spaces if thing.value.startswith(space))
        space, prefix = max(short, key=lambda row: len(row[0]), default=("", ""))
        return f"{prefix}:{thing.value.removeprefix(space)}" if space else thing.value

    return name


for _command in (doctor, harvest_check, imports, link, network, releases, verify, wikidata):
    main.add_command(_command)
