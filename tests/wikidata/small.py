"""Both sides by hand, in a few words: ours as pairs with dates, theirs as statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citygraph.wikidata.compare import Comparison
from citygraph.wikidata.sides import Claim, Party, Sides, Source, Stated

if TYPE_CHECKING:
    from citygraph.wikidata.lines import Base

BASE = "https://w3id.org/citygraph/"
PAGE = "https://example.org/twins"
WIKIDATA = Source("wikidata", ("Wikidata", "en"), "", "2026-01-01", snapshot=True, whole=True)
OURS = Source("ours", ("Twins", "en"), PAGE, "2026-11-22")


def iri(name: str) -> str:
    """A city of ours, or an item that only Wikidata knows."""
    return f"{BASE}id/{'wikidata' if name[0] == 'Q' else 'city'}/{name}"


def stated(
    one: str, other: str, starts: str = "", ends: str = "", source: str = "ours", *, twinned: bool = True
) -> Stated:
    """A pair that a source of ours states, with dates between spaces."""
    dates = (frozenset(starts.split()), frozenset(ends.split()))
    return Stated(iri(one), iri(other), f"{BASE}id/partnership/{one}-{other}", source, twinned, *dates)


def claim(by: str, of: str = "", source: str = "wikidata", rank: str = "normal", **more: object) -> Claim:
    """A statement of an item; of none where it says that there is no twin."""
    return Claim(iri(by), iri(of) if of else "", source, rank=rank, **more)  # type: ignore[arg-type]


def sides(
    ours: list[Stated],
    theirs: list[Claim],
    items: dict[str, str],
    *,
    sources: tuple[Source, ...] = (OURS, WIKIDATA),
    near: dict[str, set[str]] | None = None,
    absent: tuple[str, ...] = (),
) -> Sides:
    """Both sides; ``items`` are those of our cities, ``near`` what lies within, ``absent`` whom no snapshot holds."""
    met = {name for row in [*ours] for name in (row.one, row.other)} | {row.by for row in theirs}
    met |= {row.of for row in theirs if row.of} | {iri(name) for name in items}
    parties = {}
    for party in sorted(met):
        name = party.rpartition("/")[2]
        parties[party] = Party(party, name if name[0] == "Q" else items.get(name, ""), ((name.title(), "en"),))
    known = {party for party in met if parties[party].item} - set(map(iri, absent))
    return Sides(
        sources={row.name: row for row in sources},
        parties=parties,
        linked=frozenset(map(iri, items)),
        stated=ours,
        claims=theirs,
        held=dict.fromkeys(sorted(known), next((row.name for row in sources if row.snapshot), "")),
        relatives={iri(name): frozenset(map(iri, rows)) for name, rows in (near or {}).items()},
    )


def compared(*given: object, agreed: dict[tuple[str, str, str], Base] | None = None, **more: object) -> Comparison:
    """The comparison of such sides."""
    return Comparison(sides(*given, **more), agreed, BASE)  # type: ignore[arg-type]


def told(*given: object, **more: object) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Each difference in a row: kind, respect, both parties, which side changed, and why nothing is proposed."""
    rows = compared(*given, **more).lines()  # type: ignore[arg-type]
    return [
        (
            row.kind,
            row.field,
            " ".join(name.rpartition("/")[2] for name in (row.one, row.other)),
            row.changed,
            row.reasons,
        )
        for row in rows
    ]


def commands(*given: object, **more: object) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What is proposed: item, value and qualifiers."""
    rows = compared(*given, **more).lines()  # type: ignore[arg-type]
    return [(one.subject, one.value, one.qualifiers) for row in rows for one in row.proposals]
