"""Fills the graph of each source: first what people wrote here, then imports, which speak of the same things.

A broken file becomes a finding, so that all of them are told at once. The graph of an import is kept aside under a
checksum of all that it depends on, so that an unchanged import costs nothing in the next build.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

import citygraph
from citygraph.build import link, load
from citygraph.build.claims import WIKIDATA, Known
from citygraph.build.imported import read_imported
from citygraph.build.sources import Kind, Source
from citygraph.errors import SourceError
from citygraph.findings import Finding, Report, Severity
from citygraph.vocab import foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from citygraph.build.graphs import GraphFiles
    from citygraph.build.link import Mapping
    from citygraph.build.origins import Origins
    from citygraph.imports.manifest import Manifest
    from citygraph.iris import Iris


class Intake:
    """Takes in the sources of one build."""

    def __init__(
        self, files: GraphFiles, iris: Iris, origins: Origins, kept: Path, tell: Callable[[str], None]
    ) -> None:
        self._files, self._iris, self._origins, self._kept = files, iris, origins, kept
        self._tell = tell
        """Is told the name of each graph that people wrote, when its file is there."""
        self._mappings: list[Mapping] = []
        self._findings: list[Finding] = []

    def take(self, sources: Iterable[Source], imports: Iterable[Manifest]) -> tuple[Report, list[str]]:
        """Write every graph; return what was found, and the short names of the graphs that were imported."""
        for source in sources:
            try:
                self._write(source)
            except SourceError as error:
                self._fault(error)
        imported = []
        used = set()
        for manifest in imports:
            name = f"source/{manifest.name}"
            try:
                used.add(self._import(name, manifest, self._known()))
                imported.append(name)
            except SourceError as error:
                self._fault(error)
        self._sweep(used)
        shown = (replace(row, file=self._origins.show(row.file)) for row in self._findings)
        return Report.of(shown), imported

    def _write(self, source: Source) -> None:
        if source.kind is Kind.ONTOLOGY:
            triples = load.read_ontology(source.paths, source.name, self._iris, self._origins)
        elif source.kind is Kind.TURTLE:
            (path,) = source.paths
            triples = load.read_turtle(path, source.name, self._iris, self._origins)
        else:
            self._mappings = [row for path in source.paths for row in link.read_mappings(path, self._iris)]
            self._findings.extend(link.contradictions(self._mappings))
            triples = link.links(self._mappings, self._iris, self._origins)
        self._files.write(source.name, triples)
        self._tell(source.name)

    def _fault(self, error: SourceError) -> None:
        message = f"{error.fault}; {error.remedy}"
        self._findings.append(Finding(str(error.path), error.line or 0, Severity.VIOLATION, "", "", "", message))

    def _known(self) -> Known:
        """What is ours already: items by our links, and partnerships of exactly two parties by our sources."""
        same = foreign("owl", "sameAs")
        items = {
            row.object.value.removeprefix(WIKIDATA): row.subject.value
            for row in self._mappings
            if row.predicate == same and row.object.value.startswith(WIKIDATA)
        }
        party, parties = self._iris.term("party"), dict[str, set[str]]()
        for name in self._files.names():
            for triple in self._files.triples(name) if name.startswith("source/") else ():
                if triple.predicate == party and isinstance(triple.object, ox.NamedNode):
                    parties.setdefault(str(triple.subject)[1:-1], set()).add(triple.object.value)
        return Known(items, {frozenset(pair): iri for iri, pair in sorted(parties.items()) if len(pair) == 2})

    def _import(self, name: str, manifest: Manifest, known: Known) -> str:
        """Write the graph of an import, or link to the one that is kept; return the name it is kept under."""
        key = self._key(manifest, known)
        graph, notes = self._kept / f"{key}.nt", self._kept / f"{key}.json"
        target = self._files.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if graph.exists() and notes.exists():
            told = json.loads(notes.read_text("utf-8"))
            os.link(graph, target)
            self._files.counts[name] = told["triples"]
            self._findings.extend(Finding(**{**row, "severity": Severity(row["severity"])}) for row in told["notes"])
            return key
        found: list[Finding] = []
        count = self._files.write(name, read_imported(manifest, self._iris, known, found.append))
        self._findings.extend(found)
        self._kept.mkdir(exist_ok=True)
        rows = [{**asdict(row), "messages": ()} for row in found]
        notes.write_text(json.dumps({"triples": count, "notes": rows}), "utf-8")
        os.link(target, graph)
        return key

    def _key(self, manifest: Manifest, known: Known) -> str:
        """A checksum of all that the graph of an import depends on: its files, what is ours, the base, and our code."""
        package = Path(citygraph.__file__).parent
        code = sorted([*package.glob("*.py"), *package.glob("build/*.py"), *package.glob("imports/*.py")])
        facts = [
            manifest.text(),
            sorted(known.items.items()),
            sorted((sorted(pair), iri) for pair, iri in known.partnerships.items()),
            self._iris.base,
            [hashlib.sha256(path.read_bytes()).hexdigest() for path in code],
        ]
        manifest.check()  # the files are what the checksums in the manifest say
        return f"{manifest.name}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]}"

    def _sweep(self, used: set[str]) -> None:
        """Remove what earlier builds kept and this one has no use for."""
        for path in self._kept.glob("*") if self._kept.is_dir() else ():
            if path.stem not in used:
                path.unlink()
