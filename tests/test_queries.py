"""Reading query files and binding their parameters."""

import pytest

from citygraph.errors import ParameterError, QueryError
from citygraph.iris import Iris
from citygraph.queries import Query, read_query

HEAD = "#+ title: T\n#+ parameters:\n#+   value: {type: %s, example: %s}\n"


def bound(type_, example, value):
    query = Query.parse(HEAD % (type_, example) + "SELECT ?s { ?s ?p ?_value }")
    return query.bound({"value": value}, Iris("https://e.org/"))


@pytest.mark.parametrize(
    ("type_", "value", "term"),
    [
        ("iri", "id/city/basel", "<https://e.org/id/city/basel>"),
        ("iri", "http://www.wikidata.org/entity/Q78", "<http://www.wikidata.org/entity/Q78>"),
        ("text", 'a"b\\c\n', '"a\\"b\\\\c\\n"'),
        ("integer", "-03", '"-3"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("date", "2009-10", '"2009-10"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'),
    ],
)
def test_a_value_becomes_one_term_whatever_it_holds(type_, value, term):
    """A bound value is one serialised term, so that no value can change the query around it."""
    assert bound(type_, "1", value) == f"SELECT ?s {{ ?s ?p {term} }}\n"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("iri", "https://e.org/> } DELETE"),
        ("integer", "1; DROP"),
        ("date", "20th of June"),
        ("date", "2009-1"),
        ("date", "20090"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(type_, value):
    """A value of another kind is an error that names the parameter."""
    with pytest.raises(ParameterError, match="value"):
        bound(type_, "1", value)


def test_a_head_that_is_no_yaml_names_file_and_line(tmp_path):
    """A broken head is found by its file."""
    path = tmp_path / "broken.rq"
    path.write_text("#+ title: [\nSELECT * {}")
    with pytest.raises(QueryError, match=r"broken\.rq"):
        read_query(path, Iris("https://e.org/"))


@pytest.mark.parametrize("head", ["[a]", "3", "{n: 3}", "{n: {type: integer}}"])
def test_parameters_that_are_none_name_file_and_form(tmp_path, head):
    """Parameters of another kind are told with the way to write them."""
    path = tmp_path / "broken.rq"
    path.write_text(f"#+ title: T\n#+ parameters: {head}\nSELECT * {{ ?s ?p ?o }}", "utf-8")
    with pytest.raises(QueryError, match=r"broken\.rq: its parameters are unreadable; write"):
        read_query(path, Iris("https://e.org/"))


def test_a_mark_of_the_encoding_is_no_part_of_a_query(tmp_path):
    """A file that Windows has saved as UTF-8 with a mark is read like any other."""
    path = tmp_path / "marked.rq"
    path.write_text("SELECT * { ?s ?p ?o }", "utf-8-sig")
    assert read_query(path, Iris("https://e.org/")).text == "SELECT * { ?s ?p ?o }\n"


def test_the_form_is_not_taken_from_a_comment_or_an_iri():
    """The form of a query is its keyword, wherever else the word stands."""
    assert (
        Query.parse("# select\nPREFIX e: <http://e.org/ask>\nCONSTRUCT { ?s ?p ?o } { ?s ?p ?o }").form == "CONSTRUCT"
    )
