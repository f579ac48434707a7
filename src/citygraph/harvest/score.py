"""The points that data.europa.eu gives for the quality of metadata: 405 in all, counted data set by data set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from citygraph.harvest.fetch import Harvest

FULL = 405
_EU = "http://publications.europa.eu/resource/authority/"
_IANA = ("http://www.iana.org/assignments/media-types/", "https://www.iana.org/assignments/media-types/")
_OPEN = (
    *("CSV", "GEOJSON", "GML", "JSON", "JSON_LD", "N3", "RDF", "RDFA", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG"),
    *("RDF_TURTLE", "RDF_XML", "TSV", "TXT", "XML"),
)
"""File types that nobody owns and machines can read, of those that catalogues like ours have."""
_BANDS = ((351, "excellent"), (221, "good"), (121, "sufficient"), (0, "bad"))


@dataclass(frozen=True)
class Measure:
    """A measure: its points, what it asks for, and what to do for it."""

    name: str
    points: int
    of_files: bool
    """Whether each file of a data set is asked, of which the share counts, or the data set."""
    holds: Callable[[Look, str], bool]
    remedy: str


@dataclass(frozen=True)
class Score:
    """The points of a catalogue, and where some are missing."""

    points: float
    missing: list[tuple[str, float, str, str]]
    """Measure, points lost, the first thing that lacks it, remedy."""

    @property
    def band(self) -> str:
        """The word that data.europa.eu has for it."""
        return next(word for least, word in _BANDS if self.points >= least)


class Look:
    """Looks things up in a catalogue."""

    def __init__(self, found: Harvest, broken: Collection[str], conforms: bool) -> None:
        self.broken, self.conforms = broken, conforms
        self.rows: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for row in found.triples:
            self.rows[str(row.subject).strip("<>"), row.predicate.value].append(getattr(row.object, "value", ""))

    def values(self, subject: str, name: str) -> list[str]:
        """The values of a property, by its short name."""
        prefix, _, local = name.partition(":")
        return self.rows.get((subject, FOREIGN[prefix] + local), [])


def _has(name: str) -> Callable[[Look, str], bool]:
    return lambda look, node: bool(look.values(node, name))


def _of(name: str, *starts: str) -> Callable[[Look, str], bool]:
    return lambda look, node: any(value.startswith(starts) for value in look.values(node, name))


def _answers(name: str) -> Callable[[Look, str], bool]:
    return lambda look, node: any(value not in look.broken for value in look.values(node, name))


def _free(look: Look, node: str) -> bool:
    return any(value.rpartition("/")[2] in _OPEN for value in look.values(node, "dct:format"))


def _known(look: Look, node: str) -> bool:
    return _of("dct:format", f"{_EU}file-type/")(look, node) and _of("dcat:mediaType", *_IANA)(look, node)


MEASURES = (
    Measure("keyword", 30, False, _has("dcat:keyword"), "give dcat:keyword"),
    Measure("theme", 30, False, _has("dcat:theme"), "give dcat:theme"),
    Measure("spatial", 20, False, _has("dct:spatial"), "give dct:spatial"),
    Measure("temporal", 20, False, _has("dct:temporal"), "give dct:temporal"),
    Measure("access-url-answers", 50, True, _answers("dcat:accessURL"), "let dcat:accessURL answer"),
    Measure("download-url", 20, True, _has("dcat:downloadURL"), "give dcat:downloadURL"),
    Measure("download-url-answers", 30, True, _answers("dcat:downloadURL"), "let dcat:downloadURL answer"),
    Measure("format", 20, True, _has("dct:format"), "give dct:format"),
    Measure("media-type", 10, True, _has("dcat:mediaType"), "give dcat:mediaType"),
    Measure("known-format", 10, True, _known, "take format and media type from the code lists of the EU and IANA"),
    Measure("non-proprietary", 20, True, _free, "give the file in an open format"),
    Measure("machine-readable", 20, True, _free, "give the file in a format that machines read"),
    Measure("conforms", 30, False, lambda look, _: look.conforms, "mend the violations of DCAT-AP"),
    Measure("licence", 20, True, _has("dct:license"), "give dct:license"),
    Measure("known-licence", 10, True, _of("dct:license", f"{_EU}licence/"), "take the licence from the EU's list"),
    Measure("access-rights", 10, False, _has("dct:accessRights"), "give dct:accessRights"),
    Measure(
        "known-access-rights", 5, False, _of("dct:accessRights", f"{_EU}access-right/"), "take them from the EU's list"
    ),
    Measure("contact", 20, False, _has("dcat:contactPoint"), "give dcat:contactPoint"),
    Measure("publisher", 10, False, _has("dct:publisher"), "give dct:publisher"),
    Measure("rights", 5, True, _has("dct:rights"), "give dct:rights"),
    Measure("size", 5, True, _has("dcat:byteSize"), "give dcat:byteSize"),
    Measure("issued", 5, False, _has("dct:issued"), "give dct:issued"),
    Measure("modified", 5, False, _has("dct:modified"), "give dct:modified"),
)
"""The measures of the methodology; their points are 405 together."""


def score(found: Harvest, broken: Collection[str], *, conforms: bool) -> Score:
    """Count the points: the mean of all data sets, each file of one counting alike."""
    look, datasets = Look(found, broken, conforms), found.subjects("dcat:Dataset")
    total, missing = 0.0, []
    for row in MEASURES:
        shares, lacking = [], ""
        for dataset in datasets:
            asked = look.values(dataset, "dcat:distribution") if row.of_files else [dataset]
            failed = [node for node in asked if not row.holds(look, node)]
            shares.append(1 - len(failed) / len(asked) if asked else 0.0)
            lacking = lacking or (failed[0] if failed else "" if asked else dataset)
        points = row.points * sum(shares) / len(shares) if shares else 0.0
        total += points
        if points < row.points:
            missing.append((row.name, row.points - points, lacking, row.remedy))
    return Score(round(total, 1), missing)
