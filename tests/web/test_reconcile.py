"""The reconciliation service: what it finds, what it adds, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

FORMS = json.loads((Path(__file__).parent / "reconciliation.schema.json").read_text("utf-8"))


def valid(answer, form):
    """Check an answer against a form of the specification, and give it back."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    jsonschema.validate(answer.json, {"$ref": f"#/$defs/{form}", "$defs": FORMS["$defs"]})
    return answer.json


def ask(client, *queries):
    """Candidates for queries of 0.2."""
    batch = {f"q{number}": query for number, query in enumerate(queries)}
    found = valid(client.post("/reconcile", data={"queries": json.dumps(batch)}), "candidates-0.2")
    return [found[key]["result"] for key in batch]


def ask_1(client, *queries):
    """Candidates for queries of 1.0."""
    found = valid(client.post("/reconcile/1.0/match", json={"queries": queries}), "candidates-1.0")
    return [row["candidates"] for row in found["results"]]


def named(text, **more):
    """A query of 1.0 by name."""
    return {"conditions": [{"matchType": "name", "propertyValue": text}], **more}


def extended(client, ids, *properties):
    """Rows of an extension by 0.2."""
    wanted = {"ids": ids, "properties": [{"id": row} for row in properties]}
    return valid(client.post("/reconcile", data={"extend": json.dumps(wanted)}), "extension-0.2")["rows"]


# What it says of itself


def test_the_root_without_parameters_is_the_manifest_of_0_2(client):
    """Whoever asks the address without parameters learns what the service offers, and where."""
    found = valid(client.get("/reconcile"), "manifest-0.2")
    assert found["suggest"]["entity"]["service_url"] == "http://localhost"
    assert found["view"]["url"].replace("{{id}}", "city/zweistadt") == "http://localhost/page/city/zweistadt"
    assert client.get("/reconcile/").json == found


def test_the_draft_has_a_manifest_of_its_own(client):
    """The draft of 1.0 stands beside 0.2, with routes that follow from its address."""
    found = valid(client.get("/reconcile/1.0"), "manifest-1.0")
    assert found["standardizedScore"] is True


def test_every_address_of_the_manifest_answers(client):
    """No service is announced that does not stand there."""
    found = client.get("/reconcile").json
    for kind, place in found["suggest"].items():
        given = {"entity": "city/zweistadt", "type": "City", "property": "country"}[kind]
        assert client.get(place["service_path"], query_string={"prefix": ""}).status_code == 200
        path = place["flyout_service_path"].replace("${id}", given)
        assert client.get(path).json["id"] == given
    proposals = found["extend"]["propose_properties"]
    valid(client.get(proposals["service_path"] + "?type=City"), "proposal")
    for url in (found["preview"]["url"], found["view"]["url"], found["logo"], found["documentation"]):
        assert client.get(url.replace("{{id}}", "city/zweistadt").removeprefix("http://localhost")).status_code == 200


