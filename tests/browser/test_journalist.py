"""Ten questions that a journalist would ask of the five documents, each answered within three clicks from home."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.real

SEARCH = "search: "
"""A step that writes into the search box and sends it, which counts as one click."""

QUESTIONS = [
    (
        "Since when is Basel-Stadt linked with Massachusetts, and by what?",
        "en",
        ["Basel-Stadt – Massachusetts"],
        ["20 June 2002", "Sister-State Agreement"],
    ),
    (
        "Wer hat die Partnerschaft von Hamburg und Québec unterzeichnet, und in welchem Amt?",
        "de",
        ["Hamburg – Québec"],
        ["28. Februar 2024", "Peter Tschentscher", "Martine Biron", "Ministerin für internationale Beziehungen"],
    ),
    (
        "Depuis quand Bâle-Ville et Shanghai sont-elles jumelées ?",
        "fr",
        ["Bâle-Ville – Shanghai"],
        ["19 novembre 2007"],
    ),
    (
        "When was the agreement with Toyama renewed, and are the sources of one mind?",
        "en",
        ["Basel-Stadt – Toyama Prefecture"],
        ["24 August 2018", "August 2019", "Sources disagree"],
    ),
    (
        "Wer sind die Partner von Karlsruhe?",
        "de",
        [SEARCH + "Karlsruhe", "Karlsruhe"],
        ["Nottingham", "Halle", "Krasnodar"],
    ),
    ("Jusqu’à quand le projet avec Abidjan est-il prévu ?", "fr", ["Bâle-Ville – Abidjan/Yopougon"], ["2021", "2024"]),
    (
        "Which cities founded NEXPO, and when?",
        "en",
        [SEARCH + "NEXPO", "NEXPO – the new Expo"],
        ["2018", "Geneva", "Lugano", "St. Gallen"],
    ),
    (
        "In welchen Netzwerken wirkt die Stadt Zürich mit?",
        "de",
        [SEARCH + "Zuerich", "Zürich"],
        ["NEXPO"],
    ),
    (
        "Who works together on aerospace?",
        "en",
        [SEARCH + "aerospace", "Aerospace"],
        ["ZAL – CRIAQ"],
    ),
    (
        "Qui conduisait la délégation bâloise à Toyama, et d’où le sait-on ?",
        "fr",
        [
            SEARCH + "Cramer",
            "Conradin Cramer",
            "Conradin Cramer au renouvellement de l'accord entre Bâle-Ville et Toyama",
        ],
        ["Toyama", "headed by Councillor Dr Conradin Cramer"],
    ),
]


@pytest.mark.parametrize(("question", "language", "steps", "seen"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_a_journalist_finds_the_answer(visit, question: str, language: str, steps: list[str], seen: list[str]) -> None:
    """Whoever reads the texts of the links comes from the home page to the answer, without any script."""
    assert len(steps) <= 3
    page = visit(f"/?lang={language}", java_script_enabled=False, script=False).page
    for step in steps:
        left = page.url
        if step.startswith(SEARCH):
            page.locator("#site-search").fill(step.removeprefix(SEARCH))
            page.locator("#site-search").press("Enter")
        else:
            page.get_by_role("main").get_by_role("link", name=step, exact=True).first.click()
        page.wait_for_url(lambda url, left=left: url != left)
    text = page.get_by_role("main").inner_text()
    assert [words for words in seen if words not in text] == []
