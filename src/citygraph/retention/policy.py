"""Which releases are kept, and why; and what stays of one that is not: its tombstone.

::

    releases/gone/<version>.json      the manifest of a release that was removed, so that whoever asks for a file of it
                                      is told what the file was
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from citygraph.errors import ReleaseError, ReleaseGone
from citygraph.history.log import History
from citygraph.release import MANIFEST, UNFINISHED, lock

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release, Releases

GONE = "gone"
"""The folder of tombstones, beside the releases."""


def reasons(releases: Releases, keep: int) -> dict[str, str]:
    """Why each release is kept, oldest first; an empty text for one that is not kept any longer."""
    versions, log = releases.versions(), History(releases.folder).releases()
    current, last = releases.current_version(), log[-1].version if log else None
    newest = versions[-max(1, keep) :]

    def reason(version: str) -> str:
        if version == current:
            return "the current one"
        if version == last:
            return "the next one is compared with it"
        if version in newest:
            return f"among the newest {keep}"
        return "" if _free(releases.folder / version) else "a server reads it"

    return {version: reason(version) for version in versions}


def prune(releases: Releases, keep: int) -> list[str]:
    """Remove the releases that are not kept any longer, and return their versions; their tombstones stay."""
    return [version for version, why in reasons(releases, keep).items() if not why and _remove(releases, version)]


def tombstone(releases: Releases, version: str) -> dict[str, Any] | None:
    """The manifest of a release that was removed; None where there was none of this version."""
    path = releases.folder / GONE / f"{version}.json"
    if not re.fullmatch(r"[\w.-]{1,100}", version) or not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return manifest


def find(releases: Releases, version: str) -> Release:
    """A release as people call it (:meth:`~citygraph.release.Releases.get`); of one that was removed it is told."""
    try:
        return releases.get(version)
    except ReleaseError:
        stones = sorted(path.stem for path in (releases.folder / GONE).glob("[!.]*.json"))
        gone = [version] if version in stones else [name for name in stones if version and name.startswith(version)]
        if len(gone) == 1 and not any(name.startswith(version) for name in releases.versions()):
            refuse(releases, gone[0])
        raise


def refuse(releases: Releases, version: str, path: str = "") -> None:
    """Raise :class:`~citygraph.errors.ReleaseGone` for a release that was removed, or for a file that it had."""
    manifest = tombstone(releases, version)
    if manifest is None:
        return
    files = {row["path"].removeprefix("dumps/"): row for row in manifest["files"]}
    if not path or path in files:
        raise ReleaseGone(version, files.get(path), _times(releases, version))


def _times(releases: Releases, version: str) -> str:
    """From when to when a release was the current one, as the log tells; empty where it does not know the release."""
    log = History(releases.folder).releases()
    place = next((place for place, row in enumerate(log) if row.version == version), None)
    if place is None:
        return ""
    after = f", followed by {log[place + 1].version} on {log[place + 1].published}" if log[place + 1 :] else ""
    return f"published on {log[place].published}{after}"


def _free(folder: Path) -> bool:
    """Whether no server reads a release."""
    if hold := lock(folder, fcntl.LOCK_EX):
        hold.close()
    return hold is not None


def _remove(releases: Releases, version: str) -> bool:
    """Remove a release unless a server has come to read it; its manifest goes first, so that none goes untold."""
    folder, stones = releases.folder / version, releases.folder / GONE
    if not (hold := lock(folder, fcntl.LOCK_EX)):
        return False
    stones.mkdir(exist_ok=True)
    written = stones / f".{version}"
    shutil.copyfile(folder / MANIFEST, written)
    written.replace(stones / f"{version}.json")
    aside = folder.rename(releases.folder / f"{UNFINISHED}{version}")
    hold.close()
    shutil.rmtree(aside, ignore_errors=True)
    return True
