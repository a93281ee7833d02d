"""What happened to one record, as plain values: each entry that speaks of it, with who, when, and the words that were said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asepsis.readers import visible
from asepsis.record import entry
from asepsis.store import queries
from asepsis.store.models import Entry, Person, Record

SAID = {"rejection": ("reason", "reason"), "withdrawal": ("reason", "reason"), "comment": ("content", "text")}


@dataclass(frozen=True, slots=True)
class Event:
    """One entry about a record. `said` is the reason or remark that was given with it, as far as it is still here; `through`
    is how the token is called by which a program did it for `by`.
    """

    entry: int
    name: str
    at: str
    by: str
    who: str
    form: str
    revision: int | None = None
    meaning: str | None = None
    how: str | None = None
    target: str | None = None
    said: str | None = None
    through: str | None = None


def events(row: Record) -> Iterator[Event]:
    """Yield what happened to a record, oldest first; of links to what may not be seen nothing is told."""
    history = queries.history(row.id)
    names: dict[str, str] = {}
    found = list(Entry.objects.filter(record=row.id).order_by("position"))
    through = queries.through(one.position for one in found)
    for one in found:
        if not one.data:
            continue
        fields = entry.read(bytes(one.data))
        target = fields.get("target")
        there = visible.by_id([target]).get(target) if target else None
        if target and there is None:
            continue
        revision = history.revision_named(fields.get("revision", one.name))
        yield Event(
            entry=one.position,
            name=one.name,
            at=fields["at"],
            by=fields["by"],
            who=_who(fields, names),
            form=fields["form"],
            revision=revision.number if revision else None,
            meaning=fields.get("meaning"),
            how=fields.get("how"),
            target=there.label if there else None,
            said=_said(fields),
            through=through.get(one.position),
        )


def _who(fields: dict[str, Any], names: dict[str, str]) -> str:
    """Return who acted; of a signature the name that was printed beside it then."""
    if "card" in fields and (card := queries.value_of(fields["card"])) is not None:
        return str(card["name"])
    by = str(fields["by"])
    if by not in names:
        names[by] = Person.objects.filter(pk=by).values_list("name", flat=True).first() or by
    return names[by]


def _said(fields: dict[str, Any]) -> str | None:
    if fields["form"] not in SAID:
        return None
    name, key = SAID[fields["form"]]
    found = queries.value_of(fields[name])
    return str(found[key]) if found and key in found else None
