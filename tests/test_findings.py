"""Findings and reports, as people read them."""

from dataclasses import replace

from citygraph.findings import TOLD, Finding, Report, Severity


def finding(number=0, severity=Severity.INFO, **rest):
    return Finding("data/x.ttl", number, severity, "https://e.org/a", "", "", "do this", shape="check", **rest)


def test_a_finding_names_place_severity_remedy_and_thing():
    """What people read begins with file and line, and ends with the statement that is meant."""
    assert str(finding(3)) == "data/x.ttl:3: info: do this\n    https://e.org/a"


def test_a_message_is_told_in_the_language_wanted():
    """A message that exists in German is told in German; one that does not, in English."""
    assert "tu dies" in Report.of([finding(messages=(("de", "tu dies"),))]).text("de")
    assert "do this" in Report.of([finding()]).text("de")


def test_what_is_merely_worth_knowing_is_told_up_to_a_number():
    """Hundreds of notes of one kind do not hide the violation among them."""
    report = Report.of(finding(number) for number in range(TOLD + 5))
    text = Report.of(report.findings, [finding(999, Severity.VIOLATION)]).text()
    assert text.count(": info:") == TOLD
    assert "check: 5 more of the kind" in text
    assert text.endswith("1 violations, 0 warnings\n")


def test_notes_that_no_check_has_made_are_counted_by_file():
    """Of many notes about one file, such as broken lines, the report says how many more that file has."""
    text = Report.of(replace(finding(number), shape="") for number in range(TOLD + 5)).text()
    assert "data/x.ttl: 5 more of the kind" in text
