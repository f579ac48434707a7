"""What changed from release to release: pages and JSON, and Atom feeds (RFC 4287) of the site and of each thing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import NotFound as Absent

from citygraph.formats import HTML, RESULTS
from citygraph.history.log import History
from citygraph.vocab import prefixes
from citygraph.web import answers
from citygraph.web.answers import served
from citygraph.web.names import Name, best
from citygraph.web.resources import existing
from citygraph.web.tombstones import Withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citygraph.history.log import Published, Step

blueprint = Blueprint("changes", __name__)

ATOM = "application/atom+xml; charset=utf-8"
_JSON = next(row for row in RESULTS if row.name == "json")
_PAGE = 100
_ENTRIES = 50
"""How many releases a feed tells of, the newest ones."""
_PARTS = 1000
"""How many things that belong to a thing its feed looks at."""
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold (XML 1.0, section 2.2), but names may."""
_BELONGING = """SELECT DISTINCT ?part WHERE {{
    <{iri}> (^cg:party)?/(cg:agreement|cg:event|cg:participation|cg:initiative)* ?part FILTER(ISIRI(?part))
}} LIMIT {limit}"""


@dataclass(frozen=True)
class Change:
    """What a release did to a thing, as people read it."""

    step: Step
    name: Name
    url: str | None


@dataclass(frozen=True)
class Entry:
    """What a release did, in a feed."""

    release: Published
    changes: list[Change]


@blueprint.get("/changes/")
@blueprint.get("/changes", endpoint="bare")
def listing() -> Response:
    """The releases with what each changed, the newest first."""
    rows = _log().releases()[::-1]
    if answers.wanted_format((HTML, _JSON)) is not HTML:
        return _negotiated(jsonify([asdict(row) for row in rows]))
    return answers.answer(HTML, lambda: render_template("changes/releases.html", releases=rows))


@blueprint.get("/changes/<int:number>")
def release(number: int) -> Response:
    """The things that a release made new, changed or took away, page by page."""
    log = _log()
    row = next((row for row in log.releases() if row.number == number), None)
    if row is None:
        raise Absent(f"There is no release of the number {number}.")
    after = request.args.get("after", "")
    steps = log.steps_of(number, _PAGE + 1, after)
    following = steps[_PAGE - 1].iri if len(steps) > _PAGE else None
    if answers.wanted_format((HTML, _JSON)) is not HTML:
        shown = [asdict(step) for step in steps[:_PAGE]]
        return _negotiated(jsonify(release=asdict(row), things=shown, following=following))

    def make() -> str:
        changes = _told(steps[:_PAGE])
        return render_template("changes/release.html", release=row, changes=changes, following=following)

    return answers.answer(HTML, make)


@blueprint.get("/feed.atom")
def feed() -> Response:
    """What the newest releases changed."""
    log = _log()
    rows = log.releases()[::-1][:_ENTRIES]
    return _feed([Entry(row, _told(log.steps_of(row.number, _PAGE))) for row in rows], None)


@blueprint.get("/feed/<path:name>.atom")
def feed_of_thing(name: str) -> Response:
    """What the newest releases changed about a thing, and what belongs to it, such as its partnerships."""
    try:
        iri, successors = existing(name), list[str]()
    except Withdrawn as gone:  # who follows a thing is told that it went away, and where to
        iri, successors = gone.iri, gone.successors
    log = _log()
    text = _BELONGING.format(iri=iri, limit=_PARTS)
    parts = {row["part"].value for row in served().store.select(text, prefixes=prefixes(served().iris.base))}
    by_number: dict[int, list[Step]] = {}
    for step in log.steps({iri, *parts}):
        by_number.setdefault(step.number, []).append(step)
    names = served().names_of([iri]).get(iri)
    title = best(names, answers.language()) if names else Name(name)
    rows = [row for row in log.releases()[::-1] if row.number in by_number][:_ENTRIES]
    told = [(row, by_number[row.number]) for row in rows]
    response = _feed([Entry(_only(row, steps), _told(steps[:_PAGE])) for row, steps in told], (name, title))
    for successor in successors:
        response.headers.add("Link", f'<{successor}>; rel="successor-version"')
    return response


def _only(row: Published, steps: list[Step]) -> Published:
    """A release as if it had done no more than these steps."""
    counts = Counter(step.what for step in steps)
    return replace(row, new=counts["new"], changed=counts["changed"], gone=counts["gone"])


def _feed(entries: list[Entry], thing: tuple[str, Name] | None) -> Response:
    base, releases = served().iris.base, _log().releases()
    updated = next((entry.release.published for entry in entries), releases[0].published if releases else None)
    if updated is None:
        raise Absent("There is no change log yet; the next build begins it.")
    text = render_template("changes/feed.xml", entries=entries, thing=thing, base=base, updated=updated)
    response = Response(_FORBIDDEN.sub("\ufffd", text), content_type=ATOM)
    response.set_etag(answers.entity_tag("atom", answers.language(), str(len(releases))))
    response.headers["Cache-Control"] = f"public, max-age={answers.MAX_AGE}"
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = answers.language()
    response.make_conditional(request)
    return response


def _told(steps: Iterable[Step]) -> list[Change]:
    """Steps with the names of their things; what is gone has none any more and is called by its address."""
    rows = list(steps)
    names = served().names_of([row.iri for row in rows])
    language = answers.language()
    return [
        Change(
            row,
            best(names[row.iri], language) if row.iri in names else Name(answers.document_name(row.iri) or row.iri),
            answers.local_url(row.iri),
        )
        for row in rows
    ]


def _negotiated(response: Response) -> Response:
    response.headers["Vary"] = answers.VARY
    return response


def _log() -> History:
    return History(current_app.config["RELEASES"].folder)
