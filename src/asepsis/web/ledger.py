"""The ledger: every entry, newest first; the checkpoint that signs them; and when it was last verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from asepsis.readers import entries
from asepsis.store import queries
from asepsis.store.models import Checkpoint, Entry, FactTaken, Record
from asepsis.web.moment import of_organisation
from asepsis.web.page import framed, page, shown
from asepsis.web.words import Words

PAGE = 50
KEPT = 8
WHAT = {
    "founding": "The ledger was founded",
    "product": "A product was founded",
    "admission": "A person was admitted",
    "renaming": "A person got another name card",
    "revision": "wrote",
    "submission": "submitted",
    "approval": "signed",
    "rejection": "rejected",
    "withdrawal": "withdrew",
    "looked": "let a link stand in",
    "facts": "took in facts",
    "baseline": "marked a baseline",
    "comment": "said something about",
    "embargo": "withheld",
    "disclosure": "disclosed",
    "erasure-asked": "asked for an erasure",
    "redaction": "erased",
    "key": "changed the key",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry: who did what when, with which record; without `fields` it is withheld and a bare leaf hash."""

    position: int
    name: str
    minute: str = ""
    who: str = ""
    what: str = ""
    row: Record | None = None
    more: str = ""
    fields: tuple[tuple[str, Any], ...] = ()
    through: str = ""  # how the token is called by which a program made it


@page
def ledger(request: HttpRequest) -> HttpResponse:
    """Give the newest entries, or those before `?before=`."""
    moment = of_organisation()
    words = Words(moment)
    before = request.GET.get("before", "")
    found = Entry.objects.all()
    if before.isdecimal() and len(before) < 16:
        found = found.filter(position__lt=int(before))
    rows = list(found.order_by("-position")[: PAGE + 1])
    checkpoint = Checkpoint.objects.order_by("-size").first()
    return shown(
        request,
        "ledger",
        framed(moment, "ledger"),
        words,
        entries=told(words, rows[:PAGE]),
        following=rows[PAGE - 1].position if len(rows) > PAGE else None,
        later=bool(before),
        checkpoint=checkpoint,
        kept=list(Checkpoint.objects.exclude(kept="").order_by("-size")[:KEPT]),
        verification=verification(),
    )


@page
def entry(request: HttpRequest, position: int) -> HttpResponse:
    """Give one entry, with the bytes that its name is the hash of."""
    moment = of_organisation()
    words = Words(moment)
    row = Entry.objects.filter(pk=position).first() if position < 2**63 else None
    if row is None:
        raise Http404
    found = told(words, [row])[0]
    text = bytes(row.data).decode() if found.fields else None
    frame = framed(moment, "ledger")
    return shown(request, "entry", frame, words, entry=found, text=text, size=moment.ledger.size)


def told(words: Words, rows: Iterable[Entry]) -> list[Told]:
    """Return entries as they may be shown: those about a withheld record, or restored as such, as bare leaf hashes."""
    rows = list(rows)
    fields = entries.told(rows)
    words.know(one for row in rows if row.position in fields for one in entries.about(row, fields[row.position]))
    words.know(one["by"] for one in fields.values())
    through = queries.through(fields)
    return [
        _told(words, row, of, through.get(row.position, "")) if (of := fields.get(row.position))
        else Told(row.position, row.name)
        for row in rows
    ]  # fmt: skip


def _told(words: Words, row: Entry, fields: dict[str, Any], through: str) -> Told:
    more = {
        "revision": f"revision {fields.get('number')}",
        "approval": f"as {fields.get('meaning')}",
        "facts": str(fields.get("kind", "")).replace("_", " "),
        "admission": words.name(fields["person"]) if "person" in fields else "",
        "renaming": words.name(fields["person"]) if "person" in fields else "",
        "product": str(fields.get("code", "")),
    }.get(row.form, "")
    by = "" if set(fields["by"]) == {"0"} else words.name(fields["by"])
    return Told(
        row.position,
        row.name,
        words.moment.minute_of(fields["at"]),
        by,
        WHAT.get(row.form, row.form),
        words.record(row.record) if row.record else None,
        more,
        tuple(fields.items()),
        through,
    )


def verification() -> tuple[FactTaken, Any] | None:
    """Return the newest verification that was taken in as a fact, with what it said."""
    taken = FactTaken.objects.filter(kind="ledger_verifications").order_by("-position").first()
    document = queries.document(taken.document) if taken else None
    return (taken, document) if taken and document is not None else None
