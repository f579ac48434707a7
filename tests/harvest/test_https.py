"""The site under an https base, behind a proxy that speaks TLS: a portal finds all, and gives all points."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from citygraph.build import pipeline
from citygraph.release import Releases
from servers import PATIENCE, ROOT, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citygraph.settings import Repository, Settings

_CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run([*_CERTIFICATE, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and says that they came by https."""

    protocol_version = "HTTP/1.1"
    behind = ""

    def do_GET(self) -> None:
        """Pass a request on, and its answer back."""
        there = http.client.HTTPConnection(self.behind, timeout=PATIENCE)
        headers = dict(self.headers.items()) | {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        there.request(self.command, self.path, headers=headers)
        answer = there.getresponse()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        body = answer.read()
        self.send_header("Content-Length", answer.headers.get("Content-Length") or str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        there.close()

    do_HEAD = do_GET  # noqa: N815 - the server finds its methods by these names

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def secured(address: str, port: int, certificate: tuple[Path, Path]) -> Iterator[None]:
    """A proxy that speaks TLS before a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    handler = type("Handler", (Proxy,), {"behind": urlsplit(address).netloc})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    # The handshake is left to the thread of each connection, so that a slow one keeps nobody waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.real
def test_a_site_under_https_gets_all_points(
    tmp_path: Path, settings: Settings, world_repository: Repository, certificate: tuple[Path, Path]
) -> None:
    """Every address of the catalogue is https and answers over TLS; a certificate that nobody trusts is told."""
    port = free_port()
    base = f"https://localhost:{port}/"
    pipeline.build(replace(settings, base_iri=base), world_repository, Releases(tmp_path), lambda _: None)
    command = [sys.executable, "-m", "citygraph", "harvest-check", f"{base}catalog", "--json"]
    known = {"CITYGRAPH_BASE_IRI": base, "CITYGRAPH_DATA": str(world_repository.data)}
    with serving(tmp_path, **known) as address, secured(address, port, certificate):
        done = subprocess.run(
            command, env=os.environ | {"SSL_CERT_FILE": str(certificate[0])}, cwd=ROOT, capture_output=True, check=False
        )
        distrusted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert (found["points"], found["of"], found["findings"], found["missing"]) == (405, 405, [], [])
    assert done.returncode == 0
    assert (distrusted.returncode, distrusted.stdout) == (1, "")
    assert "certificate" in distrusted.stderr