def test_a_manifest_is_kept_by_nobody(client):
    """It names the host that was asked, so that one client's host is never another's."""
    assert client.get("/reconcile").headers["Cache-Control"] == "no-store"
    other = client.get("/reconcile", base_url="http://other.example")
    assert other.json["preview"]["url"].startswith("http://other.example/")
    forged = client.get("/reconcile", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"})
    assert forged.json == client.get("/reconcile").json


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_browsers_get_a_page_that_explains(client, language):
    """Whoever opens the address in a browser reads how to use it, with the address to give to OpenRefine."""
    answer = client.get("/reconcile", query_string={"lang": language}, headers={"Accept": "text/html"})
    assert answer.headers["Content-Language"] == language
    text = answer.get_data(as_text=True)
    assert "<code>http://localhost/reconcile</code>" in text
    for column in client.get("/reconcile/suggest/property").json["result"]:
        assert f'id="{column["id"]}"' in text


# Candidates


def test_the_exact_name_finds_the_thing_beyond_doubt(client):
    """A name that one thing alone has is a match, and the answer says what it is."""
    ((first, *_),) = ask(client, {"query": "Öbersöd"})
    assert (first["id"], first["match"], first["type"][0]["id"]) == ("city/obersoed", True, "City")


@pytest.mark.parametrize("text", ["Öbersöd", "Obersod", "OBERSOED", "obersöd ", "Deuxville"])
def test_spellings_and_languages_find_it_too(client, text):
    """Diacritics, umlauts written out, capitals and names of other languages find the same thing."""
    ((first, *_),) = ask(client, {"query": text, "type": "City"})
    assert first["id"] == ("city/zweistadt" if text == "Deuxville" else "city/obersoed")


def test_namesakes_are_no_match(client):
    """Of two of one name neither is chosen."""
    ((first, second, *_),) = ask(client, {"query": "Twinham"})
    assert {first["id"], second["id"]} == {"city/twinham-east", "city/twinham-west"}
    assert not any(row["match"] for row in (first, second))


def test_a_place_tells_namesakes_apart(client):
    """Coordinates choose among namesakes, together or as two columns."""
    both = {"query": "Twinham", "properties": [{"pid": "coordinates", "v": "-41.5, -29.0"}]}
    columns = [{"pid": "latitude", "v": -41.5}, {"pid": "longitude", "v": "-29"}]
    for query in (both, {"query": "Twinham", "properties": columns}):
        ((first, *_),) = ask(client, query)
        assert (first["id"], first["match"]) == ("city/twinham-west", True)


def test_canton_and_city_are_told_apart(client):
    """With a type the thing of another level comes after, and is never chosen."""
    for kind in ("City", "Canton"):
        ((first, *others),) = ask(client, {"query": "Zweistadt", "type": kind})
        assert (first["id"], first["match"]) == (f"{kind.lower()}/zweistadt", True)
        assert not any(row["match"] for row in others)


@pytest.mark.parametrize(("strict", "ids"), [("any", {"City"}), ("all", {"City"}), ("should", {"City", "Canton"})])
def test_strict_types_leave_others_out(client, strict, ids):
    """``any`` and ``all`` keep only what is of the type; ``should`` lets others come after."""
    ((*rows,),) = ask(client, {"query": "Zweistadt", "type": ["City"], "type_strict": strict})
    assert ids == {row["type"][0]["id"] for row in rows if row["id"].endswith("/zweistadt")}


@pytest.mark.parametrize("value", ["Examplia", "Examplien", {"id": "country/examplia", "name": "Examplia"}])
def test_the_country_counts(client, value):
    """A country, by any name or reconciled before, is a part of the score."""
    asked = {"query": "Zweistadt", "properties": [{"pid": "country", "v": value}]}
    other = {"query": "Zweistadt", "properties": [{"pid": "Land", "v": "Sampland"}]}
    (first, *_), (second, *_) = ask(client, asked, other)
    parts = [{row["id"]: row["value"] for row in found["features"]} for found in (first, second)]
    assert [row["country"] for row in parts] == [100, 0]
    assert first["score"] > second["score"]
    assert (first["match"], second["match"]) == (True, False)


@pytest.mark.parametrize("text", ["city/rivermouth", "https://w3id.org/citygraph/id/city/rivermouth"])
def test_an_identifier_finds_its_thing(client, text):
    """The identifier in the place of the name finds the thing, with the highest score."""
    ((first, *_),) = ask(client, {"query": text})
    assert (first["id"], first["score"], first["match"]) == ("city/rivermouth", 100, True)


def test_an_identifier_of_others_finds_it_without_a_name(client):
    """Whoever has only a column of QIDs gets our things for them."""
    item = extended(client, ["city/rivermouth"], "wikidata")["city/rivermouth"]["wikidata"][0]["str"]
    for value in (item, f"http://www.wikidata.org/entity/{item}", f"https://www.wikidata.org/wiki/{item}"):
        ((first, *_),) = ask(client, {"properties": [{"pid": "wikidata", "v": value}]})
        assert (first["id"], first["match"]) == ("city/rivermouth", True)


def test_candidates_come_in_the_order_of_their_scores_and_no_more_than_wanted(client):
    """The best comes first, and the limit is kept."""
    ((*rows,),) = ask(client, {"query": "Twinham", "limit": 2})
    assert len(rows) == 2
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)


