"""The doctor finds nothing on our own site, and each fault of a site that misbehaves in a stated way."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from citygraph.cli import main
from citygraph.doctor import linked
from citygraph.doctor.commands import CHECKS, examine
from citygraph.doctor.site import Site
from citygraph.release import Releases
from citygraph.web import wsgi
from citygraph.web.app import create_app
from servers import hosting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from citygraph.release import Release
    from citygraph.settings import Repository, Settings


@dataclass
class Answer:
    """An answer on its way, which may be bent."""

    status: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Bent:
    """A way to misbehave: what a bad proxy does to requests, and to answers."""

    words: str
    request: Callable[[dict[str, Any]], None] = field(default=lambda _environ: None)
    answer: Callable[[dict[str, Any], Answer], None] = field(default=lambda _environ, _answer: None)


def without(name: str, path: str = "") -> Bent:
    """Drop a header of answers."""

    def answer(environ: dict[str, Any], seen: Answer) -> None:
        if environ["PATH_INFO"].startswith(path):
            seen.headers.pop(name, None)

    return Bent(f"no {name} {path}", answer=answer)


def saying(name: str, value: str, path: str = "") -> Bent:
    """Set a header of answers."""

    def answer(environ: dict[str, Any], seen: Answer) -> None:
        if environ["PATH_INFO"].startswith(path):
            seen.headers[name] = value

    return Bent(f"{name}: {value} {path}", answer=answer)


def answering(status: str, path: str, method: str = "") -> Bent:
    """Answer something else."""

    def answer(environ: dict[str, Any], seen: Answer) -> None:
        if environ["PATH_INFO"].startswith(path) and method in ("", environ["REQUEST_METHOD"]):
            seen.status, seen.body = status, b""

    return Bent(f"{status} at {path} {method}", answer=answer)


def deaf(name: str, value: str | None = None) -> Bent:
    """Keep a header of requests from the application."""

    def request(environ: dict[str, Any]) -> None:
        environ.pop(f"HTTP_{name}", None)
        if value is not None:
            environ[f"HTTP_{name}"] = value

    return Bent(f"deaf to {name}", request=request)


def writing(old: str, new: str, path: str = "") -> Bent:
    """Change the text of answers."""

    def answer(environ: dict[str, Any], seen: Answer) -> None:
        if environ["PATH_INFO"].startswith(path):
            seen.body = re.sub(old.encode(), new.encode(), seen.body)

    return Bent(f"{new} for {old} {path}", answer=answer)


def echo(environ: dict[str, Any], seen: Answer) -> None:
    """Believe a forged host."""
    if "HTTP_X_FORWARDED_HOST" in environ:
        seen.headers["Link"] = f"<http://{environ['HTTP_X_FORWARDED_HOST']}/>; rel=canonical"


def one_tag(environ: dict[str, Any], seen: Answer) -> None:
    """Give all representations one entity tag."""
    seen.headers["ETag"] = '"one"'


def twice(_environ: dict[str, Any], seen: Answer) -> None:
    """Compress what is compressed."""
    seen.body = gzip.compress(seen.body)


def short(environ: dict[str, Any]) -> None:
    """Take only short addresses."""
    if len(environ.get("QUERY_STRING", "")) > 8_000:
        environ["QUERY_STRING"] = ""
        environ["PATH_INFO"] = "/414"


def believing(environ: dict[str, Any]) -> None:
    """Take whoever says so for one of ours, and nobody else."""
    if environ["PATH_INFO"] == "/metrics":
        environ["REMOTE_ADDR"] = "127.0.0.1" if environ.pop("HTTP_X_FORWARDED_FOR", "") else "192.0.2.1"


BENDS: dict[str, list[Bent]] = {
    "void-triples": [
        writing(r'void:triples "?[0-9]+"?', 'void:triples "7"', "/.well-known"),
        writing("void:triples", "void:entities", "/.well-known"),
        answering("502 Bad Gateway", "/.well-known"),
    ],
    "ranges": [deaf("RANGE"), deaf("IF_RANGE"), saying("Content-Type", "text/plain", "/dumps")],
    "ready": [answering("503 Service Unavailable", "/readyz"), saying("Cache-Control", "max-age=60", "/healthz")],
    "metrics": [
        writing("# EOF|$", "\nclient 192.0.2.1", "/metrics"),
        answering("500 Internal Server Error", "/metrics"),
        Bent("believes X-Forwarded-For", request=believing),
    ],
    "request-ids": [without("X-Request-Id"), deaf("X_REQUEST_ID"), saying("X-Request-Id", "citygraph-doctor-1")],
    "thing-leads-to-document": [
        answering("200 OK", "/id/"),
        saying("Location", "http://elsewhere.invalid/", "/id/"),
        answering("404 Not Found", "/data/"),
        saying("Content-Type", "text/plain", "/page/"),
    ],
    "subject-is-request": [
        writing("w3id.org/citygraph/id", "w3id.org/other/id", "/data/"),
        writing("<[^>]*> <[^>]*label> .*\n", "", "/data/"),
        writing("(?s).*", "no turtle", "/data/"),
    ],
    "accept-qualities": [
        deaf("ACCEPT"),
        deaf("ACCEPT", "text/html"),
        answering("500 Internal Server Error", "/ontology"),
    ],
    "harvesters": [saying("Content-Type", "text/html", "/catalogue"), answering("302 Found", "/.well-known")],
    "not-acceptable": [deaf("ACCEPT", "*/*"), writing("(?s).+", "no", "/ontology")],
    "not-found": [
        answering("200 OK", "/id/"),
        saying("Content-Type", "text/html"),
        writing("<title>", "<script><title>"),
    ],
    "languages": [deaf("ACCEPT_LANGUAGE"), without("Content-Language"), writing("lang=", "hreflang_=", "/about")],
    "head": [
        answering("405 Method Not Allowed", "/page", "HEAD"),
        Bent(
            "other length",
            answer=lambda env, seen: (
                seen.headers.update({"Content-Length": "5"}) if env["REQUEST_METHOD"] == "HEAD" else None
            ),
        ),
        Bent(
            "other type",
            answer=lambda env, seen: (
                seen.headers.update({"Content-Type": "text/plain"}) if env["REQUEST_METHOD"] == "HEAD" else None
            ),
        ),
    ],
    "options": [
        answering("405 Method Not Allowed", "/", "OPTIONS"),
        without("Access-Control-Allow-Methods"),
        without("Access-Control-Allow-Headers"),
    ],
    "other-origins": [
        without("Access-Control-Allow-Origin"),
        saying("Access-Control-Allow-Origin", "https://one.invalid"),
        without("Access-Control-Allow-Origin", "/nothing-here"),
        without("Access-Control-Expose-Headers"),
    ],
    "vary": [without("Vary"), saying("Vary", "Accept-Encoding", "/ontology"), without("Vary", "/nothing-here")],
    "entity-tags": [without("ETag"), Bent("one tag for all", answer=one_tag), deaf("IF_NONE_MATCH")],
    "compression": [
        deaf("ACCEPT_ENCODING"),
        Bent("one tag for all", answer=one_tag),
        without("Vary"),
        Bent("compressed twice", answer=twice),
        saying("Content-Encoding", "gzip"),
    ],
    "security-headers": [
        without("Content-Security-Policy"),
        saying("Content-Security-Policy", "default-src *; script-src 'unsafe-inline'"),
        without("X-Content-Type-Options"),
        without("Referrer-Policy"),
        saying("Server", "proxy/1.2.3"),
    ],
    "forged-host": [Bent("believes X-Forwarded-Host", answer=echo)],
    "endpoint-slash": [answering("301 Moved Permanently", "/sparql/"), answering("403 Forbidden", "/sparql", "POST")],
    "result-formats": [deaf("ACCEPT"), answering("500 Internal Server Error", "/sparql")],
    "service-description": [
        writing("sd:endpoint <[^>]*>", "sd:endpoint <http://localhost/sparql>", "/sparql"),
        writing("sd:name <[^>]*graph/places>", "sd:name <http://localhost/graph/none>", "/sparql"),
        writing("(?s).+", "no turtle", "/sparql"),
    ],
    "query-errors": [
        answering("500 Internal Server Error", "/sparql"),
        saying("Content-Type", "text/html", "/sparql"),
        writing('"line"', '"row"', "/sparql"),
    ],
    "no-outbound-requests": [Bent("follows SERVICE", request=lambda env: env.update(QUERY_STRING="query=ASK%7B%7D"))],
    "read-only": [answering("204 No Content", "/sparql", "POST")],
    "portal-settings": [answering("404 Not Found", "/catalog")],
    "long-addresses": [Bent("takes only short addresses", request=short)],
}
"""By check, ways to misbehave of which each must be found."""


class Server:
    """Our application behind a proxy that misbehaves as it is told."""

    def __init__(self, application: Any) -> None:
        self.application, self.bent = application, Bent("well behaved")
        self.address = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass a request on, and its answer back."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        self.bent.request(environ)
        told: list[Any] = []
        content = self.application(environ, lambda *facts: told.extend(facts))
        body = b"".join(content)
        if hasattr(content, "close"):
            content.close()
        seen = Answer(told[0], dict(told[1]), body)
        length = seen.headers.get("Content-Length")
        self.bent.answer(environ | {"REQUEST_METHOD": "HEAD"} if head else environ, seen)
        if not head and seen.status[:3] not in ("204", "304") and length == seen.headers.get("Content-Length"):
            seen.headers["Content-Length"] = str(len(seen.body))
        start_response(seen.status, list(seen.headers.items()))
        return [seen.body]


@pytest.fixture(scope="module")
def server(world: Release, settings: Settings, repository: Repository) -> Iterator[Server]:
    """The fixture world, served."""
    from dataclasses import replace  # noqa: PLC0415

    quiet = replace(settings, log_level="error", own_networks="127.0.0.0/8")
    app = create_app(quiet, Releases(world.folder.parent), repository)
    made = Server(wsgi.gate(app, quiet))
    with hosting(made) as made.address:
        yield made
    app.extensions["citygraph"].get().pool.close()


@pytest.mark.parametrize("check", [row for row in CHECKS if not row.advice], ids=lambda check: check.name)
def test_our_own_site_keeps_its_promises(server: Server, check: Any) -> None:
    """The doctor finds no fault with our own site."""
    server.bent = Bent("well behaved")
    assert examine(Site(server.address, whole=True), check) == []


@pytest.mark.parametrize(
    ("name", "bent"),
    [pytest.param(name, bent, id=f"{name}: {bent.words}") for name, bends in BENDS.items() for bent in bends],
)
def test_each_fault_is_found(server: Server, name: str, bent: Bent) -> None:
    """A site that misbehaves is found out by the check that is for it, with a line for the shell."""
    check = next(row for row in CHECKS if row.name == name)
    server.bent = Bent("well behaved")
    site = Site(server.address, whole=True)
    _ = site.thing  # what the site says of itself is known before it misbehaves
    server.bent = bent
    faults = examine(site, check)
    assert faults
    assert all(row.curl.startswith("curl ") for row in faults)
    server.bent = Bent("well behaved")


CONTACT = "vcard:hasURL <https://w3id.org/citygraph/about>"
SETTLED = (
    (r'foaf:name "citygraph"', 'foaf:name "The twin towns"'),
    (CONTACT, f"{CONTACT} ; vcard:hasEmail <mailto:towns@example.org>"),
    ("a dcat:Dataset", "a dcat:Dataset ; dcatde:contributorID <http://dcat-ap.de/def/contributors/openNRW>"),
    ("@citygraph", "@towns"),
)
"""What settings would change in the catalogues."""


@pytest.mark.parametrize("left", range(len(SETTLED)))
def test_what_portals_want_to_be_told_is_advised(server: Server, left: int) -> None:
    """Each setting that portals want and nobody made is named, and nothing is once all are made."""
    wanted = ("set publisher", "set contact_email", "set contributor_id", "set organisation")
    check = next(row for row in CHECKS if row.name == "portal-settings")

    def answer(environ: dict[str, Any], seen: Answer) -> None:
        if environ["PATH_INFO"].startswith("/catalog"):
            for old, new in made:
                seen.body = seen.body.replace(old.encode(), new.encode())
            if b"@prefix dcatde" not in seen.body:
                seen.body = b"@prefix dcatde: <http://dcat-ap.de/def/dcatde/> .\n" + seen.body

    made = [row for number, row in enumerate(SETTLED) if number != left]
    server.bent = Bent("is settled", answer=answer)
    assert [row.text.rpartition(": ")[2] for row in examine(Site(server.address), check)] == [wanted[left]]
    made = list(SETTLED)
    assert examine(Site(server.address), check) == []
    server.bent = Bent("well behaved")


def test_advice_is_given_without_blame(server: Server) -> None:
    """A site that lacks what is only advised is told so, and is sound all the same."""
    server.bent = Bent("well behaved")
    done = CliRunner().invoke(main, ["doctor", server.address, "--only", "portal-settings", "--only", "ready"])
    assert done.exit_code == 0
    assert "! Portals learn who publishes" in done.output
    assert "set contact_email" in done.output
    assert "1 of 1 promises are kept" in done.output


def test_every_check_is_seen_to_fail() -> None:
    """No check is without a way to fail; that of https is tried below."""
    assert {row.name for row in CHECKS} - BENDS.keys() == {"https"}


def test_https(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site on https that leads to http is found out."""
    check = next(row for row in CHECKS if row.name == "https")
    server.bent = saying("Location", f"{server.address}/page/x")
    site = Site(server.address)
    real = site.ask
    site.secure, site.address = True, server.address.replace("http:", "https:")

    def plainly(path: str, **fields: Any) -> Any:
        site.secure = False
        try:
            return real(path, **fields)
        finally:
            site.secure = True

    monkeypatch.setattr(site, "ask", plainly)
    assert any("leads to http://" in row.text for row in check.look(site))
    server.bent = Bent("well behaved")
    assert list(check.look(site)) == []


