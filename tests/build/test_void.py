"""VoID: what it counts is what the files hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from citygraph.build import void
from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

    from citygraph.release import Release

LINKING = {f"{FOREIGN['owl']}sameAs", f"{FOREIGN['rdfs']}seeAlso"}
SPACES = (FOREIGN["wd"], "https://sws.geonames.org/")


@pytest.mark.parametrize("block", [1, 1_000, void._BLOCK])
def test_links_are_counted_once_wherever_the_file_is_cut(
    world: Release, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Every link of the union to another's data counts, whether a block ends before, within or behind its line."""
    monkeypatch.setattr(void, "_BLOCK", block)
    union = world.folder / "dumps" / "citygraph.nt"
    expected: Counter[tuple[str, str]] = Counter()
    for triple in ox.parse(path=union, format=ox.RdfFormat.N_TRIPLES):
        term, value = triple.predicate.value, triple.object
        if (term in LINKING or term.endswith("Match")) and isinstance(value, ox.NamedNode):
            host = "/".join(value.value.split("/", 3)[:3]) + "/"
            space = next((space for space in SPACES if value.value.startswith(space)), host)
            expected[term, space] += not world.base_iri.startswith(space)
    found = void.count_links(union, world.base_iri)
    assert found == +expected
    assert SPACES[0] in {space for _, space in found}


def test_a_graph_without_statements_has_no_links(tmp_path: Path) -> None:
    """An empty file is one."""
    (tmp_path / "empty.nt").touch()
    assert void.count_links(tmp_path / "empty.nt", "https://example.org/") == Counter()
