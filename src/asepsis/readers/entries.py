"""Entries of the ledger as they may be told: those of another product or about a withheld record are bare names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asepsis.readers import visible
from asepsis.record import entry
from asepsis.store.models import Entry


def told(rows: Iterable[Entry]) -> dict[int, dict[str, Any]]:
    """Return the fields of those entries that may be told, by position."""
    read = [(row, entry.read(bytes(row.data))) for row in rows if row.data]
    spoken = {row.position: about(row, fields) for row, fields in read}
    withheld = visible.withheld(one for ids in spoken.values() for one in ids)
    return {
        row.position: fields
        for row, fields in read
        if visible.is_in_scope(row.of) and not withheld & spoken[row.position]
    }


def about(row: Entry, fields: dict[str, Any]) -> frozenset[str]:
    """Return the ids that an entry speaks of."""
    named = (row.record, fields.get("target"), fields.get("subject"), fields.get("release"), fields.get("person"))
    return frozenset(one for one in named if isinstance(one, str) and len(one) == 32)
