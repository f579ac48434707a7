"""The catalogue over HTTP, one for each portal, and the data sets: for harvesters first, for people too.

Harvesters send ``Accept: */*`` or ask for RDF/XML, and believe the media type of the answer: so whoever does not prefer
a page gets RDF.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request, url_for
from werkzeug.exceptions import NotFound as Absent

from citygraph.errors import FormatError, ParameterError
from citygraph.formats import HTML, RDF, by_name
from citygraph.history.log import History
from citygraph.vocab import RDF_TYPE
from citygraph.web import answers, showcase, signposting
from citygraph.web.answers import served
from citygraph.web.describe import serialise
from citygraph.web.portfolio import chain, changed_since, page, portfolio, previous, version_node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.formats import Format
    from citygraph.web.portfolio import Portfolio

blueprint = Blueprint("portal", __name__)

EUROPE = "eu"
"""The profile that others are made beside, and the catalogue's own."""
SIZE = 100
"""How many data sets a page of the catalogue holds."""
WHOLE = 2_000
"""Up to so many data sets the catalogue is given in one document: well below the 50 MB that harvesters take."""


@blueprint.get("/catalog")
@blueprint.get("/catalog/", endpoint="slash")
@blueprint.get("/catalog/<profile>", endpoint="of")
@blueprint.get("/catalog-<profile>", endpoint="dashed")
def catalog(profile: str = EUROPE) -> Response:
    """The catalogue of a profile in the format that the client likes."""
    found = _portfolio(profile)
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.answer(HTML, lambda: _listing(found, profile))
    response = _catalogue(found, profile, form, varies=True)
    response.headers["Content-Location"] = _address(profile, form)
    return response


@blueprint.get("/catalog.<extension>")
@blueprint.get("/catalog/<profile>.<extension>", endpoint="file_of")
@blueprint.get("/catalog-<profile>.<extension>", endpoint="dashed_file")
def file(extension: str, profile: str = EUROPE) -> Response:
    """The catalogue of a profile in the format of the extension."""
    return _catalogue(_portfolio(profile), profile, _form(extension, "catalog"), varies=False)


@blueprint.get("/dataset/")
@blueprint.get("/dataset", endpoint="bare_datasets")
def datasets() -> Response:
    """The data sets for people; for programs they are the catalogue."""
    return catalog()


@blueprint.get("/dataset/<name>")
def dataset(name: str) -> Response:
    """A data set in the format that the client likes."""
    found, iri = _existing(name)
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.answer(HTML, lambda: _page(found, iri), links=_links(found, iri))
    response = _described(found, iri, name, form, varies=True)
    response.headers["Content-Location"] = url_for("portal.dataset_file", name=name, extension=form.extension)
    return response


@blueprint.get("/dataset/<name>.<extension>")
def dataset_file(name: str, extension: str) -> Response:
    """A data set as a page, or in the format of the extension."""
    found, iri = _existing(name)
    if extension == HTML.extension:
        return answers.answer(HTML, lambda: _page(found, iri), links=_links(found, iri), varies=False)
    return _described(found, iri, name, _form(extension, f"dataset/{name}"), varies=False)


@blueprint.get("/linkset/dataset/<name>")
def linkset(name: str) -> Response:
    """The typed links of a data set's page, description and files (RFC 9264)."""
    return signposting.linkset(signposting.of_part(showcase.dataset(*_existing(name), answers.language())))


@blueprint.get("/dataset/<name>/<version>")
def dataset_version(name: str, version: str) -> Response:
    """What is known of one version of a data set; people are led to the data set."""
    found, iri = _existing(name)
    node = version_node(iri, version)
    triples = [row for row in chain(found, iri, _log().releases()) if node in (row.subject, row.object)]
    if not triples:
        raise Absent(f"There is no version {version} of {name}.")
    form = answers.wanted_format((*RDF, HTML))
    if form is HTML:
        return answers.see_other(url_for("portal.dataset", name=name))
    return answers.answer(form, lambda: _written(triples, form, node.value))


