"""What somebody should know beside what they owe: what waits for their signature, and what was done since a day."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from asepsis.readers import visible
from asepsis.readers.viewer import Viewer, looking
from asepsis.record.history import Head, unpack
from asepsis.store.models import Record
from asepsis.store.waiting import own_slots

LOOKED_THROUGH = 2_000  # submitted records


@dataclass(frozen=True, slots=True)
class Done:
    """How many records of a product (its code; ORG: the organisation's) were changed, by where their newest revision stands."""

    product: str
    changed: int
    effective: int
    submitted: int
    drafts: int


def to_sign(reader: Viewer) -> list[Record]:
    """Return the records that wait for a reader's own signature, those that wait longest first."""
    with looking(reader):
        rows = visible.records().defer(None).filter(head_state=str(Head.SUBMITTED)).order_by("changed_position", "pk")
        found = list(rows[:LOOKED_THROUGH])
    return [one for one in found if own_slots(unpack(bytes(one.history)), reader.person or "", reader.held)]


def done_since(reader: Viewer, instant: str) -> list[Done]:
    """Return what was changed since an instant, by product, as far as the reader may see it."""
    with looking(reader):
        codes = dict(visible.products().values_list("pk", "code"))
        rows = visible.records().filter(changed_at__gte=instant).order_by()
        counts: dict[str, dict[str, int]] = {}
        for product, state, count in rows.values_list("product", "head_state").annotate(count=Count("pk")):
            counts.setdefault(codes.get(product or "", "ORG"), {})[state] = count
    return [
        Done(
            code, sum(of.values()), of.get(str(Head.EFFECTIVE), 0), of.get(str(Head.SUBMITTED), 0),
            of.get(str(Head.DRAFT), 0),
        )
        for code, of in sorted(counts.items())
    ]  # fmt: skip
