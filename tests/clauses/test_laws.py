"""The laws' clocks are data, typed, and say that nobody confirmed them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from asepsis.clauses.laws import Step, UnknownClockError, clock, clocks, clocks_of


def test_each_clock_has_an_id_of_its_own_and_at_least_one_step() -> None:
    ids = [one.id for one in clocks()]
    assert len(ids) == len(set(ids)) == 7
    assert all(one.steps and one.applies and one.shown_by for one in clocks())


def test_no_clock_claims_to_be_confirmed() -> None:
    assert {one.confirmed for one in clocks()} == {False}


def test_an_exploited_vulnerability_is_told_within_24_and_72_hours_and_14_days() -> None:
    found = clock("cra-exploited-vulnerability")
    assert found.steps == (
        Step("early-warning", 24, "hours", "awareness"),
        Step("notification", 72, "hours", "awareness"),
        Step("final", 14, "days", "measure-available"),
    )
    assert found.since == date(2026, 9, 11)


def test_the_final_report_of_an_incident_counts_from_the_notification() -> None:
    assert clock("cra-severe-incident").steps[-1] == Step("final", 1, "months", "notification")


def test_the_clocks_of_one_law_stand_together() -> None:
    assert [one.steps[0].within for one in clocks_of("mdr")] == [15, 10, 2]


def test_an_unknown_clock_names_those_near_it() -> None:
    with pytest.raises(UnknownClockError) as refused:
        clock("mdr")
    assert (refused.value.next or "").count("mdr-") == 3


def test_each_step_is_that_of_the_source(shared: Path) -> None:
    source = json.loads((shared / "domain" / "laws.json").read_text(encoding="utf-8"))
    told = [(one["law"], one["name"], one["event"], one["confirmed"]) for one in source]
    assert [(one.law, one.name, one.event, one.confirmed) for one in clocks()] == told
    for found, one in zip(clocks(), source, strict=True):
        steps = [
            (step["step"], {key: value for key, value in step.items() if key.startswith("within")})
            for step in one["steps"]
        ]
        assert [(step.step, {f"within_{step.unit.replace('-', '_')}": step.within}) for step in found.steps] == steps
