"""The addresses of pictures: a page that other sites may frame, and the files SVG, PNG and CSV."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import resvg_py
from flask import Blueprint, Response, render_template, request, url_for

from citygraph.errors import FormatError, ParameterError
from citygraph.formats import HTML, Format, Kind
from citygraph.vocab import prefixes
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.pictures.map import draw_map
from citygraph.web.pictures.network import draw_network
from citygraph.web.pictures.relations import Filters, relations
from citygraph.web.pictures.scene import Namer
from citygraph.web.pictures.timeline import draw_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.blueprints import BlueprintSetupState

    from citygraph.web.pictures.scene import Scene

blueprint = Blueprint("pictures", __name__)

SVG = Format("svg", "SVG", Kind.PAGE, ("image/svg+xml",), ("svg",), None, charset=True)
PNG = Format("png", "PNG", Kind.PAGE, ("image/png",), ("png",), None)
CSV = Format("csv", "CSV", Kind.PAGE, ("text/csv",), ("csv",), None, charset=True)
FILES = (SVG, PNG, CSV)
"""What a picture may be saved as; CSV holds its table."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors *"
)
"""As on every page, but that any site may frame a picture."""

INKS = {
    "light": {
        "paper": "#fbfaf7",
        "land": "#e3dfd2",
        "coast": "#c4bfae",
        "line": "#0b7a83",
        "dot": "#a3420f",
        "ink": "#1d2427",
        "quiet": "#586166",
        "rule": "#dcd9d0",
    },
    "dark": {
        "paper": "#14191b",
        "land": "#2b3438",
        "coast": "#465257",
        "line": "#55b9c1",
        "dot": "#f2b38a",
        "ink": "#e8e6e0",
        "quiet": "#a3adb1",
        "rule": "#333d41",
    },
}
"""The colours of files, which know no style sheet; those of pages stand in pictures.css."""

_CONCEPTS = """SELECT DISTINCT ?form ?area WHERE {
    { SELECT DISTINCT ?form WHERE { ?thing a cg:Partnership ; cg:form ?form } }
    UNION { SELECT DISTINCT ?area WHERE { ?thing a cg:Partnership ; cg:focusArea ?area } }
}"""


@blueprint.get("/embed/map", defaults={"name": "map"})
@blueprint.get("/embed/timeline", defaults={"name": "timeline"}, endpoint="timeline")
def embed(name: str) -> Response:
    """A picture of partnerships with its table, for this site and for frames of others."""
    filters = Filters.read(request.args)
    return _embed(lambda: scene(name, filters), filters)


@blueprint.get("/embed/network/<path:thing>")
def network(thing: str) -> Response:
    """The network around a thing, likewise."""
    filters = Filters.read({"thing": thing})
    return _embed(lambda: draw_network(served(), filters.thing, answers.language()), filters)


@blueprint.get("/picture/<any(map, timeline):name>.<extension>")
def file(name: str, extension: str) -> Response:
    """A picture of partnerships as a file."""
    filters = Filters.read(request.args)
    return _file(extension, lambda: scene(name, filters), name)


@blueprint.get("/picture/network/<path:thing>.<extension>")
def network_file(thing: str, extension: str) -> Response:
    """The network around a thing as a file."""
    filters = Filters.read({"thing": thing})
    return _file(extension, lambda: draw_network(served(), filters.thing, answers.language()), f"network-{thing}")


def scene(name: str, filters: Filters) -> Scene:
    """Draw a picture of partnerships in the reader's language."""
    draw = {"map": draw_map, "timeline": draw_timeline}[name]
    return draw(served(), filters, answers.language())


def _embed(make: Callable[[], Scene], filters: Filters) -> Response:
    def page() -> str:
        drawn = make()
        choices = _choices() if drawn.name != "network" else {}
        return render_template(
            "pictures/embed.html", scene=drawn, filters=filters, choices=choices, years=lambda: _years(filters)
        )

    response = answers.answer(HTML, page, varies=False)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _file(extension: str, make: Callable[[], Scene], name: str) -> Response:
    form = next((row for row in FILES if extension in row.extensions), None)
    if form is None:
        raise FormatError(extension, (row.name for row in FILES))
    theme = request.args.get("theme", "light")
    if theme not in INKS:
        raise ParameterError("theme", f"{theme[:80]!r} is no theme; choose {' or '.join(INKS)}")
    language = answers.language()

    def content() -> bytes:
        drawn = make()
        if form is CSV:
            return _csv(drawn)
        text = render_template("pictures/frame.svg", scene=drawn, ink=INKS[theme], linked=False)
        return text.encode() if form is SVG else render_png(text)

    # A file in the language of its address; without one, in that of the reader.
    response = answers.answer(form, content, varies=False)
    response.set_etag(answers.entity_tag(form.name, language))
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = language
    return answers.inline(response, f"citygraph-{name}", form)


@lru_cache(maxsize=16)
def render_png(text: str) -> bytes:
    """Turn a drawing into pixels, two for each of its units; letters come from the fonts of the machine."""
    return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=2, sans_serif_family="DejaVu Sans"))


def _csv(drawn: Scene) -> bytes:
    """The table of a picture by RFC 4180."""
    target = io.StringIO()
    csv.writer(target).writerows(drawn.records())
    return target.getvalue().encode()


def _choices() -> dict[str, list[tuple[str, str]]]:
    """The forms and focus areas that partnerships have, by their names."""
    found: dict[str, set[str]] = {"form": set(), "area": set()}
    for row in served().store.select(_CONCEPTS, prefixes=prefixes(served().iris.base)):
        for name, values in found.items():
            if row[name] is not None:
                values.add(row[name].value)
    namer = Namer(served(), answers.language(), found["form"] | found["area"])
    return {
        name: sorted(((iri.rpartition("/")[2], namer.text(iri)) for iri in iris), key=lambda row: row[1].casefold())
        for name, iris in found.items()
    }


def _years(filters: Filters) -> tuple[int, int]:
    """The years between which a reader may choose: that of the oldest date, and that of the release."""
    last = int(match[0]) if (match := re.match(r"[0-9]{4}", served().version)) else 2000
    dated = (row.since[:4] for row in relations(served(), filters).partnerships)
    return min((int(year) for year in dated if year.isdecimal()), default=last - 1), last


@blueprint.record_once
def _give_ink(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["page_ink"] = INKS["light"]


@blueprint.app_template_global("picture")
def _picture(name: str, **filters: str) -> Scene:
    """Draw a picture within a page; ``map`` and ``timeline`` only."""
    return scene(name, Filters.read(filters))


@blueprint.app_template_global()
def picture_url(name: str, extension: str, thing: str = "", **arguments: str) -> str:
    """The address of a file, in the reader's language."""
    values: dict[str, Any] = {"extension": extension, "lang": answers.language(), **arguments}
    if name == "network":
        return url_for("pictures.network_file", thing=thing, **values)
    return url_for("pictures.file", name=name, thing=thing or None, **values)


@blueprint.app_template_global()
def embed_url(name: str, thing: str = "", **arguments: Any) -> str:
    """The address of the page of a picture."""
    if name == "network":
        return url_for("pictures.network", thing=thing, **arguments)
    endpoint = "pictures.timeline" if name == "timeline" else "pictures.embed"
    return url_for(endpoint, thing=thing or None, **arguments)
