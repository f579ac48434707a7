"""The table of formats."""

import pytest

from citygraph.errors import FormatError
from citygraph.formats import FORMATS, RDF, RESULTS, by_name


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_every_format_is_found_by_name_extension_and_media_type(row):
    """A format answers to its name, its first extension and the media type that it sends."""
    among = RESULTS if row in RESULTS else RDF if row in RDF else FORMATS
    assert [by_name(key, among) for key in (row.name, row.extension, row.media_type)] == [row] * 3


def test_parameters_of_a_media_type_do_not_matter():
    """A media type with a charset is the same format."""
    assert by_name("text/turtle; charset=utf-8").name == "turtle"


def test_an_unknown_format_names_those_there_are():
    """Whoever asks for a format we do not speak is told which we do."""
    with pytest.raises(FormatError, match="turtle"):
        by_name("application/pdf")


def test_names_extensions_and_sent_types_are_unique_among_their_kind():
    """No two RDF formats, and no two results formats, share a name, an extension or a sent media type."""
    for among in (RDF, RESULTS):
        for many in ([row.name for row in among], [row.media_type for row in among]):
            assert len(many) == len(set(many))
        extensions = [extension for row in among for extension in row.extensions]
        assert len(extensions) == len(set(extensions))
