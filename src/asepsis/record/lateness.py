"""What was written down late: a day that somebody typed, long before the entry that first held it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from asepsis.record.kind import Kind, times_of
from asepsis.sentences import Said, Sentence

LATE_ENTRY = "quality.late_entry_days"  # the policy that says from when a day is entered late
ENTERED_LATE = Sentence("{field} says {day}, entered {days} days later.")


@dataclass(frozen=True, slots=True)
class Late:
    """One day that was entered late: the field that holds it, and how many days lie between it and its entry."""

    field: str
    day: date
    days: int

    @property
    def said(self) -> Said:
        """Return it as a sentence."""
        return ENTERED_LATE.said(field=self.field, day=self.day, days=self.days)


def entered_late(
    kind: type[Kind], before: Mapping[str, Any], after: Mapping[str, Any], entered: str, zone: tzinfo, most: int
) -> tuple[Late, ...]:
    """Return which days and instants of a revision are new in it and lie more than `most` days before its entry.

    `before` and `after` are the plain values of the revision before (empty for the first) and of this one, `entered` is
    the instant of its entry. Days count in `zone`, the organisation's.
    """
    known = set(times_of(kind, dict(before)))
    at = datetime.fromisoformat(entered).astimezone(zone).date()
    new = ((field, _day(time, zone)) for field, time in times_of(kind, dict(after)) if (field, time) not in known)
    return tuple(Late(field, day, (at - day).days) for field, day in new if (at - day).days > most)


def _day(time: str, zone: tzinfo) -> date:
    return datetime.fromisoformat(time).astimezone(zone).date() if "T" in time else date.fromisoformat(time)
