"""A running site as one asks it: requests without redirects, answers as they came, and what it says of itself."""

from __future__ import annotations

import http.client
import shlex
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pyoxigraph as ox

from citygraph.errors import CitygraphError
from citygraph.iris import Iris

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 30.0
"""How long an answer may take."""
MOST = 32 * 2**20
"""How many bytes of an answer are read, unless the whole is asked for."""
VOID = "http://rdfs.org/ns/void#"
TURTLE = "text/turtle"
CSV = "text/csv"


class Unreachable(CitygraphError):  # noqa: N818 - it says what is so
    """A site does not answer."""

    def __init__(self, address: str, fault: str) -> None:
        super().__init__(f"{address} does not answer: {fault}; is the address right, and the server running?")


@dataclass(frozen=True)
class Reply:
    """An answer, with the request as a line for the shell."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    curl: str

    def header(self, name: str) -> str:
        """All values of a header, joined as one (RFC 9110, section 5.3)."""
        return ", ".join(self.headers.get_all(name, []))

    @property
    def type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get_content_type() if self.headers.get("Content-Type") else ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def listed(self, name: str) -> set[str]:
        """The words of a header that is a list, in lower case."""
        return {word.strip().lower() for word in self.header(name).split(",") if word.strip()}

    def quads(self) -> list[ox.Quad]:
        """The statements of an RDF answer; what cannot be read is a ``SyntaxError`` or ``ValueError``."""
        form = ox.RdfFormat.from_media_type(self.type)
        if form is None:
            raise ValueError(f"{self.type or 'no media type'} is no RDF format")
        return list(ox.parse(self.body, form, base_iri="http://relative.invalid/"))


class Site:
    """A site at an address, which may have a path."""

    def __init__(self, address: str, *, whole: bool = False) -> None:
        parts = urlsplit(address if "//" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(address, "it is no http or https address")
        self.address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.secure, self._parts, self.whole = parts.scheme == "https", parts, whole

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask for a path of the site, without following redirects."""
        given = {"User-Agent": "citygraph-doctor"} | dict(headers or {})
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=SECONDS)
        try:
            connection.request(method, f"{self._parts.path.rstrip('/')}{path}", body, given)
            answer = connection.getresponse()
            return Reply(answer.status, answer.msg, answer.read(MOST), self._curl(path, method, body, headers or {}))
        except (OSError, ssl.SSLError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.address}{path[:80]}", str(error) or type(error).__name__) from None
        finally:
            connection.close()

    def query(self, text: str, accept: str = CSV, **headers: str) -> Reply:
        """Ask a query by GET."""
        return self.ask(f"/sparql?{urlencode({'query': text})}", headers={"Accept": accept} | headers)

    def rows(self, text: str) -> list[str]:
        """The rows of a query with one variable."""
        return self.query(text).text.split("\r\n")[1:-1]

    def lines(self, path: str) -> int:
        """How many lines a file has, which is read to its end."""
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=SECONDS)
        try:
            connection.request("GET", f"{self._parts.path.rstrip('/')}{path}")
            answer = connection.getresponse()
            return sum(piece.count(b"\n") for piece in iter(lambda: answer.read(2**20), b""))
        finally:
            connection.close()

    def local(self, location: str, path: str) -> str | None:
        """The path within this site that a ``Location`` leads to; None where it leads elsewhere."""
        target = urljoin(f"{self.address}{path}", location)
        return target.removeprefix(self.address) if target.startswith(f"{self.address}/") else None

    @cached_property
    def catalogue(self) -> list[ox.Quad]:
        """What the site says of itself."""
        return self.ask("/catalogue.ttl").quads()

    @cached_property
    def base(self) -> str:
        """The IRI under which everything is named (VoID, section 4.2)."""
        found = sorted(values([quad.triple for quad in self.catalogue], f"{VOID}uriSpace"), key=len)
        return found[0] if found else f"{self.address}/"

    @cached_property
    def thing(self) -> str:
        """The path of a thing that the site knows of."""
        iris = Iris(self.base)
        wanted = (
            f'SELECT ?thing {{ ?thing a <{iris.term("City").value}> FILTER(STRSTARTS(STR(?thing), "{self.base}id/")) }}'
        )
        found = [row for row in self.rows(f"{wanted} LIMIT 1") if row.startswith(self.base)]
        return quote(found[0].removeprefix(self.base), safe="/-._~%") if found else "id/city"

    @property
    def name(self) -> str:
        """The name of that thing's documents."""
        return self.thing.removeprefix("id/")

    def _curl(self, path: str, method: str, body: bytes | None, headers: Mapping[str, str]) -> str:
        return " ".join(_words(f"{self.address}{path}", method, body, headers))


def values(triples: list[ox.Triple], predicate: str) -> list[str]:
    """The IRIs and texts that a property has."""
    return [
        row.object.value
        for row in triples
        if row.predicate.value == predicate and isinstance(row.object, (ox.NamedNode, ox.Literal))
    ]


def _words(url: str, method: str, body: bytes | None, headers: Mapping[str, str]) -> Iterator[str]:
    yield "curl -si" if method != "HEAD" else "curl -sI"
    if method not in ("GET", "HEAD"):
        yield f"-X {method}"
    for name, value in headers.items():
        yield f"-H {shlex.quote(f'{name}: {value}' if len(value) < 200 else f'{name}: {value[:200]}…')}"
    if body is not None:
        yield f"--data-binary {shlex.quote(body[:500].decode('utf-8', 'replace'))}"
    yield shlex.quote(url if len(url) <= 2_000 else f"{url[:200]}…")
