"""What a harvester would find fault with, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """A fault: how grave it is, which rule it breaks, in what, and the remedy."""

    severity: str
    """``violation``: a portal refuses or loses something; ``warning``: it would be better otherwise."""
    rule: str
    subject: str
    problem: str
    remedy: str


def violation(rule: str, subject: str, problem: str, remedy: str) -> Finding:
    """A grave fault."""
    return Finding("violation", rule, subject, problem, remedy)


def warning(rule: str, subject: str, problem: str, remedy: str) -> Finding:
    """A lesser fault."""
    return Finding("warning", rule, subject, problem, remedy)
