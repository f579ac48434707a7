"""Writes a comparison for people at a terminal, and as JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

from citygraph.wikidata import words
from citygraph.wikidata.sides import TWINNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citygraph.wikidata.head import Head
    from citygraph.wikidata.lines import Line, Said
    from citygraph.wikidata.sides import Sides

ENTITY = "https://www.wikidata.org/wiki/"
COLUMNS = (
    *("kind", "field", "one", "one_item", "one_name", "other", "other_item", "other_name", "partnership"),
    *("ours", "theirs", "our_sources", "their_statements", "changed", "agreed_on", "proposals", "reasons"),
)


def text(head: Head, lines: list[Line], sides: Sides) -> Iterator[str]:
    """Tell the comparison, what it rests on first."""
    yield from _head(head)
    for kind, title in words.KINDS.items() if head.snapshots else ():
        found = [line for line in lines if line.kind == kind]
        yield f"\n{title}: {len(found)}"
        for line in found:
            yield from _line(line, sides)


def _head(head: Head) -> Iterator[str]:
    yield f"What our sources state beside what Wikidata states ({TWINNED}, twinned administrative body)"
    for row in head.snapshots:
        yield f"Wikidata: {row.title or row.name}, as of {row.read}" + ("" if row.whole else "; it holds no qualifiers")
    if not head.snapshots:
        yield "Wikidata: nothing is imported; `citygraph import` or --live gets it"
    if head.old:
        yield f"WARNING: this snapshot is {head.age // 365} years and {head.age % 365} days older than our sources."
        yield "         Wikidata may say otherwise today: look there, or ask it with --live, before you act."
    for row in head.sources:
        yield f"Ours: {row.name}: {row.title}, read on {row.read}; " + (row.page or "no address of a page is known")
    if not head.snapshots:
        return
    yield f"{head.pairs} pairs of ours; {head.equal} stand on Wikidata in both directions and agree."
    if head.asides:
        yield f"{len(head.asides)} partnerships are no twinnings, so that {TWINNED} is not for them."
    yield f"{head.proposals} statements are proposed."


def _line(line: Line, sides: Sides) -> Iterator[str]:
    yield f"  {_name(sides, line.one)} – {_name(sides, line.other)}: {words.FIELDS[line.field]}"
    if line.ours:
        yield f"    ours: {_values(line.ours, line, sides)} ({', '.join(line.sources)})"
    for row in line.statements:
        yield f"    theirs: {said(row, sides)}"
    if line.changed != "new":
        yield f"    {words.CHANGES[line.changed]}" + (f" ({line.base.date})" if line.base else "")
    for proposal in line.proposals:
        dates = "".join(f", {name} {date}" for name, date in proposal.qualifiers)
        yield f"    proposed: {proposal.subject} {TWINNED} {proposal.value}{dates}; {proposal.reference.page}"
    if line.reasons:
        nothing = "" if line.proposals else "nothing is proposed: "
        yield f"    {nothing}{'; '.join(words.REASONS[code] for code in line.reasons)}"


def _name(sides: Sides, iri: str) -> str:
    party = sides.party(iri)
    return f"{party.label} ({party.item})" if party.item not in ("", party.label) else party.label


def _values(values: tuple[str, ...], line: Line, sides: Sides) -> str:
    if values != ("stated",):
        return ", ".join(values)
    return "stated" if line.field != "level" else f"{_name(sides, line.one)} – {_name(sides, line.other)}"


def said(row: Said, sides: Sides) -> str:
    """Tell a statement of Wikidata with what it rests on."""
    what = f"{_name(sides, row.by)} states {_name(sides, row.of)}" if row.of else f"{_name(sides, row.by)} states none"
    facts = [row.rank if row.rank != "normal" else "", *_dates(row)]
    rests = f"; rests on {', '.join(row.references)}" if row.references else ""
    return f"{what}{''.join(f', {fact}' for fact in facts if fact)} ({row.source}{rests})"


def _dates(row: Said) -> Iterator[str]:
    for word, date in (("from", row.start), ("until", row.end), ("on", row.date)):
        if date:
            yield f"{word} {date}"


def told(line: Line, sides: Sides) -> dict[str, Any]:
    """A line with names and items, for JSON."""
    parties = {
        key: {"id": iri, "item": sides.party(iri).item, "name": sides.party(iri).label}
        for key, iri in (("one", line.one), ("other", line.other))
    }
    content: dict[str, Any] = msgspec.to_builtins(line)
    return content | parties


def json(head: Head, lines: Iterable[Line], sides: Sides) -> bytes:
    """Write the comparison as one JSON document."""
    content = {"head": msgspec.to_builtins(head) | {"snapshot": head.snapshot, "old": head.old}}
    content["lines"] = [told(line, sides) for line in lines]
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def table(lines: Iterable[Line], sides: Sides) -> bytes:
    """Write the lines as CSV; several values stand in one cell behind bars."""
    target = io.StringIO()
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(COLUMNS)
    for line in lines:
        one, other = sides.party(line.one), sides.party(line.other)
        rows.writerow(
            [
                *(line.kind, line.field, one.iri, one.item, one.label, other.iri, other.item, other.label),
                *(line.partnership, _cell(line.ours), _cell(line.stated), _cell(line.sources)),
                _cell(row.statement or row.source for row in line.statements),
                *(line.changed, line.base.date if line.base else "", len(line.proposals), _cell(line.reasons)),
            ]
        )
    return target.getvalue().encode()


def _cell(values: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(values))
