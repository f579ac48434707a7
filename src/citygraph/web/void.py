"""The description of the graph by VoID, at the addresses where clients look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.errors import FormatError
from citygraph.formats import HTML, RDF, by_name
from citygraph.web import answers, signposting
from citygraph.web.answers import served
from citygraph.web.describe import serialise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.formats import Format

blueprint = Blueprint("void", __name__)


@blueprint.get("/.well-known/void")
def negotiated() -> Response:
    """Give the description in the format that the client likes (VoID, section 7.2); people are led to the downloads."""
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.see_other(url_for("downloads.listing"))
    response = _answer(form, varies=True)
    response.headers["Content-Location"] = url_for(".file", extension=form.extension)
    return response


@blueprint.get("/void.<extension>")
def file(extension: str) -> Response:
    """Give the description in the format of the extension."""
    try:
        form = by_name(f".{extension}", RDF)
    except FormatError:
        raise Absent(f"There is no void.{extension}; the extensions are those of RDF formats.") from None
    return _answer(form, varies=False)


def _answer(form: Format, *, varies: bool) -> Response:
    base = served().iris.base
    links = [f'<{url_for(".file", extension=row.extension)}>; rel="alternate"; type="{row.media_type}"' for row in RDF]
    response = answers.answer(
        form,
        lambda: serialise(_quads(), form, base, f"{base}.well-known/void"),
        links=links + signposting.sets(),
        varies=varies,
    )
    return answers.inline(response, "void", form)


def _quads() -> Iterable[ox.Quad]:
    """The statements, with their literals as the build spelled them; an older release has them in its catalogue."""
    for name in ("void", "catalogue"):
        written = served().release.folder / "dumps" / f"{name}.ttl"
        if written.exists():
            return ox.parse(path=str(written), format=ox.RdfFormat.TURTLE)
    return served().store.quads(graph=served().iris.graph("void"))
