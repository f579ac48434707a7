"""The table of stages: what needs what, two at a time, and an end at the first failure."""

from __future__ import annotations

import threading
from itertools import takewhile

import pytest

from citygraph.build.pipeline import STAGES
from citygraph.build.stages import Stage, run_stages


def noted(*rows: tuple[str, tuple[str, ...]]) -> dict[str, Stage[list[str]]]:
    """Stages that do nothing but write their names down."""
    return {name: Stage(lambda job, name=name: job.append(name), needs) for name, needs in rows}


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_a_stage_follows_what_it_needs(at_once: int) -> None:
    """Whatever the table's order, a stage runs once, and after all that it needs."""
    stages = noted(("d", ("b", "c")), ("c", ("a",)), ("b", ("a",)), ("a", ()), ("e", ("d",)))
    done: list[str] = []
    run_stages(stages, done, "e", lambda _: None, at_once)
    assert sorted(done) == list("abcde")
    for name, stage in stages.items():
        assert set(stage.needs) <= set(takewhile(lambda one, name=name: one != name, done))


def test_what_is_not_needed_is_left_out() -> None:
    """Up to a stage, only what it needs is done, in the order of the table."""
    done: list[str] = []
    told: list[str] = []
    run_stages(noted(("x", ()), ("b", ()), ("a", ()), ("z", ("c",)), ("c", ("a", "b"))), done, "c", told.append, 1)
    assert done == told == ["b", "a", "c"]


def test_two_stages_run_at_a_time() -> None:
    """Stages that wait for each other both come to their end."""
    meeting = threading.Barrier(2, timeout=30)
    stages = {name: Stage(lambda _: (meeting.wait(), None)[1]) for name in "ab"}
    run_stages({**stages, "c": Stage(lambda _: None, ("a", "b"))}, None, "c", lambda _: None)
    assert not meeting.broken


def test_the_first_failure_ends_it() -> None:
    """What a stage raises comes out, and nothing that needs it is begun."""

    def fail(job: list[str]) -> None:
        raise ValueError(job)

    done: list[str] = []
    stages = noted(("a", ()), ("c", ("b",)), ("d", ("a", "c")))
    with pytest.raises(ValueError, match="a"):
        run_stages({**stages, "b": Stage(fail, ("a",))}, done, "d", lambda _: None)
    assert done == ["a"]


def test_a_release_waits_for_every_stage() -> None:
    """No stage of the build is left out, and each names only others of the table."""
    needed = {"lists"} | {name for stage in STAGES.values() for name in stage.needs}
    assert needed == set(STAGES)


def test_violations_are_refused_before_anything_follows_from_them() -> None:
    """Conclusions wait for both shapes, and what a release says of its quality for the checks."""
    assert set(STAGES["refuse"].needs) == {"validate", "validate imports"}
    assert "refuse" in STAGES["store"].needs
    assert "store" in STAGES["infer"].needs
    assert "check" in STAGES["quality"].needs


def test_the_store_is_filled_while_files_are_read() -> None:
    """Filling begins with loading, and where one stage runs at a time, before the shapes that ask the store."""
    assert not STAGES["fill"].needs
    assert list(STAGES)[:3] == ["load", "fill", "validate"]
