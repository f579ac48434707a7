"""The edge where a WSGI server begins: reads the settings of its environment and makes the application."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph import cores
from citygraph.release import Releases
from citygraph.settings import SHARED, Repository, Settings
from citygraph.web import operations
from citygraph.web.app import BODY, HEADERS, create_app
from citygraph.web.bodies import Bodies
from citygraph.web.gate import Gate
from citygraph.web.journal import Journal

if TYPE_CHECKING:
    from flask import Flask

_OBJECTS = 20_000
"""After so many new objects those are looked for that hold each other and nothing else holds."""
_MMAP_THRESHOLD = -3
"""``M_MMAP_THRESHOLD`` of ``malloc.h``."""


def application() -> Gate:
    """Make the application, for ``granian --factory citygraph.web.wsgi:application`` and its like."""
    _give_memory_back()
    here = Path.cwd()
    repository = Repository.find(Path(os.environ.get("CITYGRAPH_REPOSITORY", here)))
    settings = Settings.read(repository.settings_file(here), os.environ)
    app = create_app(settings, Releases(Path(settings.release_folder)), repository, os.environ)
    app.extensions["citygraph"].prepare()
    _seek_rings_seldom()
    shared = Path(folder) if (folder := os.environ.get(SHARED)) else None
    if shared:  # the server's threads, which are yet to be started, are meant
        app.extensions["core"] = cores.take_one(shared)
    return gate(app, settings, shared)


def _give_memory_back() -> None:
    """Let the C library give large blocks back when they are freed; otherwise every thread keeps some."""
    with suppress(AttributeError, OSError):  # another C library than glibc has no mallopt(3)
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 2**20)


def _seek_rings_seldom() -> None:
    """Look for objects that hold each other once in some pages, and not ten times a page, nor among what stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)


def gate(app: Flask, settings: Settings, shared: Path | None = None) -> Gate:
    """Put the gate before an application: request ids, limits, figures and the log."""
    journal = Journal(settings.log_level, settings.log_addresses)
    metrics = operations.metrics_of(app)
    metrics.dropped = lambda: journal.writer.dropped
    metrics.start()
    return Gate(Bodies(app, BODY, HEADERS), settings, operations.routes(app), HEADERS, metrics, journal, shared)
