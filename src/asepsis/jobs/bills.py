"""The bills of the store put into the fleet: only what changed since the last time is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asepsis.configuration.records import BillOfMaterials
from asepsis.exchange.facts import Components
from asepsis.jobs.fleet import FleetFile, Package, Place
from asepsis.store import queries
from asepsis.store.rows import select, select_in

_CHANGED = "SELECT id, product, effective_content, standing FROM store_record WHERE kind = %s AND changed_position > %s"


def bring_up_to_date(fleet: FleetFile) -> int:
    """Put into the fleet each effective bill whose components were taken in, and where it stands; return how many were new."""
    ledger, size = queries.entries(0, 1)[0][1], queries.ledger().size
    before = fleet.position(ledger)
    if before != size - 1:
        rows = select(_CHANGED, [BillOfMaterials.__name__, before])
        values = queries.values_of([content for _, _, content, standing in rows if content and standing != "retired"])
        places = [
            Place(record, values[content]["document"]["digest"], product, values[content]["release"])
            for record, product, content, standing in rows
            if standing != "retired" and content in values
        ]
        placed = {one.record for one in places}
        gone = [row[0] for row in rows if row[0] not in placed]
        fleet.put_places(ledger, size - 1, places, gone)
        if gone or before < 0:
            fleet.keep_only(fleet.placed())
    missing = fleet.missing()
    return fleet.put(_components(missing)) if missing else 0


def _components(digests: Iterable[str]) -> Iterator[tuple[str, Sequence[Package]]]:
    ask = (
        "SELECT subject, document FROM store_facttaken WHERE kind = 'components' AND subject IN ({}) ORDER BY position"
    )
    for digest, document in dict(select_in(ask, digests)).items():
        found: Components | None = queries.document(document)
        if found is not None:
            yield digest, [(one.purl, one.version) for one in found.components]
