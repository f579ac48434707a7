"""The promises of `build/imported.py`: what others state becomes claims, each with its side, and nothing is lost."""

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph

from citygraph.build.claims import Known
from citygraph.build.imported import find_imported, read_imported
from citygraph.errors import SourceError
from citygraph.imports.dump import Choice, import_dump
from citygraph.imports.tables import import_pairs
from citygraph.imports.triples import import_triples
from citygraph.iris import Iris
from citygraph.vocab import prefixes
from imports.samples import EXCERPT, about, entity, item, line, snak, statement, time, troubled

IRIS = Iris("https://w3id.org/citygraph/")
ROOT = Path(__file__).parents[2]
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes().items()) + (
    "PREFIX pq: <http://www.wikidata.org/prop/qualifier/> PREFIX pr: <http://www.wikidata.org/prop/reference/>\n"
)


class Read:
    """What was read from a folder, to be asked, and what was found on the way."""

    def __init__(self, data, qids=None):
        self.faults = []
        (manifest,) = find_imported(data)
        triples = list(read_imported(manifest, IRIS, Known(qids or {}), self.faults.append))
        self.store = ox.Store()
        self.store.extend(ox.Quad(*triple) for triple in triples)

    def holds(self, pattern):
        """Tell whether a pattern holds."""
        return bool(self.store.query(f"{PREFIXES} ASK {{ {pattern} }}"))

    def count(self, pattern):
        """Count the solutions of a pattern."""
        return sum(1 for _ in self.store.query(f"{PREFIXES} SELECT * {{ {pattern} }}"))