def _catalogue(found: Portfolio, profile: str, form: Format, *, varies: bool) -> Response:
    since, number = _since(), _number()
    shown = changed_since(found, _log(), since) if since else found.datasets
    paged = number or (1 if len(shown) > WHOLE else None)
    if paged and paged > 1 and (paged - 1) * SIZE >= len(shown):
        raise Absent(f"There is no page {paged}: the catalogue has {-(-len(shown) // SIZE)}.")
    suffix = f"{_address(profile, None).removeprefix(request.script_root + '/')}.{form.extension}"
    address = f"{served().iris.base}{suffix}?" + (f"modified_since={since}&" if since else "")

    def make() -> bytes:
        rows = page(found, shown, address, paged, SIZE) if paged else found.describe(found.catalog, shown)
        kept = set(shown)
        triples = [row for row in rows if _told(found, row, kept)]
        return _written([*triples, *previous(shown, _log().releases(), served().version)], form, found.catalog)

    links = [f'<{_address(profile, row)}>; rel="alternate"; type="{row.media_type}"' for row in RDF]
    return answers.inline(answers.answer(form, make, links=links, varies=varies), "catalog", form)


def _told(found: Portfolio, row: ox.Triple, kept: set[str]) -> bool:
    """Whether a catalogue that tells some data sets makes a statement: not one that leads to the others."""
    target = getattr(row.object, "value", "")
    return row.predicate == RDF_TYPE or target not in found.datasets or target in kept


def _described(found: Portfolio, iri: str, name: str, form: Format, *, varies: bool) -> Response:
    def make() -> bytes:
        return _written([*found.describe(iri), *chain(found, iri, _log().releases())], form, iri)

    response = answers.answer(form, make, links=_links(found, iri, data=True), varies=varies)
    return answers.inline(response, name, form)


def _written(triples: Iterable[ox.Triple], form: Format, first: str) -> bytes:
    return serialise((ox.Quad(*row) for row in triples), form, _base(), first)


def _listing(found: Portfolio, profile: str) -> str:
    rows = [showcase.dataset(found, iri, answers.language()) for iri in found.datasets]
    return render_template("portal/catalog.html", rows=rows, profile=profile, forms=RDF, address=_address)


def _page(found: Portfolio, iri: str) -> str:
    shown = showcase.dataset(found, iri, answers.language())
    versions = _log().releases()[::-1]
    return render_template("portal/dataset.html", row=shown, forms=RDF, versions=versions)


def _links(found: Portfolio, iri: str, *, data: bool = False) -> list[str]:
    """The ``Link`` header of a data set's page, or of its description as data: the other formats, and signposts."""
    name = iri.rpartition("/")[2]
    others = [(url_for("portal.dataset_file", name=name, extension=row.extension), row) for row in (*RDF, HTML)]
    links = [f'<{address}>; rel="alternate"; type="{row.media_type}"' for address, row in others]
    told = signposting.of_part(showcase.dataset(found, iri, answers.language()))
    page = signposting.first_links(told)
    here = [f'<{iri}>; rel="cite-as"', f'<{iri}.html>; rel="describes"; type="text/html"'] if data else page
    return links + here + signposting.at(url_for("portal.linkset", name=name))


def _address(profile: str, form: Format | None) -> str:
    """The path of a catalogue, in a format or negotiated."""
    if profile == EUROPE:
        return url_for("portal.file", extension=form.extension) if form else url_for("portal.catalog")
    if form is None:
        return url_for("portal.of", profile=profile)
    return url_for("portal.file_of", profile=profile, extension=form.extension)


def _portfolio(profile: str) -> Portfolio:
    found = portfolio(served().release, profile)
    if found is None:
        raise Absent(f"There is no catalogue called {profile}.")
    return found


def _existing(name: str) -> tuple[Portfolio, str]:
    found, iri = _portfolio(EUROPE), f"{_base()}dataset/{name}"
    if iri not in found.datasets:
        raise Absent(f"There is no data set called {name}.")
    return found, iri


def _form(extension: str, name: str) -> Format:
    try:
        return by_name(f".{extension}", RDF)
    except FormatError:
        raise Absent(f"There is no {name}.{extension}; the extensions are those of RDF formats.") from None


def _number() -> int | None:
    text = request.args.get("page")
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise ParameterError("page", f"{text[:50]!r} is no number of a page; the first is 1")
    return int(text)


def _since() -> str | None:
    """The day of ``modified_since``; a time of day is tolerated and left out."""
    text = request.args.get("modified_since")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ParameterError("modified_since", f"{text[:50]!r} is no day such as 2026-11-22") from None


def _base() -> str:
    return served().iris.base


def _log() -> History:
    return History(current_app.config["RELEASES"].folder)
