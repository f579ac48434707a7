"""Files that grow line by line and that a stopped import goes on writing where it was.

From time to time the journal notes how long each file is and how far the reading has come. A run that begins again
cuts the files back to what was noted, so that it ends with the same bytes as one that was never stopped.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from citygraph.errors import SourceError
from citygraph.imports.manifest import begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import IO, Self

STATE = ".import.json"


class Journal:
    """The files that one import writes into one folder, and how far it has come."""

    def __init__(
        self, folder: Path, names: Iterable[str], task: Mapping[str, Any], *, restart: bool = False, seconds: float = 5
    ) -> None:
        """Begin, or go on with, an import; ``task`` says which one, and another one's folder is refused."""
        self.folder, self.task, self._seconds = folder, dict(task), seconds
        self.position: dict[str, Any] = {}
        """How far the reading has come, in the terms of whoever reads; empty at the beginning."""
        sizes = self._begin(restart=restart)
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, IO[bytes]] = {}
        for name in names:
            file = (folder / name).open("r+b" if sizes.get(name) else "wb")
            file.truncate(sizes.get(name, 0))
            file.seek(0, os.SEEK_END)
            self._files[name] = file
        self._saved = time.monotonic()
        if not self.position:
            self.save({})

    def _begin(self, *, restart: bool) -> dict[str, int]:
        """Read how far an earlier run has come: the sizes of the files, none where there was no such run."""
        state = self.folder / STATE
        if restart:
            state.unlink(missing_ok=True)
        begin(self.folder, restart=restart)
        if not state.exists():
            return {}
        try:
            found = json.loads(state.read_text("utf-8"))
            task, sizes, position = found["task"], found["sizes"], found["position"]
        except (OSError, ValueError, KeyError, TypeError):
            raise SourceError(state, "the state of the stopped import is damaged", "add --restart") from None
        begun_on = task.pop("date", None)
        if not position:
            return {}
        if task != {key: value for key, value in self.task.items() if key != "date"}:
            remedy = "finish that one with its own options, or add --restart to begin anew"
            raise SourceError(self.folder, "another import was begun in this folder", remedy)
        if any(_size(self.folder / name) < size for name, size in sizes.items()):
            raise SourceError(
                self.folder, "a file is gone, or shorter than it was when the import stopped", "add --restart"
            )
        if begun_on is not None:
            self.task["date"] = begun_on
        self.position = position
        return dict(sizes)

    def write(self, name: str, data: bytes) -> None:
        """Write at the end of a file."""
        self._files[name].write(data)

    def is_due(self) -> bool:
        """Tell whether it is time to save."""
        return time.monotonic() - self._saved >= self._seconds

    def save(self, position: Mapping[str, Any]) -> None:
        """Note that everything up to this position is written; what follows is lost if the run is stopped."""
        self.position = dict(position)
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        sizes = {name: file.tell() for name, file in self._files.items()}
        state = {"task": self.task, "sizes": sizes, "position": self.position}
        aside = self.folder / f"{STATE}.new"
        with aside.open("w", encoding="utf-8") as target:
            json.dump(state, target)
            target.flush()
            os.fsync(target.fileno())
        aside.replace(self.folder / STATE)
        self._saved = time.monotonic()

    def finish(self) -> None:
        """Forget the state once ``source.toml`` says that the import is whole."""
        self.close()
        (self.folder / STATE).unlink()

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
