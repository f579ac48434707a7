"""The command `releases`: lists what is kept and why, compares it with its checksums, and removes what is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from citygraph.errors import ReleaseError
from citygraph.retention.policy import prune as remove
from citygraph.retention.policy import reasons

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.place import Place

_MEGABYTE = 10**6


@click.group(invoke_without_command=True)
@click.option("--verify", is_flag=True, help="Compare every file with its checksum.")
@click.pass_context
def releases(context: click.Context, *, verify: bool) -> None:
    """List the releases, oldest first, with why each is kept; the current one is marked."""
    place: Place = context.obj
    if context.invoked_subcommand:
        return
    kept = reasons(place.releases, place.settings.kept_releases)
    current, faults = place.releases.current_version(), list[str]()
    for release in place.releases.all():
        mark = "*" if release.version == current else " "
        facts = (
            release.version,
            str(release.manifest.get("date", "")),
            f"{release.manifest['counts']['triples']:>11,} triples",
            f"{_size(release.folder) / _MEGABYTE:>9,.1f} MB",
            f"kept: {kept[release.version]}" if kept[release.version] else "not kept: `releases prune` removes it",
        )
        click.echo(f"{mark} {'  '.join(facts)}")
        if verify:
            faults.extend(f"{release.version}: {fault}" for fault in release.faults())
    if faults:
        raise ReleaseError("; ".join(faults) + "; build it again")


@releases.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.pass_obj
def prune(place: Place, *, dry_run: bool) -> None:
    """Remove the releases that `kept_releases` does not keep; never the current one, nor one that a server reads."""
    with place.releases.workspace():  # no build compares or publishes meanwhile
        found = reasons(place.releases, place.settings.kept_releases)
        sizes = {version: _size(place.releases.folder / version) for version, why in found.items() if not why}
        gone = list(sizes) if dry_run else remove(place.releases, place.settings.kept_releases)
    for version in gone:
        click.echo(f"{'would remove' if dry_run else 'removed'} {version} ({sizes[version] / _MEGABYTE:,.1f} MB)")
    click.echo(f"{len(found) - len(gone)} releases {'would be' if dry_run else 'are'} kept")


def _size(folder: Path) -> int:
    """How many bytes a release takes, the engine's files with it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
