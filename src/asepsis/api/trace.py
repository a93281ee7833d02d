"""What a record rests on and what hangs on it, through every link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from asepsis.api.edge import READS
from asepsis.api.record import named
from asepsis.conformance import trace as traces
from asepsis.readers import chains, visible
from asepsis.readers.reach import REACHED, reached
from asepsis.record.dossier import Item
from asepsis.store import queries
from asepsis.store.models import Record

router = Router(tags=["trace"])


class StepLine(Schema):
    """One record on the way: how far it is, and by which field of which record it is reached."""

    label: str
    kind: str
    title: str
    distance: int
    through: str
    field: str
    suspect: bool


class TraceSheet(Schema):
    """Both ways from one record, nearest first; what may not be seen is not there."""

    label: str
    rests_on: list[StepLine]
    hangs_on_it: list[StepLine]
    more: bool = Field(description=f"Whether there is more than {REACHED} records one way.")


@router.get("/records/{label}/trace", response=TraceSheet, auth=READS)
def trace(request: HttpRequest, label: str) -> TraceSheet:
    """Give what an effective record rests on and what hangs on it."""
    row = named(label)
    down, up = reached(row.id, down=True), reached(row.id, down=False)
    there = chains.of([row.id, *down, *up])
    dossier = queries.of_histories(there, product=row.product, position=queries.ledger().size - 1)
    dossier.withheld |= visible.withheld([*down, *up])
    item: Item[Any] | None = dossier.get(row.id)
    if item is None:
        raise traces.NotEffectiveError(record=row)
    found = traces.trace(dossier, item, REACHED)
    rows = visible.by_id(there)
    return TraceSheet(
        label=row.label,
        rests_on=list(_steps(found.rests_on, rows)),
        hangs_on_it=list(_steps(found.hangs_on_it, rows)),
        more=len(down) >= REACHED or len(up) >= REACHED,
    )


def _steps(steps: Iterable[traces.Step], rows: dict[str, Record]) -> Iterable[StepLine]:
    for one in steps:
        if (row := rows.get(one.item.id)) is not None:
            yield StepLine(
                label=row.label,
                kind=row.kind,
                title=row.title,
                distance=one.distance,
                through=one.through.label if one.through else "",
                field=one.field,
                suspect=one.suspect,
            )
