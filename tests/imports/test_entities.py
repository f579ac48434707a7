"""The promises of `imports/entities.py`: a statement loses nothing, and a line that cannot be read is named."""

import json

import pytest

from citygraph.imports.entities import Broken, Reader
from citygraph.imports.rows import Redirect, decode, encode
from imports.samples import EXCERPT, entity, item, line, snak, statement, troubled


def read(data, **options):
    """Read one line."""
    return list(Reader(**options).rows(data))


def excerpt():
    """Read the recorded entities."""
    return [row for data in EXCERPT.read_bytes().splitlines() for row in read(data)]


def test_recorded_entities_keep_every_statement():
    """Every statement of every recorded entity is kept, with its date and reference; other entities are not."""
    rows = {row.id: row for row in excerpt()}
    assert {name: len(row.statements) for name, row in rows.items()} == {
        "Q64": 6, "Q84": 3, "Q175": 1, "Q279": 7, "Q288": 11,
    }  # fmt: skip
    assert [snak.property for one in rows["Q64"].statements for snak in one.qualifiers] == ["P580"] * 6
    assert (rows["Q64"].countries, rows["Q288"].countries, rows["Q64"].geonames) == (["Q183"], ["Q142"], ["2950157"])
    assert rows["Q288"].labels["fr"] == "Tours"


def test_no_snak_is_lost():
    """Rank, qualifiers, references, no value and some value come through as Wikidata has them."""
    source = troubled()
    (row,) = read(line(source))
    for one, given in zip(row.statements, source["claims"]["P190"], strict=True):
        assert (one.id, one.rank, one.main.kind) == (given["id"], given["rank"], given["mainsnak"]["snaktype"])
        wanted = [
            (snak["property"], snak["snaktype"], snak.get("datavalue", {}).get("value"))
            for snaks in given.get("qualifiers", {}).values()
            for snak in snaks
        ]
        assert [(snak.property, snak.kind, snak.value) for snak in one.qualifiers] == wanted
    assert [snak.property for snak in row.statements[0].references[0].snaks] == ["P813", "P854"]
    assert row.countries == ["Q900000010"]
    assert decode(encode(row)) == row


@pytest.mark.parametrize(
    "value",
    [
        {"entity": "Q1", "redirect": "Q2"},
        {"entities": {"Q2": entity(2, statement("Q2$A", item(3)), redirects={"from": "Q1", "to": "Q2"})}},
    ],
)
def test_redirects_are_told(value):
    """An item that was merged into another is told in every form in which it is recorded."""
    assert Redirect("Q1", "Q2") in read(json.dumps(value).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"[\n", b"]", b"\n", b" " * 400 + b"\r\n", b"\xef\xbb\xbf[\r\n", line(entity(1) | {"claims": []}),
        line(entity(1) | {"id": "P190", "type": "property"}), line({"type": "lexeme", "id": "L1", "lemmas": {}}),
    ],
)  # fmt: skip
def test_lines_without_a_statement_give_nothing(data):
    """Brackets, empty lines and items without statements give nothing and are not broken."""
    assert read(data) == []


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"[", b"\xef\xbb\xbf  [ ", b" " * 40, b","])
@pytest.mark.parametrize("tail", [b"", b",", b",\r\n", b"]\n", b" ] \r\n", b" " * 40 + b"\n"])
def test_what_stands_around_an_entity_does_not_matter(head, tail):
    """Byte order mark, brackets, commas, spaces and line ends change nothing, nor do spaces within."""
    (row,) = read(head + json.dumps(troubled()).encode() + tail)
    assert [row] == read(line(troubled())) == read(json.dumps(troubled(), separators=(",", ":")).encode())


def test_an_old_dump_gives_ids_by_number():
    """The kind of an entity and its number make its id, where that is all that is said."""
    values = [{"entity-type": kind, "numeric-id": 7} for kind in ("item", "property", "lexeme")]
    snaks = [snak("P1", "", {"type": "wikibase-entityid", "value": value}) for value in values]
    (row,) = read(line(entity(1, statement("Q1$A", item(2), qualifiers={"P1": snaks}))))
    assert [one.value for one in row.statements[0].qualifiers] == ["Q7", "P7", "L7"]


def test_references_without_a_hash_stay_apart():
    """A reference that nothing names is named after what it says."""
    urls = [snak("P854", "url", {"type": "string", "value": f"https://example.org/{n}"}) for n in (1, 2)]
    source = statement("Q1$A", item(2), references=[{"snaks": {"P854": [url]}} for url in urls])
    (row,) = read(line(entity(1, source)))
    assert len({one.hash for one in row.statements[0].references} - {""}) == 2


@pytest.mark.parametrize(
    "data",
    [
        line(troubled())[:-200] + b"\n",
        line(troubled())[40:],
        line(troubled()).replace(b'"rank"', b'"rank', 1),
        b'{"type":"item","id":"Q1","claims":{"P31":[}}\n',
        b'{"type":"item"}\n',
        b'{"id":"Q1","claims":{"P190":[{"mainsnak":3}]}}\n',
        b"[" * 100_000 + b"\n",
        b'{"entity":"Q1","redirect":"x"}',
        line(troubled()).replace(b"Ennui", b"Enn\xffi"),
        b'{"type":"item","id":"Q1","descriptions":"\xff"}',
        line(troubled()).replace(b"\n", b"") + line(troubled()),
        line(entity(1, statement("Q1$A", {"type": "string", "value": "Paris"}))),
        line(entity(1, statement("Q1$A", item(2), "splendid"))),
        line(entity(1, statement("Q1$A", item(2)), id="X1")),
        line(entity(1, statement("Q1$A", "perhaps"))),
        line(entity(1, statement("Q1$A", item(2), qualifiers={"P580": [snak("P580", "time", {"type": "time"})]}))),
    ],
)
def test_broken_lines_are_told(data):
    """A line that is cut off, not JSON, or no entity is broken, whether or not it would be kept."""
    with pytest.raises(Broken):
        read(data)


def test_a_quick_reader_trusts_what_it_does_not_keep():
    """A quick reader looks only at the edges of lines without a statement of ours."""
    assert read(b'{"type":"item","id":"Q1","claims":{"P31":[}}\n', thorough=False) == []


def test_only_wanted_items_and_languages_are_kept():
    """A second reading keeps the items that it is told, with labels of the languages that it is told."""
    data = line(entity(7, labels={"en": {"language": "en", "value": "Seven"}, "de": {"language": "de", "value": "7"}}))
    assert [row.labels for row in read(data, wanted={"Q7"}, languages={"en"})] == [{"en": "Seven"}]
    assert read(data, wanted={"Q8"}) == []
