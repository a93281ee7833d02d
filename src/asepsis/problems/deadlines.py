"""The last instant of a legal deadline: hours run through, days and months end with their last day where the maker is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from asepsis.clauses.laws import Clock, Start, Step, Unit
from asepsis.quality.domain import months_after

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A step of a clock, and the last instant (UTC) at which it is on time."""

    clock: Clock
    step: Step
    due: datetime


def deadlines(clock: Clock, started: Mapping[Start, datetime], zone: ZoneInfo) -> Iterator[Deadline]:
    """Yield the deadline of each step of `clock` whose start is among `started`, in the order of the law.

    A step whose start has not come yet, say an update that is not available, has no deadline so far.
    """
    for step in clock.steps:
        if step.start in started:
            yield Deadline(clock, step, last_instant(step.within, step.unit, started[step.start], zone))


def last_instant(within: int, unit: Unit, start: datetime, zone: ZoneInfo) -> datetime:
    """Return the last instant, in UTC, at which something due `within` so many of `unit` from `start` is on time.

    Hours are counted through, whatever clocks on the wall do. Days, working days and months are counted from the day
    after that of `start` in `zone`, and end with the end of their last day; working days are Monday to Friday, since no
    table of holidays is kept here: that can only make a deadline earlier.

    Source: Regulation (EEC, Euratom) No 1182/71, Article 3, for the counting; the laws' own rules come before it.
    """
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=within)
    day = start.astimezone(zone).date()
    match unit:
        case "days":
            last = day + timedelta(days=within)
        case "months":
            last = months_after(day, within)
        case "working-days":
            last = _working_days_after(day, within)
    return end_of(last, zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last instant of a day in `zone`, as UTC to the microsecond; days of 23 or 25 hours too."""
    return start_of(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day in `zone`, as UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _working_days_after(day: date, number: int) -> date:
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < _SATURDAY
    return day
