"""Records as they stand at a moment: their chains, and a small dossier of some of them, now or at a baseline."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from asepsis.readers import visible
from asepsis.record.dossier import Dossier
from asepsis.record.history import History, fold, unpack
from asepsis.store import queries
from asepsis.store.models import Entry, Record
from asepsis.web.moment import Moment

AT_ONCE = 400


def histories(moment: Moment, records: Iterable[str]) -> dict[str, History]:
    """Return the chains of these records, those left out that are withheld or did not exist yet."""
    wanted = list(visible.by_id(records))
    found: dict[str, History] = {}
    for at in range(0, len(wanted), AT_ONCE):
        part = wanted[at : at + AT_ONCE]
        found |= _past(moment.position, part) if moment.position is not None else _now(part)
    return found


def _now(records: list[str]) -> dict[str, History]:
    rows = Record.objects.filter(pk__in=records).values_list("pk", "history")
    return {identity: unpack(bytes(data)) for identity, data in rows}


def _past(position: int, records: list[str]) -> dict[str, History]:
    entries = Entry.objects.filter(record__in=records, position__lte=position).order_by("position")
    return fold(
        (at, name, msgspec.json.decode(bytes(data)))
        for at, name, data in entries.values_list("position", "name", "data").iterator()
    )


def dossier(moment: Moment, chains: dict[str, History]) -> Dossier:
    """Return a dossier of these records alone: their states, links and contents as at the moment."""
    product = moment.product.id if moment.product else None
    return queries.of_histories(chains, product=product, position=moment.entry)