def items(tmp_path, *lines, qids=None, **choice):
    """Import some entities and read them."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "d.json").write_bytes(b"".join(lines))
    import_dump(tmp_path / "d.json", tmp_path / "imported" / "items", about(), Choice(**choice))
    return Read(tmp_path, qids)


def table(tmp_path, text, qids=None, **options):
    """Import a table of pairs and read it."""
    (tmp_path / "t.csv").write_text(text, "utf-8")
    import_pairs(tmp_path / "t.csv", tmp_path / "imported" / "own", about(), **options)
    return Read(tmp_path, qids)


def test_the_extract_of_2016_has_its_published_figures():
    """All 34,182 statements, 17,401 pairs and 10,055 named items of the extract are there, 624 without a reverse."""
    read = Read(ROOT / "data")
    figures = [read.count(f"?x a cg:{name}") for name in ("Claim", "Partnership", "AdministrativeArea")]
    assert (figures, read.faults) == ([34_182, 17_401, 10_055], [])
    assert read.count("?x schema:name ?name") == 10_055
    one_sided = "SELECT ?p { ?c cg:claimOf ?p ; cg:claimedBy ?side } GROUP BY ?p HAVING (COUNT(DISTINCT ?side) = 1)"
    assert read.count(f"{{ {one_sided} }}") == 624
    assert read.holds("partnership:wikidata-Q3104-Q213560 cg:party <https://w3id.org/citygraph/id/wikidata/Q3104>")
    assert read.holds("<https://w3id.org/citygraph/id/claim/wikidata-2016-Q6163214-Q597491-3> cg:row ?row")


def test_recorded_entities_state_what_they_hold(tmp_path):
    """A recorded entity is named, placed and typed, and each statement is a claim with its date and reference."""
    import_dump(EXCERPT, tmp_path / "imported" / "items", about())
    read = Read(tmp_path, {"Q64": f"{IRIS.base}id/city/berlin"})
    assert read.count("?c cg:claimedBy city:berlin ; cg:startDate ?date FILTER (DATATYPE(?date) = xsd:date)") == 6
    assert read.holds("""
        ?tours skos:prefLabel "Tours"@fr ; owl:sameAs wd:Q288 ; wdt:P31 wd:Q484170 ; wdt:P1566 "2972191" ;
            geo:lat ?lat ; cg:country ?country .
        ?country a cg:Country ; owl:sameAs wd:Q142 .
        ?claim cg:claimedBy ?tours ; prov:wasDerivedFrom/pr:P143 wd:Q11920 ; dct:source ?statement""")
    assert not read.holds("city:berlin a|owl:sameAs|skos:prefLabel|geo:lat ?any")
    assert read.holds('city:berlin schema:name "Berlin"@de ; wdt:P625 ?place')


def test_no_part_of_a_statement_is_lost(tmp_path):
    """Ranks, dates of every precision, references, unknown and absent values are all stated."""
    read = items(tmp_path, line(troubled()))
    claim = "<https://w3id.org/citygraph/id/claim/items-Q900000001-Q90000000"
    rank, kind = "<https://w3id.org/citygraph/id/rank/", "<https://w3id.org/citygraph/id/value-kind/"
    assert read.holds(f"""
        {claim}2> cg:rank {rank}preferred> ; cg:startDate "1987-05"^^xsd:gYearMonth ; pq:P582 {kind}none> ;
            pq:P1365 {kind}unknown> ; prov:wasDerivedFrom ?reference .
        ?reference a cg:Reference ; pr:P854 <https://example.org/twins> ; pr:P813 "2020-02-03"^^xsd:date .
        {claim}4> pq:P585 "+1960-00-00T00:00:00Z/8" ; pq:P1810 "Ville"@fr .
        {claim}5> cg:startDate "1500-03-10"^^xsd:date ; pq:P580 "+1500-02-29T00:00:00Z/11/J" .
        ?none cg:claimedBy ?item ; cg:valueKind {kind}none> .
        ?unknown cg:claimedBy ?item ; cg:valueKind {kind}unknown> .
        ?item a cg:City""")
    assert read.holds(f'{claim}3> cg:rank {rank}deprecated> ; cg:startDate "0836"^^xsd:gYear ; cg:claimedOf ?other')
    assert read.count("?x a cg:Claim") == 6
    assert read.count("?x a cg:Partnership") == 3


def test_a_deprecated_claim_is_told_of_a_partnership_that_the_other_side_asserts(tmp_path):
    """A deprecated statement makes no partnership; where the other side asserts one, it is a claim of that one."""
    one = line(entity(1, statement("Q1$A", item(2), "deprecated"), statement("Q1$B", item(3), "deprecated")))
    read = items(tmp_path, one, line(entity(2, statement("Q2$A", item(1)))))
    assert read.count("?claim cg:claimOf partnership:wikidata-Q1-Q2") == 2
    assert read.count("?x a cg:Partnership") == 1


def test_merged_items_and_items_twinned_with_themselves_are_told(tmp_path):
    """A claim about a merged item is one about the item it was merged into; nobody is a partner of themselves."""
    source = entity(1, statement("Q1$A", item(2)), statement("Q1$B", item(4)))
    redirects = [line({"entity": "Q2", "redirect": "Q3"}), line({"entity": "Q4", "redirect": "Q1"})]
    read = items(tmp_path, line(source), *redirects)
    assert read.holds(
        "partnership:wikidata-Q1-Q3 cg:party ?other . ?other owl:sameAs wd:Q3 . wd:Q2 dct:isReplacedBy wd:Q3"
    )
    assert read.count("?x a cg:Partnership") == 1
    assert [finding.message for finding in read.faults] == [
        "it names Q2, which was merged into Q3",
        "it names Q4, which was merged into Q1",
        "Q1 states to be twinned with itself",
    ]
    assert {finding.line for finding in read.faults} == {1}


def test_other_names_and_larger_areas_help_to_find_an_item(tmp_path):
    """Aliases and former names stand beside the label; of a thing of ours they are what Wikidata calls it."""
    read = items(tmp_path, line(troubled()))
    assert read.holds(
        '?x owl:sameAs wd:Q900000001 ; skos:altLabel "Bother"@en, "Alt-Ärger"@de ; wdt:P131 wd:Q900000012'
    )
    assert not read.holds("?x wdt:P131 wd:Q900000013")
    ours = "https://w3id.org/citygraph/id/city/trouble"
    read = items(tmp_path / "ours", line(troubled()), qids={"Q900000001": ours})
    assert read.holds(f'<{ours}> schema:name "Trouble"@en ; schema:alternateName "Bother"@en')
    assert not read.holds(f"<{ours}> skos:altLabel ?name")


@pytest.mark.parametrize(("choice", "told"), [({"complete": True}, True), ({}, False)])
def test_what_a_whole_dump_lacks_was_deleted(tmp_path, choice, told):
    """Of a dump that was read for all that is named, an item that is not there is deleted; a merged one is not."""
    source = entity(1, statement("Q1$A", item(2)), statement("Q1$B", item(3)), statement("Q1$C", item(4)))
    read = items(tmp_path, line(source), line({"entity": "Q3", "redirect": "Q1"}), line(entity(4)), **choice)
    assert read.holds("wd:Q2 owl:deprecated true") is told
    assert read.count("?x owl:deprecated true") == told


@pytest.mark.parametrize(
    ("latitude", "longitude", "globe", "told"),
    [
        (95, 10, "Q2", "beyond the degrees of Earth"),
        (10, -200, "Q2", "beyond the degrees of Earth"),
        (1, 2, "Q405", "entity/Q405 and not on Earth"),
        (-90, 180, "Q2", ""),
    ],
)
def test_a_place_that_is_none_on_earth_is_told(tmp_path, latitude, longitude, globe, told):
    """What is stated of the place of an item stays; it is put on no map if it is off Earth or beyond its degrees."""
    place = {"latitude": latitude, "longitude": longitude, "globe": f"http://www.wikidata.org/entity/{globe}"}
    value = {"type": "globecoordinate", "value": place}
    one = entity(1, statement("Q1$A", item(2)))
    one["claims"]["P625"] = [{"mainsnak": snak("P625", "globe-coordinate", value), "rank": "normal"}]
    found = items(tmp_path, line(one))
    assert found.holds("?place wdt:P625 ?stated")
    assert found.holds("?place geo:lat ?lat ; geo:long ?long") is not bool(told)
    assert [told in fault.message for fault in found.faults] == [True] * bool(told)


def test_two_starts_are_both_kept_and_none_is_chosen(tmp_path):
    """A statement with two starts keeps both in Wikidata's terms, since ours has one at most."""
    starts = [snak("P580", "time", time(f"+{year}-00-00T00:00:00Z", 9)) for year in (1960, 1970)]
    read = items(tmp_path, line(entity(1, statement("Q1$A", item(2), qualifiers={"P580": starts}))))
    assert read.count("?claim pq:P580 ?start FILTER (DATATYPE(?start) = xsd:gYear)") == 2
    assert not read.holds("?claim cg:startDate ?start")


