"""The edge where a WSGI server begins: reads the settings of its environment and makes the application."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph.release import Releases
from citygraph.settings import Repository, Settings
from citygraph.web import operations
from citygraph.web.app import BODY, HEADERS, create_app
from citygraph.web.bodies import Bodies
from citygraph.web.gate import Gate
from citygraph.web.journal import Journal

if TYPE_CHECKING:
    from flask import Flask


def application() -> Gate:
    """Make the application, for ``granian --factory citygraph.web.wsgi:application`` and its like."""
    here = Path.cwd()
    repository = Repository.find(Path(os.environ.get("CITYGRAPH_REPOSITORY", here)))
    settings = Settings.read(repository.settings_file(here), os.environ)
    app = create_app(settings, Releases(Path(settings.release_folder)), repository, os.environ)
    app.extensions["citygraph"].prepare()
    return gate(app, settings)


def gate(app: Flask, settings: Settings) -> Gate:
    """Put the gate before an application: request ids, limits, figures and the log."""
    journal = Journal(settings.log_level, settings.log_addresses)
    metrics = operations.metrics_of(app)
    metrics.dropped = lambda: journal.writer.dropped
    metrics.start()
    return Gate(Bodies(app, BODY, HEADERS), settings, operations.routes(app), HEADERS, metrics, journal)
