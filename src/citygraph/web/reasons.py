"""The page `/why`, which tells of one statement why it is to be believed; the same is had as RDF."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, render_template, request, url_for

from citygraph.errors import NotFound
from citygraph.formats import HTML, RDF
from citygraph.queries import read_queries
from citygraph.web import answers
from citygraph.web.answers import local_url, served
from citygraph.web.describe import serialise
from citygraph.web.language import date
from citygraph.web.names import Name, best
from citygraph.web.problems import Problem
from citygraph.web.reader import LONGEST, handed
from citygraph.web.texts import short_path
from citygraph.web.why import Reason, Statement, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citygraph.web.reader import Handed

blueprint = Blueprint("reasons", __name__)

_REFUSED = re.compile(r"[^A-Za-z0-9._~!$'()*,/:;?@-]{1,8}+")
"""What the value in a query may not hold as it is (RFC 3986, section 3.4); some of it means something to forms."""
_KEPT = 16_384
"""How many parts of statements are kept as addresses hold them."""
_READERS = 64
"""For how many kinds of readers the address that all share is kept."""


@blueprint.get("/why")
def why() -> Response:
    """Tell of the statement ``s p o``, each written as in N-Triples, why it is to be believed."""
    statement = _statement()
    rules = list(read_queries(current_app.config["REPOSITORY"].queries("rules"), served().iris))
    found = reason(served(), statement, rules)
    if found is None:
        raise NotFound(statement[0].value)
    form = answers.wanted_format((*RDF, HTML))
    if form is not HTML:
        base = served().iris.base
        quads = [*found.quads(), *_evidence(found)]
        return answers.answer(form, lambda: serialise(quads, form, base, statement[0].value))
    rule = next((row for row in rules if row.name == found.rule), None)
    formats = [(row, f"{why_url(statement)}&format={row.name}") for row in RDF]
    return answers.answer(
        HTML,
        lambda: render_template(
            "reasons/why.html",
            why=found,
            rule=rule,
            name=_namer(found),
            is_text=lambda part: isinstance(part, ox.Literal),
            formats=formats,
            link=why_url,
            url=local_url,
        ),
    )


def why_url(statement: Statement) -> str:
    """The address of the page about a statement."""
    subject, term, value = statement
    return why_urls()(subject.value, term.value)(str(value))


def why_urls() -> Callable[[str, str], Callable[[str], str]]:
    """The addresses of the pages about statements, as long as this request lasts.

    Subject and property are given by their IRIs, the value as N-Triples writes it.
    """
    told = handed()
    return (_remembered_urls if told.short else _why_urls)(told)


def _why_urls(_handed: Handed) -> Callable[[str, str], Callable[[str], str]]:
    path, _, handed_on = url_for("reasons.why").partition("?")
    end = f"&{handed_on}" if handed_on else ""

    def urls(subject: str, term: str) -> Callable[[str], str]:
        start = f"{path}?s={_quoted(f'<{subject}>')}&p={_quoted(f'<{term}>')}&o="
        return lambda value: f"{start}{_quoted(value)}{end}"

    return urls


_remembered_urls = lru_cache(maxsize=_READERS)(_why_urls)


def _quoted(text: str) -> str:
    """Write a text as a value in the query of an address; short ones are kept, since many statements hold them."""
    return (_remembered if len(text) <= LONGEST else _quote)(text)


def _quote(text: str) -> str:
    return _REFUSED.sub(lambda found: _encoded(found[0]), text)


_remembered = lru_cache(maxsize=_KEPT)(_quote)
_encoded = lru_cache(maxsize=_KEPT)(quote_plus)


def _statement() -> Statement:
    """Read the statement; parts are N-Triples terms, or bare IRIs."""
    parts: list[ox.NamedNode | ox.Literal] = []
    for key in ("s", "p", "o"):
        text = request.args.get(key, "")
        bare = text.startswith(("http://", "https://"))
        try:
            line = f"<x:s> <x:p> {f'<{text}>' if bare else text} ."
            rows = list(ox.parse(line, format=ox.RdfFormat.N_TRIPLES))
        except SyntaxError:
            rows = []
        value = rows[0].object if len(rows) == 1 else None
        if not isinstance(value, ox.NamedNode if key != "o" else (ox.NamedNode, ox.Literal)):
            raise Problem(400, "The request cannot be understood", f"Write {key} as an IRI or as an N-Triples term.")
        parts.append(value)
    subject, term, value = parts
    assert isinstance(subject, ox.NamedNode)
    assert isinstance(term, ox.NamedNode)
    return subject, term, value


def _evidence(found: Reason) -> Iterator[ox.Quad]:
    """The statements that make up the evidence."""
    for phrase in found.phrases:
        graph, node = ox.NamedNode(phrase.graph), ox.NamedNode(phrase.node)
        yield ox.Quad(found.statement[0], served().iris.term("evidence"), node, graph)
        for quad in served().store.quads(node, graph=graph):
            yield quad
            if isinstance(quad.object, ox.NamedNode) and quad.predicate.value.endswith("hasSelector"):
                yield from served().store.quads(quad.object, graph=graph)


def _namer(found: Reason) -> Callable[[ox.NamedNode | ox.Literal | str], Name]:
    """Name everything that the page shows, by one question."""
    base, language = served().iris.base, answers.language()
    terms = [part for quad in found.quads() for part in (quad.subject, quad.predicate, quad.object, quad.graph_name)]
    wanted = {part.value for part in terms if isinstance(part, ox.NamedNode)} | {row.source for row in found.phrases}
    documents = {iri: iri.replace(f"{base}graph/source/", f"{base}id/source/") for iri in wanted}
    names = served().names_of({*wanted, *documents.values()})

    def name(part: ox.NamedNode | ox.Literal | str) -> Name:
        if isinstance(part, ox.Literal):
            written = date(part.value) if "XMLSchema#" in part.datatype.value else part.value
            return Name(written, part.language or "")
        iri = part if isinstance(part, str) else part.value
        for known in (documents.get(iri, iri), iri):
            if known in names:
                return best(names[known], language)
        if iri in served().terms.names or not served().iris.owns(iri):
            return served().terms.name(iri, language)
        return Name(short_path(base, iri))

    return name