def test_an_item_that_comes_twice_is_told(tmp_path):
    """Of two versions of an item the first stands, and the other is told."""
    two = [entity(1, statement("Q1$A", item(2)), labels={"en": {"language": "en", "value": n}}) for n in ("x", "y")]
    read = items(tmp_path, *map(line, two))
    assert [(finding.line, finding.thing) for finding in read.faults] == [(2, "Q1")]
    assert (read.count("?x skos:prefLabel ?name"), read.count("?x a cg:Claim")) == (1, 1)


def hostile(value):
    """Give an entity again and again, each time with another of its values replaced by something that it is not."""
    for key in list(value) if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0):
        kept = value[key]
        for bad in ("x y", "<>", "http://[bad", "http://e.org/%zz", "zh-x", "\u2028\x85", "Q5", -1, [], {}, None):
            value[key] = bad
            yield
        value[key] = kept
        yield from hostile(kept)


def test_no_entity_stops_a_build(tmp_path):
    """Whatever stands in the place of a value, a line is broken or it becomes triples that can be written and read."""
    source, lines = troubled(), []
    for number, _ in enumerate(hostile(source)):
        if source["id"] == "Q900000001" and isinstance(source["claims"], dict) and source["claims"]:
            lines.append(line(source | {"id": f"Q9{number:08}"}))
    read = items(tmp_path, *lines)
    broken = sum("was skipped" in finding.message for finding in read.faults)
    kept = len((tmp_path / "imported" / "items" / "entities.ndjson").read_bytes().splitlines())
    assert broken + kept == len(lines)
    assert min(broken, kept) > 500
    written = ox.serialize([quad.triple for quad in read.store], format=ox.RdfFormat.N_TRIPLES)
    assert len(list(ox.parse(written, format=ox.RdfFormat.N_TRIPLES))) == len(read.store)


def test_what_no_xml_can_hold_is_told_and_left_out(tmp_path):
    """A label with a control character is named, and all else that is stated can be written in every format."""
    hostile_item = troubled()
    hostile_item["labels"]["en"] = {"language": "en", "value": "Bell\x07town"}
    read = items(tmp_path, line(hostile_item))
    (told,) = (finding for finding in read.faults if "U+0007" in finding.message)
    assert told.thing.endswith(hostile_item["id"])
    graph = Graph()
    graph.parse(data=ox.serialize([quad.triple for quad in read.store], format=ox.RdfFormat.RDF_XML), format="xml")
    assert len(graph) == len(read.store) > 10


