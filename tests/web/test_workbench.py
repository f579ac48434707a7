"""What the script of the query page is told, and that the page stands without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from citygraph.settings import Repository


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_facts(client: FlaskClient, language: str) -> None:
    """The script learns the prefixes and the terms that it completes, with their names in the reader's language."""
    answer = client.get("/sparql/workbench.json", query_string={"lang": language})
    facts = answer.json
    assert answer.headers["Content-Language"] == language
    ours = facts["prefixes"]["cg"]
    assert f"{ours}Partnership" in facts["classes"]
    assert {f"{ours}startDate", "http://www.w3.org/2000/01/rdf-schema#label"} <= set(facts["properties"])
    assert not set(facts["classes"]) & set(facts["properties"])
    names = {"en": "partnership", "de": "partnerschaft", "fr": "partenariat"}
    assert facts["names"][f"{ours}Partnership"].casefold() == names[language]


def test_examples(client: FlaskClient, repository: Repository) -> None:
    """Every example query is offered, its parameters filled in, as a text that an engine reads."""
    found = client.get("/sparql/workbench.json").json["examples"]
    assert {row["name"] for row in found} == {path.stem for path in repository.queries("examples").glob("*.rq")}
    store = ox.Store()
    for row in found:
        store.query(row["text"])


def test_page_without_bundles(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the front end was not built, the page names no script of it and the plain form stands."""
    monkeypatch.setattr(client.application, "static_folder", "/nowhere")
    text = client.get("/sparql?query=ASK%20%7B%7D", headers={"Accept": "text/html"}).text
    assert "/built/" not in text
    assert "<template" not in text
    assert '<textarea id="query" name="query"' in text


def test_a_refused_query_is_kept(client: FlaskClient) -> None:
    """A page that refuses a query holds its text, for correction, and says which line is at fault."""
    answer = client.get("/sparql?query=SELECT+*%0AWHERE+%7B+%3Cs+%7D", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "WHERE { &lt;s }</textarea>" in answer.text
    assert 'data-line="2"' in answer.text
