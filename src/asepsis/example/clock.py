"""The clock of the example: it goes from day to day as the story says, a minute for each commit, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = "Europe/Zurich"
_STEP = timedelta(minutes=1)


class Clock:
    """What the hands of the example ask for the time."""

    def __init__(self) -> None:
        self.now = datetime(2024, 7, 1, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the next minute."""
        self.now += _STEP
        return self.now

    def go(self, day: str, at: str = "09:00") -> None:
        """Go on to a day, at an hour of the maker's own time. Raises `ValueError` where that is past already."""
        hour = time.fromisoformat(at)
        there = datetime.combine(datetime.fromisoformat(day), hour, ZoneInfo(ZONE)).astimezone(UTC)
        if there < self.now:
            raise ValueError(f"the story goes back from {self.now} to {there}")
        self.now = there

    @property
    def day(self) -> str:
        """Return the day that it is."""
        return self.now.astimezone(ZoneInfo(ZONE)).date().isoformat()