def test_skipped_lines_are_told_in_the_report(tmp_path):
    """What an import had to skip is told again when it is built."""
    read = items(tmp_path, b'{"id":"Q1","broken\n', line(troubled()))
    assert "line 1 of the dump was skipped" in read.faults[0].message


def test_our_things_items_and_names_may_be_paired(tmp_path):
    """A cell is a thing of ours, a Wikidata id that may be ours, or a name, which gets an IRI of its own."""
    text = "from,to,start\ncity/basel,Q2,1969\nQ2,Lyon,2009-10\nlyon,Q3,\nQ3,Q3,\n"
    read = table(tmp_path, text, {"Q2": f"{IRIS.base}id/city/two"}, header=True)
    assert read.holds("""
        partnership:own-Q2-city-basel cg:party city:basel, city:two .
        ?claim cg:claimedBy city:basel ; cg:claimedOf city:two ; cg:startDate "1969"^^xsd:gYear ; cg:row 2 .
        ?lyon schema:name "Lyon" . ?other schema:name "lyon" FILTER (?lyon != ?other)""")
    assert [(finding.line, "itself" in finding.message) for finding in read.faults] == [(5, True)]


def test_a_table_without_direction_names_no_claimant(tmp_path):
    """Where a row does not say which side states it, the claim is of both and by none."""
    read = table(tmp_path, "1 2\n2 3\n2 1\n", directed=False)
    assert not read.holds("?claim cg:claimedBy ?side")
    assert (read.count("?x a cg:Claim"), read.count("?x a cg:Partnership")) == (3, 2)


def test_statements_move_to_another_base(tmp_path):
    """Triples that were written under the canonical base follow the base of the installation."""
    (tmp_path / "s.nt").write_text(f'<{IRIS.base}id/city/basel> <http://schema.org/name> "Basel" .\n', "utf-8")
    import_triples(tmp_path / "s.nt", tmp_path / "imported" / "own", about())
    (manifest,) = find_imported(tmp_path)
    found = {triple.subject.value for triple in read_imported(manifest, Iris("https://example.org/"), Known())}
    assert "https://example.org/id/city/basel" in found
    assert all(iri.startswith("https://example.org/") for iri in found)


def test_the_source_says_what_a_reader_has_to_know(tmp_path):
    """Each import has one source with title, licence, day, publisher, checksum and length."""
    read = table(tmp_path, "1 2\n")
    assert read.holds("""
        source:own a cg:Source, cg:ImportedSource ; dct:title "A test"@en ; dct:modified "2026-11-22"^^xsd:date ;
            dct:license <http://creativecommons.org/publicdomain/zero/1.0/> ; dct:publisher/foaf:name "Nobody" ;
            dct:language ?language ; cg:characters 4 ; cg:sha256 ?sum FILTER (STRLEN(?sum) = 64)""")


def test_the_address_of_the_data_is_stated(tmp_path):
    """An import whose label names a page can be referred to."""
    folder = tmp_path / "imported" / "own"
    folder.mkdir(parents=True)
    (folder / "t.tsv").write_text("Q1 Q2\n", "utf-8")
    manifest = about().manifest(folder, "pairs", ["t.tsv"], relations="t.tsv")
    address = ox.NamedNode("https://example.org/twins")
    for page, wanted in (("", False), (address.value, True)):
        triples = read_imported(replace(manifest, page=page), IRIS, Known())
        assert any(triple.object == address for triple in triples) is wanted


def test_reading_twice_gives_the_same(tmp_path):
    """The same files give the same triples in the same order."""
    (tmp_path / "d.json").write_bytes(line(troubled()) + EXCERPT.read_bytes())
    import_dump(tmp_path / "d.json", tmp_path / "imported" / "items", about())
    (manifest,) = find_imported(tmp_path)
    assert list(read_imported(manifest, IRIS, Known())) == list(read_imported(manifest, IRIS, Known()))


def test_stray_and_altered_files_are_refused(tmp_path):
    """A file that lies about, or that is not as received, is an error with its remedy; no folder is no import."""
    assert find_imported(tmp_path) == []
    read = table(tmp_path, "1 2\n")
    (tmp_path / "imported" / "own" / "t.csv").write_text("1 3\n", "utf-8")
    (manifest,) = find_imported(tmp_path)
    with pytest.raises(SourceError, match="restore it as received"):
        list(read_imported(manifest, IRIS, Known()))
    (tmp_path / "imported" / "stray.csv").touch()
    with pytest.raises(SourceError, match="nothing reads this file"):
        find_imported(tmp_path)
    assert read.faults == []
