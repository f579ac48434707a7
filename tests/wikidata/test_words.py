"""Every code that data hold is explained in the manual."""

from __future__ import annotations

import pytest

from citygraph.wikidata import words
from citygraph.wikidata.desk import FILES
from conftest import ROOT


@pytest.mark.parametrize("code", words.REASONS)
def test_every_reason_is_in_the_manual(code: str) -> None:
    """Whoever reads a code in JSON or CSV finds there what it means."""
    assert f"| `{code}` | {words.REASONS[code]} |" in (ROOT / "docs" / "wikidata.md").read_text("utf-8")


@pytest.mark.parametrize("name", FILES.values())
def test_every_file_is_in_the_manual(name: str) -> None:
    """No file of the comparison is secret."""
    assert name in (ROOT / "docs" / "downloads.md").read_text("utf-8")
