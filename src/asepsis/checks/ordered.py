"""Days in order: nothing was done, told or answered before what it is about was there.

A day may be entered late by as many days as the policy lets it, so a record may have been there that long before it was
first saved. What is older is taken over from its original, and then the day on that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from asepsis.checks import terms
from asepsis.checks.exploited import reports_of
from asepsis.checks.view import View
from asepsis.problems.records import Incident, Report
from asepsis.record.dossier import Item
from asepsis.record.lateness import LATE_ENTRY
from asepsis.risk.records import Vulnerability


def there_since(record: Item[Any], view: View) -> date:
    """Return the first day on which a record can have been there, as it says itself or as the ledger tells.

    A vulnerability was there when the first report of it was.
    """
    match record.content:
        case Report(received_on=at) | Incident(noticed_on=at):
            return view.day(at)
    day = terms.written_on(record, view) - timedelta(days=view.policy.number(LATE_ENTRY))
    if record.content.taken_over is not None:
        day = min(day, record.content.taken_over.on)
    if record.kind is Vulnerability:
        day = min([day, *(there_since(report, view) for report in reports_of(record, view))])
    return day


def came_later(day: date | None, records: Iterable[str], view: View) -> date | None:
    """Return since when the first of some records is there, where `day` lies before that; `None` where it does not.

    Of records that are not in force nothing is known, so they are not asked.
    """
    found: list[Item[Any] | None] = [view.dossier.get(one) for one in records] if day is not None else []
    since = min((there_since(one, view) for one in found if one is not None), default=None)
    return since if day is not None and since is not None and day < since else None
