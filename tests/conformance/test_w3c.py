"""The W3C's SPARQL 1.0 and 1.1 test suites over HTTP, put to our server and to the engine's own."""

from __future__ import annotations

import http.client
import json
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from conformance import suite
from servers import engine, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.suite import Case

pytestmark = pytest.mark.real

KNOWN = tomllib.loads((Path(__file__).parent / "known.toml").read_text("utf-8"))
RESULTS = {row.media_type.partition(";")[0]: row for row in (
    ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV
)}  # fmt: skip
GRAPHS = {row.media_type: row for row in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of all data of the suites, in a folder that looks like a release."""
    folder = tmp_path_factory.mktemp("w3c") / "w3c"
    suite.store(folder / "engine" / "store")
    manifest = {"version": "w3c", "base_iri": suite.BASE, "files": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder.parent / "current").symlink_to("w3c")
    return folder / "engine" / "store"


def connected(address: str) -> closing[http.client.HTTPConnection]:
    """A connection that is closed in the end."""
    return closing(http.client.HTTPConnection(address.removeprefix("http://")))


@pytest.fixture(scope="module")
def ours(store: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to our server."""
    with serving(store.parents[2]) as address, connected(address) as connection:
        yield connection


@pytest.fixture(scope="module")
def theirs(store: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to the engine's own server."""
    with engine(store) as address, connected(address) as connection:
        yield connection


def ask(server: http.client.HTTPConnection, path: str, case: Case, accept: str) -> tuple[int, str, bytes]:
    """Put a test's query to a server: the status, the media type, and the body."""
    graphs = [("default-graph-uri", iri) for iri in case.default] + [("named-graph-uri", iri) for iri in case.named]
    if case.result and not graphs and "FROM" not in case.text:
        graphs = [("default-graph-uri", f"{suite.BASE}nothing")]
    headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
    server.request("POST", f"{path}?{urlencode(graphs)}", case.text.encode(), headers)
    answer = server.getresponse()
    body = answer.read()
    return answer.status, (answer.getheader("Content-Type") or "").partition(";")[0], body


def passes(server: http.client.HTTPConnection, path: str, case: Case, accept: str) -> bool:
    """Tell whether a server answers as the test expects, in a format that it is asked for."""
    status, kind, body = ask(server, path, case, accept)
    if case.result is None:
        return (status == 200) == case.valid
    form = RESULTS.get(kind) or GRAPHS.get(kind)
    try:
        return status == 200 and kind in accept and form is not None and suite.fits(case, body, form)
    except (SyntaxError, ValueError):
        return False


def accepts(case: Case) -> list[str]:
    """The formats in which a test's answer is asked for."""
    if case.result is None:
        return ["application/sparql-results+json, text/turtle"]
    wanted = suite.expected(case)
    if isinstance(wanted, bool):
        return list(RESULTS)[:2]
    return list(RESULTS if isinstance(wanted, suite.Solutions) else GRAPHS)


def failures(server: http.client.HTTPConnection, path: str, folder: str) -> set[str]:
    """The names of a folder's tests that a server does not pass in every format."""
    return {
        case.name
        for case in suite.cases(folder)
        if not all(passes(server, path, case, accept) for accept in accepts(case))
    }


def known(folder: str, *reasons: str) -> set[str]:
    """The names of a folder's tests that are known to fail, for some reasons or for any."""
    return {name for reason, rows in KNOWN.items() if reason in (reasons or KNOWN) for name in rows.get(folder, ())}


def test_the_suites_are_there() -> None:
    """Both suites are unpacked; `make tools` does it."""
    assert sum(len(suite.cases(folder)) for folder in suite.folders()) == 747, "run `make tools`"


@pytest.mark.parametrize("folder", suite.folders())
def test_every_test_passes_but_those_known_to_fail(folder: str, ours: http.client.HTTPConnection) -> None:
    """In every format of the answer; a test that is known to fail and passes is a fault of the list."""
    assert failures(ours, "/sparql", folder) == known(folder)


@pytest.mark.parametrize("folder", [name for name in suite.folders() if known(name)])
def test_none_fails_that_the_engine_s_own_server_passes(folder: str, theirs: http.client.HTTPConnection) -> None:
    """Whatever fails here fails there as well, but for SERVICE."""
    assert known(folder) - failures(theirs, "/query", folder) == known(folder, "service")
