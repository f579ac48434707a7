"""The command ``citygraph link``: propose items, review proposals, write down what is accepted and what is rejected."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygraph.errors import SourceError
from citygraph.iris import Iris
from citygraph.linking.classes import read_classes
from citygraph.linking.countries import ITEM
from citygraph.linking.decisions import Decision, Decisions
from citygraph.queries import filled, read_queries
from citygraph.release import ENGINE
from citygraph.terminal import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from citygraph.linking.live import Service
    from citygraph.linking.matcher import Matcher
    from citygraph.linking.proposals import Proposal
    from citygraph.linking.score import Candidate
    from citygraph.place import Place
    from citygraph.release import Release

WIKIDATA = "https://wikidata.reconci.link/en/api"
"""The reconciliation service for Wikidata that OpenRefine offers."""
HEALTH = ("item-", "one-item-of-two-things", "two-items-of-one-thing")
"""How the names of the checks begin that look after links."""


class _Group(click.Group):
    """Proposes where no other command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["propose", *args])


_CURATOR = click.option("--curator", help="Who decides; stands in the row.")


@click.group("link", cls=_Group)
def link() -> None:
    """Find the Wikidata items of our parties, or of a table of names; alone it proposes."""


def _decision(command: Callable[..., None]) -> click.Command:
    """Make a command that writes down what somebody decided about a thing and an item."""
    confidence = click.FloatRange(0, 1, min_open=True)
    for decorate in (
        click.pass_obj,
        click.option("--comment", default="", help="What the decision rests on."),
        click.option("--confidence", type=confidence, default=1.0, help="How sure; 1 if not given."),
        _CURATOR,
        click.argument("item"),
        click.argument("subject"),
    ):
        command = decorate(command)
    return link.command()(command)


