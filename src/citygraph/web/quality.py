"""Quality in the open: what is left to do and how much is covered, as a whole and for each party, and what changed.

The build has counted; here the figures of a release are only laid beside those of the release before it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from citygraph.web.answers import local_url
from citygraph.web.language import editorial, gettext, marked
from citygraph.web.listing import Entry
from citygraph.web.names import Name, best
from citygraph.web.texts import short_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from citygraph.web.current import Served

EDITORS = "editors"
"""The name of the page about the files that are no source's."""
TOLD = 50
"""How many findings of a kind a page tells."""
_PLACE = re.compile(r"\{(\w+)\}")
_GROUPS = (
    ("documents", marked("Documents")),
    ("imports", marked("Data sets taken in")),
)


@dataclass(frozen=True)
class Share:
    """Of so many things so many are covered; and how that was in the release before."""

    of: int
    have: int
    before: tuple[int, int] | None

    @property
    def percent(self) -> int:
        """The share in full hundredths, rounded down so that 100 means all."""
        return self.have * 100 // self.of if self.of else 0

    @property
    def change(self) -> int | None:
        """By how many hundredths it has changed."""
        if self.before is None or not self.before[0]:
            return None
        return self.percent - self.before[1] * 100 // self.before[0]


@dataclass(frozen=True)
class Measure:
    """A measure in words, and its shares: of documents, and of imported data sets."""

    name: str
    title: Name
    summary: Name
    shares: list[tuple[str, Share]]


@dataclass(frozen=True)
class Voice:
    """Somebody who can do something about it: a party, a source without one, or the editors."""

    name: Name
    key: str
    """The last part of the address of its page."""
    todo: int
    known: int
    """How many findings are merely worth knowing."""
    before: tuple[int, int] | None


@dataclass(frozen=True)
class Item:
    """A finding: about which thing, in which line of which file, and what to do."""

    thing: Entry
    file: str
    line: int
    words: Name


@dataclass(frozen=True)
class Task:
    """The findings of one kind."""

    key: str
    title: Name
    grave: bool
    """Whether there is something to do, and not only to know."""
    count: int
    before: int | None
    items: list[Item]


@dataclass(frozen=True)
class Quality:
    """What a page shows."""

    title: Name
    key: str
    version: str
    previous: str | None
    measures: list[Measure]
    voices: list[Voice]
    tasks: list[Task]


class _Figures:
    """The figures of a release, restricted to some sources."""

    def __init__(self, found: Mapping[str, Any], sources: Iterable[str]) -> None:
        self.found, self.sources = found, set(sources)

    def counts(self) -> dict[str, int]:
        """How often each kind was found."""
        total: defaultdict[str, int] = defaultdict(int)
        for source, kinds in self.found["found"].items():
            for kind, number in kinds.items() if source in self.sources else ():
                total[kind] += number
        return total

    def share(self, measure: str, sources: Iterable[str]) -> tuple[int, int]:
        """Of so many things so many are covered, over some of the sources."""
        by = self.found["measures"].get(measure, {"by": {}})["by"]
        rows = [by[source] for source in sources if source in by and source in self.sources]
        return sum(of for of, _ in rows), sum(have for _, have in rows)


def quality(served: Served, before: Mapping[str, Any] | None, previous: str | None, key: str, language: str) -> Quality:
    """Lay out the whole (an empty key) or what one voice can do; an unknown key is a :class:`KeyError`."""
    found = figures(served)
    voices = _voices(served, found)
    sources = voices[key] if key else [source for rows in voices.values() for source in rows]
    writer = _Writer(served, language, found)
    now, then = _Figures(found, sources), _Figures(before, sources) if before else None
    return Quality(
        writer.voice(key, sources) if key else Name(""),
        key,
        served.version,
        previous,
        list(_measures(now, then)),
        [] if key else [_voice(writer, found, before, *row) for row in voices.items()],
        writer.tasks(now, then),
    )


def figures(served: Served) -> Mapping[str, Any]:
    """What the build found; nothing in a release of before."""
    return served.release.figures("quality") or {
        "voices": {},
        "checks": {},
        "found": {},
        "findings": [],
        "measures": {},
    }


def _voices(served: Served, found: Mapping[str, Any]) -> dict[str, list[str]]:
    """The sources of each voice, by the key of its page; the editors come last."""
    voices: defaultdict[str, list[str]] = defaultdict(list)
    for source, row in found["voices"].items():
        party = row["party"]
        voices[short_path(served.iris.base, party) if party else f"source/{source}"].append(source)
    return dict(sorted(voices.items())) | {EDITORS: [""]}


