"""One record on one sheet: its fields, its links both ways, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asepsis.cli import reading
from asepsis.cli.names import StoreNames
from asepsis.cli.output import Answer, Part, Table
from asepsis.record.diff import differences
from asepsis.record.dossier import Dossier, Item, Link
from asepsis.record.fields import fields_of
from asepsis.record.kind import kind_named
from asepsis.sentences import listed
from asepsis.store import queries
from asepsis.store.models import Link as LinkRow
from asepsis.store.models import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def of(row: Record, reader: str | None) -> Answer:
    """Return the sheet of a record."""
    names = StoreNames()
    kind = kind_named(row.kind)
    head, effective = queries.head_value(row), queries.effective_value(row)
    links = _links(row)
    behind = _referring(row, reader)
    waits = list(reading.slots(row.id))
    signed = list(_signatures(row, names))
    value = {
        "record": row.id,
        "label": row.label,
        "kind": row.kind,
        "title": row.title,
        "head": row.head_state,
        "standing": row.standing,
        "revision": row.head_number,
        "effective_revision": row.effective_number or None,
        "content": head,
        "effective": effective,
        "waits_for": waits,
        "signatures": signed,
        "links": [_link_value(one, names) for one in links],
        "referred_by": [{"record": one.id, "label": one.label, "kind": one.kind, "title": one.title} for one in behind],
    }
    parts: list[Part] = [f"{row.label} · {row.kind} · {row.title}", f"It is {reading.state(row)}."]
    if waits:
        parts.append(f"It waits to be {listed(waits)}.")
    if head is None:
        parts.append("Its content was erased.")
    elif row.head_state == "draft" and (lacks := reading.incomplete(kind, head, row.label)):
        parts.append(f"Before it can be submitted: {lacks}.")
    parts.append(Table.of("field|content", _told(kind_named(row.kind), head or {}, names), "It says nothing yet."))
    if signed:
        lines = (
            (one["name"], one["meaning"], reading.moment(one["at"]), one["how"], one["revision"]) for one in signed
        )
        parts.append(Table.of("signed by|meaning|when|how|revision", lines, ""))
    if links:
        told = ((one.field, names.shown(one.target), _stands(one)) for one in links)
        parts.append(Table.of("field|refers to|link", told, "", title="Links of what is effective"))
    if behind:
        told_behind = ((one.label, one.kind, one.title, reading.state(one)) for one in behind)
        parts.append(Table.of("label|kind|title|state", told_behind, "", title="Referred to by"))
    return Answer(value, tuple(parts))


def _signatures(row: Record, names: StoreNames) -> Iterator[dict[str, Any]]:
    """Yield who signed what is effective and what is newest, by the name that was printed beside it (21 CFR 11.50)."""
    history = queries.history(row.id)
    found = {one.position: (revision, one) for revision, one in history.approvals_in_force()}
    found |= {one.position: (history.head, one) for one in history.head.approvals}
    cards = queries.values_of(one.card for _, one in found.values())
    for _, (revision, one) in sorted(found.items()):
        yield {
            "name": cards.get(one.card, {}).get("name") or names.shown(one.by),
            "by": one.by,
            "meaning": str(one.meaning),
            "at": one.at,
            "how": one.how,
            "revision": revision.number,
        }


def _told(kind: Any, value: dict[str, Any], names: StoreNames) -> Iterable[tuple[str, str]]:
    """Yield each field with what it says, in the order in which people fill them."""
    told = {one.path.split("[")[0]: "" for one in differences(kind, {}, value)}
    for one in differences(kind, {}, value, names.shown):
        name = one.path.split("[")[0]
        told[name] = f"{told[name]}\n{one.after}".strip("\n")
    order = [one.name for one in fields_of(kind) if one.name in told]
    return ((name, told[name]) for name in [*order, *(name for name in told if name not in order)])


def _links(row: Record) -> tuple[Link, ...]:
    """Return the links of what is effective, judged as a dossier judges them."""
    if row.standing != "effective":
        return ()
    targets = LinkRow.objects.filter(source=row.id, effective=True).values_list("target", flat=True)
    known = Record.objects.filter(pk__in=[row.id, *targets]).values_list("pk", flat=True)
    histories = {one: queries.history(one) for one in known}
    dossier: Dossier = queries.of_histories(histories, product=row.product, position=queries.ledger().size - 1)
    item: Item[Any] | None = dossier.get(row.id)
    return tuple(dossier.links(item)) if item is not None else ()


def _stands(link: Link) -> str:
    if link.broken:
        return "broken: the target is not effective"
    if link.suspect:
        return "suspect: the target changed since"
    return "named" if link.names else "sound"


def _link_value(link: Link, names: StoreNames) -> dict[str, Any]:
    told = names.told(link.target)
    return {
        "field": link.field,
        "target": link.target,
        "label": told[0] if told else None,
        "names": link.names,
        "broken": link.broken,
        "suspect": link.suspect,
    }


def _referring(row: Record, reader: str | None) -> list[Record]:
    sources = LinkRow.objects.filter(target=row.id).values_list("source", flat=True).distinct()
    rows = Record.objects.filter(pk__in=list(sources)).exclude(pk=row.id).order_by("kind", "product", "number", "label")
    return reading.seen(rows, reader)