@link.command()
@click.argument("table", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--review", is_flag=True, help="Ask for each proposal: yes, no, or skip.")
@click.option("--health", is_flag=True, help="Tell which links need a look instead.")
@click.option(
    "--live", type=Address(), metavar="[URL]", is_flag=False, flag_value=WIKIDATA, help="Ask a reconciliation service."
)
@click.option("--limit", type=click.IntRange(1, 50), default=3, help="How many items are proposed for each.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text")
@_CURATOR
@click.pass_obj
def propose(place: Place, /, table: Path | None, limit: int, form: str, curator: str | None, **given: Any) -> None:
    """Propose items for our parties without one, or for the names of TABLE.

    TABLE is CSV with a column name, and kind, country, lat, long, within where they are known. What is imported is
    proposed; with --live, behind TABLE, what a service knows: Wikidata's, or any other of the Reconciliation API.
    """
    from citygraph.linking import proposals  # noqa: PLC0415 - other commands start without it

    if given["review"] and (table or not curator):
        raise click.UsageError("--review asks about our own parties, and needs --curator")
    release = place.release("current")
    matcher, iris = _matcher(release), Iris(release.base_iri)
    decisions = Decisions(place.repository.data / "links")
    live = _service(place, matcher, given["live"]) if given["live"] else None
    if given["health"]:
        _health(place, release, [] if live is None else _gone(live, decisions))
        return
    ask = matcher.match_all if live is None else live.match_all
    if table:
        found = proposals.for_rows(ask, proposals.read_queries(table, limit))
    else:
        found = proposals.for_things(matcher, iris.base, decisions.rejected, limit, ask)
    if given["review"]:
        _review(found, decisions, str(curator))
    else:
        _print(found, form)


@_decision
def accept(place: Place, /, subject: str, item: str, **given: Any) -> None:
    """Link SUBJECT (such as city/basel) to ITEM (such as Q78)."""
    _decide(place, subject, item, accepted=True, **given)


@_decision
def reject(place: Place, /, subject: str, item: str, **given: Any) -> None:
    """Remember that SUBJECT is not ITEM, so that nobody is asked again."""
    _decide(place, subject, item, accepted=False, **given)


def _decide(
    place: Place, subject: str, item: str, *, accepted: bool, curator: str | None, confidence: float, comment: str
) -> None:
    if not curator:
        raise click.UsageError("say who decides: --curator NAME")
    release = place.release("current")
    iris = Iris(release.base_iri)
    subject = subject.removeprefix(f"{iris.base}id/")
    match = ITEM.fullmatch(item.removeprefix("wd:"))
    if match is None:
        raise click.UsageError(f"{item!r} is no item of Wikidata, which looks like Q78")
    label = _matcher(release).label(f"{iris.base}id/{subject}")
    if label is None:
        path = place.repository.data
        raise SourceError(path, f"nothing here is called {subject}", "write kind and name, as in city/basel, and build")
    today = dt.datetime.now(dt.UTC).date()
    decision = Decision(subject, match[1], accepted, curator, today, confidence, (label, ""), comment)
    Decisions(place.repository.data / "links").add(decision)
    click.echo(f"{subject} is {'' if accepted else 'not '}{match[1]}; `citygraph build` publishes it")


def _matcher(release: Release) -> Matcher:
    from citygraph.linking.matcher import Matcher  # noqa: PLC0415

    path = release.folder / ENGINE / "names.sqlite"
    if not path.exists():
        raise SourceError(path, "the release has no index of names", "run `citygraph build --force`")
    return Matcher(path)


def _service(place: Place, matcher: Matcher, url: str) -> Service:
    from citygraph.linking.live import Manner, Service  # noqa: PLC0415 - most commands need no network

    settings = place.settings
    manner = Manner(settings.contact_email or settings.contact_url)
    return Service(url, matcher, read_classes(place.repository.linking / "classes.tsv"), manner)


def _gone(service: Service, decisions: Decisions) -> Iterator[str]:
    """Sentences on the items that the service knows no more, or under another id."""
    subjects = {item: subject for subject, item in sorted(decisions.accepted.items())}
    for item, now in service.standing(list(subjects)):
        if not now:
            yield f"{subjects[item]}: {item} is not there any more. Look on Wikidata why it was deleted."
        elif now != item:
            yield f"{subjects[item]}: {item} is {now} now. Look whether that is right, and write it into data/links."


def _health(place: Place, release: Release, more: Iterable[str]) -> None:
    """Ask a release what the checks of links ask, and say what else was found; exit code 1 if there is anything."""
    iris, count = Iris(release.base_iri), 0
    for sentence in more:
        count += 1
        click.echo(sentence)
    for query in read_queries(place.repository.queries("checks"), iris):
        if not query.name.startswith(HEALTH):
            continue
        words = f"{query.head['problem']} {query.head['remedy']}"
        found = release.store.select(query.bound(iris=iris))
        columns = [variable.value for variable in found.variables]
        for row in found:
            count += 1
            values = {name: _short(str(getattr(row[name], "value", "")), iris) for name in columns}
            click.echo(f"{values['thing']}: {filled(words, values)}")
    if not count:
        click.echo("every link is in health")
    sys.exit(1 if count else 0)


def _short(iri: str, iris: Iris) -> str:
    """What curators write in the place of an IRI: ``city/basel``, ``Q78``."""
    return iri.removeprefix(f"{iris.base}id/").removeprefix("http://www.wikidata.org/entity/")


def _review(found: Iterator[Proposal], decisions: Decisions, curator: str) -> None:
    """Ask about each candidate that more than its name speaks for; a decision is written at once."""
    for proposal in found:
        for candidate in proposal.candidates:
            if not candidate.linkable:
                continue
            click.echo(f"{proposal.subject}  {proposal.query.name}\n{_line(candidate)}")
            answer = click.prompt("the same?", type=click.Choice(["y", "n", "s", "q"]), default="s")
            if answer == "q":
                return
            if answer in "yn":
                labels, told = (proposal.query.name, candidate.label), _parts(candidate)
                facts = (curator, dt.datetime.now(dt.UTC).date(), candidate.score / 100, labels, told)
                decisions.add(Decision(proposal.subject, candidate.entry.item, answer == "y", *facts))
            if answer == "y":
                break


def _print(found: Iterator[Proposal], form: str) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    if form == "csv":
        table.writerow(["subject", "name", "item", "label", "score", "linkable", "parts"])
    for proposal in found:
        if form == "json":
            rows = [
                {"item": row.entry.item, "label": row.label, "score": round(row.score, 1), "linkable": row.linkable}
                | {"parts": row.parts}
                for row in proposal.candidates
            ]
            click.echo(json.dumps({"subject": proposal.subject, "name": proposal.query.name, "candidates": rows}))
        elif form == "csv":
            for row in proposal.candidates or [None]:
                facts = [row.entry.item, row.label, f"{row.score:.1f}", row.linkable, _parts(row)] if row else [""] * 5
                table.writerow([proposal.subject, proposal.query.name, *facts])
        else:
            click.echo(f"{proposal.subject}  {proposal.query.name}")
            click.echo("\n".join(map(_line, proposal.candidates)) or "    nothing is like it")


def _line(candidate: Candidate) -> str:
    mark = "  (contradicted)" if candidate.contradicted else "  (not by its name alone)"
    mark = "" if candidate.linkable else mark
    return f"    {candidate.score:5.1f}  {candidate.entry.item}  {candidate.label}  {_parts(candidate)}{mark}"


def _parts(candidate: Candidate) -> str:
    shown = {name: "unknown" if value is None else f"{value:.2f}" for name, value in candidate.parts.items()}
    return ", ".join(f"{name} {value}" for name, value in shown.items())
