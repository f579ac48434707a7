"""Linked Data Event Streams: the change log as pages of versioned members that a client follows (LDES 1.0, TREE).

``/ldes`` streams the union of all graphs, ``/ldes/graph/<name>`` one named graph. A stream has a node for each
release, and that has pages; a page never changes. A member is a version of one thing: its statements with the member
as subject, the thing it is a version of, and when that was published. The newest version of each thing makes up the
graph; a thing that is gone has a version of the type ``as:Delete`` and no other statement.

Pages name themselves and each other by relative references wherever the format has them, so that a client follows
them on the host it asked.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request

from citygraph.errors import FormatError, NotFound
from citygraph.formats import HTML, RDF
from citygraph.history.log import History
from citygraph.history.streams import DELETED, WHOLE
from citygraph.vocab import DCT_LICENSE, RDF_TYPE, foreign, prefixes
from citygraph.web import answers
from citygraph.web.answers import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from citygraph.formats import Format
    from citygraph.history.log import Published
    from citygraph.release import Releases

blueprint = Blueprint("ldes", __name__)

LDES = "https://w3id.org/ldes#"
TREE = "https://w3id.org/tree#"
VERSION_OF = foreign("dct", "isVersionOf")
TIMESTAMP = foreign("prov", "generatedAtTime")
"""Says when a version was published; our data do not use it, so it is no statement about the thing."""
_FOREVER = "public, max-age=31536000, immutable"
_AT_FIRST = f"public, max-age={answers.MAX_AGE}"
_RELATIVE = tuple(row for row in RDF if row.name not in ("ntriples", "nquads"))
"""The formats that know relative references, which a client follows on the host that it asked."""
_WITHOUT_RELATIVES = tuple(row for row in RDF if row not in _RELATIVE)
_BOUNDS = ("GreaterThan", "LessThan")
"""A relation for each, so that a client who wants a span of time, or an order, knows what it need not read yet."""
_SHOWN = ("dct", "prov", "rdf", "rdfs", "skos", "xsd", "schema")


@blueprint.get("/ldes", defaults={"stream": WHOLE})
@blueprint.get("/ldes/graph/<path:stream>")
def view(stream: str) -> Response:
    """The root of a stream: a relation to the node of each release."""
    log = _log()
    if stream not in log.streams():
        raise NotFound(request.path)
    releases = [row for row in log.releases() if log.pages(stream, row.number)]
    nodes = [(_address(stream, row.number), row.published) for row in releases]

    def statements(here: str) -> Iterator[ox.Triple]:
        yield from _stream(here, stream)
        if licence := served().release.manifest.get("licence"):
            yield _triple(here + _name(stream), DCT_LICENSE, ox.NamedNode(licence))
        yield from _relations(here, _address(stream), nodes)

    if answers.wanted_format((*_RELATIVE, *_WITHOUT_RELATIVES, HTML)) is HTML:
        page = partial(render_template, "changes/streams.html", stream=stream, streams=log.streams(), formats=_RELATIVE)
        return answers.answer(HTML, page)
    return _answer(statements, _AT_FIRST, str([row.version for row in log.releases()]))


@blueprint.get("/ldes/<int:number>", defaults={"stream": WHOLE})
@blueprint.get("/ldes/graph/<path:stream>/at/<int:number>")
def release_node(stream: str, number: int) -> Response:
    """What one release changed: a relation to each page of it."""
    published, count = _published(number), _log().pages(stream, number)
    if not count:
        raise NotFound(request.path)
    nodes = [(_address(stream, number, page), published.published) for page in range(1, count + 1)]

    def statements(here: str) -> Iterator[ox.Triple]:
        yield _immutable(here + _address(stream, number))
        yield from _relations(here, _address(stream, number), nodes)

    return _answer(statements, _FOREVER, published.version)


@blueprint.get("/ldes/<int:number>/<int:page>", defaults={"stream": WHOLE})
@blueprint.get("/ldes/graph/<path:stream>/at/<int:number>/<int:page>")
def page_node(stream: str, number: int, page: int) -> Response:
    """A page of versions."""
    published, lines = _published(number), _log().page(stream, number, page)
    if lines is None:
        raise NotFound(request.path)

    def statements(here: str) -> Iterator[ox.Triple]:
        yield from _stream(here, stream)
        yield _triple(here + _address(stream, number, page), RDF_TYPE, ox.NamedNode(f"{TREE}Node"))
        yield _immutable(here + _address(stream, number, page))
        yield from _members(here, stream, _address(stream, number, page), lines, published)

    return _answer(statements, _FOREVER, published.version)


def _members(here: str, stream: str, page: str, lines: bytes, published: Published) -> Iterator[ox.Triple]:
    """The versions of a page's things; the statements about blank nodes that they lead to go along."""
    when = ox.Literal(published.published, datatype=foreign("xsd", "dateTime"))
    members: dict[str, ox.NamedNode] = {}
    blank: dict[ox.BlankNode, list[ox.Triple]] = {}
    wanted: list[ox.BlankNode] = []
    for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES):
        if isinstance(quad.subject, ox.BlankNode):
            blank.setdefault(quad.subject, []).append(quad.triple)
            continue
        thing = str(quad.subject)
        if thing not in members:
            members[thing] = member = ox.NamedNode(f"{here}{page}#m{len(members) + 1}")
            yield ox.Triple(ox.NamedNode(here + _name(stream)), ox.NamedNode(f"{TREE}member"), member)
            yield ox.Triple(member, VERSION_OF, quad.subject)
            yield ox.Triple(member, TIMESTAMP, when)
        yield ox.Triple(members[thing], quad.predicate, quad.object)
        wanted.extend([quad.object] if isinstance(quad.object, ox.BlankNode) else [])
    while wanted:
        for triple in blank.pop(wanted.pop(), ()):
            yield triple
            wanted.extend([triple.object] if isinstance(triple.object, ox.BlankNode) else [])


