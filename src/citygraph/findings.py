"""A fault and a list of faults: what shapes, checks and readers give back, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TOLD = 20
"""How many findings of a kind that is merely worth knowing a report for people tells."""


class Severity(IntEnum):
    """How grave a finding is: a violation would make us wrong, a warning makes us poor."""

    INFO = 0
    WARNING = 1
    VIOLATION = 2


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: where it is, what is wrong, and what to do."""

    file: str
    line: int
    """The line where the thing's block begins, from 1; 0 where the file as a whole is meant."""
    severity: Severity
    thing: str
    """The IRI of the node, or the empty text where a file is meant."""
    path: str
    """The IRI of the property, or the empty text."""
    value: str
    """The value as N-Triples, or the empty text."""
    message: str
    """What is wrong and what to do, in English."""
    messages: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The same in other languages: (language, text)."""
    shape: str = ""
    """The IRI of the shape, or the name of the check, that found it."""
    values: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """What a check puts in the places of its message: (name, text); other languages put it in theirs."""
    component: str = field(default="", compare=False)
    """The IRI of the kind of constraint that is broken, for reports in the terms of SHACL."""

    def __str__(self) -> str:
        return self.text()

    def text(self, language: str = "en") -> str:
        """The finding as people read it: where, how grave, what is wrong and what to do, about which statement."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        message = dict(self.messages).get(language, self.message)
        about = " ".join(part for part in (self.thing, self.path, self.value) if part)
        return f"{place}: {self.severity.name.lower()}: {message}" + (f"\n    {about}" if about else "")


@dataclass(frozen=True)
class Report:
    """All findings of a run, sorted by file and line."""

    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, *many: Iterable[Finding]) -> Report:
        """Gather findings into a report; each is told once."""
        return cls(tuple(sorted({finding for findings in many for finding in findings})))

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that stop a build."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.VIOLATION)

    def text(self, language: str = "en") -> str:
        """The report for people: a finding a paragraph, and a closing count.

        Of what is merely worth knowing, each check tells its first :data:`TOLD` findings and how many more there are.
        """
        lines = []
        told: Counter[str] = Counter()
        for finding in self.findings:
            kind = finding.shape or finding.file  # what no check has found is of the kind of its file
            told[kind] += finding.severity is Severity.INFO
            if told[kind] <= TOLD or finding.severity is not Severity.INFO:
                lines.append(finding.text(language))
        lines += [f"{name}: {count - TOLD} more of the kind" for name, count in sorted(told.items()) if count > TOLD]
        counts = Counter(finding.severity for finding in self.findings)
        lines.append(f"{counts[Severity.VIOLATION]} violations, {counts[Severity.WARNING]} warnings")
        return "\n".join(lines) + "\n"
