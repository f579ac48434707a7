"""The promises of `citygraph network`: figures that agree with published ones, ways, exports and tables."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from pathlib import Path

import click
import networkx as nx
import pytest
from click.testing import CliRunner

from citygraph.errors import NotFound, ParameterError, ReleaseError
from citygraph.iris import CANONICAL, Iris
from citygraph.network import commands
from citygraph.network.export import EXPORTS
from citygraph.network.figures import Figures, measure
from citygraph.network.paths import find_party, shortest_way
from citygraph.network.read import Network, read_network
from citygraph.network.tables import LABELS, network_tables, network_triples, written

ROOT = Path(__file__).parents[1]
EXTRACT = ROOT / "data" / "imported" / "wikidata-2016" / "relations.tsv"
ID = f"{CANONICAL}id/"

# Zachary (1977), An information flow model for conflict and fission in small groups, as usually numbered from 1.
KARATE = """
2-1 3-1 3-2 4-1 4-2 4-3 5-1 6-1 7-1 7-5 7-6 8-1 8-2 8-3 8-4 9-1 9-3 10-3 11-1 11-5 11-6 12-1 13-1 13-4 14-1 14-2 14-3
14-4 17-6 17-7 18-1 18-2 20-1 20-2 22-1 22-2 26-24 26-25 28-3 28-24 28-25 29-3 30-24 30-27 31-2 31-9 32-1 32-25 32-26
32-29 33-3 33-9 33-15 33-16 33-19 33-21 33-23 33-24 33-30 33-31 33-32 34-9 34-10 34-14 34-15 34-16 34-19 34-20 34-21
34-23 34-24 34-27 34-28 34-29 34-30 34-31 34-32 34-33
"""

GRAPHS = {
    "inferred.nt": [("city/lyon", "city/turin"), ("city/turin", "city/osaka"), ("city/halle", "city/turin"),
                    ("wikidata/Q9", "city/osaka"), ("city/lyon", "city/genoa"), ("city/genoa", "city/osaka"),
                    ("city/far", "city/away")],
}  # fmt: skip
NAMES = """
<{id}city/lyon> <http://www.w3.org/2004/02/skos/core#prefLabel> "Lyon"@en .
<{id}city/lyon> <http://www.w3.org/2004/02/skos/core#prefLabel> "Lyón & \\"Söhne\\""@de .
<{id}city/lyon> <{cg}country> <{id}country/france> .
<{id}city/turin> <{cg}country> <{id}country/italy> .
<{id}city/genoa> <{cg}country> <{id}country/italy> .
<{id}city/osaka> <{cg}country> <{id}country/japan> .
<{id}city/osaka> <{cg}country> <{id}country/osaka-realm> .
<{id}city/halle> <http://schema.org/name> "Halle" .
<{id}wikidata/Q9> <http://schema.org/name> "Halle" .
<{id}city/osaka> <http://www.w3.org/2004/02/skos/core#altLabel> "Ōsaka"@en .
<{id}city/osaka> <http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q35765> .
<{id}city/elsewhere> <http://schema.org/name> "Halle" .
<{id}claim/1> <{cg}claimedBy> <{id}city/lyon> .
<{id}claim/1> <{cg}claimedOf> <{id}city/turin> .
<{id}claim/2> <{cg}claimedBy> <{id}city/turin> .
<{id}claim/2> <{cg}claimedOf> <{id}city/lyon> .
<{id}claim/3> <{cg}claimedBy> <{id}city/osaka> .
<{id}claim/3> <{cg}claimedOf> <{id}city/genoa> .
"""


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release's folder of graphs with eight parties."""
    folder = tmp_path_factory.mktemp("graphs")
    partner = f"<{CANONICAL}ontology#partnerOf>"
    both = [way for one, other in GRAPHS["inferred.nt"] for way in ((one, other), (other, one))]
    lines = sorted(f"<{ID}{one}> {partner} <{ID}{other}> .\n" for one, other in both)
    (folder / "inferred.nt").write_text("".join(lines), encoding="utf-8")
    (folder / "source").mkdir()
    named = NAMES.strip().format(id=ID, cg=f"{CANONICAL}ontology#") + "\n"
    (folder / "source" / "gazette.nt").write_text(named, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small(graphs: Path) -> Network:
    """The network of eight parties."""
    return read_network(graphs, Iris(CANONICAL))


@pytest.fixture(scope="session")
def karate() -> Network:
    """The friendships in Zachary's karate club."""
    return Network.of((f"m{one:>02}", f"m{other:>02}") for one, other in (pair.split("-") for pair in KARATE.split()))


@pytest.fixture(scope="session")
def extract() -> Network:
    """The twinnings that Wikidata stated in 2016."""
    if not EXTRACT.is_file():
        pytest.skip("the extract of 2016 is not among the imported data")
    rows = [line.split("\t") for line in EXTRACT.read_text(encoding="utf-8").splitlines()]
    return Network.of(((by, of) for by, of in rows), directed=True)


def whole(figures: Figures) -> dict[str, float | None]:
    return {row.name: row.value for row in figures.whole}


def as_networkx(network: Network) -> nx.Graph:
    graph = nx.Graph(network.pairs)
    graph.add_nodes_from(range(len(network.parties)))
    return graph


def test_figures_of_the_extract_are_the_published_ones(extract: Network) -> None:
    """The twinnings of 2016 have the figures that others have published."""
    found = whole(measure(extract))
    wanted = {"parties": 10055, "pairs": 17401, "highest_degree": 98, "triangles": 6065, "components": 1}
    assert {name: found[name] for name in wanted} == wanted
    assert found["one_sided_statements"] == 624
    assert found["transitivity"] == pytest.approx(0.114223, abs=5e-7)
    assert found["degree_assortativity"] == pytest.approx(0.349762, abs=5e-7)


def test_figures_of_the_karate_club_are_the_published_ones(karate: Network) -> None:
    """A network that every textbook measures has the textbooks' figures."""
    found = whole(measure(karate))
    assert (found["parties"], found["pairs"], found["triangles"], found["highest_degree"]) == (34, 78, 45, 17)
    assert found["transitivity"] == pytest.approx(0.2557, abs=5e-5)
    assert found["degree_assortativity"] == pytest.approx(-0.4756, abs=5e-5)
    assert found["mean_clustering"] == pytest.approx(0.5706, abs=5e-5)
    assert (found["diameter"], found["components"], found["bridges"]) == (5, 1, 1)
    assert found["mean_distance"] == pytest.approx(2.408, abs=5e-4)


@pytest.mark.parametrize("name", ["karate", "small"])
def test_figures_of_parties_agree_with_an_independent_library(name: str, request: pytest.FixtureRequest) -> None:
    """NetworkX, with algorithms of its own, measures the same of every party."""
    network: Network = request.getfixturevalue(name)
    graph, parties = as_networkx(network), measure(network).parties
    count = len(parties)
    wanted = {
        "betweenness": nx.betweenness_centrality(graph, normalized=False),
        "clustering": nx.clustering(graph),
        "core_number": nx.core_number(graph),
        "degree": dict(graph.degree()),
        "harmonic": {party: value / (count - 1) for party, value in nx.harmonic_centrality(graph).items()},
        "triangles": nx.triangles(graph),
        "articulation": {party: party in set(nx.articulation_points(graph)) for party in graph},
    }
    for column, values in wanted.items():
        assert [getattr(row, column) for row in parties] == pytest.approx([values[party] for party in range(count)])
    assert sum(row.bridges for row in parties) == 2 * len(list(nx.bridges(graph)))


def test_estimates_say_so_and_come_near() -> None:
    """A network too large for all distances is measured from a sample, which the figure says, and always the same."""
    ring = [(f"r{place:04}", f"r{(place + step) % 600:04}") for place in range(600) for step in (1, 17)]
    network = Network.of(ring)
    exact, sampled = measure(network, exact=True), measure(network, work=200 * 1800)
    assert (exact.sample, sampled.sample) == (None, 200)
    methods = {row.name: row.method for row in sampled.whole}
    assert methods["mean_distance"] == "estimated from 200 of 600 parties"
    assert methods["triangles"] == "exact"
    assert [measure(network, work=200 * 1800) == sampled for _ in range(3)] == [True] * 3
    for column, near in (("harmonic", 0.15), ("betweenness", 0.5)):
        pairs = zip(exact.parties, sampled.parties, strict=True)
        errors = [abs(getattr(two, column) / getattr(one, column) - 1) for one, two in pairs]
        assert max(errors) < near
        assert sum(errors) / len(errors) < near / 3


def test_a_release_is_read_with_names_countries_items_and_statements(small: Network) -> None:
    """The network holds each pair once, and of each party what the graphs say."""
    assert [iri.removeprefix(ID) for iri in small.parties] == [
        "city/away", "city/far", "city/genoa", "city/halle", "city/lyon", "city/osaka", "city/turin", "wikidata/Q9",
    ]  # fmt: skip
    assert len(small.pairs) == 7
    assert [small.name(4), small.name(4, "de"), small.name(4, "fr"), small.name(5)] == [
        "Lyon", 'Lyón & "Söhne"', "Lyon", "Ōsaka",
    ]  # fmt: skip
    assert (small.name(0), small.name(7, "de")) == ("away", "Halle")
    assert (small.country(4), small.country(5)) == (f"{ID}country/france", None)
    assert small.items == {5: ("Q35765",)}
    assert small.statements == {(4, 6), (6, 4), (5, 2)}


def test_one_source_has_a_network_of_its_own(graphs: Path) -> None:
    """What one imported source claims can be measured alone; a source without claims has no network."""
    alone = read_network(graphs, Iris(CANONICAL), "gazette")
    assert [iri.removeprefix(f"{ID}city/") for iri in alone.parties] == ["genoa", "lyon", "osaka", "turin"]
    assert (alone.pairs, alone.statements) == (((0, 2), (1, 3)), {(2, 0), (1, 3), (3, 1)})
    with pytest.raises(ReleaseError, match="no claims of a source 'hearsay'"):
        read_network(graphs, Iris(CANONICAL), "hearsay")


def test_statements_and_countries_become_figures(small: Network) -> None:
    """Reciprocity counts directed statements, and assortativity by country the parties with one known country."""
    found = whole(measure(small))
    assert (found["statements"], found["one_sided_statements"]) == (3, 1)
    assert found["reciprocity"] == pytest.approx(2 / 3)
    # Lyon, in France, has its two partners of a known country in Italy: no pair lies within a country.
    assert found["pairs_of_known_countries"] == 2
    assert found["country_assortativity"] == pytest.approx(-1)


def test_a_release_without_conclusions_has_no_network(tmp_path: Path) -> None:
    """A folder that lacks the conclusions is told as such."""
    with pytest.raises(ReleaseError, match="no network"):
        read_network(tmp_path, Iris(CANONICAL))


@pytest.mark.parametrize("text", ["Osaka", "ōsaka ", "Q35765", "wd:Q35765", "city/osaka", f"{ID}city/osaka", "osa"])
def test_a_party_is_found_by_name_iri_or_item(small: Network, text: str) -> None:
    """Case and diacritics do not matter, and the beginning of a name does where it is the only one."""
    assert small.parties[find_party(small, text)] == f"{ID}city/osaka"


def test_namesakes_are_told_apart(small: Network) -> None:
    """A name of several parties lists them with their IRIs; an item of ours without a link is found by its IRI."""
    with pytest.raises(ParameterError, match=r"2 parties .*<.*city/halle>.*<.*wikidata/Q9>"):
        find_party(small, "Halle")
    assert small.parties[find_party(small, "Q9")] == f"{ID}wikidata/Q9"


@pytest.mark.parametrize("text", ["Atlantis", "", "Q1", "city/atlantis"])
def test_an_unknown_party_is_not_found(small: Network, text: str) -> None:
    """What names no party is an error that says what was asked."""
    with pytest.raises(NotFound):
        find_party(small, text)


def test_a_way_is_shortest_and_always_the_same(small: Network) -> None:
    """Of two equally short ways the one by the first IRI is taken, and both are counted."""
    way = shortest_way(small, find_party(small, "Lyon"), find_party(small, "Osaka"))
    assert way is not None
    assert [small.parties[party].removeprefix(ID) for party in way.parties] == ["city/lyon", "city/genoa", "city/osaka"]
    assert (way.steps, way.equals) == (2, 2)


def test_there_may_be_no_way(small: Network) -> None:
    """Two components have no way between them, and a party is at its own place."""
    assert shortest_way(small, find_party(small, "Lyon"), find_party(small, "city/far")) is None
    here = shortest_way(small, 4, 4)
    assert here is not None
    assert (here.parties, here.equals) == ((4,), 1)


def test_ways_agree_with_an_independent_library(karate: Network) -> None:
    """Every pair of the club has a way of the length, and as many of them, as NetworkX finds."""
    graph = as_networkx(karate)
    for goal in range(1, 34):
        way, known = shortest_way(karate, 0, goal), list(nx.all_shortest_paths(graph, 0, goal))
        assert way is not None
        assert (way.equals, list(way.parties) in known) == (len(known), True)
        assert all(graph.has_edge(*step) for step in pairwise(way.parties))


@pytest.mark.parametrize(("form", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_exports_are_read_by_others(small: Network, tmp_path: Path, form: str, read: object) -> None:
    """NetworkX reads the same parties, names and pairs from an export."""
    path = tmp_path / form
    with path.open("wb") as target:
        EXPORTS[form](small, target)
    assert callable(read)
    graph = read(path)
    told = {data["iri"]: data for _, data in graph.nodes(data=True)}
    assert set(told) == set(small.parties)
    assert told[f"{ID}city/osaka"]["label"] == "Ōsaka"
    assert told[f"{ID}city/osaka"]["wikidata"] == "Q35765"
    iris = {node: data["iri"] for node, data in graph.nodes(data=True)}
    pairs = {frozenset((iris[one], iris[other])): data["statements"] for one, other, data in graph.edges(data=True)}
    assert set(pairs) == {frozenset(small.parties[end] for end in pair) for pair in small.pairs}
    assert pairs[frozenset((f"{ID}city/lyon", f"{ID}city/turin"))] == 2
    assert not graph.is_directed()


def test_a_list_of_edges_is_read_by_others(small: Network, tmp_path: Path) -> None:
    """NetworkX reads the pairs from the list of edges."""
    with (tmp_path / "edges").open("wb") as target:
        EXPORTS["edges"](small, target)
    graph = nx.read_edgelist(tmp_path / "edges")
    wanted = nx.relabel_nodes(as_networkx(small), dict(enumerate(small.parties)))
    assert nx.utils.graphs_equal(graph, wanted)


@pytest.mark.parametrize("form", EXPORTS)
def test_an_export_is_the_same_bytes_each_time(graphs: Path, form: str) -> None:
    """Two readings of one release are exported byte by byte alike."""
    written_twice = []
    for _ in range(2):
        target = io.BytesIO()
        EXPORTS[form](read_network(graphs, Iris(CANONICAL)), target)
        written_twice.append(target.getvalue())
    assert written_twice[0] == written_twice[1] != b""


def test_an_export_survives_signs_that_xml_forbids(tmp_path: Path) -> None:
    """A name with a sign that no XML document may hold loses the sign and not the document."""
    network = Network.of([("a:\x01one", "a:<two>&\"'")])
    for form in ("graphml", "gexf"):
        with (tmp_path / form).open("wb") as target:
            EXPORTS[form](network, target)
    labels = {data["label"] for _, data in nx.read_gexf(tmp_path / "gexf").nodes(data=True)}
    assert labels == {data["label"] for _, data in nx.read_graphml(tmp_path / "graphml").nodes(data=True)}


def test_tables_hold_every_figure(small: Network) -> None:
    """The tables of a release are CSV with a row per party, degree and figure of the whole."""
    figures = measure(small)
    tables = {
        name: list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        for name, content in network_tables(small, figures).items()
    }
    assert [row["party"] for row in tables["network-parties.csv"]] == list(small.parties)
    assert tables["network-parties.csv"][4] | {
        "name": "Lyon", "degree": "2", "component": "1", "articulation": "false", "clustering": "0",
    } == tables["network-parties.csv"][4]  # fmt: skip
    assert sum(int(row["degree"]) * int(row["parties"]) for row in tables["network-degrees.csv"]) == 14
    assert [row["figure"] for row in tables["network-summary.csv"]] == list(LABELS)


def test_statements_hold_every_figure_with_terms_of_the_ontology(small: Network) -> None:
    """What SPARQL can ask says the same as the tables, in terms that the ontology declares."""
    triples = list(network_triples(small, measure(small), Iris(CANONICAL)))
    ontology = (ROOT / "ontology" / "citygraph.ttl").read_text(encoding="utf-8")
    own = {row.predicate.value.rpartition("#")[2] for row in triples if row.predicate.value.startswith(CANONICAL)}
    assert own == {"betweenness", "clustering", "coreNumber", "degree", "harmonicCentrality"}
    assert all(f"\ncg:{term} a owl:DatatypeProperty" in ontology for term in own)
    lyon = {row.predicate.value: str(row.object) for row in triples if str(row.subject) == f"<{ID}city/lyon>"}
    assert lyon[f"{CANONICAL}ontology#degree"] == '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'
    figures = {str(row.subject): row.object for row in triples if row.predicate.value.endswith("#value")}
    assert figures[f"<{ID}figure/pairs>"].value == "7"


def test_a_network_without_parties_has_figures() -> None:
    """Where there are no partners yet, what can be counted is nought and the rest is not stated."""
    network = Network.of([])
    figures = measure(network)
    assert whole(figures)["pairs"] == 0
    assert whole(figures)["mean_distance"] is whole(figures)["transitivity"] is None
    assert network_tables(network, figures)["network-degrees.csv"] == b"degree,parties\r\n"
    assert list(network_triples(network, figures, Iris(CANONICAL)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00001234567, "0.0000123457"),
        (1234567.8, "1234570"),
        (0.0, "0"),
        (1.0, "1"),
        (7, "7"),
        (None, ""),
        (True, "true"),
    ],
)
def test_a_number_is_written_without_exponent(value: object, text: str) -> None:
    """A figure has six digits that count, and is a decimal of XML Schema."""
    assert written(value) == text


class _Release:
    """What the commands need of a release."""

    base_iri = CANONICAL

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def release(self, version: str) -> _Release:
        """Itself, whatever version is asked for."""
        assert version == "current"
        return self


@pytest.fixture
def ask(graphs: Path, tmp_path: Path) -> object:
    """The command line, over a release with the network of eight parties."""
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "graphs").symlink_to(graphs)
    runner = CliRunner()
    return lambda *words: runner.invoke(commands.network, words, obj=_Release(tmp_path), catch_exceptions=True)


def test_the_command_tells_a_way(ask: object) -> None:
    """`citygraph network path` names every party on the way."""
    assert callable(ask)
    told = ask("path", "Lyon", "Q35765", "--language", "de")
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[0] == "2 partnerships, one of 2 equally short ways:"
    assert [line.split("  ")[1] for line in told.output.splitlines()[1:]] == ['Lyón & "Söhne"', "genoa", "Ōsaka"]
    assert ask("path", "Lyon", "city/far").exit_code == 1
    assert isinstance(ask("path", "Lyon", "Halle").exception, ParameterError)


def test_the_command_tells_figures_and_exports(ask: object, tmp_path: Path) -> None:
    """`citygraph network` alone tells the whole, `table` the parties, `export` writes a file or to the pipe."""
    assert callable(ask)
    assert ask().stdout == ask("summary").stdout == ask("summary", "--exact").stdout
    assert "transitivity" in ask("summary", "--format", "text").stdout
    assert "pairs,2,exact" in ask("--source", "gazette").stdout
    rows = list(csv.DictReader(io.StringIO(ask("table", "--by", "betweenness", "--limit", "2").stdout)))
    assert [row["name"] for row in rows] == ["Ōsaka", "turin"]
    assert ask("table", "--by", "beauty").exit_code == click.UsageError.exit_code
    assert ask("export", "gexf", "-o", str(tmp_path / "file")).exit_code == 0
    assert ask("export", "gexf").stdout_bytes == (tmp_path / "file").read_bytes()
