"""Runs shapes and checks and gives back a report of findings that name file and line.

Shapes run before inference on the union of what people wrote; checks run on the whole graph. There is one
seam, :func:`validate`: a file of triples and the shapes go in, a report comes out, whichever engine it is.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
from rdflib.namespace import SH

from citygraph.build.validators import VALIDATORS
from citygraph.errors import QueryError
from citygraph.findings import Finding, Report, Severity
from citygraph.queries import filled, read_queries
from citygraph.vocab import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from citygraph.build.graphs import GraphFiles
    from citygraph.build.origins import Origins
    from citygraph.build.shapes import Shapes
    from citygraph.build.validators import Filled
    from citygraph.iris import Iris
    from citygraph.queries import Query
    from citygraph.store import Store

_TOGETHER = {
    "en": "No source says so alone, only several together: if the documents do, leave it as it is.",
    "de": "Keine Quelle sagt das allein, nur mehrere zusammen: wenn die Dokumente es tun, bleibt es so.",
    "fr": "Aucune source ne le dit seule, seulement plusieurs ensemble : si les documents le font, ne rien changer.",
}


def validate(data: Path, shapes: Shapes, engine: str = "duckdb", store: Filled | None = None) -> Report:
    """Validate a file of N-Triples; the findings know the thing, but not yet the file it was written in.

    Each triple stands in the file once. Where a store's union is the same as the file, the store is asked instead of
    one that is filled for the purpose.
    """
    found: dict[Finding, Finding] = {}
    for result in VALIDATORS[engine](data, shapes.text, store):
        shape = shapes.of(result.shape)
        finding = Finding(
            file="",
            line=0,
            severity=shape.severity,
            thing=_plain(result.focus),
            path=shape.path,
            value="" if result.value == result.focus else result.value,
            message=shape.message,
            messages=tuple(row for row in shape.messages if row[0] != "en"),
            shape=result.shape,
            component=result.component,
        )
        # A value may break two conditions of one shape (type and range of a number): that is one fault.
        found[finding] = min(found.get(finding, finding), finding, key=lambda row: row.component)
    return Report.of(found.values())


def _plain(term: str) -> str:
    """Write an IRI without brackets, anything else as N-Triples."""
    return term[1:-1] if term.startswith("<") else term


class _Place(NamedTuple):
    """A statement about a thing: its graph, predicate and value."""

    graph: str
    path: str
    value: str


def check_shapes(
    files: GraphFiles,
    names: Sequence[str],
    shapes: Shapes,
    origins: Origins,
    engine: str = "duckdb",
    store: Filled | None = None,
) -> Report:
    """Run the shapes on the union of some graphs; a finding names file and line of its thing.

    A store that holds these graphs and no other may be given, and is asked; it may be filled meanwhile.
    """
    findings = _on_union(files, names, shapes, engine, store).findings
    places = _places(files, names, {finding.thing for finding in findings})
    shared = [name for name in names if not name.startswith("source/")]
    findings = _weighed(findings, places, lambda name: _on_union(files, [*shared, name], shapes, engine))
    return Report.of(origins.place(_blamed(finding, places[finding.thing]) for finding in findings))


def _on_union(
    files: GraphFiles, names: Sequence[str], shapes: Shapes, engine: str, store: Filled | None = None
) -> Report:
    # beside the graphs, since the disk has room for them while the folder of the system may not
    with tempfile.TemporaryDirectory(dir=files.folder.parent) as folder:
        data = Path(folder) / "union.nt"
        with data.open("wb") as target, files.union(names) as lines:
            target.writelines(lines)
        return validate(data, shapes, engine, store)


def _places(files: GraphFiles, names: Sequence[str], things: set[str]) -> Mapping[str, list[_Place]]:
    """Every statement about some things, in the order of the graphs."""
    wanted = {(thing if thing.startswith("_:") else f"<{thing}>").encode() for thing in things}
    places: dict[str, list[_Place]] = defaultdict(list)
    for name in names if wanted else ():
        with files.path(name).open("rb") as lines:
            for line in lines:
                subject, _, rest = line.partition(b" ")
                if subject in wanted:
                    path, _, value = rest.decode().removesuffix(" .\n").partition(" ")
                    places[subject.decode().strip("<>")].append(_Place(name, path[1:-1], value))
    return places


def _weighed(
    findings: Iterable[Finding], places: Mapping[str, list[_Place]], alone: Callable[[str], Report]
) -> tuple[Finding, ...]:
    """Turn a violation that no source commits alone into a warning: sources may disagree, and both are kept.

    So where several sources speak of one thing, each is looked at alone, beside what all of them share.
    """
    voices = {thing: {row.graph for row in rows if row.graph.startswith("source/")} for thing, rows in places.items()}
    doubtful = {
        finding
        for finding in findings
        if finding.severity is Severity.VIOLATION and len(voices.get(finding.thing, ())) > 1
    }
    names = sorted({name for finding in doubtful for name in voices[finding.thing]})
    confirmed = {finding for name in names for finding in alone(name).findings}
    return tuple(_softened(row) if row in doubtful - confirmed else row for row in findings)


def _softened(finding: Finding) -> Finding:
    return replace(
        finding,
        severity=Severity.WARNING,
        message=f"{finding.message} {_TOGETHER['en']}",
        messages=tuple((language, f"{text} {_TOGETHER[language]}") for language, text in finding.messages),
    )


def _blamed(finding: Finding, places: Sequence[_Place]) -> tuple[Finding, str, Sequence[str]]:
    """Say which block is to blame: where the value stands, else the property, else the class, else anything else."""

    def fit(place: _Place) -> int:
        if place.path == finding.path:
            return 3 if place.value == finding.value else 2
        return int(place.path == RDF_TYPE.value)

    if not places:
        return finding, "", ()
    graph = max(places, key=fit).graph
    # A shape that looks back from a source to its evidence blames the evidence, which is the value.
    blamed = finding.value.strip("<>") if finding.path.startswith("^") and finding.value else finding.thing
    return replace(finding, file=graph), blamed, [graph]


def check_queries(store: Store, folder: Path, origins: Origins, iris: Iris) -> Report:
    """Run every check of a folder on the whole graph; each row of a result is a finding."""
    found = (row for query in read_queries(folder, iris) for row in _check(store, query, folder, iris))
    return Report.of(origins.place(found))


def _check(store: Store, query: Query, folder: Path, iris: Iris) -> Iterator[tuple[Finding, str, Sequence[str]]]:
    """Give each finding with its thing, and the graph in which it stands if the query tells."""
    path = folder / f"{query.name}.rq"
    try:
        severity = Severity[str(query.head["severity"]).upper()]
        words = f"{query.head['problem']} {query.head['remedy']}"
    except KeyError as error:
        fault = f"the head of a check needs problem, remedy and severity (info, warning, violation): {error}"
        raise QueryError(path, fault) from None
    solutions = store.select(query.bound(iris=iris))
    columns = [variable.value for variable in solutions.variables]
    for solution in solutions:
        row = {name: solution[name] for name in columns if solution[name] is not None}
        thing, about, graph = (getattr(row.get(name), "value", "") for name in ("thing", "path", "graph"))
        shown = {name: _shown(term, iris) for name, term in row.items()}
        names = [iris.graph_name(graph)] if iris.owns(graph) else []
        finding = Finding(
            file=names[0] if names else f"queries/checks/{path.name}",
            line=0,
            severity=severity,
            thing=thing,
            path=about,
            value=str(row.get("value", "")),
            message=filled(words, shown),
            shape=query.name,
            values=tuple(shown.items()),
            component=str(SH.SPARQLConstraintComponent),
        )
        yield finding, thing, names


def _shown(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, iris: Iris) -> str:
    """Write a term for people: a thing of ours by kind and name, a literal without quotation marks."""
    if isinstance(term, ox.NamedNode):
        return term.value.removeprefix(f"{iris.base}id/").removeprefix(f"{iris.base}ontology#")
    return term.value if isinstance(term, ox.Literal) else str(term)