def test_unknown_types_and_names_find_nothing(client):
    """What is not there has no candidates, and is no fault."""
    assert ask(client, {"query": "Zweistadt", "type": "Volcano"}, {"query": "xyzzyxyzzy"}) == [[], []]


def test_both_versions_find_the_same(client):
    """1.0 asks in other words; the candidates and their scores are the same."""
    queries = [{"query": text, "type": "City"} for text in ("Zweistadt", "Twinham", "Oldfery")]
    old = ask(client, *queries)
    new = ask_1(client, *(named(query["query"], type="City") for query in queries))
    bare = lambda rows: [[(row["id"], row["score"], row["match"]) for row in found] for found in rows]  # noqa: E731
    assert bare(old) == bare(new)
    assert all(row["lang"] for found in new for row in found)


def test_conditions_of_1_0_filter(client):
    """A condition that is required leaves others out, and one on an identifier finds its thing."""
    country = {"matchType": "property", "propertyId": "country", "propertyValue": "Sampland", "required": True}
    query = named("Zweistadt")
    query["conditions"].append(country)
    without = json.loads(json.dumps(query))
    without["conditions"][1]["matchQuantifier"] = "none"
    by_id = {"conditions": [{"matchType": "id", "propertyValue": "city/zweistadt"}]}
    sampland, elsewhere, own = ask_1(client, query, without, by_id)
    assert "city/zweistadt" not in [row["id"] for row in sampland]
    assert "city/zweistadt" in [row["id"] for row in elsewhere]
    assert own[0]["id"] == "city/zweistadt"


# Suggestions


@pytest.mark.parametrize("root", ["/reconcile/suggest", "/reconcile/1.0/suggest"])
def test_suggestions_begin_as_somebody_writes(client, root):
    """Beginnings and identifiers find things, types and properties, in pages."""
    rows = valid(client.get(f"{root}/entity?prefix=Zweist"), "suggestions")["result"]
    assert rows[0]["id"] == "city/zweistadt"
    assert client.get(f"{root}/entity?prefix=city/obersoed").json["result"][0]["id"] == "city/obersoed"
    first = client.get(f"{root}/entity?prefix=Zweist&limit=1").json["result"]
    rest = client.get(f"{root}/entity?prefix=Zweist&offset=1").json["result"]
    assert [first[0]["id"], rest[0]["id"]] == [row["id"] for row in rows[:2]]
    assert client.get(f"{root}/entity?prefix=Zweist&cursor=1").json["result"] == rest
    assert valid(client.get(f"{root}/type?prefix=cit"), "suggestions")["result"][0]["id"] == "City"
    assert valid(client.get(f"{root}/property?prefix=coun"), "suggestions")["result"][0]["id"] == "country"


def test_suggestions_are_in_the_readers_language(client):
    """Names of types and properties come in the language that is asked for."""
    rows = client.get("/reconcile/suggest/property?prefix=Land", headers={"Accept-Language": "de"}).json["result"]
    assert rows[0]["name"] == "Land"


def test_properties_are_proposed_for_a_type(client):
    """A place is offered its country, a partnership is not; the limit is kept, and an unknown type has none."""
    names = lambda kind: {row["id"] for row in client.get(f"/reconcile/propose?type={kind}").json["properties"]}  # noqa: E731
    assert {"country", "partner", "focus-area"} <= names("City")
    assert "country" not in names("Partnership")
    assert names("Volcano") == set()
    assert len(valid(client.get("/reconcile/1.0/extend/propose?type=City&limit=3"), "proposal")["properties"]) == 3


