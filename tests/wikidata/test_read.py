"""What graphs state is read as both sides: who states what, who speaks for an item, and what is near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.errors import SourceError
from citygraph.iris import CANONICAL, Iris
from citygraph.linking.names import Words
from citygraph.store import Store
from citygraph.wikidata.compare import Comparison
from citygraph.wikidata.read import read_sides
from citygraph.wikidata.sides import Rules
from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.wikidata.sides import Sides

HEAD = """
@prefix cg: <https://w3id.org/citygraph/ontology#> .
@prefix city: <https://w3id.org/citygraph/id/city/> .
@prefix claim: <https://w3id.org/citygraph/id/claim/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix form: <https://w3id.org/citygraph/id/form/> .
@prefix graph: <https://w3id.org/citygraph/graph/> .
@prefix item: <https://w3id.org/citygraph/id/wikidata/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix partnership: <https://w3id.org/citygraph/id/partnership/> .
@prefix province: <https://w3id.org/citygraph/id/province/> .
@prefix rank: <https://w3id.org/citygraph/id/rank/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <http://schema.org/> .
@prefix source: <https://w3id.org/citygraph/id/source/> .
@prefix value-kind: <https://w3id.org/citygraph/id/value-kind/> .
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
OURS = """
<https://w3id.org/citygraph/graph/source/hamburg-de> {
  source:hamburg-de a cg:Source ; dct:title "Seite"@de, "Page"@en ; dct:modified "2026-11-22"^^xsd:date .
  partnership:hamburg-quebec a cg:Partnership ; cg:form form:twinning ; cg:party city:hamburg, province:quebec .
}
graph:links { city:hamburg owl:sameAs wd:Q1055 . province:quebec owl:sameAs wd:Q176 . }
graph:inferred {
  city:hamburg a cg:Party, cg:AdministrativeArea ; rdfs:label "Hamburg"@en ; cg:partnerOf province:quebec .
  province:quebec a cg:Party, cg:AdministrativeArea ; rdfs:label "Province of Québec"@en ; cg:partnerOf city:hamburg .
}
"""


def read(theirs: str, publisher: str = "Wikidata") -> Sides:
    """Both sides of a store with our page, and with what one import states."""
    imported = f"""<https://w3id.org/citygraph/graph/source/table> {{
      source:table a cg:Source, cg:ImportedSource ;
        dct:publisher <https://w3id.org/citygraph/id/source/table#publisher> ;
        dct:modified "2016-09-12"^^xsd:date .
      <https://w3id.org/citygraph/id/source/table#publisher> foaf:name "{publisher}" .
      {theirs}
    }}"""
    store = Store.memory(ox.parse(HEAD + OURS + imported, format=ox.RdfFormat.TRIG))
    words = Words.read(ROOT / "linking" / "words.toml")
    return read_sides(store, Iris(CANONICAL), Rules.read(ROOT / "linking" / "wikidata.toml"), words)


def told(sides: Sides) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, respect and reasons of each difference."""
    return [(row.kind, row.field, row.reasons) for row in Comparison(sides, {}, CANONICAL).lines()]


BESIDE = (
    'claim:a cg:claimedBy city:hamburg ; cg:claimedOf item:Q2145 . item:Q2145 owl:sameAs wd:Q2145 ; schema:name "{}" .'
)


def test_a_namesake_is_another_level() -> None:
    """Québec the city, twinned on Wikidata in the place of the province, is a contradiction; another city is not."""
    assert told(read(BESIDE.format("Québec"))) == [("contradiction", "level", ("level",))]
    # The table holds Hamburg, which does not state the province, and knows nothing of Québec's own statements.
    assert told(read(BESIDE.format("Toronto"))) == [
        ("missing-there", "stated", ("not-held", "no-page")),
        ("missing-here", "stated", ()),
    ]


def test_a_table_that_does_not_say_who_states_a_pair() -> None:
    """Either side of such a pair may state it, so that neither is asked to."""
    assert told(read("claim:a cg:claimedOf city:hamburg, province:quebec .")) == []


def test_an_entity_without_values() -> None:
    """An item without a twin denies ours; one whose twin nobody knows says nothing."""
    none = "claim:a cg:claimedBy city:hamburg ; cg:rank rank:normal ; cg:valueKind value-kind:{} ."
    assert told(read(none.format("none"))) == [("contradiction", "denied", ("denied",))]
    assert told(read(none.format("unknown"))) == [("missing-there", "stated", ("no-page",))]


def test_whose_import_speaks_for_wikidata() -> None:
    """A table does so if Wikidata published it, entities do so whoever hands them on; other tables are ours."""
    pair = "claim:a cg:claimedBy city:hamburg ; cg:claimedOf province:quebec ."
    assert read(pair).sources["table"].snapshot
    assert not read(pair, "Somebody").sources["table"].snapshot
    ranked = read(f"{pair} claim:a cg:rank rank:normal .", "Somebody").sources["table"]
    assert (ranked.snapshot, ranked.whole) == (True, True)


def test_an_item_that_was_merged_is_the_one_that_stands() -> None:
    """A link to a merged item counts for its survivor."""
    sides = read("wd:Q176 dct:isReplacedBy wd:Q900176 .")
    assert sides.party(f"{CANONICAL}id/province/quebec").item == "Q900176"


@pytest.mark.parametrize("text", ['publisher = "Wikidata"\n', "twinned = 1\npublisher = 'x'\n", "not toml", None])
def test_rules_that_cannot_be_read(tmp_path: Path, text: str | None) -> None:
    """A table that is missing or not of its kind is an error with its remedy."""
    path = tmp_path / "wikidata.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"wikidata\.toml.*docs/wikidata\.md"):
        Rules.read(path)


def test_without_a_snapshot_nothing_is_compared() -> None:
    """Where nothing of Wikidata is imported, no time is spent on what we state, and no difference is told."""
    sides = read("", "Somebody")
    assert set(sides.sources) == {"hamburg-de", "table"}
    assert told(sides) == []
