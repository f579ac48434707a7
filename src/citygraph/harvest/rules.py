"""What stands in a catalogue, held to the rules of a profile: its shapes, and what no shape can say."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib
import shifty
from rdflib.namespace import SH

from citygraph.harvest.finding import Finding, violation, warning
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.harvest.fetch import Harvest

EVERY = "every"
_ARROW = " → "


def profiles(folder: Path) -> list[str]:
    """The profiles that there are shapes of."""
    return sorted(path.stem for path in folder.glob("*.ttl") if path.stem != EVERY)


def check(found: Harvest, profile: str, folder: Path) -> Iterator[Finding]:
    """Hold a catalogue to the shapes of a profile and to what harvesters do besides."""
    yield from _identities(found)
    yield from _licences(found) if profile == "ch" else ()
    yield from _reaching(found, violation if profile == "ch" else warning)
    shapes = "\n".join((folder / f"{name}.ttl").read_text("utf-8") for name in (EVERY, profile))
    with TemporaryDirectory() as scratch:
        data = Path(scratch) / "catalogue.nt"
        data.write_text("".join(f"{triple} .\n" for triple in sorted(map(str, found.triples))), "utf-8")
        report = shifty.validate(data, shapes.encode(), infer=False)[1]
    for node in report.objects(None, SH.result):
        problem, _, remedy = str(report.value(node, SH.resultMessage)).partition(_ARROW)
        grave = report.value(node, SH.resultSeverity) == SH.Violation
        rule = str(report.value(node, SH.sourceShape)).rpartition("#")[2]
        value = report.value(node, SH.value)
        shown = f"{problem} ({value})" if isinstance(value, (rdflib.URIRef, rdflib.Literal)) else problem
        make = violation if grave else warning
        yield make(rule, str(report.value(node, SH.focusNode)), shown, remedy)


def _identities(found: Harvest) -> Iterator[Finding]:
    """A harvester knows a data set by its IRI, and a portal by its identifier."""
    datasets = found.subjects("dcat:Dataset")
    if not found.subjects("dcat:Catalog"):
        yield violation("no-catalogue", found.address, "there is no dcat:Catalog", "describe the catalogue itself")
    if not datasets:
        yield violation("no-dataset", found.address, "there is no dcat:Dataset", "describe the data sets in it")
    for dataset in datasets:
        if dataset.startswith("_:"):
            text = "a data set has no IRI, so that each harvest takes it for a new one"
            yield violation("blank-dataset", dataset, text, "give it an IRI that stays")
    yield from _twice(found, datasets)


def _twice(found: Harvest, datasets: list[str]) -> Iterator[Finding]:
    """Data sets with one identifier overwrite each other; a file belongs to one data set."""
    identifiers: defaultdict[str, set[str]] = defaultdict(set)
    owners: Counter[str] = Counter()
    for row in found.triples:
        subject, value = str(row.subject).strip("<>"), getattr(row.object, "value", "")
        if row.predicate.value == f"{FOREIGN['dct']}identifier" and subject in datasets:
            identifiers[value].add(subject)
        owners[value] += row.predicate.value == f"{FOREIGN['dcat']}distribution"
    for identifier, subjects in sorted(identifiers.items()):
        if len(subjects) > 1:
            text = f"the identifier {identifier!r} is that of {len(subjects)} data sets: they overwrite each other"
            yield violation("duplicate-identifier", min(subjects), text, "give each an identifier of its own")
    for node, count in sorted(owners.items()):
        if count > 1:
            text = f"{count} data sets share one distribution"
            yield warning("shared-distribution", node, text, "describe the file once for each data set")


def _reaching(found: Harvest, make: Callable[[str, str, str, str], Finding]) -> Iterator[Finding]:
    """Piveau cuts a catalogue into data sets by following all links; opendata.swiss drops what then holds two."""
    apart = {name for kind in ("Dataset", "DatasetSeries", "DataService") for name in found.subjects(f"dcat:{kind}")}
    links: defaultdict[str, set[str]] = defaultdict(set)
    for row in found.triples:
        if not isinstance(row.object, ox.Literal):
            links[str(row.subject).strip("<>")].add(str(row.object).strip("<>"))
    for dataset in found.subjects("dcat:Dataset"):
        seen, waiting = {dataset}, [dataset]
        while waiting:
            new = links.get(waiting.pop(), set()) - seen
            if others := sorted(new & apart):
                text = f"its links lead to {others[0]}, so that Piveau takes both for one, and opendata.swiss drops it"
                yield make("reaches-others", dataset, text, "let the other lead here: dcat:servesDataset, dcat:dataset")
                break
            seen |= new
            waiting += new


def _licences(found: Harvest) -> Iterator[Finding]:
    """opendata.swiss drops a data set whose files have different licences."""
    licences: defaultdict[str, set[str]] = defaultdict(set)
    files: defaultdict[str, list[str]] = defaultdict(list)
    for row in found.triples:
        value = getattr(row.object, "value", "")
        if row.predicate.value == f"{FOREIGN['dct']}license":
            licences[str(row.subject).strip("<>")].add(value)
        if row.predicate.value == f"{FOREIGN['dcat']}distribution":
            files[str(row.subject).strip("<>")].append(value)
    for dataset, nodes in sorted(files.items()):
        if len(set().union(*(licences[node] for node in nodes))) > 1:
            text = "the files of the data set have different licences, and opendata.swiss drops it"
            yield violation("licences-differ", dataset, text, "give all files one licence, or make two data sets")