# Extension


def test_partners_dates_and_partnerships_stand_side_by_side(client):
    """Columns that belong together have one value for each partner, with gaps where nothing is known."""
    rows = extended(client, ["city/zweistadt", "city/obersoed"], "partner", "partnership", "since", "until")
    row = rows["city/zweistadt"]
    assert row["partner"] == [{"id": "city/harbourstate", "name": "Harbourstate"}]
    assert row["since"] == [{"str": "2015-03-01"}]
    assert row["until"] == [{}]
    for cells in rows.values():
        assert len({len(values) for values in cells.values()}) == 1


def test_places_have_their_columns(client):
    """Country and coordinates come as things, texts and numbers."""
    row = extended(client, ["city/zweistadt"], "country", "coordinates", "latitude", "focus-area")["city/zweistadt"]
    assert row["country"] == [{"id": "country/examplia", "name": "Examplia"}]
    assert row["coordinates"] == [{"str": "-30.5,-20.25"}]
    assert row["latitude"] == [{"float": -30.5}]
    assert {"id": "focus-area/economy", "name": "Economy"} in row["focus-area"]


def test_unknown_things_have_empty_rows(client):
    """A thing that nobody knows, or that is none, has a row of empty cells."""
    ids = ["city/nowhere", "no thing", "", 'x/">;DROP', "city/zweistadt"]
    rows = extended(client, ids, "country")
    assert [bool(rows[name]["country"]) for name in ids] == [False, False, False, False, True]


def test_a_cell_has_as_many_values_as_wanted(client):
    """The setting of a property limits its values, whether it comes as a number or as a text."""
    for limit, count in ((1, 1), ("1", 1), (0, 2), ("", 2)):
        wanted = {"ids": ["city/zweistadt"], "properties": [{"id": "focus-area", "settings": {"limit": limit}}]}
        found = client.post("/reconcile", data={"extend": json.dumps(wanted)}).json
        assert len(found["rows"]["city/zweistadt"]["focus-area"]) == count


def test_1_0_extends_with_languages(client):
    """The same values as a list, texts with their languages."""
    wanted = {"ids": ["city/zweistadt"], "properties": [{"id": "name"}]}
    found = valid(client.post("/reconcile/1.0/extend", json=wanted), "extension-1.0")
    assert {"str": "Deuxville", "lang": "fr"} in found["rows"][0]["properties"][0]["values"]


# Preview


def test_a_preview_may_be_framed(client):
    """Any site may show the preview; nothing else of ours may be framed by others."""
    answer = client.get("/reconcile/preview?id=city/zweistadt")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Examplia" in answer.get_data(as_text=True)
    assert client.get("/reconcile/1.0/preview?id=city/zweistadt").status_code == 200
    assert client.get("/reconcile/preview?id=city/nowhere").status_code == 404
    assert client.get("/reconcile/preview").status_code == 404


# What it refuses