def _measures(now: _Figures, then: _Figures | None) -> Iterator[Measure]:
    voices = now.found["voices"]
    for name, row in now.found["measures"].items():
        shares = []
        for group, (_, words) in zip((False, True), _GROUPS, strict=True):
            sources = [source for source, voice in voices.items() if voice["imported"] is group]
            of, have = now.share(name, sources)
            if of:
                shares.append((gettext(words), Share(of, have, then.share(name, sources) if then else None)))
        if shares:
            yield Measure(name, editorial(row["title"]), editorial(row["summary"]), shares)


def _voice(
    writer: _Writer, found: Mapping[str, Any], before: Mapping[str, Any] | None, key: str, sources: list[str]
) -> Voice:
    def split(figures: Mapping[str, Any]) -> tuple[int, int]:
        counts = _Figures(figures, sources).counts()
        known = sum(number for kind, number in counts.items() if not writer.grave(kind))
        return sum(counts.values()) - known, known

    return Voice(writer.voice(key, sources), key, *split(found), split(before) if before else None)


class _Writer:
    """Writes findings in one language, with one question for all names."""

    def __init__(self, served: Served, language: str, found: Mapping[str, Any]) -> None:
        self.served, self.language, self.found = served, language, found
        self.space = f"{served.iris.base}id/"
        self.graves = {row["check"] for row in found["findings"] if row["severity"] != "info"}
        things = {row["thing"] for row in found["findings"]} | {row["party"] for row in found["voices"].values()}
        things |= {self.space + text for row in found["findings"] for text in row["values"].values() if "/" in text}
        things |= {f"{self.space}source/{source}" for source in found["voices"]}
        safe = {thing for thing in things if re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", thing)}
        self.names = served.names_of(safe)

    def grave(self, kind: str) -> bool:
        """Whether findings of a kind ask for something to be done."""
        return kind.removeprefix(self.served.iris.base) in self.graves

    def name(self, iri: str) -> Name:
        """A thing by its name, or by its path."""
        if iri in self.names:
            return best(self.names[iri], self.language)
        return Name(short_path(self.served.iris.base, iri))

    def voice(self, key: str, sources: list[str]) -> Name:
        """A voice by the name of its party, or of its source."""
        if key == EDITORS:
            return Name(gettext("The editors"), self.language)
        party = self.found["voices"][sources[0]]["party"]
        return self.name(party or f"{self.space}source/{sources[0]}")

    def tasks(self, now: _Figures, then: _Figures | None) -> list[Task]:
        """The findings by kind: first what is to be done, then what is worth knowing."""
        counts, earlier = now.counts(), then.counts() if then else {}
        rows: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.found["findings"]:
            if row["source"] in now.sources:
                rows[row["check"]].append(row)
        tasks = []
        for kind, count in counts.items():
            check = kind.removeprefix(self.served.iris.base)
            found = rows[check]
            tasks.append(
                Task(
                    re.sub(r"\W+", "-", check),
                    self._title(check, found),
                    check in self.graves,
                    count,
                    earlier.get(kind, 0) if then else None,
                    [self._item(row) for row in found[:TOLD]],
                )
            )
        return sorted(tasks, key=lambda task: (not task.grave, task.title.text))

    def _title(self, check: str, found: list[Mapping[str, Any]]) -> Name:
        """What a check is called, or what a shape asks for."""
        if check in self.found["checks"]:
            return editorial(self.found["checks"][check]["title"])
        return self._words(found[0]) if found else Name(check)

    def _item(self, row: Mapping[str, Any]) -> Item:
        thing = Entry(self.name(row["thing"]), local_url(row["thing"])) if row["thing"] else Entry(Name(""), None)
        return Item(thing, row["file"], row["line"], self._words(row))

    def _words(self, row: Mapping[str, Any]) -> Name:
        """What is wrong and what to do: a check's words with its values, or a shape's message."""
        if check := self.found["checks"].get(row["check"]):
            parts = [editorial(check[key]) for key in ("problem", "remedy")]
            values = {name: self._value(text) for name, text in row["values"].items()}
            text = _PLACE.sub(lambda place: values.get(place[1], place[0]), " ".join(part.text for part in parts))
            return Name(text, parts[0].language)
        return best([(0, Name(text, code)) for code, text in row["messages"].items()], self.language)

    def _value(self, text: str) -> str:
        iri = self.space + text
        return best(self.names[iri], self.language).text if iri in self.names else text


def records(served: Served, language: str) -> Iterator[tuple[str, ...]]:
    """The findings as a table, its heads first."""
    found = figures(served)
    writer = _Writer(served, language, found)
    yield ("source", "party", "file", "line", "severity", "check", "thing", "message")
    for row in found["findings"]:
        party = found["voices"].get(row["source"], {"party": ""})["party"]
        words = writer._words(row).text  # noqa: SLF001 - the same words as on the page
        yield (row["source"], party, row["file"], str(row["line"]), row["severity"], row["check"], row["thing"], words)
