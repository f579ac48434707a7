"""Dumps and catalogue over HTTP: files of the release, with ranges, and checksums as entity tags."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound as Absent

from citygraph.errors import FormatError, ReleaseError
from citygraph.formats import HTML, RDF, RESULTS, by_name
from citygraph.retention.policy import refuse
from citygraph.web import answers, files, shelf, signposting
from citygraph.web.answers import served
from citygraph.web.describe import serialise
from citygraph.web.dumps import FOREVER, deliver, find
from citygraph.web.front import RAISED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask
    from flask.blueprints import BlueprintSetupState

    from citygraph.formats import Format
    from citygraph.release import File, Release, Releases

LATEST = "latest"
"""The name in the place of a version that leads to the current one."""
_SEATS = "citygraph.seats"

blueprint = Blueprint("downloads", __name__)


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_SEATS] = BoundedSemaphore(files.AT_ONCE)


def seats() -> BoundedSemaphore:
    """How many long bodies may be on their way at a time."""
    return seats_of(current_app)


def seats_of(app: Flask) -> BoundedSemaphore:
    """The same of an application."""
    found: BoundedSemaphore = app.extensions[_SEATS]
    return found


@blueprint.get("/downloads")
@blueprint.get("/dumps/", endpoint="dumps")
@blueprint.get("/dumps", endpoint="bare")
def listing() -> Response:
    """What the release offers for which purpose, as a page, or its manifest."""
    return _listing(served().release)


def _listing(release: Release) -> Response:
    manifest = next(row for row in RESULTS if row.name == "json")
    form = answers.wanted_format((HTML, manifest))
    links = signposting.of_release(release)
    if form is not HTML:
        response = jsonify(release.manifest)
        response.headers["Vary"] = answers.VARY
        response.headers.extend([("Link", link) for link in links])
        return response
    return answers.answer(
        HTML,
        lambda: render_template("downloads/dumps.html", release=release, groups=shelf.groups(release)),
        links=links,
    )


@blueprint.get("/linkset")
def linkset() -> Response:
    """The typed links of the data set (RFC 9264)."""
    return signposting.linkset(signposting.of_dataset(served().release))


@blueprint.get("/cite")
def cite() -> Response:
    """How to cite the release, a statement, or an answer."""
    row = find(served().release, "citation.bib")
    bibtex = (served().release.folder / row.path).read_text("utf-8") if row else ""
    links = signposting.of_release(served().release)
    return answers.answer(
        HTML, lambda: render_template("downloads/cite.html", bibtex=bibtex), links=links, varies=False
    )


@blueprint.get("/dumps/<path:path>")
def file(path: str) -> Response:
    """A file of the current release, or of the release whose version comes first in the path."""
    if (raised := request.environ.get(RAISED)) is not None:
        raise raised
    releases: Releases = current_app.config["RELEASES"]
    version, _, rest = path.partition("/")
    if version == LATEST:
        return _latest(rest)
    if row := find(served().release, path):
        return _send(served().release, row, answers.MAX_AGE)
    try:
        release = served().release if version == served().version else releases.get(version)
    except ReleaseError:
        release = None
    if release is not None and release.version == version and not rest:
        return _listing(release)
    row = find(release, rest) if release is not None and release.version == version else None
    if release is None or release.version != version:
        refuse(releases, version, rest)
    if release is None or row is None:
        raise Absent(f"No release has a file {path}.")
    return _send(release, row, FOREVER)


def _latest(path: str) -> Response:
    """Lead to the file of the current release under the address at which it stays, for a short time."""
    response = Response(status=302, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = url_for(".file", path=f"{served().version}/{path}")
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def whole(form: Format) -> Response:
    """All statements of the release without the names of their graphs, from its download."""
    row = find(served().release, f"citygraph.{form.rdf.file_extension}")  # Notation3 is Turtle
    if row is None:
        raise Absent(f"This release has no download in {form.title}.")
    response = _send(served().release, row, answers.MAX_AGE)
    response.headers["Content-Type"] = form.content_type
    response.headers["Content-Disposition"] = f'inline; filename="citygraph.{form.extension}"'
    return response


@blueprint.get("/catalogue")
def catalogue() -> Response:
    """Give the description of the release in the format that the client likes; people are led to the downloads."""
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.see_other(url_for("downloads.listing"))
    response = _catalogue(form.extension, varies=True)
    response.headers["Content-Location"] = url_for("downloads.catalogue_file", extension=form.extension)
    return response


@blueprint.get("/catalogue.<extension>")
def catalogue_file(extension: str) -> Response:
    """The description of the release in the format of the extension."""
    return _catalogue(extension, varies=False)


def _catalogue(extension: str, *, varies: bool) -> Response:
    try:
        form = by_name(f".{extension}", RDF)
    except FormatError:
        raise Absent(f"There is no catalogue.{extension}; the extensions are those of RDF formats.") from None
    base = served().iris.base
    links = [
        f'<{url_for("downloads.catalogue_file", extension=row.extension)}>; rel="alternate"; type="{row.media_type}"'
        for row in RDF
    ]
    response = answers.answer(
        form,
        lambda: serialise(_described(), form, base, f"{base}catalog"),
        links=links,
        varies=varies,
    )
    return answers.inline(response, "catalogue", form)


def _described() -> Iterable[ox.Quad]:
    """The statements of the catalogue, with their literals as the build spelled them."""
    written = served().release.folder / "dumps" / "catalogue.ttl"
    if written.exists():
        return ox.parse(path=str(written), format=ox.RdfFormat.TURTLE)
    return served().store.quads(graph=served().iris.graph("catalogue"))


def _send(release: Release, row: File, max_age: int) -> Response:
    sent = deliver(request.environ, release, row, max_age, seats())
    response = answers.Whole(sent.body, sent.status, direct_passthrough=True)
    response.headers = Headers(sent.headers.items())
    return response
