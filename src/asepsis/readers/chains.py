"""The chains of records as they stand now, or stood at an entry, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from asepsis.readers import visible
from asepsis.record.history import History, fold, unpack
from asepsis.store.models import Entry
from asepsis.store.rows import in_parts

AT_ONCE = 400


def of(records: Iterable[str], position: int | None = None) -> dict[str, History]:
    """Return the chains of these records, those left out that are withheld or did not exist yet."""
    found: dict[str, History] = {}
    for part in in_parts(dict.fromkeys(records), AT_ONCE):
        rows = visible.records().filter(pk__in=part)
        if position is None:
            found |= {identity: unpack(bytes(data)) for identity, data in rows.values_list("pk", "history")}
        else:
            found |= _past(position, list(rows.values_list("pk", flat=True)))
    return found


def _past(position: int, records: list[str]) -> dict[str, History]:
    entries = Entry.objects.filter(record__in=records, position__lte=position).order_by("position")
    return fold(
        (at, name, msgspec.json.decode(bytes(data)))
        for at, name, data in entries.values_list("position", "name", "data").iterator()
    )
