"""The scanner reads a query text as the engine does, without its dangers."""

import time

import pyoxigraph as ox
import pytest

from citygraph import scanner
from citygraph.errors import QueryError, QueryForbidden

CLAUSES = [
    "SELECT * { SERVICE <http://127.0.0.1/> {} }",
    "SELECT * { service<http://127.0.0.1/>{} }",
    "SELECT * { SERVICE SILENT ?endpoint {} }",
    "SELECT * { FILTER EXISTS { SERVICE ?endpoint {} } }",
    "SELECT * { { SELECT * { SERVICE ?endpoint {} } } }",
    "SELECT * { ?s ?p true.SERVICE<u:v>{} }",
    "SELECT * { ?s ?p 5SERVICE<u:v>{} }",
    "PREFIX ex: <e:> SELECT * { ?s ?p ex:.SERVICE ex:a {} }",
    "SELECT * { ?s ?p _:a .SERVICE<u:v>{} }",
    "SELECT * { ?s ?p 'a\\'b' SERVICE<u:v>{} }",
    "#a comment\rSELECT * { SERVICE<u:v>{} }",
    # After an operand `<` is less-than, whatever looks like an IRI behind it.
    'SELECT * { FILTER(?a<1)#>"""\nSERVICE<u:x>{}#"""\n}',
    "SELECT * { FILTER(?a<'>' ) SERVICE <u:v> {} #'\n}",
    "SELECT * { FILTER(?a<1)SERVICE#>\n<u:v>{}\n}",
]
NO_CLAUSES = [
    "PREFIX ex: <e:> SELECT * { ?s ex:SERVICE ?service }",
    "PREFIX SERVICE: <u:> ASK { SERVICE:x SERVICE:SERVICE <http://service/SERVICE> }",
    "ASK { ?s a <http://example.org/service#Thing> }",
    'ASK { ?s ?p \'SERVICE <u> {}\', "a\\"SERVICE", """ " SERVICE """, \'x\'@service }',
    "# SERVICE <u> {}\nASK {}",
    "ASK { ?s ?p _:SERVICE }",
    "PREFIX ex: <e:> ASK { ?s ?p ex:cafe\u0301SERVICE }",
    "SELECT * { VALUES ?x { <u:v#service> } FILTER(?x IN (<a:service#b>, <u:c#d>)) }",
]


@pytest.mark.parametrize("text", CLAUSES)
def test_service_is_found_in_every_disguise(text):
    """A clause that sends a request is refused, and the engine takes the text for a valid one."""
    ox.Store().query(text)
    with pytest.raises(QueryError, match="SERVICE is switched off") as caught:
        scanner.check(text)
    line, column = caught.value.line, caught.value.column
    row = text.split("\n")[line - 1]
    assert "service" in row[column - 1 :].lower()


ALLOWED = "http://example.org/sparql"


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ SERVICE <{ALLOWED}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE SILENT<{ALLOWED}> {{}} OPTIONAL {{ service\n<{ALLOWED}> {{ ?s ?p ?o }} }} }}",
    ],
)
def test_service_may_name_an_allowed_endpoint(text):
    """Queries that ask allowed endpoints alone are let through, and it is told that they ask others."""
    ox.Store().query(text.replace("SERVICE", "SERVICE SILENT") if "SILENT" not in text else text)
    assert scanner.check(text, {ALLOWED})
    with pytest.raises(QueryForbidden):
        scanner.check(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> {} }",
        f"SELECT * {{ SERVICE <{ALLOWED}> {{}} SERVICE <http://127.0.0.1/> {{}} }}",
        f"SELECT * {{ SERVICE <{ALLOWED}#> {{}} }}",
        f"SELECT * {{ SERVICE <{ALLOWED}/../admin> {{}} }}",
        f"SELECT * {{ VALUES ?x {{ <{ALLOWED}> }} SERVICE ?x {{}} }}",
        f"PREFIX e: <{ALLOWED}> SELECT * {{ SERVICE e: {{}} }}",
        "BASE <http://example.org/> SELECT * { SERVICE <sparql> {} }",
        f"SELECT * {{ SERVICE <{ALLOWED}> {{ \\u0053ERVICE <http://127.0.0.1/> {{}} }} }}",
        f"SELECT * {{ SERVICE # <{ALLOWED}>\n<http://127.0.0.1/> {{}} }}",
        f"SELECT * {{ SERVICE <{ALLOWED}> {{}} FILTER(?a<1)SERVICE#>\n<u:v>{{}}\n}}",
    ],
)
def test_service_reaches_nothing_else(text):
    """Whatever is not written out as an allowed endpoint is refused, with what would be allowed."""
    with pytest.raises(QueryForbidden, match=ALLOWED):
        scanner.check(text, {ALLOWED})


@pytest.mark.parametrize("text", NO_CLAUSES)
def test_the_word_service_in_names_texts_and_comments_is_free(text):
    """Nobody has to avoid a word."""
    ox.Store().query(text)
    scanner.check(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("PREFIX select: <u:ask> # ask\nBASE <u:construct> describe ?x {}", "DESCRIBE"),
        ("SELECT * {}", "SELECT"),
        ("PREFIX insert: <u:> LOAD insert:x", "LOAD"),
        ("with <u:v> delete {} where {}", "WITH"),
        ("PREFIX a: <u:>", None),
    ],
)
def test_the_form_of_a_text_is_its_first_word(text, form):
    """Queries and updates are told apart without parsing."""
    assert scanner.form(text) == form
    assert scanner.is_update(text) == (form in scanner.UPDATES)


@pytest.mark.parametrize("sign", ["(", "{", "[", "!", "1+", "true||", "{} UNION ", "OPTIONAL {} ", "^<p:p>/", "IF("])
def test_what_would_overflow_the_parser_is_refused_with_its_place(sign):
    """Nesting and chains end at a number that the parser bears."""
    with pytest.raises(QueryError, match=r"nest deeper|more than") as caught:
        scanner.check("SELECT * {\n" + sign * 20_000)
    assert caught.value.line == 2


def test_a_text_that_is_too_long_is_refused():
    """Length has a limit."""
    with pytest.raises(QueryError, match="characters"):
        scanner.check(" " * (scanner.LENGTH + 1))


def test_long_lists_of_values_are_welcome():
    """Clients put thousands of values into one query."""
    scanner.check("SELECT * { VALUES ?x { " + "<http://example.org/a/b> " * 5_000 + "} }")
    scanner.check("SELECT * { VALUES ?x { 'service' " + "<http://example.org/a#b> " * 500 + "} }")


@pytest.mark.parametrize(
    "unit", ["a.", '"', "'''", '"\\', ":.", "<a#", "?a<b#>(", "%aa", "1e", "@a-", "\\", "é.", "_:"]
)
@pytest.mark.parametrize("form", ["{} service", "#service\n{}"])
def test_no_text_takes_the_scanner_long(unit, form):
    """Every token is read in linear time, since the scanner holds the interpreter's lock."""
    text = form.format((unit * scanner.LENGTH)[: scanner.LENGTH - 9])
    began = time.process_time()
    list(scanner.find_services(text))
    scanner.form(text)
    assert time.process_time() - began < 4
