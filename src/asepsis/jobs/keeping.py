"""When a backup was made last, and when one was verified: what `doctor` asks. A backup of elsewhere leaves no trace here."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from asepsis.jobs.models import Left
from asepsis.store import queries

MADE, VERIFIED = "backup-made", "backup-verified"


def note(what: str, size: int, now: datetime) -> None:
    """Keep that a backup of so many entries was made, or was verified, on the day of `now`."""
    day = now.astimezone(ZoneInfo(queries.ledger().time_zone)).date()
    Left.objects.update_or_create(way=what, defaults={"size": size, "on": day})
