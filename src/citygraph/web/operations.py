"""What those who run the site ask of it: whether it lives, whether it is ready, and its figures."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from citygraph.errors import CitygraphError
from citygraph.formats import JSON, NTRIPLES
from citygraph.release import MANIFEST
from citygraph.web.answers import served
from citygraph.web.metrics import Gauges, Metrics
from citygraph.web.problems import Problem
from citygraph.workers import Forms, Question

if TYPE_CHECKING:
    from citygraph.settings import Settings
    from citygraph.web.current import Current, Served

blueprint = Blueprint("operations", __name__)

READY_SECONDS = 1.0
"""How long the look-up may take by which we see that we are ready, and how long its outcome counts."""
_NAME = "citygraph-metrics"
_LOOKUP = Question("ASK { ?thing ?property ?value }")


@blueprint.get("/health")
@blueprint.get("/healthz", endpoint="healthz")
def health() -> Response:
    """Whether the process answers, and from which release."""
    return _fresh(jsonify(status="ok", release=served().version))


@blueprint.get("/readyz")
def ready() -> Response:
    """Whether it can do its work: the store is open, and a query worker answers in time."""
    found = served()
    try:
        current_app.extensions[_Readiness.NAME].look(found)
    except (CitygraphError, TimeoutError) as error:
        reason = str(error) or f"no query worker answered within {READY_SECONDS:g} s"
        raise Problem(503, "Not ready", reason, Retry_After="1") from None
    return _fresh(jsonify(status="ready", release=found.version))


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures for Prometheus, for those in our own networks."""
    if not request.environ.get("citygraph.own", True):
        raise Problem(403, "Not for everybody", "The figures are for our own networks; `own_networks` names them.")
    body, content_type = metrics_of(current_app).exposition(request.headers.get("Accept", ""))
    return _fresh(Response(body, content_type=content_type))


def metrics_of(app: Flask) -> Metrics:
    """What an application counts with."""
    found: Metrics = app.extensions[_NAME]
    return found


def register(app: Flask, current: Current, settings: Settings) -> None:
    """Let an application answer these, and count."""
    folder = Path(settings.metrics_folder) if settings.metrics_folder else None
    app.register_blueprint(blueprint)
    app.extensions[_NAME] = Metrics(lambda: _gauges(current), current.backend.tally, folder)
    app.extensions[_Readiness.NAME] = _Readiness()


def routes(app: Flask) -> set[str]:
    """The first parts of all addresses, by which requests are counted; never a name that a client chose."""
    firsts = {row.rule.split("/")[1] for row in app.url_map.iter_rules()}
    return {first.partition("<")[0].rstrip(".") for first in firsts}


class _Readiness:
    """Remembers for a moment whether we were ready, so that whoever asks often costs nothing."""

    NAME = "citygraph-readiness"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._version = ""
        self._executor = ThreadPoolExecutor(1, "readiness")

    def look(self, found: Served) -> None:
        """Ask the store and a query worker something; what fails is raised."""
        with self._lock:
            if self._version == found.version and time.monotonic() < self._until:
                return
            next(iter(found.store.graphs()), None)
            asked = self._executor.submit(lambda: found.pool.ask(_LOOKUP, Forms(JSON, JSON, NTRIPLES)))
            asked.result(READY_SECONDS)
            self._version, self._until = found.version, time.monotonic() + READY_SECONDS


def _gauges(current: Current) -> Gauges:
    try:
        found = current.get()
    except CitygraphError:
        return Gauges()
    busy, waiting = found.pool.standing if found.has_pool else (0, 0)
    manifest = found.release.folder / MANIFEST
    published = manifest.stat().st_mtime if manifest.exists() else 0.0
    return Gauges(found.limits.workers, busy, waiting, found.version, published)


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
