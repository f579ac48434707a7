"""What the codes of the comparison mean, in English; pages look the texts up in the reader's language."""

from __future__ import annotations


def marked(text: str) -> str:
    """Mark a text for the catalogues of translations."""
    return text


KINDS = {
    "missing-there": marked("Missing on Wikidata"),
    "contradiction": marked("Contradictions"),
    "missing-here": marked("Missing here"),
}
FIELDS = {
    "stated": marked("the partnership"),
    "start": marked("its start"),
    "end": marked("its end"),
    "level": marked("between which levels"),
    "rank": marked("Wikidata holds it to be wrong"),
    "denied": marked("Wikidata says that there is no twin"),
}
CHANGES = {
    "new": marked("never compared before"),
    "here": marked("changed here since it was last compared"),
    "there": marked("changed on Wikidata since it was last compared"),
    "both": marked("changed on both sides since it was last compared"),
    "agreed": marked("known, and left so"),
}
REASONS = {
    "no-item": marked("a party has no Wikidata item that could be verified"),
    "no-page": marked("none of our sources has the address of a page, so that there is no reference"),
    "not-held": marked("the snapshot does not hold the item, so that nobody knows what it states"),
    "removed": marked("Wikidata stated it before, and does so no longer"),
    "level": marked("Wikidata states it of another level: decide first which is meant"),
    "dates": marked("Wikidata gives another date: decide first which is right"),
    "our-dates": marked("our own sources give different dates"),
    "rank": marked("Wikidata holds the statement to be wrong"),
    "denied": marked("Wikidata says that a party has no twin"),
    "several": marked("Wikidata has several such statements: which is meant cannot be told"),
    "date-form": marked("the date cannot be written for Wikidata"),
    "agreed": marked("the difference was looked at and left so"),
    "undated": marked("the snapshot holds no qualifiers"),
}
