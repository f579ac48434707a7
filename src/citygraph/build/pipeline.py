"""The stages of a build in order, readable as a table of contents; violations stop it before anything is published.

Shapes run before inference, because then every finding points to something a person wrote. Checks run after linking,
because only the whole graph shows whether it fits together. Two stages run at a time (:mod:`citygraph.build.stages`):
mostly one that fills or asks the store, and one that writes files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from citygraph.build import gathering, inputs, publishing
from citygraph.build.apart import Apart
from citygraph.build.job import Job
from citygraph.build.stages import AT_ONCE, Stage, run_stages
from citygraph.errors import ValidationFailed
from citygraph.history.log import History
from citygraph.retention.policy import prune

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from citygraph.build.stages import Tell
    from citygraph.findings import Report
    from citygraph.release import Release, Releases
    from citygraph.settings import Repository, Settings

STAGES: Final[Mapping[str, Stage[Job]]] = {
    "load": Stage(gathering.load),
    "fill": Stage(gathering.fill),  # beside the stage before and the next, each of which waits for the other
    "validate": Stage(gathering.judge_written, ("load",)),
    "validate imports": Stage(gathering.judge_imported, ("load",)),
    "refuse": Stage(gathering.refuse, ("validate", "validate imports")),
    "store": Stage(gathering.fill_imported, ("refuse", "fill")),
    "infer": Stage(gathering.conclude, ("store",)),
    "examples": Stage(gathering.write_examples, ("load",)),
    "network": Stage(gathering.measure_network, ("infer",)),
    "store rest": Stage(gathering.fill_further, ("network", "examples")),
    "network files": Stage(publishing.export_network, ("network",)),
    "check": Stage(gathering.check, ("store rest",)),
    "tables": Stage(publishing.write_tables, ("check",)),  # one after the other, since each may take much memory
    "union": Stage(gathering.unite, ("network", "examples")),
    "dumps": Stage(publishing.write_formats, ("union",)),
    "kinds": Stage(publishing.write_kinds, ("union",)),
    "archive": Stage(publishing.pack_whole, ("dumps", "kinds")),
    "statistics": Stage(publishing.count, ("union",)),
    "index": Stage(publishing.index, ("union",)),
    "names": Stage(publishing.index_names, ("union",)),
    "vocabularies": Stage(publishing.copy_vocabularies, ("refuse",)),
    "mappings": Stage(publishing.copy_mappings, ("refuse",)),
    "links": Stage(publishing.count_links, ("union",)),
    "quality": Stage(publishing.judge_quality, ("check",)),
    "coverage": Stage(publishing.cover, ("store rest",)),
    "desk": Stage(publishing.compare_snapshots, ("store rest",)),
    "sitemap": Stage(publishing.list_pages, ("union", "coverage")),
    "archive of tables": Stage(
        publishing.pack_rest, ("tables", "archive", "network files", "vocabularies", "mappings", "quality")
    ),
    "catalogue": Stage(
        publishing.describe, ("archive of tables", "statistics", "index", "names", "desk", "links", "sitemap")
    ),
    "profiles": Stage(publishing.write_profiles, ("catalogue",)),
    "store settled": Stage(publishing.settle, ("catalogue",)),
    "statements": Stage(publishing.index_statements, ("catalogue",)),
    "lists": Stage(publishing.finish, ("profiles", "store settled", "statements")),
}
"""What is done, by which function, and what has to be done before; of two that may begin, the first goes first."""


def build(
    settings: Settings,
    repository: Repository,
    releases: Releases,
    tell: Tell,
    extra: Iterable[Path] = (),
    at_once: int = AT_ONCE,
) -> Release:
    """Make a release of the repository's files and let it be the current one; whatever fails leaves that as it was."""
    extra = tuple(extra)
    with releases.workspace() as work, Apart(at_once) as processes:
        key = inputs.digest(settings, repository, extra)
        job = Job(work, settings, repository, extra, processes=processes if at_once > 1 else None)
        run_stages(STAGES, job, "lists", tell, at_once)
        tell("seal")
        manifest = publishing.manifest(job)
        del job  # lets go of the store
        release = releases.seal(work, manifest)
        # The log comes first, so that no server of the new release tells changes without those of this one.
        History(releases.folder).record(releases, release)
        prune(releases, settings.kept_releases)
        releases.switch(release.version)
        inputs.note(release, key)
        return release


def check(
    settings: Settings,
    repository: Repository,
    releases: Releases,
    tell: Tell,
    extra: Iterable[Path] = (),
    documents: Path | None = None,
    *,
    imports: bool = False,
) -> Report:
    """Do what a build does up to the checks, publish nothing, and return what was found.

    With a folder of saved documents, the phrases of the evidence are compared with them too. Imports take most of
    the time and are nobody's here to mend, so they are left out unless they are wanted.
    """
    with releases.workspace() as work:
        try:
            job = Job(work, settings, repository, tuple(extra), documents, imports)
            run_stages(STAGES, job, "check", tell)
        except ValidationFailed as failure:
            return failure.report
        return job.report
