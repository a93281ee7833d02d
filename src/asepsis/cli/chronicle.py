"""What happened to one record, told from its entries; and what each of its revisions said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from asepsis.cli import reading
from asepsis.cli.names import StoreNames
from asepsis.cli.output import Answer, Table
from asepsis.conformance import moments
from asepsis.record import entry
from asepsis.record.kind import kind_named
from asepsis.record.lateness import LATE_ENTRY, Late, entered_late
from asepsis.sentences import listed
from asepsis.store import queries, refusals
from asepsis.store.models import Entry

if TYPE_CHECKING:
    from asepsis.record.history import History
    from asepsis.store.models import Record


def of(row: Record) -> Answer:
    """Return what happened to a record, oldest first."""
    happened = list(_events(row))
    rows = ((reading.moment(one["at"]), _by(one), one["what"], one["entry"]) for one in happened)
    value = {"record": row.id, "label": row.label, "kind": row.kind, "events": happened}
    return Answer(value, (f"{row.label} · {row.kind} · {row.title}", Table.of("when|who|what|entry", rows, "")))


def _events(row: Record) -> Iterator[dict[str, Any]]:
    names, history = StoreNames(), queries.history(row.id)
    late = late_of(row, history)
    entries = list(Entry.objects.filter(record=row.id).order_by("position"))
    through = queries.through(one.position for one in entries)
    for one in entries:
        fields = entry.read(bytes(one.data))
        of_this = late.get(one.name, ())
        yield {
            "entry": one.position,
            "at": fields["at"],
            "by": fields["by"],
            "who": _who(fields, names),
            "through": through.get(one.position),
            "form": fields["form"],
            "what": _and_late(_what(fields, one.name, history, names), of_this),
            "late": [{"field": found.field, "day": found.day.isoformat(), "days": found.days} for found in of_this],
        }


def _by(event: Mapping[str, Any]) -> str:
    """Return who acted, and by which token where a program did it for them."""
    return f"{event['who']}, by the token {event['through']}" if event["through"] else str(event["who"])


def _and_late(what: str, late: Iterable[Late]) -> str:
    return "; ".join([what, *(f"entered late: {one.said.text()}" for one in late)])


def late_of(row: Record, history: History) -> dict[str, tuple[Late, ...]]:
    """Return which days each revision of a record, by its name, entered late by the policy in force."""
    zone = ZoneInfo(queries.ledger().time_zone)
    most = moments.policy_today(row.product, datetime.fromisoformat(queries.ledger().last_at)).number(LATE_ENTRY)
    values = queries.values_of(one.content for one in history.revisions)
    found: dict[str, tuple[Late, ...]] = {}
    before: dict[str, Any] = {}
    for one in history.revisions:
        if one.content in values:
            now = values[one.content]
            found[one.name] = entered_late(kind_named(row.kind), before, now, one.at, zone, most)
            before = now
    return found


def _who(fields: Mapping[str, Any], names: StoreNames) -> str:
    """Return who acted; of a signature the name that was printed beside it then."""
    if "card" in fields and (card := queries.value_of(fields["card"])) is not None:
        return str(card["name"])
    return names.shown(str(fields["by"]))


def _what(fields: Mapping[str, Any], name: str, history: History, names: StoreNames) -> str:
    revision = history.revision_named(fields.get("revision", name))
    number = revision.number if revision else 0
    match fields["form"]:
        case "revision":
            return f"wrote revision {number}{', what happened since it was signed' if fields['progress'] else ''}"
        case "submission":
            waits = [slot.label for slot in (revision.slots if revision else None) or ()]
            return f"submitted revision {number}, " + (f"to be {listed(waits)}" if waits else "effective at once")
        case "approval":
            stands_in = f", in the place of the only holder, as {fields['stands_in']}" if "stands_in" in fields else ""
            of_set = f", one of a set of {fields['set']}" if fields["set"] > 1 else ""
            return f"signed revision {number} as {fields['meaning']} ({fields['how']}{of_set}{stands_in})"
        case "rejection":
            return f"rejected revision {number}: {_reason(fields)}"
        case "withdrawal":
            return f"withdrew it: {_reason(fields)}"
        case "looked":
            return f"looked at the link to {names.shown(fields['target'])} and let it stand"
        case "comment":
            said = queries.value_of(fields["content"])
            return f"said: {said['text']}" if said else "said something that was erased"
        case "embargo":
            return f"withheld it from all but {listed([names.shown(one) for one in fields['to']]) or 'security'}"
        case "disclosure":
            return "disclosed it"
        case form:
            return str(form)


def _reason(fields: Mapping[str, Any]) -> str:
    found = queries.value_of(fields["reason"])
    return str(found["reason"]) if found else "the reason was erased"


def two(row: Record, first: int | None, second: int | None) -> tuple[int, int]:
    """Return the numbers of the two revisions that are compared; 0 stands for nothing at all.

    Raises `UnknownRevisionError`.
    """
    newest = row.head_number
    after = newest if second is None else second
    if first is None:
        first = row.effective_number if 0 < row.effective_number < after else after - 1
    for number in (first, after):
        if number > newest or number < 0:
            raise refusals.UnknownRevisionError(record=row, number=number, count=newest)
    return first, after
