"""Makes the Flask application: which release it serves, its blueprints, its errors, and what every answer carries."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, g, has_request_context, request

from citygraph.remote.backend import backend_of
from citygraph.settings import LANGUAGES, Repository
from citygraph.web import (
    answers,
    api,
    article,
    changes,
    checking,
    crawlers,
    downloads,
    graphstore,
    language,
    ldes,
    memento,
    operations,
    pages,
    portal,
    problems,
    reasons,
    resources,
    same,
    searching,
    sparql,
    templating,
    texts,
    void,
    wikidata,
    words,
    workbench,
)
from citygraph.web.current import Current, limits_of
from citygraph.web.documents import DATA, LEAD, PAGE, Documents
from citygraph.web.dumps import Dumps
from citygraph.web.express import Express
from citygraph.web.front import Front
from citygraph.web.pictures import routes as pictures
from citygraph.web.reader import handed
from citygraph.web.reconcile import routes as reconcile
from citygraph.web.translating import Multilingual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from citygraph.release import Releases
    from citygraph.settings import Settings
    from citygraph.web.front import Lane

BODY = 1_000_000
"""The largest body that is read, in bytes."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""What a page may load: our own files and nothing else, no inline script or style."""

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Link, ETag, Content-Location, Memento-Datetime, Retry-After, X-Request-Id, Repr-Digest, Citygraph-Release, "
        "Citygraph-Query-Hash, Citygraph-Truncated"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
"""What every answer carries, errors included: the data are public, so any page may read them."""

PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, Range",
    "Access-Control-Max-Age": "86400",
}


def create_app(
    settings: Settings,
    releases: Releases,
    repository: Repository | None = None,
    environ: Mapping[str, str] | None = None,
) -> Flask:
    """Make the application that serves the current release of a folder, and the next ones as they come."""
    app = Multilingual(__name__, static_folder="static", static_url_path="/static")
    app.config.update(SETTINGS=settings, RELEASES=releases, REPOSITORY=repository or Repository.find(Path.cwd()))
    app.config.update(MAX_CONTENT_LENGTH=BODY, MAX_FORM_MEMORY_SIZE=BODY)
    # Werkzeug's own redirects name the host of the request, which anybody can forge; ours name none.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    current = Current(releases, limits_of(settings), backend_of(settings, environ or {}))
    current.watch(settings.poll_seconds)
    app.extensions["citygraph"] = current

    for blueprint in (
        resources.blueprint,
        same.blueprint,
        sparql.blueprint,
        graphstore.blueprint,
        downloads.blueprint,
        void.blueprint,
        crawlers.blueprint,
        pages.blueprint,
        portal.blueprint,
        reasons.blueprint,
        searching.blueprint,
        api.blueprint,
        changes.blueprint,
        checking.blueprint,
        ldes.blueprint,
        memento.blueprint,
        pictures.blueprint,
        reconcile.blueprint,
        wikidata.blueprint,
        workbench.blueprint,
    ):
        app.register_blueprint(blueprint)
    operations.register(app, current, settings)
    problems.register(app)
    dress = _digest(Path(app.root_path))
    _prepare(app, current, dress)
    _dress(app, settings)
    things = Documents(app, current, dress)
    lanes: dict[str, Lane] = {
        "sparql": Express(current, HEADERS, dress),
        "dumps": Dumps(current, HEADERS, downloads.seats_of(app)),
        LEAD: things,
        DATA: things,
        PAGE: things,
    }
    app.wsgi_app = Front(app.wsgi_app, current, lanes)  # type: ignore[assignment, method-assign]  # Flask's own way to wrap it
    return app


def _prepare(app: Flask, current: Current, dress: str) -> None:
    """Give each request its release, and answer the questions of browsers about methods."""

    @app.before_request
    def begin() -> Response | None:
        wanted = handed().moment
        take = partial(memento.served_as_of, current, wanted) if wanted else current.get
        g.served = cache(take)  # once per request, so that no answer mixes two releases
        g.dress = dress
        if request.method != "OPTIONS" or request.url_rule is None:
            return memento.gate()
        allowed = ", ".join(sorted({*(request.url_rule.methods or ()), "OPTIONS"}))
        return Response(status=204, headers={"Allow": allowed, "Access-Control-Allow-Methods": allowed} | PREFLIGHT)

    @app.after_request
    def finish(response: Response) -> Response:
        memento.finish(response)
        told = {name.lower() for name, _ in response.headers}
        response.headers.extend([row for row in HEADERS.items() if row[0].lower() not in told])
        if links := response.headers.getlist("Link"):  # in one line, which servers and clients are quicker to read
            response.headers["Link"] = ", ".join(links)
        return response


def _dress(app: Flask, settings: Settings) -> None:
    """What all templates know."""
    templating.install(app.jinja_env)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension adds this to the environment
    app.jinja_env.globals.update(_=language.shown, gettext=language.shown, ngettext=language.shown_with)
    app.jinja_env.filters.update(bytes=texts.plain_bytes, number=language.number, listed=language.listed)
    app.jinja_env.filters.update({row.__name__: row for row in (language.date, language.since, language.until)})
    app.jinja_env.filters.update(when=language.when, editorial=language.editorial, language_name=language.language_name)
    app.jinja_env.filters.update(by_date=article.by_date, by_key=article.by_key, finest=article.finest)
    app.jinja_env.globals.update(other_language=language.other_language, total=article.total, narrowed=_narrowed)
    app.jinja_env.globals.update(language_chain=language.chain, data_urls=answers.data_urls, words=words)

    @app.context_processor
    def site() -> dict[str, object]:
        chosen = answers.language()
        return {
            "site_title": settings.title.get(chosen) or next(iter(settings.title.values()), "citygraph"),
            "site_description": settings.description.get(chosen) or next(iter(settings.description.values()), ""),
            "site_description_language": chosen if chosen in settings.description else "en",
            "settings": settings,
            "language": chosen,
            "language_chosen": handed().language,
            "language_queries": _language_queries(),
            "fell_back": language.fell_back,
            "served": answers.served,
            "local_url": answers.local_url,
            "as_of": g.get("as_of"),
        }


def _language_queries() -> tuple[tuple[str, str], ...]:
    """The query of the address with each language of the site."""
    asked = request.args.items(multi=True) if has_request_context() else ()  # a lane is asked without a query
    kept = urlencode([(name, value) for name, value in asked if name != "lang"])
    return tuple((row, f"{kept}&lang={row}" if kept else f"lang={row}") for row in LANGUAGES)


def _narrowed(chosen: dict[str, str], key: str, value: str | None = None) -> dict[str, str]:
    """The choices of a search with one more, or one less where no value is given."""
    kept = {name: text for name, text in chosen.items() if name != key}
    return kept | {key: value} if value is not None else kept


def _digest(folder: Path) -> str:
    """A checksum of templates and style, so that a page kept by a browser is not kept when they change."""
    files = sorted(
        path
        for part in ("templates", "static", "translations")
        for path in (folder / part).rglob("*")
        if path.is_file()
    )
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]
