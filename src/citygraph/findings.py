"""A fault and a list of faults: what shapes, checks and readers give back, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    component: str = field(default="", compare=False)
    """The IRI of the kind of constraint that is broken, for reports in the terms of SHACL."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        about = " ".join(part for part in (self.thing, self.path, self.value) if part)
        return f"{place}: {self.severity.name.lower()}: {self.message}" + (f"\n    {about}" if about else "")


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
        """The report for people: a finding a paragraph and a closing count."""
        counts = {level: sum(finding.severity is level for finding in self.findings) for level in Severity}
        lines = [str(finding) for finding in self.findings]
        if language != "en":
            lines = [
                str(finding).replace(finding.message, dict(finding.messages).get(language, finding.message))
                for finding in self.findings
            ]
        lines.append(f"{counts[Severity.VIOLATION]} violations, {counts[Severity.WARNING]} warnings")
        return "\n".join(lines) + "\n"
