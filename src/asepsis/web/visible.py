"""What a reader of these pages may see: nobody is logged in, so an embargoed record is not there at all.

Every page asks here and nowhere else for records, so that a withheld one shows by no title, link, count or search.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from asepsis.store import refusals
from asepsis.store.models import Entry, Record


def records() -> QuerySet[Record]:
    """Return the records that may be shown; `history` is read only where it is asked for."""
    return Record.objects.filter(embargoed=False).defer("history", "turns", "looked")


def record(label: str) -> Record:
    """Return a record by its label. Raises `UnknownRecordError`, also where it is withheld."""
    found = records().filter(label=label).first() or records().filter(label=label.upper()).first()
    if found is None:
        raise refusals.UnknownRecordError(record=label[:40])
    return found


def by_id(ids: Iterable[str]) -> dict[str, Record]:
    """Return those of the records with these ids that may be shown, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Record] = {}
    for at in range(0, len(wanted), 500):
        found |= {one.id: one for one in records().filter(pk__in=wanted[at : at + 500])}
    return found


def all_withheld() -> dict[str, str]:
    """Return every record that may not be shown, by id with its kind; few are, and an entry tells of each."""
    told = Entry.objects.filter(form="embargo").values_list("record", flat=True)
    wanted = list(dict.fromkeys(one for one in told if one))
    found: dict[str, str] = {}
    for at in range(0, len(wanted), 500):
        rows = Record.objects.filter(pk__in=wanted[at : at + 500], embargoed=True)
        found |= dict(rows.values_list("pk", "kind"))
    return found


def withheld(ids: Iterable[str]) -> frozenset[str]:
    """Return which of these ids are records that may not be shown."""
    wanted = list(dict.fromkeys(ids))
    return frozenset(
        one
        for at in range(0, len(wanted), 500)
        for one in Record.objects.filter(pk__in=wanted[at : at + 500], embargoed=True).values_list("pk", flat=True)
    )
