"""Lays both sides beside each other, pair by pair, and beside what was agreed: a merge of three ways."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import msgspec

from citygraph.wikidata import words
from citygraph.wikidata.dates import agree, before
from citygraph.wikidata.lines import Base, Line, Said
from citygraph.wikidata.propose import Proposer
from citygraph.wikidata.sides import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from citygraph.wikidata.sides import Claim, Sides, Stated

Pair = tuple[str, str]
State = tuple[tuple[str, ...], tuple[str, ...]]
"""What we say and what they say."""


class Comparison:
    """The comparison of both sides."""

    def __init__(self, sides: Sides, agreed: Mapping[tuple[str, str, str], Base] | None = None, base: str = "") -> None:
        """``agreed`` is what both sides said before, by the keys of both parties and the field; ``base`` our IRI."""
        self.sides, self._agreed, self._iri = sides, agreed or {}, base
        self.ours = sides.ours()
        self.theirs, ever = sides.theirs()
        self._denied: dict[str, list[Claim]] = {}
        for (by, of), claims in self.theirs.items():
            if not of:
                self._denied[by] = [row for row in claims if row.stands]
        self._proposer = Proposer(sides, self.theirs, ever)

    def pairs(self) -> list[Pair]:
        """Every pair of which either side speaks, in order."""
        stated = {self.sides.pair(*key) for key in self.theirs if all(key) and key[0] != key[1]}
        order = {pair: tuple(map(self._order, pair)) for pair in stated | self.ours.keys()}
        return sorted(order, key=order.__getitem__)

    def _order(self, iri: str) -> tuple[str, str]:
        return self.sides.party(iri).label.casefold(), iri

    def lines(self) -> list[Line]:
        """Every difference, by kind, and in the order of the parties' names."""
        pairs = self.pairs()
        levels = {pair: self._levels(pair) for pair in pairs}
        elsewhere = {self.sides.pair(row.by, row.of) for rows in levels.values() for row in rows}
        found: list[Line] = []
        for pair in pairs:
            lines = self._differences(pair, levels[pair], told=pair in elsewhere)
            found.extend(self._judged(line) for line in lines)
        order = list(words.KINDS)
        return sorted(found, key=lambda line: order.index(line.kind))

    def asides(self) -> list[Stated]:
        """The partnerships of ours that are no twinnings, and of which Wikidata says nothing."""
        said = {self.sides.pair(*key) for key in self.theirs}
        return [row for pair, rows in self.ours.items() if pair not in said for row in rows[:1] if not _twinned(rows)]

    def states(self) -> Iterator[tuple[tuple[str, str, str], State]]:
        """What both sides say of each pair, field by field, for whoever agrees to it."""
        for pair in self.pairs():
            names = [self.sides.key(iri, self._iri) for iri in pair]
            for field in ("stated", "start", "end"):
                state = (self._said_here(pair, field), self._said_there(pair, field))
                if any(state):
                    yield (names[0], names[1], field), state
            if levels := self._levels(pair):
                yield (names[0], names[1], "level"), (("stated",), self._elsewhere(levels))

    def _differences(self, pair: Pair, levels: list[Claim], *, told: bool) -> Iterator[Line]:
        here = self.ours.get(pair, [])
        there = [self._of(*pair), self._of(*reversed(pair))]
        standing = [[row for row in rows if row.stands] for rows in there]
        withdrawn = [row for rows, still in zip(there, standing, strict=True) if not still for row in rows]
        denials = [row for party in pair for row in self._denied.get(party, [])] if here and not any(standing) else []
        if not here:
            if any(standing) and not told:
                yield self._line("missing-here", "stated", pair, [row for rows in standing for row in rows])
        elif not _twinned(here):
            return
        elif withdrawn:
            yield self._line("contradiction", "rank", pair, withdrawn)
        elif denials:
            yield self._line("contradiction", "denied", pair, denials)
        elif levels and not any(standing):
            yield self._line("contradiction", "level", pair, levels)
        elif not all(standing):
            yield self._line("missing-there", "stated", pair, [row for rows in standing for row in rows])
        if here and any(standing):
            yield from self._dates(pair, standing)

    def _dates(self, pair: Pair, standing: list[list[Claim]]) -> Iterator[Line]:
        for field in ("start", "end"):
            ours = self._said_here(pair, field)
            verdicts = [self._verdict(field, ours, rows) for rows in standing if rows]
            for kind in ("contradiction", "missing-there", "missing-here"):
                if kind in verdicts:
                    yield self._line(kind, field, pair, [row for rows in standing for row in rows])
                    break

    def _verdict(self, field: str, ours: tuple[str, ...], claims: list[Claim]) -> str:
        """What is the matter with the dates of one direction; empty where nothing is."""
        property_ = {"start": START, "end": END}[field]
        dates = [date for row in claims if (date := _date(row, field))]
        if any(agree(one, other) for one, other in product(ours, dates)):
            return ""
        if dates and ours:
            return "contradiction"
        whole = [row for row in claims if row.rank]
        if dates:
            return self._without_ours(field, claims, dates)
        if not ours or not whole or any(property_ in row.odd for row in claims):
            return ""
        # Whoever looked after the end and states none says that it goes on.
        over = field == "end" and all(before(end, self.sides.sources[row.source].read) for end in ours for row in whole)
        return "contradiction" if over else "missing-there"

    def _without_ours(self, field: str, claims: list[Claim], dates: list[str]) -> str:
        """We give no date: we know less, or say that it goes on although they say that it ended before we read so."""
        if field == "start" or len(dates) < len(claims):
            return "missing-here" if field == "start" else ""
        pair = self.sides.pair(claims[0].by, claims[0].of)
        read = max(self.sides.sources[row.source].read for row in self.ours[pair])
        return "contradiction" if before(max(dates), read) else "missing-here"

    def _of(self, by: str, of: str) -> list[Claim]:
        return self.theirs.get((by, of), [])

    def _levels(self, pair: Pair) -> list[Claim]:
        """What Wikidata states of relatives of a pair that it does not state itself: of the city for the canton."""
        if pair not in self.ours or not _twinned(self.ours[pair]):
            return []
        near = [sorted({iri, *self.sides.relatives.get(iri, ())}) for iri in pair]
        if any(self._of(*pair)) or any(self._of(*reversed(pair))):
            return []
        found = []
        for one, other in product(*near):
            if one != other and self.sides.pair(one, other) not in self.ours:
                found += [row for row in (*self._of(one, other), *self._of(other, one)) if row.stands]
        return found

    def _elsewhere(self, claims: Iterable[Claim]) -> tuple[str, ...]:
        """Name the pairs that are stated in the place of another."""
        pairs = {self.sides.pair(row.by, row.of) for row in claims}
        return tuple(sorted(" ".join(self.sides.key(iri, self._iri) for iri in pair) for pair in pairs))

    def _said_here(self, pair: Pair, field: str) -> tuple[str, ...]:
        rows = self.ours.get(pair, [])
        if field in ("start", "end"):
            return tuple(sorted({date for row in rows for date in (row.starts if field == "start" else row.ends)}))
        return ("stated",) if rows else ()

    def _said_there(self, pair: Pair, field: str) -> tuple[str, ...]:
        directions = {"one": self._of(*pair), "other": self._of(*reversed(pair))}
        if field in ("start", "end"):
            rows = [row for claims in directions.values() for row in claims if row.stands]
            return tuple(sorted({date for row in rows if (date := _date(row, field))}))
        found = {name if row.stands else f"{name} deprecated" for name, rows in directions.items() for row in rows}
        denied = {f"{name} denied" for name, iri in zip(directions, pair, strict=True) if self._denied.get(iri)}
        return tuple(sorted(found | (denied if pair in self.ours else set())))

    def _line(self, kind: str, field: str, pair: Pair, claims: list[Claim]) -> Line:
        rows = self.ours.get(pair, [])
        dated = [row for row in rows if field not in ("start", "end") or (row.starts if field == "start" else row.ends)]
        name = "stated" if field in ("rank", "denied", "level") else field
        return Line(
            kind=kind,
            field=field,
            one=pair[0],
            other=pair[1],
            items=(self.sides.party(pair[0]).item, self.sides.party(pair[1]).item),
            partnership=min((row.partnership for row in rows), default=""),
            ours=self._said_here(pair, name),
            theirs=self._elsewhere(claims) if field == "level" else self._said_there(pair, name),
            sources=tuple(sorted({row.source for row in dated or rows})),
            statements=tuple(msgspec.convert(row, Said, from_attributes=True) for row in claims),
        )

    def _judged(self, line: Line) -> Line:
        """Tell which side has changed since both were compared, and what may be proposed."""
        names = [self.sides.key(iri, self._iri) for iri in (line.one, line.other)]
        field = "stated" if line.field in ("rank", "denied") else line.field
        base = self._agreed.get((names[0], names[1], field))
        here, there = (base is not None and said != old for said, old in _both(line, base))
        changed = {(False, False): "agreed", (True, False): "here", (False, True): "there", (True, True): "both"}
        line = msgspec.structs.replace(line, base=base, changed=changed[here, there] if base else "new")
        proposals, reasons = self._proposer.judge(line, self.ours.get((line.one, line.other), []))
        return msgspec.structs.replace(line, proposals=proposals, reasons=reasons)


def _both(line: Line, base: Base | None) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(line.ours, base.ours if base else ()), (line.theirs, base.theirs if base else ())]


def _twinned(rows: list[Stated]) -> bool:
    return any(row.twinned for row in rows)


def _date(claim: Claim, field: str) -> str:
    """The start or end of a claim; a point in time is when it was signed."""
    if field == "end":
        return claim.end
    return claim.start or ("" if START in claim.odd else claim.date)
