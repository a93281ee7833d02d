"""Records as a reader may see them, and how moments and states are told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from asepsis.cli.opening import clock
from asepsis.store import queries, refusals, rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asepsis.record.kind import Kind
    from asepsis.store.models import Record


def zone() -> ZoneInfo:
    """Return the organisation's time zone, in which days are counted."""
    return ZoneInfo(queries.ledger().time_zone)


def today() -> str:
    """Return the day of the ledger's clock in the organisation's time zone."""
    return clock().astimezone(zone()).date().isoformat()


def moment(instant: str) -> str:
    """Return an instant as people read it: day and minute in the organisation's time zone."""
    return f"{datetime.fromisoformat(instant).astimezone(zone()):%Y-%m-%d %H:%M}"


def record(label: str, reader: str | None) -> Record:
    """Return a record by its label or id. Raises `UnknownRecordError`, also where the reader may not see it."""
    row = queries.row(label)
    if not Sight(reader).sees(row):
        raise refusals.UnknownRecordError(record=label)
    return row


def seen(rows: Iterable[Record], reader: str | None) -> list[Record]:
    """Return those of `rows` that the reader may see."""
    sight = Sight(reader)
    return [row for row in rows if sight.sees(row)]


class Sight:
    """What one reader, by id or name, may see: an embargoed record is there for those it names, security and incident.

    Without a reader nothing embargoed is there.
    """

    def __init__(self, reader: str | None) -> None:
        self._reader = queries.person(reader).id if reader else None
        self._held = rights.held_by(self._reader, today()) if self._reader else ()

    def sees(self, row: Record) -> bool:
        """Return whether the record is there for this reader."""
        if not row.embargoed:
            return True
        return rights.sees_all(self._held, row.product) or self._reader in (queries.history(row.id).persons or ())


def state(row: Record) -> str:
    """Return where a record stands, in words."""
    if row.standing == "retired":
        return "retired"
    if row.head_state == "effective" or row.standing == "none":
        return row.head_state
    return f"effective, revision {row.head_number} {row.head_state}"


def incomplete(kind: type[Kind], value: dict[str, Any], label: str) -> str | None:
    """Return what a draft lacks before it can be submitted; `None` where it lacks nothing."""
    import msgspec

    from asepsis.record.kind import IncompleteError, read_content

    try:
        read_content(kind, msgspec.json.encode(value), label)
    except IncompleteError as error:
        return str(dict(error.said.arguments)["problems"])
    return None


def slots(record: str) -> Sequence[str]:
    """Return the signatures that a submitted record still waits for."""
    from asepsis.store import acts

    return acts.waits_for(record)
