"""Decides what Wikidata may be offered: nothing that it says already, and nothing without a reference.

What stands here is the only way to a proposal. An item that no snapshot holds, a statement that was removed, one of
another level or of another date is left to people, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.wikidata.dates import agree, agree_all, finest, quick
from citygraph.wikidata.lines import Proposal, Reference
from citygraph.wikidata.sides import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citygraph.wikidata.lines import Line
    from citygraph.wikidata.sides import Claim, Sides, Stated

Judgement = tuple[tuple[Proposal, ...], tuple[str, ...]]
"""What is proposed, and why not more."""
_QUALIFIERS = {"start": START, "end": END}


class Proposer:
    """Makes proposals of differences."""

    def __init__(self, sides: Sides, theirs: Mapping[tuple[str, str], list[Claim]], ever: set[tuple[str, str]]) -> None:
        """``theirs`` is what Wikidata states, by both parties; ``ever`` what any snapshot stated, in whatever rank."""
        self._sides, self._theirs = sides, theirs
        items = ((sides.party(by).item, sides.party(of).item) for by, of in ever)
        self._ever = {pair for pair in items if all(pair)}

    def judge(self, line: Line, rows: list[Stated]) -> Judgement:
        """Propose what may be; no reason says that all is proposed."""
        if line.kind == "missing-here":
            return (), ()
        if line.changed == "agreed" or line.field in ("level", "rank", "denied"):
            return (), ("agreed" if line.changed == "agreed" else line.field,)
        if line.kind == "contradiction" and (line.field == "start" or line.theirs):
            return (), ("dates",)
        parties = [self._sides.party(iri) for iri in (line.one, line.other)]
        if not all(party.item for party in parties) or parties[0].item == parties[1].item:
            return (), ("no-item",)
        judged = [
            self._statement(line, by, of, rows) if line.field == "stated" else self._qualifier(line, by, of, rows)
            for by, of in ((line.one, line.other), (line.other, line.one))
        ]
        proposals = tuple(found for found in judged if isinstance(found, Proposal))
        return proposals, tuple(dict.fromkeys(found for found in judged if isinstance(found, str) and found))

    def _statement(self, line: Line, by: str, of: str, rows: list[Stated]) -> Proposal | str:
        """Propose a statement, or say why not; nothing is to be said where Wikidata has it."""
        if self._theirs.get((by, of)):
            return ""
        if reason := self._against(line, by, of, rows):
            return reason
        found = self._reference(row for row in rows if row.twinned)
        if found is None:
            return "no-page"
        reference, stated = found
        subject, value = (self._sides.party(iri).item for iri in (by, of))
        return Proposal(subject, value, tuple(self._dates(rows, stated)), reference, _direction(line, by))

    def _against(self, line: Line, by: str, of: str, rows: list[Stated]) -> str:
        """What speaks against a statement, whatever references there are."""
        items = (self._sides.party(by).item, self._sides.party(of).item)
        removed = items in self._ever or bool(line.base and _direction(line, by) in line.base.theirs)
        denied = any(row.stands for row in self._theirs.get((by, ""), []))
        contradicted = any(self._contradicted(row, rows) for row in self._theirs.get((of, by), []))
        reasons = {"not-held": by not in self._sides.held, "removed": removed, "denied": denied, "dates": contradicted}
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _contradicted(self, claim: Claim, rows: list[Stated]) -> bool:
        """Whether the other item dates the partnership as none of our sources does."""
        starts, ends = ({date for row in rows for date in getattr(row, name)} for name in ("starts", "ends"))
        pairs = ((claim.start, starts), (claim.end, ends))
        return any(date and ours and not any(agree(date, one) for one in ours) for date, ours in pairs)

    def _dates(self, rows: list[Stated], stated: Stated) -> Iterable[tuple[str, str]]:
        """The dates that the source of a reference states and no other source of ours contradicts."""
        for name, field in ((START, "starts"), (END, "ends")):
            own, every = getattr(stated, field), {date for row in rows for date in getattr(row, field)}
            if own and agree_all(every) and quick(finest(own)):
                yield name, finest(own)

    def _qualifier(self, line: Line, by: str, of: str, rows: list[Stated]) -> Proposal | str:
        """Propose a qualifier of the one statement that Wikidata has, or say why not."""
        claims, name = self._theirs.get((by, of), []), _QUALIFIERS[line.field]
        if not claims or (len(claims) == 1 and _has(claims[0], name)):
            return ""
        reasons = {
            "several": len(claims) > 1,
            "undated": not claims[0].rank,
            "our-dates": not agree_all(line.ours),
            "date-form": not all(map(quick, line.ours)),
        }
        if reason := next((reason for reason, holds in reasons.items() if holds), ""):
            return reason
        dates = {row.source: row.starts if name == START else row.ends for row in rows}
        found = self._reference(row for row in rows if dates[row.source])
        if found is None:
            return "no-page"
        reference, stated = found
        subject, value = (self._sides.party(iri).item for iri in (by, of))
        qualifiers = ((name, finest(dates[stated.source])),)
        return Proposal(subject, value, qualifiers, reference, _direction(line, by), known=True)

    def _reference(self, rows: Iterable[Stated]) -> tuple[Reference, Stated] | None:
        """The source with a page that tells most, and what it states."""
        found = [(self._sides.sources[row.source], row) for row in rows]
        paged = [(source, row) for source, row in found if source.page.startswith(("http://", "https://"))]
        if not paged:
            return None

        def rank(pair: tuple[object, Stated]) -> tuple[int, int, str]:
            return -len(finest(pair[1].starts)), -len(finest(pair[1].ends)), pair[1].source

        source, row = min(paged, key=rank)
        return Reference(source.name, source.page, *source.title, source.read), row


def _direction(line: Line, by: str) -> str:
    return "one" if by == line.one else "other"


def _has(claim: Claim, name: str) -> bool:
    """Whether a statement has a qualifier, of whatever kind."""
    return name in claim.odd or bool(claim.start if name == START else claim.end)