def _stream(here: str, stream: str) -> Iterator[ox.Triple]:
    """What a client needs to know of a stream before it reads members (LDES, section 4)."""
    name = here + _name(stream)
    yield _triple(name, RDF_TYPE, ox.NamedNode(f"{LDES}EventStream"))
    yield _triple(name, ox.NamedNode(f"{LDES}timestampPath"), TIMESTAMP)
    yield _triple(name, ox.NamedNode(f"{LDES}versionOfPath"), VERSION_OF)
    yield _triple(name, ox.NamedNode(f"{LDES}versionDeleteObject"), ox.NamedNode(DELETED))
    yield _triple(name, ox.NamedNode(f"{TREE}view"), ox.NamedNode(here + _address(stream)))
    if stream != WHOLE:
        yield _triple(name, foreign("dct", "subject"), served().iris.graph(stream))


def _relations(here: str, node: str, others: Iterable[tuple[str, str]]) -> Iterator[ox.Triple]:
    """Lead from a node to others, whose members were all published at one time."""
    yield _triple(here + node, RDF_TYPE, ox.NamedNode(f"{TREE}Node"))
    for number, (other, published) in enumerate(others, 1):
        value = ox.Literal(published, datatype=foreign("xsd", "dateTime"))
        for kind in _BOUNDS:
            relation = f"{here}{node}#{kind[0].lower()}{number}"
            yield _triple(here + node, ox.NamedNode(f"{TREE}relation"), ox.NamedNode(relation))
            yield _triple(relation, RDF_TYPE, ox.NamedNode(f"{TREE}{kind}OrEqualToRelation"))
            yield _triple(relation, ox.NamedNode(f"{TREE}node"), ox.NamedNode(here + other))
            yield _triple(relation, ox.NamedNode(f"{TREE}path"), TIMESTAMP)
            yield ox.Triple(ox.NamedNode(relation), ox.NamedNode(f"{TREE}value"), value)


def _immutable(node: str) -> ox.Triple:
    true = ox.Literal("true", datatype=foreign("xsd", "boolean"))
    return ox.Triple(ox.NamedNode(node), ox.NamedNode(f"{LDES}immutable"), true)


def _answer(statements: Callable[[str], Iterable[ox.Triple]], caching: str, *facts: str) -> Response:
    """Write statements, made for a beginning of our own addresses, in the format that the client likes."""
    form = _form()
    tag = answers.entity_tag(form.name, *facts) if caching is _AT_FIRST else _lasting_tag(form.name, *facts)
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(_written(statements, form), content_type=form.content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = caching
    response.headers["Vary"] = answers.VARY if caching is _AT_FIRST else "Accept"
    return response


def _form() -> Format:
    """The format that the client likes best among those with relative references, or else any that it likes."""
    try:
        return answers.wanted_format(_RELATIVE)
    except FormatError:
        return answers.wanted_format(_WITHOUT_RELATIVES)


def _written(statements: Callable[[str], Iterable[ox.Triple]], form: Format) -> bytes:
    """Statements in a format, our own addresses relative to the host where the format knows such references."""
    base = served().iris.base
    if form in _RELATIVE:
        # A name that no data can hold, so that nothing but our own addresses is made relative.
        here, shown = f"http://{secrets.token_hex(16)}.invalid/", f"{request.script_root}/"
    else:
        here, shown = base, base
    known = {name: space for name, space in prefixes(base).items() if name in _SHOWN}
    content = ox.serialize(statements(here), format=form.rdf, prefixes=known | {"ldes": LDES, "tree": TREE})
    assert content is not None
    return content.replace(here.encode(), shown.encode())


def _lasting_tag(*facts: str) -> str:
    """An entity tag that other releases do not change."""
    key = "\0".join((request.script_root, request.path, *facts))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _log() -> History:
    releases: Releases = current_app.config["RELEASES"]
    return History(releases.folder)


def _published(number: int) -> Published:
    found = [row for row in _log().releases() if row.number == number]
    if not found:
        raise NotFound(request.path)
    return found[0]


def _address(stream: str, *parts: int) -> str:
    """The address of a node, below the base: of a stream, of a release in it, of a page."""
    tail = "/".join(str(part) for part in parts)
    if stream == WHOLE:
        return f"ldes/{tail}" if tail else "ldes"
    return f"ldes/graph/{stream}/at/{tail}" if tail else f"ldes/graph/{stream}"


def _name(stream: str) -> str:
    """The name of a stream, below the base."""
    return f"{_address(stream)}#stream"


def _triple(subject: str, predicate: ox.NamedNode, value: ox.NamedNode) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), predicate, value)
