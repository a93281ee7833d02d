"""What a record rests on and what hangs on it, as plain values; a link whose other end may not be seen is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asepsis.readers import chains, visible
from asepsis.record.dossier import Dossier, Item
from asepsis.record.kind import kind_named, references
from asepsis.store import queries
from asepsis.store.models import Link, Record


@dataclass(frozen=True, slots=True)
class Tie:
    """One link: the record at its other end, the field that makes it, and how it stands. `draft`: it is not in force."""

    label: str
    kind: str
    title: str
    field: str
    names: bool
    suspect: bool = False
    broken: bool = False
    draft: bool = False


def ties(row: Record, most: int) -> tuple[list[Tie], list[Tie], bool]:
    """Return the links of a record: on what it rests, what hangs on it (`most` records), and whether there is more."""
    sources = list(
        Link.objects.filter(target=row.id).order_by("source").values_list("source", flat=True).distinct()[: most + 1]
    )
    targets = list(Link.objects.filter(source=row.id).values_list("target", flat=True).distinct())
    rows = visible.by_id([row.id, *targets, *sources[:most]])
    there = chains.of(rows)
    position = queries.ledger().size - 1
    dossier = queries.of_histories(there, product=row.product, position=position)
    dossier.withheld |= visible.withheld(targets)
    return list(_down(dossier, row, rows)), list(_up(dossier, row, rows)), len(sources) > most


def _down(dossier: Dossier, row: Record, rows: dict[str, Record]) -> Iterator[Tie]:
    item: Item[Any] | None = dossier.get(row.id)
    found = set()
    for link in dossier.links(item) if item is not None else ():
        found.add((link.field, link.target))
        if other := rows.get(link.target):
            yield _tie(other, link.field, link.names, suspect=link.suspect, broken=link.broken)
    for one in references(kind_named(row.kind), queries.head_value(row) or {}):
        if (one.field, one.target) not in found and (other := rows.get(one.target)):
            yield _tie(other, one.field, one.names, draft=True)


def _up(dossier: Dossier, row: Record, rows: dict[str, Record]) -> Iterator[Tie]:
    found = set()
    referring: tuple[Item[Any], ...] = dossier.back(row.id)
    for item in referring:
        for link in dossier.links(item):
            if link.target == row.id and item.id in rows:
                found.add(item.id)
                yield _tie(rows[item.id], link.field, link.names, suspect=link.suspect)
    drafts = Link.objects.filter(target=row.id, source__in=[one for one in rows if one not in found], head=True)
    for one in drafts:
        yield _tie(rows[one.source], one.field, one.names, draft=True)


def _tie(row: Record, field: str, names: bool, **stands: bool) -> Tie:
    return Tie(row.label, row.kind, row.title, field, names, **stands)
