"""Walks ``queries/``: each folder is a contract, and each file keeps its promises.

What a query must find stands beside this file as ``<folder>/<name>.csv`` or ``.ttl``, and what it is asked
of, where that is no whole release, as ``<name>.given.ttl`` or ``.trig``. With ``CITYGRAPH_APPROVE=1`` the
expected results are written anew; the difference is reviewed like code.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic, to_isomorphic
from rdflib.plugins.sparql import prepareQuery

from citygraph.findings import Severity
from citygraph.formats import by_name
from citygraph.iris import CANONICAL, Iris
from citygraph.queries import Query, read_queries
from citygraph.store import Store
from citygraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citygraph.release import Release

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IRIS = Iris(CANONICAL)
INFERRED = IRIS.graph("inferred")
APPROVE = os.environ.get("CITYGRAPH_APPROVE") == "1"

KEYS = {
    "rules": ("because",),
    "checks": ("problem", "remedy", "severity"),
    "pages": ("used_by",),
    "tables": ("summary",),
    "quality": ("summary",),
    "columns": ("summary", "order", "of", "value"),
    "examples": ("summary", "keywords", "order"),
}
FORMS = {
    "rules": {"CONSTRUCT"},
    "checks": {"SELECT"},
    "tables": {"SELECT"},
    "quality": {"SELECT"},
    "columns": {"SELECT"},
    "examples": {"SELECT", "ASK", "CONSTRUCT"},
}
REVIEW = "review the difference; `make approve` writes the expected result anew"
CASES = sorted({*HERE.glob("*/*.given.*"), *HERE.glob("*/*.ttl")})
ASKED_OF_THE_WORLD = ("pages", "tables", "quality", "columns")


def queries(*folders: str) -> Iterator[object]:
    """Each query of some folders, named by its file."""
    for folder in folders or KEYS:
        for query in read_queries(ROOT / "queries" / folder, IRIS):
            yield pytest.param(folder, query, id=f"{folder}/{query.name}")


def every(*folders: str) -> pytest.MarkDecorator:
    """Run a test for each query of some folders."""
    return pytest.mark.parametrize(("folder", "query"), list(queries(*folders)))


def rows(results: ox.QuerySolutions | ox.QueryBoolean) -> list[list[str]]:
    """Make a table of results, the names of the columns first; a yes or no is a table of one cell."""
    if isinstance(results, ox.QueryBoolean):
        return [["true" if results else "false"]]
    text = results.serialize(format=ox.QueryResultsFormat.CSV)
    return list(csv.reader(io.StringIO(text.decode())))


def compare_rows(path: Path, found: list[list[str]]) -> None:
    """Compare a table with the expected one, or let it be the expected one."""
    if APPROVE:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(found)
        path.write_text(text.getvalue(), "utf-8")
    with path.open(encoding="utf-8", newline="") as expected:
        assert list(csv.reader(expected)) == found, REVIEW


def compare_graph(path: Path, found: ox.QueryTriples) -> None:
    """Compare a graph with the expected one, or let it be the expected one."""
    triples = sorted(found, key=str)
    graph = rdflib.Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    if APPROVE and not (path.exists() and isomorphic(rdflib.Graph().parse(path), graph)):
        text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used_prefixes(triples))
        path.write_bytes(text)
    expected = to_isomorphic(rdflib.Graph().parse(path))
    assert expected == to_isomorphic(graph), REVIEW


def used_prefixes(triples: list[ox.Triple]) -> dict[str, str]:
    """Choose the prefixes that a list of triples needs."""
    text = " ".join(map(str, triples))
    used = {name for name, iri in prefixes().items() if re.search(re.escape(iri) + r"[\w-]+>", text)}
    return {name: iri for name, iri in prefixes().items() if name in used - {"rdf"}}  # Turtle writes `a`


def given(folder: str, query: Query) -> Store:
    """Fill a store with the few statements that a rule or check is tried on."""
    ttl, trig = (HERE / folder / f"{query.name}.given.{extension}" for extension in ("ttl", "trig"))
    path = trig if trig.exists() else ttl
    quads = ox.parse(path=str(path), format=by_name(path.suffix).rdf)
    named = (quad if path == trig else ox.Quad(*quad.triple, IRIS.graph("places")) for quad in quads)
    return Store.memory(named)


@every()
def test_the_head_says_what_its_folder_asks_for(folder: str, query: Query) -> None:
    """A query file has a title and the keys of its folder, and is of a form that the folder takes."""
    missing = [key for key in ("title", *KEYS[folder]) if not query.head.get(key)]
    assert not missing, f"add to the head: {', '.join(missing)}"
    assert query.form in FORMS.get(folder, {query.form})
    if folder == "checks":
        assert query.head["severity"].upper() in Severity.__members__


@every()
def test_the_text_is_sparql_for_others_too(folder: str, query: Query) -> None:
    """Any SPARQL engine can read the text, with nothing declared beside it."""
    Store.memory().query(query.bound())
    prepareQuery(query.bound())


@every()
def test_prefixes_are_ours_and_all_are_used(folder: str, query: Query) -> None:
    """A declared prefix is used, and means what it means everywhere here."""
    declared = dict(re.findall(r"^PREFIX ([\w-]+): <(.*)>$", query.text, re.MULTILINE))
    assert declared.items() <= prefixes().items()
    body = re.sub(r"^PREFIX .*$|#[^\n]*$|\"[^\"]*\"", "", query.text, flags=re.MULTILINE)
    unused = [name for name in declared if not re.search(rf"(?<![\w-]){name}:", body)]
    assert not unused, f"remove the prefixes {', '.join(unused)}"
    assert list(declared) == sorted(declared), "sort the prefixes"


@every()
def test_parameters_stand_in_the_text_and_head(folder: str, query: Query) -> None:
    """The parameters of the head are those of the text, and each has an example that fits."""
    assert set(re.findall(r"[?$]_(\w+)", query.text)) == {row.name for row in query.parameters}
    assert not re.search(r"[?$]_", query.bound())


@every("pages", "tables", "quality", "examples")
def test_the_order_is_complete(folder: str, query: Query, seed: Release) -> None:
    """No two rows tie, so that every engine gives the rows in one order; only what is shown is sorted by."""
    order = re.search(r"ORDER BY(.*)$", query.text.rpartition("}")[2], re.DOTALL)
    if query.form != "SELECT" or (folder == "pages" and not order):
        return
    assert order, "add ORDER BY"
    header, *found = rows(seed.store.query(query.bound()))
    columns = [header.index(name) for name in re.findall(r"\?(\w+)", order[1])]
    ties = Counter(tuple(row[column] for column in columns) for row in found)
    assert [key for key, count in ties.items() if count > 1] == []


@pytest.mark.parametrize("folder", KEYS)
def test_each_query_has_its_expectation_and_each_expectation_its_query(folder: str) -> None:
    """A query without an expected result proves nothing, and neither does a result without a query."""
    names = {query.name for query in read_queries(ROOT / "queries" / folder, IRIS)}
    files = [path.name.split(".", 1) for path in (HERE / folder).glob("*.*")]
    expected = {name for name, rest in files if "given" not in rest}
    tried = {name for name, rest in files if "given" in rest}
    assert names == expected or APPROVE
    assert tried == (names if folder in ("rules", "checks") else tried & names)


def test_the_examples_are_numbered() -> None:
    """The examples stand in one order, without gaps."""
    numbers = sorted(query.head["order"] for query in read_queries(ROOT / "queries" / "examples", IRIS))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", sorted([*HERE.glob("*/*.given.*"), *HERE.glob("*/*.ttl")]), ids=lambda path: path.name)
def test_prefixes_of_cases_are_ours_and_all_are_used(path: Path) -> None:
    """A case is written with the prefixes that the data are written with."""
    text = path.read_text("utf-8")
    declared = dict(re.findall(r"^@prefix ([\w-]+): <(.*)> \.$", text, re.MULTILINE))
    assert declared.items() <= prefixes().items()
    body = re.sub(r"^@prefix .*$|^#.*$|<[^>]*>", "", text, flags=re.MULTILINE)
    assert [name for name in declared if not re.search(rf"(?<![\w:-]){name}:", body)] == []


@every("rules")
def test_a_rule_concludes_exactly_this(folder: str, query: Query) -> None:
    """A rule concludes what is expected of the given statements, and nothing new the second time."""
    store = given(folder, query)
    compare_graph(HERE / folder / f"{query.name}.ttl", store.construct(query.bound()))
    store.add(INFERRED, list(store.construct(query.bound())))
    known = {quad.triple for quad in store.quads()}
    assert set(store.construct(query.bound())) <= known


@every("rules")
def test_a_rule_adds_nothing_to_a_release(folder: str, query: Query, world: Release) -> None:
    """All that a rule concludes from a finished release stands in it already."""
    store = world.store
    known = {quad.triple for quad in store.quads()}
    found = set(store.construct(query.bound()))
    # Nothing is concluded about links, nor about figures and the catalogue, which come after the conclusions.
    apart = {IRIS.graph(name) for name in ("links", "figures", "catalogue")}
    concerned = {quad.subject for quad in store.quads() if quad.graph_name not in apart}
    assert [triple for triple in found - known if triple.subject in concerned] == []


@every("checks")
def test_a_check_finds_exactly_this(folder: str, query: Query) -> None:
    """A check finds the faults of the given statements and no others, the thing named first."""
    header, *found = rows(given(folder, query).query(query.bound()))
    assert header[0] == "thing"
    assert found, "the case has no fault"
    compare_rows(HERE / folder / f"{query.name}.csv", [header, *sorted(found)])


@every("checks")
def test_a_check_names_only_what_it_selects(folder: str, query: Query) -> None:
    """Each name in braces in the problem or the remedy is a column."""
    named = set(re.findall(r"{(\w+)}", query.head["problem"] + query.head["remedy"]))
    assert named <= {variable.value for variable in Store.memory().select(query.bound()).variables}


@every("checks")
def test_a_release_passes_the_checks(folder: str, query: Query, world: Release) -> None:
    """Nothing is wrong or poor in a release; what a check only tells may stand in it."""
    if query.head["severity"] != "info":
        assert rows(world.store.query(query.bound()))[1:] == []


@every("examples")
def test_an_example_answers_exactly_this(folder: str, query: Query, seed: Release) -> None:
    """An example gives the reviewed answer on the repository's own data, and not an empty one."""
    results = seed.store.query(query.bound())
    if isinstance(results, ox.QueryTriples):
        compare_graph(HERE / folder / f"{query.name}.ttl", results)
        assert len(rdflib.Graph().parse(HERE / folder / f"{query.name}.ttl"))
    else:
        found = rows(results)
        compare_rows(HERE / folder / f"{query.name}.csv", found)
        assert len(found) > isinstance(results, ox.QuerySolutions)


@every(*ASKED_OF_THE_WORLD)
def test_a_query_of_ours_answers_exactly_this(folder: str, query: Query, world: Release) -> None:
    """A query that the site or the build asks gives the reviewed answer on the world, or on what it is given."""
    store = given(folder, query) if [*(HERE / folder).glob(f"{query.name}.given.*")] else world.store
    results = store.query(query.bound())
    if isinstance(results, ox.QueryTriples):
        compare_graph(HERE / folder / f"{query.name}.ttl", results)
    else:
        compare_rows(HERE / folder / f"{query.name}.csv", rows(results))