DEEP = "[" * 100_000 + "]" * 100_000
MANY = json.dumps({f"q{number}": {"query": "x"} for number in range(10_000)})
LONG = json.dumps({"q0": {"query": "x" * 900_000}})


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ("NaN", 400),
        ('{"q0": {"query": NaN}}', 400),
        ('{"q0": {"query": "x", "limit": NaN}}', 400),
        ('{"q0": {"query": "x", "limit": 1e999}}', 400),
        ('{"q0": {"query": "x", "limit": 0}}', 400),
        ('{"q0": {"query": 5}}', 400),
        ('{"q0": {}}', 400),
        ('{"q0": {"query": ""}}', 400),
        ('{"q0": {"query": "x", "type_strict": "maybe"}}', 400),
        ('{"q0": {"query": "x", "properties": [{"pid": "colour", "v": "red"}]}}', 400),
        ('{"q0": {"query": "\\ud800"}}', 400),
        (DEEP, 400),
        (f'{{"q0": {{"query": {DEEP}}}}}', 400),
        (f'{{"q0": {{"query": "x", "more": {DEEP}}}}}', 400),
        (MANY, 413),
        (json.dumps({f"q{number}": {"query": "x", "type": ["City"] * 20} for number in range(50)}), 413),
        (LONG, 400),
        (json.dumps({"q0": {"query": "x" * 1_100_000}}), 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_queries_are_refused(client, text, status):
    """What is no batch of queries, or too much, is told so and never a fault of the server's."""
    answer = client.post("/reconcile", data={"queries": text})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"queries": {}}', 400),
        (b'{"queries": [{"conditions": []}]}', 400),
        (b'{"queries": [{"conditions": [{"matchType": "smell", "propertyValue": "x"}]}]}', 400),
        (b'{"queries": [{"conditions": [{"matchType": "property", "propertyValue": "x"}]}]}', 400),
        (DEEP.encode(), 400),
        (json.dumps({"queries": [named("x")] * 10_000}).encode(), 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_bodies_of_1_0_are_refused(client, body, status):
    """The draft refuses alike."""
    answer = client.post("/reconcile/1.0/match", data=body, content_type="application/json")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"ids": [f"city/{number}" for number in range(50_000)], "properties": [{"id": "partner"}] * 50}, 413),
        ({"ids": ["city/basel"], "properties": [{"id": "colour"}]}, 400),
        ({"ids": ["city/basel"], "properties": [{"id": "partner", "settings": {"limit": "many"}}]}, 400),
        ({"ids": ["city/basel"], "properties": [{"id": "partner", "settings": {"limit": "1e999"}}]}, 400),
        ({"ids": "city/basel", "properties": []}, 400),
        ({"ids": [5], "properties": []}, 400),
    ],
    ids=["many", "unknown", "words", "infinite", "text", "number"],
)
def test_bad_extensions_are_refused(client, wanted, status):
    """What is no extension, or too much of one, is told so."""
    assert client.post("/reconcile", data={"extend": json.dumps(wanted)}).status_code == status
    assert client.post("/reconcile/1.0/extend", json=wanted).status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reconcile/suggest/entity?prefix=x&limit=-1", 400),
        ("/reconcile/suggest/entity?prefix=x&cursor=1e3", 400),
        ("/reconcile/suggest/entity?prefix=" + "x" * 50_000, 200),
        ("/reconcile/suggest/entity?prefix=%22%27*(", 200),
        ("/reconcile/suggest/entity?prefix=%ff%00", 200),
        ("/reconcile/suggest/smell?prefix=x", 404),
        ("/reconcile/flyout/type?id=<script>", 404),
        ("/reconcile/flyout/property?id=<script>", 400),
        ("/reconcile/preview?id=<script>", 404),
        ("/reconcile/propose?type=City&limit=x", 400),
        ("/reconcile?queries={", 400),
        ("/reconcile/1.0/match", 405),
    ],
)
def test_bad_addresses_are_refused(client, path, status):
    """Parameters that do not fit are told so; odd texts find nothing."""
    assert client.get(path).status_code == status


def test_texts_do_not_become_queries_or_pages(client):
    """Names and values from outside never end a literal of a query, nor a tag of a page."""
    hostile = ['" } ; DROP', "\\", "'''", "<script>alert(1)</script>", "\x00", "Q1> . ?s ?p ?o . <", 'a/b">']
    for text in hostile:
        values = [{"pid": name, "v": text} for name in ("country", "wikidata", "code", "coordinates", "geonames")]
        ask(client, {"query": text}, {"query": "Zweistadt", "properties": values})
        extended(client, [text], "country")


def test_a_preflight_is_answered(client):
    """Browsers may send JSON from other sites."""
    for path in ("/reconcile", "/reconcile/1.0/match", "/reconcile/1.0/extend"):
        answer = client.options(path)
        assert answer.status_code == 204
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
