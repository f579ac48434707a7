"""Minting and taking apart IRIs."""

import pytest

from citygraph.errors import IriError
from citygraph.iris import CANONICAL, Iris


def test_what_is_minted_can_be_taken_apart():
    """The path of a minted IRI, put behind the base, is the IRI again."""
    iris = Iris("https://example.org/prefix/")
    for iri in (iris.thing("city", "basel"), iris.graph("source/x").value, iris.term("City").value):
        assert iris.base + iris.path(iri) == iri


@pytest.mark.parametrize(
    "base", ["", "example.org/", "https://example.org", "https://e.org/a b/", "ftp://e.org/", "https://e.org/#"]
)
def test_a_text_that_is_no_base_is_refused(base):
    """A base IRI is http or https, ends with a slash and has neither query nor fragment."""
    with pytest.raises(IriError):
        Iris(base)


def test_an_iri_of_somebody_else_has_no_path_here():
    """Only IRIs under the base are taken apart."""
    with pytest.raises(IriError):
        Iris(CANONICAL).path("https://example.org/id/city/basel")
