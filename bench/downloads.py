"""Downloads beside nginx: the same file from both in one run, by eight connections that break off and go on.

One client is curl, which writes files as people do. The other is made of bare sockets that read into memory, which
costs next to nothing beside what the servers do on the same cores.
"""

from __future__ import annotations

import hashlib
import mmap
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
    from collections.abc import Callable, Iterator

    Fetch = Callable[[int, str, str, memoryview], None]
    """Asks at a port and a path for a span, written as in Range, and fills a view with its first bytes."""

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
        print(f"{file.path}: {file.bytes} bytes, {CONNECTIONS} connections, each in {BREAKS} pieces, {ROUNDS} rounds")
        for client, fetch in CLIENTS.items():
            seconds: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(ROUNDS):
                for name, (at, path) in sides.items():
                    took, digest = download(fetch, at, path, file.bytes)
                    seconds[name].append(took)
                    if digest != file.sha256:
                        raise SystemExit(f"{name} sends other bytes")
            _tell(client, seconds, file.bytes)


def _tell(client: str, seconds: dict[str, list[float]], size: int) -> None:
    for name, row in seconds.items():
        median = statistics.median(row)
        print(f"{client}, {name}: median {median:.3f} s, {size / median / 1e6:.0f} MB/s")
    ratios = [ours / them for ours, them in zip(seconds["nginx"], seconds["citygraph"], strict=True)]
    rounds = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{client}: throughput against nginx: {statistics.median(ratios):.2f} (by round: {rounds})")


def download(fetch: Fetch, port: int, path: str, size: int) -> tuple[float, str]:
    """Fetch a file by several connections at once; how many seconds it took, and the checksum of what came."""
    with tempfile.TemporaryFile(dir="/dev/shm") as file:  # memory, for no disk is measured
        file.truncate(size)
        content = mmap.mmap(file.fileno(), size)
        step = -(-size // CONNECTIONS)
        ends = [(at, min(at + step, size)) for at in range(0, size, step)]
        threads = [threading.Thread(target=_part, args=(fetch, port, path, content, *end)) for end in ends]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began, hashlib.sha256(content).hexdigest()


def _part(fetch: Fetch, port: int, path: str, content: mmap.mmap, start: int, end: int) -> None:
    """Fetch a part: ask for all that is missing, read some of it, break off, and ask again."""
    piece = -(-(end - start) // BREAKS)
    for at in range(start, end, piece):
        with memoryview(content)[at : min(at + piece, end)] as into:
            fetch(port, path, f"{at}-{end - 1}", into)


def by_sockets(port: int, path: str, span: str, into: memoryview) -> None:
    """Ask for a span of bytes, and read the first of them."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={span}\r\n\r\n".encode())
        head, taken = _head(connection)
        if not head.startswith(b"HTTP/1.1 206"):
            raise SystemExit(f"no part of {path} is sent")
        done = min(len(taken), len(into))
        into[:done] = taken[:done]
        while done < len(into):
            done += connection.recv_into(into[done:], min(_BLOCK, len(into) - done))


def by_curl(port: int, path: str, span: str, into: memoryview) -> None:
    """Let curl ask for a span of bytes, and take the first of them."""
    command = ["curl", "--silent", "--range", span, f"http://127.0.0.1:{port}{path}"]
    with subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE) as curl:
        assert curl.stdout is not None
        done = 0
        while done < len(into) and (read := curl.stdout.readinto(into[done : done + _BLOCK])):
            done += read


CLIENTS: dict[str, Fetch] = {"sockets": by_sockets, "curl": by_curl}


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
    """Serve the files of a release by nginx with one process, which is all it needs for one file."""
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
