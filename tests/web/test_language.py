"""What the site says, it says in three languages; what it shows in another one, it marks."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from jinja2 import Environment, nodes

from citygraph.settings import LANGUAGES
from citygraph.web import language
from citygraph.web.language import FOLDER, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((FOLDER.parent / "templates").rglob("*.html"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None, "Problem": (2,)}
SAME_EVERYWHERE = {
    *("SPARQL", "Turtle", "JSON-LD", "RDF/XML", "N-Triples", "SHA-256", "GeoJSON", "JSON", "CSV", "OpenAPI", "RDF"),
    *("Atom", "BibTeX", "CITATION", "cff", "DataCite", "LDES", "RO-Crate", "SVG", "PNG", "TSV", "IRI", "WGS"),
}
"""Names that no language translates."""
BROWSER = {"Accept": "text/html"}


def messages() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every text of the site with the file that it stands in."""
    rows = tomllib.loads((FOLDER / "babel.toml").read_text("utf-8"))["mappings"]
    method_map = [(row["pattern"], row["method"]) for row in rows]
    options = {row["pattern"]: {key: row[key] for key in row if key not in ("method", "pattern")} for row in rows}
    for file, _, text, _, _ in extract_from_dir(ROOT, method_map, options, KEYWORDS):
        yield file, text


@pytest.mark.parametrize("code", [row for row in LANGUAGES if row != "en"])
def test_every_text_is_translated(code: str) -> None:
    """Each text, those of query files included, has a translation, which keeps its places for values."""
    found, missing = catalogue(code), []
    for file, text in messages():
        one, count = (text, 1) if isinstance(text, str) else (text[0], 2)
        if one not in found._catalog and (one, 0) not in found._catalog:  # type: ignore[attr-defined]
            missing.append(f"{file}: {one}")
        elif isinstance(text, str):
            places = r"%\(\w+\)s|\{\w+\}"
            assert set(re.findall(places, found.gettext(one))) == set(re.findall(places, one))
        else:
            assert found.ngettext(*text, count)
    assert missing == []


class Prose(HTMLParser):
    """Finds the words of a template that stand outside expressions."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes that people read."""
        self.inside.append(tag)
        for name, value in attrs:
            if name in ("title", "alt", "placeholder", "aria-label"):
                self._take(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take text, but for what is meant for machines."""
        if "code" not in self.inside:
            self._take(data)

    def _take(self, text: str) -> None:
        self.words += [word for word in re.findall(r"[^\W\d_][\w/-]+", text) if word not in SAME_EVERYWHERE]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(path: Path) -> None:
    """What people read stands in the catalogues: not in the markup, and not in expressions."""
    environment = Environment(extensions=["jinja2.ext.i18n"])
    source, outside, shown = path.read_text("utf-8"), True, []
    tokens = list(environment.lex(source))
    for place, (_, kind, value) in enumerate(tokens):
        if kind == "block_begin":
            word = next(text for _, sort, text in tokens[place + 1 :] if sort == "name")
            outside = (outside or word == "endtrans") and word != "trans"
        elif kind == "data" and outside:
            shown.append(value)
        elif kind == "variable_end":
            shown.append("\x00")
    assert Prose("".join(shown)).words == []
    tree = environment.parse(source)
    told = {id(row) for call in tree.find_all(nodes.Call) for row in call.find_all(nodes.Const)}
    prose = [row.value for row in tree.find_all(nodes.Const) if isinstance(row.value, str) and id(row) not in told]
    assert [text for text in prose if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]", text) and "PREFIX" not in text] == []


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/page/city/rivermouth", "/search?q=river", "/sparql", "/nothing", "/dumps/"])
def test_a_page_is_in_the_language_asked_for(client: FlaskClient, path: str, code: str) -> None:
    """The parameter goes before the header; links, forms and the switch keep to it."""
    joint = "&" if "?" in path else "?"
    answer = client.get(f"{path}{joint}lang={code}", headers={"Accept-Language": "fr", **BROWSER})
    assert f'<html lang="{code}">' in answer.text
    assert answer.headers["Content-Language"] == code
    assert {"en": "Licence<", "de": "Lizenz<", "fr": "Licence<"}[code] in answer.text
    assert {"en": "Questions", "de": "Fragen", "fr": "Questions"}[code] in answer.text
    assert f'href="/browse/partnership?lang={code}"' in answer.text
    assert f'<input type="hidden" name="lang" value="{code}">' in answer.text
    assert all(f'hreflang="{row}"' in answer.text for row in LANGUAGES)


def test_the_header_chooses_where_the_address_does_not(client: FlaskClient) -> None:
    """A reader whose browser asks for Swiss German reads German, and links stay without a parameter."""
    answer = client.get("/", headers={"Accept-Language": "de-CH, en;q=0.5", **BROWSER})
    assert answer.headers["Content-Language"] == "de"
    assert "Accept-Language" in answer.headers["Vary"]
    assert 'href="/browse/partnership"' in answer.text


@pytest.mark.parametrize(
    ("code", "lexical", "written"),
    [
        ("en", "2009-10-26", "since 26 October 2009"),
        ("de", "2009-10-26", "seit dem 26. Oktober 2009"),
        ("fr", "2009-10-26", "depuis le 26 octobre 2009"),
        ("de", "2019-08", "seit August 2019"),
        ("fr", "2019-08", "depuis août 2019"),
        ("fr", "2009", "depuis 2009"),
        ("de", "2019-13-45", "seit 2019-13-45"),
        ("en", "<soon>", "since <soon>"),
    ],
)
def test_dates(app: Flask, code: str, lexical: str, written: str) -> None:
    """A date is written as the language does, at the precision it has; what is no date is left as it is."""
    with app.test_request_context(f"/?lang={code}"):
        assert language.since(lexical) == written


def test_a_name_in_another_language_says_so(client: FlaskClient) -> None:
    """A description that exists in English only is marked on a German page, and the page tells how it was chosen."""
    page = client.get("/page/source/rivermouth-en?lang=de", headers=BROWSER).text
    assert '<small class="tongue" title="Englisch">en</small>' in page
    assert "zuerst gesucht in dieser Reihenfolge" in page
    assert "small letters behind them" not in client.get("/", headers=BROWSER).text
