"""Runs the application in granian, a WSGI server with a compiled front that bears slow and half-sent requests."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile

from granian import Granian
from granian.constants import Interfaces

from citygraph import cores
from citygraph.errors import SettingsError
from citygraph.keeper import SETTINGS, TUNABLES
from citygraph.settings import SHARED, Settings
from citygraph.web.journal import logging_config

THREADS = 64
"""Threads per process; granian starts them as they are needed, and each slow reader holds one."""
_MOST = 4
"""How many processes there are at most, unless somebody wants more: each takes some hundred megabytes."""
_FOLDER = "CITYGRAPH_METRICS_FOLDER"


def begin_anew() -> None:
    """Start this program again with the memory settings of query workers, by which look-ups take a tenth less.

    The C library reads them at the start only. Where somebody has set their own, those hold.
    """
    if sys.platform == "linux" and TUNABLES not in os.environ:
        os.environ[TUNABLES] = SETTINGS
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - it is the same program


def ensure_free(host: str, port: int) -> None:
    """Refuse to stand beside another server: the kernel would give each of them a part of the requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        fault = f"{host}:{port} cannot be listened on ({error.strerror or error})"
        raise SettingsError("port", fault, "end the other server, or choose another with --port") from None


def _end_when_told() -> None:
    """Let a process that is told to end while it starts end at once: granian's own handler would pass that over."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def run(host: str, port: int, processes: int, settings: Settings | None = None) -> None:
    """Serve until a signal ends it: then nothing new is accepted, and what runs may go on for a while.

    Without a number of processes there is one for each core.
    """
    settings = settings or Settings()
    with tempfile.TemporaryDirectory(prefix="citygraph-", ignore_cleanup_errors=True) as folder:
        os.environ[SHARED] = folder
        os.environ.setdefault(_FOLDER, folder)  # the processes that answer read their settings from the environment
        os.register_at_fork(after_in_child=_end_when_told)
        Granian(
            "citygraph.web.wsgi:application",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=processes or min(_MOST, len(cores.allowed()) or 1),
            blocking_threads=THREADS,
            backpressure=2 * THREADS,
            log_level="warning",  # type: ignore[arg-type]  # the name of a level is accepted
            log_dictconfig=logging_config(settings.log_level),
            respawn_failed_workers=True,
            workers_kill_timeout=settings.shutdown_seconds,
        ).serve()
