"""A finished, read-only release on disk, and the folder that keeps releases: what the build writes and the web reads.

::

    releases/
    ├── current -> 2026-11-22-0a1b2c3d4e      switched by one rename
    ├── gone/                                  what stays of releases that were removed: see retention/policy.py
    └── 2026-11-22-0a1b2c3d4e/
        ├── manifest.json                      version, counts, size and SHA-256 of every file below
        ├── report.txt  report.ttl             what shapes and checks found
        ├── statistics.json  quality.json  shapes.json   what pages tell of the whole and need not count
        ├── catalogues/                        the catalogue as each portal reads it
        ├── dumps/                             the downloads
        └── engine/                            files of the query engine, made from dumps/graphs; not reproducible
                                               byte by byte, so the manifest does not list them
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citygraph import statements
from citygraph.errors import ReleaseError
from citygraph.formats import file_type
from citygraph.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
ENGINE = "engine"
VIEWS = "catalogues"
"""The folder of the catalogue as each portal reads it."""
_CURRENT = "current"
UNFINISHED = ".building-"
"""How the names of folders begin that are no release yet, or none any more."""


@dataclass(frozen=True)
class File:
    """A file of a release: its path below the release, its size in bytes and its SHA-256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return file_type(self.path).partition(";")[0]

    @classmethod
    def of(cls, folder: Path, path: Path) -> File:
        """Measure a file."""
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        return cls(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


class Hold:
    """A lock on a file, let go with the last reference."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.close = weakref.finalize(self, os.close, handle)


@dataclass(frozen=True)
class Release:
    """An opened release."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Release:
        """Open a release; a folder without a whole manifest is none."""
        folder = Path(os.path.realpath(folder))  # unlike resolve, it bears links that lead in a ring
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            manifest["version"], manifest["files"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = f"{folder} is no whole release ({error})"
            raise ReleaseError(f"{fault}; restore it, or remove the folder and run `citygraph build`") from None
        return cls(folder, manifest)

    @property
    def version(self) -> str:
        """The version: the date of the newest statement and the beginning of a checksum of all that went in."""
        return str(self.manifest["version"])

    @property
    def base_iri(self) -> str:
        """The base under which the release names things."""
        return str(self.manifest["base_iri"])

    @cached_property
    def files(self) -> tuple[File, ...]:
        """Every file but the engine's, sorted by path."""
        return tuple(File(**row) for row in self.manifest["files"])

    @cached_property
    def by_path(self) -> dict[str, File]:
        """The same by their paths."""
        return {file.path: file for file in self.files}

    @cached_property
    def store(self) -> Store:
        """The store, opened read-only."""
        return Store.open(self.folder / ENGINE / "store")

    @cached_property
    def statements(self) -> statements.Statements | None:
        """What the store holds of each thing, where the build of this release has written that beside it."""
        path = self.folder / ENGINE / statements.FILE
        if not path.exists():
            return None
        found = statements.Statements(self.store, path, self.base_iri)
        if found.version in ("", self.version):
            return found
        _log.warning(
            "%s belongs to the release %s, and not to %s: pages are made from the store, which is slower; "
            "put the right file there, or remove it",
            path,
            found.version,
            self.version,
        )
        return None

    def figures(self, name: str) -> Any:
        """What the build counted under a name (``statistics``, ``quality``, ``shapes``); None in an older release."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def hold(self) -> Hold | None:
        """Keep the release from being pruned as long as what is returned lives."""
        return lock(self.folder, fcntl.LOCK_SH)

    def faults(self) -> list[str]:
        """Compare every file with the manifest and say what differs."""
        faults = []
        for row in self.files:
            path = self.folder / row.path
            if not path.is_file():
                faults.append(f"{row.path} is missing")
            elif File.of(self.folder, path) != row:
                faults.append(f"{row.path} differs from its checksum")
        return faults


class Releases:
    """The folder that keeps releases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Release | None:
        """The release that is served now, or None before the first build."""
        link = self.folder / _CURRENT
        return Release.open(link) if link.exists() else None

    def current_version(self) -> str | None:
        """The version that is served now: the target of the link, one system call."""
        try:
            return (self.folder / _CURRENT).readlink().name
        except OSError:
            return None

    def versions(self) -> list[str]:
        """The versions of the releases that are kept, oldest first."""
        found = sorted(self.folder.glob(f"*/{MANIFEST}"), key=lambda path: (path.stat().st_mtime_ns, path))
        names = (path.parent.name for path in found)
        return [name for name in names if name != _CURRENT and not name.startswith(UNFINISHED)]

    def all(self) -> list[Release]:
        """Every release, oldest first."""
        return [Release.open(self.folder / version) for version in self.versions()]

    def before(self, release: Release) -> Release | None:
        """The release that was published before another, or None where that is the first that is kept."""
        found = self.all()
        versions = [row.version for row in found]
        place = versions.index(release.version) if release.version in versions else 0
        return found[place - 1] if place else None

    def get(self, version: str) -> Release:
        """A release by its version, by the beginning of it where no other begins so, or by ``current``."""
        if version == _CURRENT and (current := self.current()):
            return current
        kept = self.versions()
        found = [version] if version in kept else [name for name in kept if version and name.startswith(version)]
        if len(found) == 1:
            return Release.open(self.folder / found[0])
        if found:
            raise ReleaseError(f"{len(found)} releases begin with {version!r}: {', '.join(found)}; type more of one")
        if kept:
            raise ReleaseError(f"no release is called {version!r}; type one of {', '.join(kept)}, or {_CURRENT}")
        raise ReleaseError(f"{self.folder} holds no release yet; run `citygraph build`")

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """An empty folder for one build. What a killed build left is swept away; two builds never meet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(f"another build is at work in {self.folder}; wait until it is done") from None
            for old in self.folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(old, ignore_errors=True)
            work = self.folder / f"{UNFINISHED}{secrets.token_hex(4)}"
            try:  # from before it is there, since a signal may come at any moment
                work.mkdir()
                work.chmod(0o755)
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)

    def seal(self, work: Path, manifest: dict[str, Any]) -> Release:
        """Make a built folder a release, by one rename that either happens or does not; it is not served yet."""
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
        target = self.folder / str(manifest["version"])
        if target.exists() and Release.open(target).manifest != manifest:
            raise ReleaseError(
                f"{target} exists and holds other bytes; a release never changes: remove it or build elsewhere"
            )
        _sync(work)
        if not target.exists():
            work.rename(target)
        return Release.open(target)

    def publish(self, work: Path, manifest: dict[str, Any]) -> Release:
        """Seal a built folder and make it the current release."""
        release = self.seal(work, manifest)
        self.switch(release.version)
        return release

    def switch(self, version: str) -> None:
        """Let another release be the current one, by one rename."""
        link = self.folder / f"{UNFINISHED}link"
        link.unlink(missing_ok=True)
        link.symlink_to(version)
        link.rename(self.folder / _CURRENT)
        _sync_folder(self.folder)


def lock(folder: Path, how: int) -> Hold | None:
    """Lock a release by its manifest, without waiting; None where others hold it, or it is gone."""
    try:
        hold = Hold(os.open(folder / MANIFEST, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return None
    try:
        fcntl.flock(hold.handle, how | fcntl.LOCK_NB)
    except OSError:
        hold.close()
        return None
    return hold


def _sync(folder: Path) -> None:
    """Bring a folder's files to the disk, so that a release is whole even after a power cut."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as content:
                os.fsync(content.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
