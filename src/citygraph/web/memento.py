"""Earlier states of every page and document: ``?asof=``, and the headers of Memento (RFC 7089).

An address with ``asof`` is answered from the release that was the current one at that time. The addresses without
it are their own time gates: a request with ``Accept-Datetime`` is led to the address with ``asof``. A time map lists
the mementos that are kept.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from citygraph.errors import NotFound, ParameterError, ReleaseError
from citygraph.history.log import History
from citygraph.retention.policy import refuse
from citygraph.web.answers import served
from citygraph.web.describe import known
from citygraph.web.problems import Problem
from citygraph.web.reader import MOMENT

if TYPE_CHECKING:
    from citygraph.history.log import Published
    from citygraph.release import Releases
    from citygraph.web.current import Current, Served

blueprint = Blueprint("memento", __name__)

_DOCUMENTS = ("resources.",)
"""The beginnings of endpoints whose addresses are time gates."""


def kept() -> list[Published]:
    """The releases of the log whose files are still kept, oldest first."""
    releases: Releases = current_app.config["RELEASES"]
    there = releases.versions()
    return [row for row in History(releases.folder).releases() if row.version in there]


def served_as_of(current: Current, text: str) -> Served:
    """The release that was the current one at a time: a day (its end), a time in UTC, or a version."""
    rows = kept()
    refuse(current_app.config["RELEASES"], text)
    wanted = next((row for row in rows if row.version == text), None) or _newest_until(rows, _moment(text))
    if wanted is None:
        oldest = f"; the oldest that is kept was published on {rows[0].published}" if rows else ""
        raise Problem(404, "There is no release of that time", f"no release of {text} is kept{oldest}")
    g.as_of = wanted
    try:
        return current.at(wanted.version)
    except ReleaseError as error:
        raise Problem(404, "There is no release of that time", str(error)) from None


def gate() -> Response | None:
    """Lead a request with ``Accept-Datetime`` to the memento of that time (RFC 7089, section 4.1)."""
    text = request.headers.get("Accept-Datetime")
    if text is None or not (request.endpoint or "").startswith(_DOCUMENTS) or MOMENT in request.args:
        return None
    try:
        wanted = parsedate_to_datetime(text)
    except ValueError:
        raise Problem(
            400, "A parameter does not fit", f"Accept-Datetime: {text[:100]!r} is no time such as {_http(_EXAMPLE)}"
        ) from None
    rows = kept()
    if not rows:
        return None
    # Before the first memento the first one is meant (RFC 7089, section 4.5.3).
    chosen = _newest_until(rows, wanted.astimezone(UTC) if wanted.tzinfo else wanted.replace(tzinfo=UTC)) or rows[0]
    response = redirect(_memento(request.path, chosen), 302)
    assert isinstance(response, Response), "Flask redirects with its own class"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Link"] = _link(request.path, chosen)
    return response


def finish(response: Response) -> None:
    """Tell of a document where its mementos are, and of a memento when it was the current state.

    An error says nothing of either, but is an answer of today alone, and none to who asks for another time.
    """
    if not (request.endpoint or "").startswith(_DOCUMENTS):
        return
    varies = response.headers.get("Vary", "")
    if "accept-datetime" not in varies.lower():
        response.headers["Vary"] = f"{varies}, Accept-Datetime" if varies else "Accept-Datetime"
    if response.status_code >= 400:
        return
    for link in links(request.path):
        response.headers.add("Link", link)
    if row := g.get("as_of"):
        response.headers["Memento-Datetime"] = _http(_moment(row.published))


@blueprint.get("/timemap/<path:path>")
def timemap(path: str) -> Response:
    """The mementos of a document, as links (RFC 7089, section 5): those releases that spoke of its thing."""
    rows = [row for row in kept() if _told_of(path, row)]
    if not rows:
        raise NotFound(request.path)
    path = f"/{path}"
    times = ((name, _http(_moment(row.published))) for name, row in (("from", rows[0]), ("until", rows[-1])))
    span = "".join(f'; {name}="{when}"' for name, when in times)
    places = [[word for word, end in (("first", rows[0]), ("last", rows[-1])) if row is end] for row in rows]
    lines = [*links(path), *(_link(path, row, *words) for row, words in zip(rows, places, strict=True))]
    lines[1] = lines[1].replace('rel="timemap"', 'rel="self"') + span
    response = Response(",\n".join(lines) + "\n", content_type="application/link-format")
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _told_of(path: str, row: Published) -> bool:
    """Whether a path is that of a document, about a thing of which a release spoke."""
    try:
        endpoint, values = current_app.url_map.bind("").match(path)
    except HTTPException:
        return False
    if not endpoint.startswith(_DOCUMENTS) or endpoint == "memento.timemap":
        return False
    name = re.sub(r"\.[a-z]+$", "", values.get("name", ""))
    if not name:
        return True
    releases: Releases = current_app.config["RELEASES"]
    iri = f"{served().iris.base}{name if name.startswith('graph/') else f'id/{name}'}"
    steps = History(releases.folder).steps([iri])  # newest first
    last = next((step for step in steps if step.number <= row.number), None)
    if last is not None:
        return last.what != "gone"
    return steps[-1].what != "new" if steps else known(served().store, iri)


def links(path: str) -> list[str]:
    """Where the present state and the time map of a document are."""
    times = url_for("memento.timemap", path=path.removeprefix("/"))
    return [
        f'<{request.script_root}{quote(path)}>; rel="original timegate"',
        f'<{times}>; rel="timemap"; type="application/link-format"',
    ]


def _link(path: str, row: Published, *places: str) -> str:
    rel = " ".join([*places, "memento"])
    return f'<{_memento(path, row)}>; rel="{rel}"; datetime="{_http(_moment(row.published))}"'


def _memento(path: str, row: Published) -> str:
    others = [(name, value) for name, value in request.args.items(multi=True) if name != MOMENT]
    return f"{request.script_root}{quote(path)}?{urlencode([*others, (MOMENT, row.published)])}"


def _newest_until(rows: list[Published], moment: datetime) -> Published | None:
    return next((row for row in reversed(rows) if _moment(row.published) <= moment), None)


def _moment(text: str) -> datetime:
    """A time from its text; a day means its end."""
    try:
        if len(text) == len("2026-11-22"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ParameterError(MOMENT, f"{text[:100]!r} is no day such as 2026-11-22, time or version") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


_EXAMPLE = datetime(2026, 11, 22, tzinfo=UTC)
