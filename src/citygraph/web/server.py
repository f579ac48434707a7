"""Runs the application in granian, a WSGI server with a compiled front that bears slow and half-sent requests."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces

THREADS = 64
"""Threads per process; granian starts them as they are needed, and each slow reader holds one."""


def run(host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it."""
    Granian(
        "citygraph.web.wsgi:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=2 * THREADS,
        log_level="warning",  # type: ignore[arg-type]  # the name of a level is accepted
        respawn_failed_workers=True,
    ).serve()