def test_command(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints each promise with its sign, remedy and curl line, or as JSON; faults exit with 1."""
    server.bent = without("Vary")
    run = CliRunner()
    done = run.invoke(main, ["doctor", server.address, "--only", "vary", "--only", "ready"])
    assert done.exit_code == 1
    assert "✓ " in done.output
    assert "✗ " in done.output
    assert f"curl -si {server.address}/" in done.output
    assert "To mend: Let the proxy pass Vary on." in done.output
    done = run.invoke(main, ["doctor", server.address, "--json", "--only", "vary", "--only", "ready"])
    assert [(row["check"], row["kept"]) for row in json.loads(done.output)] == [("ready", True), ("vary", False)]
    server.bent = Bent("well behaved")
    assert run.invoke(main, ["doctor", server.address, "--only", "vary"]).exit_code == 0


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://example.org", "http://"])
def test_no_site(address: str) -> None:
    """Where nobody answers, the doctor says so."""
    done = CliRunner().invoke(main, ["doctor", address])
    assert done.exit_code == 1
    assert "does not answer" in done.output


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_in_the_manual(check: Any) -> None:
    """The table of the manual has each check and its promise."""
    manual = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")
    assert f"| `{check.name}` | {check.promise} |" in manual


def test_habits_name_what_browsers_send() -> None:
    """The table of habits has a browser's, a harvester's, and those with qualities."""
    accepts = [accept for accept, _ in linked.HABITS]
    assert {"", "*/*", linked.BROWSER} <= set(accepts)
    assert any("q=0," in accept for accept in accepts)
