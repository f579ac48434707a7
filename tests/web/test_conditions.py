"""Entity tags are read alike wherever a request is answered."""

from __future__ import annotations

import pytest

from citygraph.web.conditions import is_met, known, plain


def test_a_tag_stands_for_the_coding_that_the_client_accepts() -> None:
    """What the application knows is named behind it; a tag of a coding that is not accepted now matches nothing."""
    assert plain('"a-br", W/"b-gzip", "c"', "br, gzip;q=0") == ['"a-br"', '"a"', '"b-gzip"', '"c"']


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ('"a"', '"a"'),
        ('W/"a"', '"a"'),
        ('"x", W/"a-br" ,"y"', '"a-br"'),
        ('"a-gzip"', ""),
        ('"a-br-br"', ""),
        ("a", ""),
        ('""a"', ""),
        ('"A"', ""),
        ('"', ""),
        ("", ""),
    ],
)
def test_a_client_knows_what_it_names(header: str, tag: str) -> None:
    """A tag is one between quotation marks, weak or not (RFC 9110, section 13.1.2), and nothing else is."""
    assert known('"a"', header, "br, gzip;q=0") == tag


@pytest.mark.parametrize(
    ("header", "met"),
    [("*", True), (" * ", True), ('"b", "a"', True), ('"a-br"', True), ('W/"a"', False), ('"b"', False), ("", False)],
)
def test_a_condition_is_met_by_strong_tags(header: str, *, met: bool) -> None:
    """``If-Match`` is about bytes, so a weak tag does not do (section 13.1.1)."""
    assert is_met('"a"', header, "br") is met
