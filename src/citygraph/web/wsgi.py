"""The edge where a WSGI server begins: reads the settings of its environment and makes the application."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph.release import Releases
from citygraph.settings import Repository, Settings
from citygraph.web.app import create_app

if TYPE_CHECKING:
    from flask import Flask


def application() -> Flask:
    """Make the application, for ``granian --factory citygraph.web.wsgi:application`` and its like."""
    here = Path.cwd()
    repository = Repository.find(Path(os.environ.get("CITYGRAPH_REPOSITORY", here)))
    settings = Settings.read(repository.settings_file(here), os.environ)
    app = create_app(settings, Releases(Path(settings.release_folder)), repository)
    app.extensions["citygraph"].prepare()
    return app
