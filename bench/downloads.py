"""Downloads beside nginx: the same file from both in one run, by eight connections that break off and go on."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from citygraph.release import Release, Releases
from citygraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 8
ROUNDS = 11
"""How often each side is measured, by turns."""
BREAKS = 3
"""In how many pieces each connection fetches its part."""
_BLOCK = 1 << 20


def main(_numbers: list[int]) -> None:
    """Download the largest file of the current release from nginx and from us, by turns, and print the ratio."""
    settings = Settings.read(Path("citygraph.toml"), dict(os.environ))
    releases = Releases(Path(settings.release_folder).absolute())
    release = releases.current()
    if release is None or (nginx := shutil.which("nginx")) is None:
        raise SystemExit("build a release first (citygraph build), and install nginx (apt-get install nginx-light)")
    file = max(release.files, key=lambda row: row.bytes)
    with (
        tempfile.TemporaryDirectory() as folder,
        _nginx(nginx, Path(folder), release) as theirs,
        _ours(releases) as port,
    ):
        sides = {
            "nginx": (theirs, f"/{file.path}"),
            "citygraph": (port, f"/dumps/{release.version}/{file.path.removeprefix('dumps/')}"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, (at, path) in sides.items():
                began = time.perf_counter()
                content = download(at, path, file.bytes)
                seconds[name].append(time.perf_counter() - began)
                if hashlib.sha256(content).hexdigest() != file.sha256:
                    raise SystemExit(f"{name} sends other bytes")
    print(f"{file.path}: {file.bytes} bytes, {CONNECTIONS} connections, each in {BREAKS} pieces, {ROUNDS} rounds")
    for name, row in seconds.items():
        print(f"{name:10} median {statistics.median(row):.3f} s, {file.bytes / statistics.median(row) / 1e6:.0f} MB/s")
    ratios = [ours / them for ours, them in zip(seconds["nginx"], seconds["citygraph"], strict=True)]
    print(
        f"throughput against nginx: {statistics.median(ratios):.2f} (by round: {', '.join(f'{r:.2f}' for r in ratios)})"
    )


def download(port: int, path: str, size: int) -> bytearray:
    """Fetch a file by several connections at once, each of which breaks off and goes on."""
    content = bytearray(size)
    step = -(-size // CONNECTIONS)
    threads = [
        threading.Thread(target=_part, args=(port, path, memoryview(content)[at : at + step], at))
        for at in range(0, size, step)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return content


def _part(port: int, path: str, into: memoryview, start: int) -> None:
    """Fetch a part: ask for all that is missing, read some of it, break off, and ask again."""
    done, piece = 0, -(-len(into) // BREAKS)
    while done < len(into):
        upto = min(done + piece, len(into))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            span = f"{start + done}-{start + len(into) - 1}"
            asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={span}\r\n\r\n"
            connection.sendall(asked.encode())
            head, taken = _head(connection)
            if not head.startswith(b"HTTP/1.1 206"):
                raise SystemExit(f"no part of {path} is sent")
            taken = taken[: upto - done]
            into[done : done + len(taken)] = taken
            done += len(taken)
            while done < upto:
                done += connection.recv_into(into[done:upto], min(_BLOCK, upto - done))


def _head(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of an answer, and what of its body came with it: read by blocks, so that a longer head costs no more."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        if not (block := connection.recv(65_536)):
            raise SystemExit("an answer breaks off in its head")
        received += block
    return received[:end], received[end + 4 :]


@contextmanager
def _nginx(program: str, folder: Path, release: Release) -> Iterator[int]:
    """Serve the files of a release by nginx with one process, as we have one."""
    port = _free()
    shared = folder / "files"
    shared.mkdir()
    for path in (release.folder / "dumps").iterdir():
        if path.is_file():
            shared_path = shared / "dumps" / path.name
            shared_path.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, shared_path)
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on;"
        f" server {{ listen 127.0.0.1:{port}; root {shared}; }} }}\n"
    )
    with _running([program, "-p", str(folder), "-c", str(folder / "nginx.conf")], port, "/"):
        yield port


@contextmanager
def _ours(releases: Releases) -> Iterator[int]:
    """Serve the releases by one process of ours."""
    port = _free()
    environ = {"CITYGRAPH_RELEASE_FOLDER": str(releases.folder), "CITYGRAPH_LOG_LEVEL": "warning"}
    with _running([sys.executable, "-m", "citygraph", "serve", "--port", str(port)], port, "/healthz", environ):
        yield port


@contextmanager
def _running(command: list[str], port: int, path: str, environ: dict[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env=os.environ | (environ or {}), stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
