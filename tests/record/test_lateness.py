"""What was entered late: days that were typed long after they were."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from asepsis.problems.records import CaseNote
from asepsis.quality.records import ImprovementAction, Training
from asepsis.record.lateness import Late, entered_late

BERLIN = ZoneInfo("Europe/Berlin")
ENTRY = "2026-03-15T22:30:00.000000Z"  # the 15th in Berlin too, half an hour before midnight
TODAY = date(2026, 3, 15)


def before(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("days", "late"), [(14, ()), (15, (Late("done_on", TODAY - timedelta(days=15), 15),))])
def test_a_day_is_late_from_the_day_after_the_policys_last(days: int, late: tuple[Late, ...]) -> None:
    assert entered_late(ImprovementAction, {}, {"done_on": before(days)}, ENTRY, BERLIN, 14) == late


def test_a_day_is_late_in_the_revision_that_first_says_it_and_in_no_later_one() -> None:
    value = {"done_on": before(30)}
    assert entered_late(ImprovementAction, {}, value, ENTRY, BERLIN, 14)
    assert entered_late(ImprovementAction, value, {**value, "what": "More."}, ENTRY, BERLIN, 14) == ()


def test_each_new_line_of_a_list_is_looked_at() -> None:
    old = {"person": "a" * 32, "on": before(40)}
    new = {"person": "b" * 32, "on": before(20)}
    late = entered_late(Training, {"attendance": [old]}, {"attendance": [old, new]}, ENTRY, BERLIN, 14)
    assert [(one.field, one.days) for one in late] == [("attendance.on", 20)]


def test_an_instant_counts_by_its_day_where_the_organisation_is() -> None:
    """23:30 of the 28th in universal time is the 1st of March in Berlin, 14 days before the 15th."""
    for minute, late in (("23:30", ()), ("22:30", ("2026-02-28",))):
        at = f"2026-02-28T{minute}:00.000000Z"
        assert tuple(one.day.isoformat() for one in entered_late(CaseNote, {}, {"at": at}, ENTRY, BERLIN, 14)) == late


def test_what_is_planned_is_never_late() -> None:
    assert entered_late(ImprovementAction, {}, {"due": before(400)}, ENTRY, BERLIN, 14) == ()


def test_a_late_day_says_its_field_its_day_and_by_how_much() -> None:
    assert Late("done_on", date(2026, 1, 2), 72).said.text() == "done_on says 2026-01-02, entered 72 days later."
