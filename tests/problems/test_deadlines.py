"""Deadlines at their boundaries: hours through a change of the clocks, ends of days and months, leap days, weekends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from asepsis.clauses.laws import clock, clocks
from asepsis.problems.deadlines import deadlines, end_of, last_instant, start_of

BERLIN = ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)
INSTANTS = some.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=some.just(UTC))
ZONES = some.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")])


def berlin(text: str) -> datetime:
    """Return an instant told by a clock on a wall in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def due(within: int, unit: Any, start: str) -> datetime:
    return last_instant(within, unit, berlin(start), BERLIN).astimezone(BERLIN)


@pytest.mark.parametrize(("hours", "last"), [(24, "2026-09-16 10:30"), (72, "2026-09-18 10:30")])
def test_hours_end_at_the_same_instant_days_later(hours: int, last: str) -> None:
    assert due(hours, "hours", "2026-09-15 10:30") == berlin(last)


@pytest.mark.parametrize(
    ("start", "last"),
    [("2026-03-28 12:00", "2026-03-29 13:00"), ("2026-10-24 12:00", "2026-10-25 11:00")],
)
def test_hours_are_counted_through_a_change_of_the_clocks(start: str, last: str) -> None:
    assert due(24, "hours", start) == berlin(last)


def test_days_count_from_the_day_after_and_end_with_the_last_one() -> None:
    for start in ("2026-09-01 00:00", "2026-09-01 23:59"):
        assert due(15, "days", start) == berlin("2026-09-16 23:59:59.999999")


def test_a_day_is_the_day_where_the_maker_is() -> None:
    late = datetime(2026, 9, 1, 22, 30, tzinfo=UTC)  # past midnight in Berlin, not so in Greenwich
    assert last_instant(1, "days", late, BERLIN).astimezone(BERLIN).date() == date(2026, 9, 3)
    assert last_instant(1, "days", late, ZoneInfo("UTC")).date() == date(2026, 9, 2)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-01-31", "2026-02-28"),  # a shorter month ends it
        ("2028-01-31", "2028-02-29"),  # a leap day
        ("2028-02-29", "2028-03-29"),
        ("2026-12-15", "2027-01-15"),
        ("2026-04-30", "2026-05-30"),  # the same day, not the end of the month
    ],
)
def test_a_month_ends_with_the_same_day_of_the_next_or_its_last(start: str, last: str) -> None:
    assert due(1, "months", f"{start} 09:00").date() == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("number", "start", "last"),
    [
        (1, "2026-09-04", "2026-09-07"),  # Friday to Monday
        (1, "2026-09-05", "2026-09-07"),  # Saturday to Monday
        (10, "2026-09-02", "2026-09-16"),
        (5, "2026-09-06", "2026-09-11"),  # Sunday: Monday is the first
    ],
)
def test_working_days_leave_out_saturdays_and_sundays(number: int, start: str, last: str) -> None:
    assert due(number, "working-days", f"{start} 12:00").date() == date.fromisoformat(last)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_ends_where_the_next_begins_however_long_it_is(day: str, hours: int) -> None:
    the_day = date.fromisoformat(day)
    assert end_of(the_day, BERLIN) + TICK - start_of(the_day, BERLIN) == timedelta(hours=hours)


@given(INSTANTS, ZONES, some.integers(0, 400), some.sampled_from(["days", "working-days", "months"]))
def test_what_is_counted_in_days_ends_with_the_end_of_a_day(
    start: datetime, zone: ZoneInfo, within: int, unit: Any
) -> None:
    last = last_instant(within, unit, start, zone)
    assert last >= start
    assert (last + TICK).astimezone(zone).date() == last.astimezone(zone).date() + timedelta(days=1)


@given(INSTANTS, some.integers(0, 400), some.sampled_from(["hours", "days", "working-days", "months"]))
def test_more_time_never_ends_earlier(start: datetime, within: int, unit: Any) -> None:
    assert last_instant(within + 1, unit, start, BERLIN) > last_instant(within, unit, start, BERLIN)


def test_a_clock_gives_the_deadlines_of_what_has_begun() -> None:
    exploited = clock("cra-exploited-vulnerability")
    aware, available = berlin("2026-09-15 10:30"), berlin("2026-09-20 00:00")
    found = list(deadlines(exploited, {"awareness": aware}, BERLIN))
    assert [one.step.step for one in found] == ["early-warning", "notification"]
    assert [one.due - aware for one in found] == [timedelta(hours=24), timedelta(hours=72)]
    whole = list(deadlines(exploited, {"awareness": aware, "measure-available": available}, BERLIN))
    assert whole[-1].due == end_of(date(2026, 10, 4), BERLIN)


def test_each_step_of_each_law_can_be_counted() -> None:
    for one in clocks():
        started: Any = {step.start: berlin("2026-09-15 10:30") for step in one.steps}
        assert len(list(deadlines(one, started, BERLIN))) == len(one.steps)
