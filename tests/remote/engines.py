"""Starts the SPARQL servers that a release is published into: the oxigraph server, and Virtuoso with small buffers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from servers import PATIENCE, free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

OXIGRAPH = str(Path(sys.executable).parent / "oxigraph")
VIRTUOSO = shutil.which("virtuoso-t") or "virtuoso-t"
ROWS = 3_500
"""At how many rows Virtuoso cuts an answer: more than a page of the world asks for, fewer than the world has."""

_INI = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa

[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = .
CheckpointInterval = 0

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10

[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 10
"""


@dataclass(frozen=True)
class Running:
    """A server that runs, as settings name it."""

    store: str
    store_update: str
    store_graphs: str
    user: str = ""
    password: str = ""

    def settings(self) -> dict[str, str]:
        """The addresses."""
        return {"store": self.store, "store_update": self.store_update, "store_graphs": self.store_graphs}

    def environ(self) -> dict[str, str]:
        """The credentials."""
        return {"CITYGRAPH_STORE_USER": self.user, "CITYGRAPH_STORE_PASSWORD": self.password}


@contextmanager
def oxigraph(folder: Path) -> Iterator[Running]:
    """The oxigraph server, empty and in memory: on a disk each request waits until it is written."""
    port = free_port()
    command = [OXIGRAPH, "serve", "--bind", f"127.0.0.1:{port}", "--timeout-s", "10"]
    url = f"http://127.0.0.1:{port}"
    with _running(command, folder, port):
        yield Running(f"{url}/query", f"{url}/update", f"{url}/store")


@contextmanager
def virtuoso(folder: Path) -> Iterator[Running]:
    """Virtuoso in the foreground, on an empty folder, with the password that a new database has."""
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(sql=sql, http=http, rows=ROWS))
    url = f"http://127.0.0.1:{http}"
    with _running([VIRTUOSO, "+foreground", "+configfile", "virtuoso.ini"], folder, http):
        yield Running(f"{url}/sparql", f"{url}/sparql-auth", f"{url}/sparql-graph-crud-auth", "dba", "dba")


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=os.environ | {"LANG": "C.UTF-8"})
    try:
        until(lambda: _listens(process, folder, port))
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(process: subprocess.Popen[bytes], folder: Path, port: int) -> bool:
    assert process.poll() is None, (folder / "out.txt").read_text()
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


ENGINES = {"oxigraph": oxigraph, "virtuoso": virtuoso}
